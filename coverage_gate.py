"""Measure the tests' coverage, and fail if the total is below the threshold.

    python coverage_gate.py [STAGE ...] [-- ARGUMENTS FOR THE TESTS]

Without a STAGE, all run but the last, which is for CI:
{stages}
Exit codes: 0 if the total reaches the threshold, 2 from gate if not; the tests' own if
they fail; 1 if there is no total to trust. COVERAGE_FAIL_UNDER=75 sets the threshold of
one run; settings: [tool.coverage-gate] in pyproject.toml. Rendered by copier-coverage.
"""

import contextlib
import gc
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from coverage import Coverage
from coverage.cmdline import main as coverage
from coverage.exceptions import CoverageException

ROOT = Path(__file__).resolve().parent
DATA, HTML = Path(".coverage"), Path("htmlcov")
XML, JSON = Path("coverage.xml"), Path("coverage.json")
# What one stage tells the next: the name of the data, and the source it is for.
STATE = Path(".coverage-gate", "state.json")
ANALYSES: dict = {}  # One of each file, for all reports and the gate.
SOURCES = ("run:source", "run:source_dirs", "run:source_pkgs")
AGAIN = "Run all stages again: python coverage_gate.py"


def erase(settings: dict) -> int:
    """Remove the data and reports of earlier runs."""
    print("coverage erase", flush=True)
    remove(*data_files(), STATE.parent, HTML, XML, JSON)
    return coverage(["erase"])


def test(settings: dict) -> int:
    """Run the tests; each process leaves a data file, .coverage.*."""
    name = os.environ.get("GATE_NAME", "local")
    log = STATE.with_name("processes.log")
    remove(*data_files(name), log)
    write_state(name=name, jobs=os.environ.get("GATE_JOBS"), source=digests())
    command = [*shlex.split(settings["test_command"]), *settings["arguments"]]
    if settings["collector"] == "coverage":
        command = ["-m", "coverage", "run", *command]
    else:  # Whatever addopts say: one settings file, and only the gate has a threshold.
        command += ["--cov", "--cov-config=pyproject.toml", "--cov-report="]
        command += ["--cov-fail-under=0"]
    print("python", shlex.join(command), flush=True)
    # Absolute, for processes that the tests start in another folder.
    env = os.environ | {"COVERAGE_FILE": str(ROOT / f".coverage.{name}")}
    env |= {"COVERAGE_DEBUG": "process", "COVERAGE_DEBUG_FILE": str(ROOT / log)}
    process = subprocess.Popen([sys.executable, *command], env=env)
    while process.poll() is None:
        with contextlib.suppress(KeyboardInterrupt):  # The tests get it too, and end.
            process.wait()
    for _ in range(10):  # Wait for processes that end a moment after the tests.
        text = log.read_text("utf-8", "replace") if log.exists() else ""
        ended = {str(process.pid), *re.findall(r"(?:atexit|sigterm): pid: (\d+)", text)}
        begun = re.findall(r"New process: pid=(\d+)", text)
        # Coverage adds a hash to the name of a data file that is complete.
        written = (re.search(r"\.X\w+x$", path.name) for path in data_files(name))
        if ended.issuperset(begun) and not any(written):
            break
        time.sleep(0.05)
    if process.returncode == 0:
        check_source(read_state())
        write_state(**read_state() | {"source": digests()})  # With generated files.
        if not data_files(name):
            sys.exit("No data: the tests left no data file. See [tool.coverage.run].")
    return process.returncode


def combine(settings: dict) -> int:
    """Combine the data files into .coverage."""
    if not data_files():
        sys.exit("No data to combine. First run: python coverage_gate.py test")
    state = read_state()
    if "combined" in state:
        sys.exit(f"Other data of the same tests was combined before. {AGAIN}")
    check_source(state)
    remove(HTML, XML, JSON)
    write_state(**state, combined=True)
    print("coverage combine", flush=True)
    code = coverage(["combine"])
    if code == 0:
        check_combined()
    return code


def report(settings: dict) -> int:
    """Write htmlcov/, coverage.xml and coverage.json."""
    check_combined()
    check_source(read_state())
    ANALYSES.clear()
    cov = Coverage()
    cov.load()
    written = STATE.with_name("reports")
    remove(written)
    # Not by coverage's commands: a threshold in the settings must not decide here.
    print("coverage html", "coverage json", "coverage xml", sep="\n", flush=True)
    cov.html_report(directory=str(written / HTML))
    cov.json_report(outfile=str(written / JSON))
    cov.set_option("run:source", [])  # Or XML would name files from there.
    cov.xml_report(outfile=str(written / XML))
    name_from_repository(written / XML)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            print(f"**{verdict(settings, written / JSON)}**\n", file=file)
            options = {"output_format": "markdown", "show_missing": False}
            cov.report(file=file, sort="-miss", **options)
    for path in (HTML, XML, JSON):
        remove(path)
        (written / path).rename(path)
    return 0


def gate(settings: dict) -> int:
    """Print the missing lines, and fail if the total is below the threshold."""
    check_combined()
    check_source(read_state())
    newest = max(path.stat().st_mtime for path in (DATA, Path("pyproject.toml")))
    if not JSON.exists() or JSON.stat().st_mtime < newest:
        report(settings)
    option = f"--fail-under={settings['threshold']}"
    print("coverage report", option, flush=True)
    code = coverage(["report", option])
    print(verdict(settings, JSON))
    return code


def collect(settings: dict) -> int:
    """Take each job's data files of its newest attempt out of coverage-data/."""
    jobs: dict[str, tuple[int, Path, dict]] = {}
    for path in Path("coverage-data").rglob(STATE.name):
        state = read_state(path)
        commit, attempt, job = state["name"].split(".", maxsplit=2)
        newest, *_ = jobs.get(job, (0,))
        if commit != os.environ.get("GATE_NAME") or int(attempt) == newest:
            sys.exit(f"Data of another commit, or of two jobs: {state['name']}")
        if int(attempt) > newest:
            jobs[job] = int(attempt), path.parent.parent, state
    total = max((int(state["jobs"] or 0) for _, _, state in jobs.values()), default=1)
    if len(jobs) < total:
        sys.exit(f"Coverage data from {len(jobs)} of {total} jobs: {', '.join(jobs)}")
    for job, (_, folder, state) in sorted(jobs.items()):
        check_source(state, f"Not the source that {job} measured")
        for path in data_files(folder=folder) or [Path("no data file")]:
            if path not in data_files(state["name"], folder):
                sys.exit(f"Unexpected coverage data from {job}: {path.name}")
            shutil.move(path, path.name)
    print(f"Coverage data from {len(jobs)} jobs: {', '.join(sorted(jobs))}")
    return 0


STAGES = {stage.__name__: stage for stage in (erase, test, combine, report, gate)}
COMMANDS = STAGES | {"collect": collect}


def data_files(name: str = "", folder: Path = Path()) -> list[Path]:
    """Return the data files that are not combined yet, of all names or of one."""
    start = f".coverage.{name}." if name else ".coverage."
    paths = sorted(folder.glob(".coverage.*"))
    return [path for path in paths if f"{path.name}.".startswith(start)]


def remove(*paths: Path) -> None:
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)


def read_state(path: Path = STATE) -> dict:
    return json.loads(path.read_bytes()) if path.exists() else {}


def write_state(**state: object) -> None:
    STATE.parent.mkdir(exist_ok=True)
    STATE.with_name(".gitignore").write_text("*\n")
    STATE.write_text(json.dumps(state))


def digests() -> dict[str, str]:
    """Return a digest of each Python file of the source, whatever its line endings."""
    cov = Coverage(data_file=None)
    names = {name for option in SOURCES for name in cov.get_option(option) or []}
    if not names:
        sys.exit("No source: [tool.coverage.run] does not name the measured code.")
    modules = {name.replace(".", "/") for name in names if not Path(name).is_dir()}
    places = names | modules | {f"src/{module}" for module in modules}
    paths = {path for place in places for path in Path(place).rglob("*.py")}
    paths |= {Path(f"{place}.py") for place in places}
    found = {}
    for path in filter(Path.is_file, paths):
        text = path.read_bytes().replace(b"\r\n", b"\n")
        found[path.as_posix()] = hashlib.sha256(text).hexdigest()
    return found


def check_source(state: dict, reason: str = "Changed since the tests started") -> None:
    """Refuse a source that is not the measured one: data has line numbers only."""
    now, then = digests(), state.get("source", {})
    changed = [path for path in sorted(now) if then.get(path, now[path]) != now[path]]
    if changed:
        sys.exit(f"{reason}: {', '.join(changed)}. {AGAIN}")


def check_combined() -> None:
    """Refuse combined data that is not all there."""
    if left := ", ".join(path.name for path in data_files()):
        why = "Combine it. If you did, it is unreadable (see the warning) or came late."
        sys.exit(f"Not combined: {left}\n{why} {AGAIN}")
    if not DATA.exists():
        sys.exit("No data to report. First run: python coverage_gate.py test combine")


def name_from_repository(report: Path) -> None:
    """Name files from the root of the repository, where services look for them."""
    roots = [path for path in (ROOT, *ROOT.parents) if (path / ".git").exists()]
    folder = "".join(f"{name}/" for name in ROOT.relative_to([*roots, ROOT][0]).parts)
    text = report.read_text("utf-8").replace("<source></source>", "<source>.</source>")
    report.write_text(text.replace(' filename="', f' filename="{folder}'), "utf-8")


def verdict(settings: dict, report: Path) -> str:
    """Return the total, the threshold, and whether that passes, in one line."""
    totals = json.loads(report.read_bytes())["totals"]
    if not totals["covered_lines"]:
        sys.exit("No data: the tests ran no statement of the measured code.")
    total, threshold = totals["percent_covered_display"], settings["threshold"]
    gap = float(total) - float(threshold)
    words = "passed, {:.2f} points above" if gap >= 0 else "failed, {:.2f} points below"
    return f"Coverage {total}%, threshold {threshold}%: {words.format(abs(gap))}"


def read_settings() -> dict:
    """Return [tool.coverage-gate] of pyproject.toml, with the threshold of this run."""
    pyproject = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    settings = pyproject.get("tool", {}).get("coverage-gate")
    if not settings:
        sys.exit("pyproject.toml has no [tool.coverage-gate]. Run: copier update")
    threshold = str(os.environ.get("COVERAGE_FAIL_UNDER") or settings["threshold"])
    if not re.fullmatch(r"[1-9]\d?(\.\d\d?)?|100(\.00?)?", threshold):
        sys.exit(f"Threshold {threshold}: give percent, from 1 to 100, like 92.5.")
    return settings | {"threshold": threshold}


def clean_environment() -> None:
    """Drop what the shell exports for coverage, and name this project's files."""
    if Coverage.current():
        sys.exit("This process is measured itself. Unset COVERAGE_PROCESS_START.")
    for variable in [*os.environ]:
        if variable.startswith("COVERAGE_") or variable == "PYTEST_ADDOPTS":
            del os.environ[variable]
    os.environ["COVERAGE_FILE"] = str(ROOT / DATA)
    os.environ["COVERAGE_RCFILE"] = str(ROOT / "pyproject.toml")
    if os.name == "nt":  # Windows has neither.
        os.environ |= {"COVERAGE_FORK": "subprocess", "COVERAGE_EXECV": "subprocess"}


def main(argv: list[str]) -> int | str:
    """Run the stages that argv names; return the first exit code that is not 0."""
    end = argv.index("--") if "--" in argv else len(argv)
    stages = argv[:end] or list(STAGES)
    if unknown := set(stages) - set(COMMANDS):
        lines = [f"\n  {name:8} {stage.__doc__}" for name, stage in COMMANDS.items()]
        print(__doc__.replace("{stages}", "".join(lines) + "\n"))
        return 0 if unknown <= {"-h", "--help"} else f"Unknown: {', '.join(unknown)}"
    os.chdir(ROOT)
    settings = read_settings() | {"arguments": argv[end + 1 :]}
    clean_environment()
    try:
        for stage in stages:
            if code := COMMANDS[stage](settings):
                return code
        return 0
    except CoverageException as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    gc.disable()
    if analyze := getattr(Coverage, "_analyze", None):  # Private: without it, slower.
        Coverage._analyze = lambda cov, morf, **kw: (
            ANALYSES.get(morf) or ANALYSES.setdefault(morf, analyze(cov, morf, **kw))
        )
    sys.exit(main(sys.argv[1:]))
