"""Measure the tests' coverage, and fail if the total is below the threshold.

    python coverage_gate.py [STAGE ...] [-- ARGUMENTS FOR THE TESTS]

Without a STAGE, the first five run, one after the other:
{stages}
Exit codes: 0 if the total reaches the threshold, 2 if the total, a goal or the changed
lines do not; the tests' own if they fail; 1 if there is no total to trust.
COVERAGE_FAIL_UNDER=75 sets the threshold of one run; settings: [tool.coverage-gate] in
pyproject.toml. Rendered by copier-coverage.
"""

import ast
import configparser
import gc
import hashlib
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import tomllib
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from fractions import Fraction
from functools import cache
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import unescape

try:
    from coverage import Coverage, CoverageData
    from coverage.cmdline import main as coverage
    from coverage.exceptions import CoverageException, NoSource, NotPython
except (ImportError, OSError) as error:
    other = "Try: uv run python coverage_gate.py"
    sys.exit(f"This Python cannot import coverage: {error}. {other}")

ROOT = Path(__file__).resolve().parent
DATA, HTML = Path(".coverage"), Path("htmlcov")
XML, JSON = Path("coverage.xml"), Path("coverage.json")
# What one stage leaves for the next: the name of the data, and the source it is for.
STATE = Path(".coverage-gate", "state.json")
# From the test stage: the settings with what pyproject.toml cannot know, coverage's log
# of the processes that it measures, and the tests of a shard. From a joined job: what
# differs from the commit.
SETTINGS = STATE.with_name("settings.toml")
LOG = STATE.with_name("processes.log")
TESTS = STATE.with_name("tests.json")
CHANGED = STATE.with_name("changed.txt")
OLDEST = "7.17.4"  # Why: see the group `coverage` in pyproject.toml.
ANALYSES: dict = {}  # One of each file, for all reports and the gate.
TEXT = (".cfg", ".ini", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml")
REPORTED = (DATA, JSON, Path("pyproject.toml"))
LOCK = STATE.with_name("lock")
INCOMPLETE = re.compile(r"\.X\w+x$")  # A hash follows when a data file is complete.
SOURCES = ("run:source", "run:source_dirs", "run:source_pkgs")
# Of these, coverage does not look at the type before it fails.
TEXTS = {"command_line", "context", "core", "dynamic_context", "extra_css", "format"}
TEXTS |= {"sort", "title", "collector", "test_command"}
# By git for its hooks, and by users: it would change what is measured.
EXPORTED = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "PYTEST_ADDOPTS")
# What is in no data of coverage: other objects, computed columns, values of other types,
# and more than a project has: files, contexts, lines of a file, jumps from line to line.
FOREIGN = (
    "sqlite_master where type not in ('table', 'index') or sql like '%virtual%'",
    "sqlite_master, pragma_table_xinfo(sqlite_master.name) where hidden",
    "file where typeof(path) <> 'text' or length(path) not between 1 and 32767",
    "(select count(*) as files from file) where files > 100000",
    "line_bits where typeof(numbits) <> 'blob' or length(numbits) > 1000000",
    "(select count(*) as contexts from context) where contexts > 1000000",
    "arc where typeof(fromno) <> 'integer' or typeof(tono) <> 'integer'",
    "arc group by file_id, context_id having count(*) > 500000",
)
# What coverage and its plugins raise if a setting is of a type that they do not expect.
BROKEN = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError)
BROKEN += (NameError, RuntimeError, TypeError, ValueError)
COLLECTORS = ("coverage", "pytest-cov", "command")
LEAVE_OUT = ("run:omit", "run:include", "report:omit", "report:include")
IN_GREENLETS = ("sqlalchemy", "playwright")  # They run other code in greenlets.
# How unittest and Django, zope.testrunner and pytest say how many tests they ran.
SUMMARY = re.compile(
    rb" *(?:Ran|Total:) (\d+) tests?\b"
    rb"|(?:=+ )?(?:(\d+) (?:passed|failed|skipped|errors?|x\w+)\b|no tests ran|\d+ deselected in)"
)
# How coverage's log names processes: id, command, parent and directory; parent and id.
STARTED = re.compile(
    r"New process: pid=(\d+).*\n.*cmd: (.*)\n.*parent pid: (\d+)"
    r"(?:\ncwd is now ('.*'|\".*\"))?"
)
FORKED = re.compile(r"New process: forked (\d+) -> (\d+)")
# In its log, GitHub runs what follows `::` at the beginning of a line, and `##[` anywhere.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]|##\[")
MARKS = {True: "✅", False: "❌"}
AGAIN = "Run all stages again: python coverage_gate.py"
# A threshold, and what a goal can ask of a group of files.
PERCENT = re.compile(r"[1-9]\d?(\.\d\d?)?|100(\.00?)?")
COUNTS = {
    "lines": ("covered_lines", "num_statements"),
    "branches": ("covered_branches", "num_branches"),
}
ASKED = ("total", *COUNTS, "each_file", "missing_lines")
# Where else the threshold is, and for which directory a file has it.
ELSEWHERE = (".copier-answers*.yml", ".github/workflows/*.yml", ".gitlab-ci.yml")
WRITTEN = re.compile(r"(coverage_threshold: ['\"]?|report --fail-under=)(\d[\d.]*)")
FOLDER = re.compile(r"(?m)^(?:working_directory:|    working-directory:|.*- cd) (\S+)")
OWN = {"collector", "test_command", "threshold", "goals", "changed_lines"}


class Goal(NamedTuple):
    """What is asked of the files that match a pattern, and where pyproject.toml has it."""

    pattern: str
    asked: str
    value: str
    place: tuple[str, ...]

    def __str__(self) -> str:
        group = "all files" if self.pattern == "*" else self.pattern
        return f"Goal for {group}, {self.asked.replace('_', ' ')}"


# The stages


def erase(settings: dict) -> int:
    """Remove the data and reports of earlier runs."""
    # Not by `coverage erase`, which also removes a .coverage.py.
    notes = {*STATE.parent.glob("*")} - {LOCK, LOCK.with_name(".gitignore")}
    remove(DATA, *data_files(), *notes, HTML, XML, JSON)
    return 0


def test(settings: dict) -> int:
    """Run the tests; each process leaves a data file, .coverage.*."""
    name = os.environ.get("GATE_NAME", "local")
    remove(*data_files(name), SETTINGS, LOG, TESTS)
    check_settings(settings)
    state = {"name": name, "jobs": os.environ.get("GATE_JOBS"), "source": digests()}
    write_state(**state)
    rcfile = settings_for_tests(settings["collector"])
    command = command_for_tests(settings, rcfile)
    # Absolute, for processes that the tests start in another folder.
    env = os.environ | {"COVERAGE_FILE": str(ROOT / f".coverage.{name}")}
    env |= {"COVERAGE_RCFILE": str(ROOT / rcfile)}
    env |= {"COVERAGE_DEBUG": "process", "COVERAGE_DEBUG_FILE": str(ROOT / LOG)}
    if settings["collector"] == "command":  # Coverage starts itself in every Python.
        env |= {"COVERAGE_PROCESS_START": env["COVERAGE_RCFILE"]}
        env |= {"TOX_OVERRIDE": tox_override(env)}
    elif "--splits" in command:
        env |= {"PYTHONHASHSEED": "0"}
    if code := run_tests(command, env):
        return code
    check_source(state)
    state |= {"lost": lost_processes(name), "tests": read_state(TESTS)}
    # With generated files, and what plugins measure, such as templates.
    others = digests_of_others(map(from_root, measured_names(name)))
    state |= {"source": digests() | others}
    paths = (path.name for path in data_files(name))
    state |= {"data": [path for path in paths if not INCOMPLETE.search(path)]}
    write_state(**state)
    check_data(settings, name)
    check_copies(name)
    if "GATE_NAME" in os.environ:
        forget_command_lines(name)
    return 0


def combine(settings: dict) -> int:
    """Combine the data files into .coverage."""
    if not data_files():
        sys.exit("No data to combine. First run: python coverage_gate.py test")
    state = read_state()
    if "combined" in state:
        sys.exit(f"Other data of the same tests was combined before. {AGAIN}")
    check_source(state)
    check_all_data(state)
    check_files()
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
    print(files_left_out(written / JSON))
    if {"GITHUB_STEP_SUMMARY", "GITLAB_CI"} & {*os.environ}:
        print(lost_data(settings, written / JSON), end="")
        summarize(*summary(settings, written / JSON))
    for path in (HTML, XML, JSON):
        remove(path)
        (written / path).rename(path)
    write_state(**read_state() | {"reported": digest(*REPORTED)})
    return 0


def gate(settings: dict) -> int:
    """Print the missing lines, and fail if the total is below the threshold."""
    files = current_files(settings)
    print(lost_data(settings, JSON), end="")
    option = f"--fail-under={settings['threshold']}"
    print("coverage report", option, flush=True)
    code = coverage(["report", option])
    print(verdict(settings, JSON)[1])
    failed = check_goals(settings, files)
    return code or failed


def goals(settings: dict) -> int:
    """Fail if a group of files is below its goal."""
    if not settings["goals"]:
        print("No goals in [tool.coverage-gate].")
    return check_goals(settings, current_files(settings))


def changed(settings: dict) -> int:
    """Fail if too few of the lines ran that changed since a branch: `-- develop`, or main."""
    if "changed_lines" not in settings:
        on = "Run: copier update --defaults --data changed_lines_threshold=90"
        sys.exit(f"No changed_lines in [tool.coverage-gate]. {on}")
    if not find_spec("diff_cover"):
        sys.exit("No diff-cover. Add it to the dependency group coverage, and install.")
    start = merge_base(settings["arguments"])
    files = changed_files(start, current_files(settings))
    lines = {name: file["violation_lines"] for name, file in sorted(files.items())}
    missed = sum(map(len, lines.values()))
    number = missed + sum(len(file["covered_lines"]) for file in files.values())
    passed, words = True, f"since {start[:9]}: none that can run in a measured file."
    if number:
        percent = 100 * (number - missed) / number
        passed, words = compared(percent, str(settings["changed_lines"]))
    print(f"Changed lines {words}")
    missing = [(name, span) for name in lines for span in spans(lines[name])]
    places = [f"- {plain(name)}:{named(span)}" for name, span in missing]
    summarize(f"### {MARKS[passed]} Changed lines {words}", *places)
    for name, span in missing:
        print(f"  {name}:{named(span)}")
        if os.environ.get("GITHUB_ACTIONS"):
            print(annotation(name, span))
    return 0 if passed else 2


def pragmas(settings: dict) -> int:
    """List the lines that are excluded, by `no cover` or settings, and ran after all."""
    found = excluded_that_ran(current_files(settings))
    print(*found or ["No excluded line ran."], sep="\n")
    return 0


def ratchet(settings: dict) -> int:
    """Raise the threshold and the goals to what is reached, wherever they are written."""
    files = current_files(settings)
    value = str(read_table("tool", "coverage-gate")["threshold"])
    threshold = Goal("*", "total", value, ("threshold",))
    path = Path("pyproject.toml")
    texts = {path: path.read_bytes().decode()}
    changes = []
    for goal in [threshold, *settings["goals"]]:
        new = tightened(goal, measured(goal.asked, files_of(goal, files)))
        if float(new) != float(goal.value):
            texts[path] = with_value(texts[path], goal, new)
            changes.append(f"{path}: {' '.join(goal.place)}: {goal.value} -> {new}")
        if goal is threshold:
            for other, text, change in raised_elsewhere(new):
                texts[other] = text
                changes.append(change)
    for path, text in texts.items():
        path.write_bytes(text.encode())
    print(*changes or ["Nothing to raise."], sep="\n")
    return 0


def collect(settings: dict) -> int:
    """Take each job's data files of its newest attempt out of coverage-data/."""
    refuse_control_characters(map(str, Path("coverage-data").rglob("*")))
    states = newest_states()
    jobs = {job: read_state(path) for job, path in states.items()}
    check_jobs(jobs)
    lost = []
    for job, state in jobs.items():
        folder = states[job].parent.parent
        if state.get("python"):
            print(f"Not measured, as its Python is too old: {job}")
            continue
        check_source(state, f"Not the source that {job} measured")
        check_changed(job, folder / CHANGED)
        for path in data_files(folder=folder):
            if path not in data_files(state["name"], folder):
                sys.exit(f"Unexpected coverage data from {job}: {path.name}")
            shutil.move(path, path.name)
        own = {"collector": "command"} if "job" in state else {}
        check_data(settings | own, state["name"], f"No data from {job}")
        check_all_data(state)
        processes = state.get("lost")
        if processes is None:
            processes = lost_processes(state["name"], folder / LOG)
        lost += [f"{CONTROL.sub('?', process)}, in {job}" for process in processes]
    check_files()
    check_shards({job: state.get("tests", {}) for job, state in jobs.items()})
    account = f"Coverage data from {len(jobs)} jobs: {', '.join(jobs)}"
    write_state(lost=lost, account=account)
    print(account)
    return 0


STAGES = {stage.__name__: stage for stage in (erase, test, combine, report, gate)}
COMMANDS = STAGES | {"collect": collect, "goals": goals, "changed": changed}
COMMANDS |= {"pragmas": pragmas, "ratchet": ratchet}


# The accounts: what must balance before anyone believes a total


def check_settings(settings: dict) -> None:
    """Refuse settings that coverage refuses too late, or with which it starts too late."""
    tables = {"-gate": {"collector": None, "test_command": None} | settings}
    for name in read_table("tool", "coverage"):
        tables[f".{name}"] = read_table("tool", "coverage", name)
    for name, table in tables.items():
        for key in TEXTS & table.keys():
            if not isinstance(table[key], str):
                sys.exit(f"[tool.coverage{name}] {key}: write a string, in quotes.")
    if settings["collector"] not in COLLECTORS:
        known = ", ".join(COLLECTORS)
        sys.exit(f"[tool.coverage-gate] collector: choose one of {known}.")
    for name, paths in Coverage().get_option("paths").items():
        if not paths or re.search(r"[*?]", paths[0]):
            where = f"[tool.coverage.paths] {name}"
            sys.exit(f"{where}: put the directory itself first, before {paths[:1]}.")
    plugin = "pytest11" in read_table("project", "entry-points")
    if plugin and settings["collector"] == "pytest-cov":
        sys.exit(
            "pytest imports this project, a plugin of pytest, before pytest-cov measures. "
            'Write collector = "coverage" in [tool.coverage-gate].'
        )


def check_jobs(jobs: dict[str, dict]) -> None:
    """Refuse the data of some jobs only."""
    # Where another workflow runs the tests, all that its jobs need, by the jobs' ids.
    for job_id in json.loads(os.environ.get("GATE_NEEDS") or '{"": {}}'):
        own = {job: s for job, s in jobs.items() if s.get("job", "") == job_id}
        total = max((int(state["jobs"] or 0) for state in own.values()), default=1)
        if len(own) < total:
            of = f"{total} jobs" + f" of {job_id!r}" * bool(job_id)
            sys.exit(f"Coverage data from {len(own)} of {of}: {', '.join(own)}")


def check_source(state: dict, reason: str = "Changed since the tests started") -> None:
    """Refuse a source that is not the measured one: data has line numbers only."""
    if not state:
        sys.exit(f"No record of the tests in {STATE.as_posix()}. {AGAIN}")
    then = state.get("source", {})
    now = digests() | digests_of_others(then)
    changed = [path for path in sorted(now) if then.get(path, now[path]) != now[path]]
    if then and "lost" in state:  # The tests ended, so no new file is one of theirs.
        changed += sorted(now.keys() - then.keys())
    if changed:
        sys.exit(f"{reason}: {CONTROL.sub('?', ', '.join(changed))}. {AGAIN}")


def check_changed(job: str, names: Path) -> None:
    """Refuse data of a source that is not the commit's, as a joined job names the files."""
    text = names.read_text("utf-8") if names.exists() else ""
    if changed := ", ".join(sorted(digests().keys() & text.split("\0"))):
        before = "Upload the data before a step that changes the source."
        sys.exit(f"Changed from the commit in {job}: {changed}. {before}")


def check_files() -> None:
    """Refuse data files of which combining would lose a file, or take it for another."""
    sources = digests()
    lost, entries = [], set()
    names = sorted(measured_names())
    refuse_control_characters(names)
    for name, taken in combined_names(names).items():
        own = Path(from_root(name))
        meant = files_meant(name, sources)
        alike = [file for file in meant if Path(file).parts[-2:] == own.parts[-2:]]
        # In another copy of the project, as of a job on the same machine, it is there too.
        in_copy = own.is_absolute() and alike
        if taken == own.as_posix() and own.exists() and not in_copy:
            if taken not in sources and not is_measured(taken):
                omit = f"Add it to omit in [tool.coverage.run]. {AGAIN}"
                sys.exit(f"The data has {taken}, which is not in the source. {omit}")
            continue
        if not Path(taken).exists() and not alike:
            continue  # It was removed: then a report stops, unless it is omitted.
        if len(meant) > 1:
            either = " or ".join(meant)
            sys.exit(f"The data has {name}: is it {either}? Give each its own gate.")
        if meant and meant != [taken]:
            folder = Path(meant[0]).parent.as_posix()
            there = folder if own.is_absolute() else own.parent.as_posix()
            entries.add(json.dumps([folder, *sorted({folder, f"*/{folder}", there})]))
            lost.append(f"{own.as_posix()} as {taken}")
    if lost:
        print(f"Combining would count {', '.join(lost)}.")
        lines = [f"own{n} = {entry}" for n, entry in enumerate(sorted(entries))]
        sys.exit("\n".join(["Put this first in [tool.coverage.paths]:", *lines]))
    if names:
        print(f"Files: {len(names)} in the data, each under its own name.")


def check_data(settings: dict, name: str, title: str = "No data") -> None:
    """Refuse tests that left no data, or data of a coverage that is too old."""
    command, paths = settings["test_command"], data_files(name)
    install = f"Install coverage>={OLDEST} where `{command}` runs the tests."
    if settings["collector"] == "command" and not any(map(has_lines, paths)):
        sys.exit(f"{title}: no process of the tests measured the source. {install}")
    if not paths:
        sys.exit(f"{title}: the tests left no data file. See [tool.coverage.run].")
    for path in paths:
        version = version_of(path)
        if numbers(version) < numbers(OLDEST):
            sys.exit(f"{path.name}: coverage {version} can lose lines. {install}")


def check_copies(name: str) -> None:
    """Refuse data of an installed copy, or of another checkout, that is not the source."""
    sources = digests()
    others = set(map(from_root, measured_names(name))) - sources.keys()
    copies = sorted(other for other in others if Path(other).is_file())
    found = combined_names(copies).items() if copies else ()
    for copy, taken in sorted({*found, *copies_by_log(name)}):
        if taken not in sources or digest(Path(copy)) == sources[taken]:
            continue
        if statements(Path(copy)) != statements(Path(taken)):
            install = "Install this project where the tests run, or add it to omit."
            sys.exit(f"The tests ran {copy}, which is not {taken}. {install} {AGAIN}")


def copies_by_log(name: str) -> Iterator[tuple[str, str]]:
    """Yield what processes ran in a copy of the source, and how their data names it.

    As the source: in a data file, names are relative to where the process started.
    """
    text = LOG.read_text("utf-8", "replace") if LOG.exists() else ""
    started = [(pid, cwd) for pid, _, _, cwd in STARTED.findall(text) if cwd]
    folders = {pid: Path(ast.literal_eval(cwd)) for pid, cwd in started}
    for parent, pid in FORKED.findall(text):
        folders.setdefault(pid, folders.get(parent, ROOT))
    ends = [f"{place}{end}" for place in source_places() for end in ("", ".py")]
    folders = {
        pid: folder
        for pid, folder in folders.items()
        if folder.resolve() != ROOT and any(Path(folder, end).exists() for end in ends)
    }
    for path in data_files(name) if folders else ():
        pid = re.search(r"\.pid(\d+)\.", path.name)
        # One without it is pytest-cov's, of all processes.
        own = {pid[1]} & folders.keys() if pid else folders.keys()
        data = read_data(path)
        for file in filter(data.lines, data.measured_files()) if own else ():
            copies = {Path(folders[process], file) for process in own}
            for copy in filter(Path.is_file, copies):
                yield str(copy), from_root(file)


def check_all_data(state: dict) -> None:
    """Refuse data of which a file was removed since the tests ended."""
    there = {path.name for path in data_files()}
    if gone := ", ".join(sorted({*state.get("data", [])} - there)):
        sys.exit(f"Removed since the tests ended: {CONTROL.sub('?', gone)}. {AGAIN}")


def check_combined() -> None:
    """Refuse combined data that is not all there."""
    if left := ", ".join(path.name for path in data_files()):
        why = "Combine it. If you did, it is unreadable (see the warning) or came late."
        sys.exit(f"Not combined: {left}\n{why} {AGAIN}")
    if not DATA.exists():
        sys.exit("No data to report. First run: python coverage_gate.py test combine")


def check_shards(jobs: dict[str, dict]) -> None:
    """Refuse shards that did not run each test once."""
    shards: dict[str, list[dict]] = {}
    for job, tests in jobs.items():
        if tests:
            shards.setdefault(job.rpartition("-")[0], []).append(tests)
    for job, shard in shards.items():
        on_job = f" of {job}" if job else ""
        ran = Counter(test for tests in shard for test in tests["selected"])
        known = {test for tests in shard for test in tests["all"]}
        wrong = [f"{test} ({ran[test]}x)" for test in sorted(known) if ran[test] != 1]
        if wrong:
            why = "Their order must not change: parametrize by lists, not by sets."
            title = f"Not run exactly once by the shards{on_job}"
            sys.exit(f"{title}: {CONTROL.sub('?', ', '.join(wrong))}. {why}")
        print(f"Tests{on_job}: {len(ran)}, each in one shard.")


def files_left_out(report: Path) -> str:
    """Return how many files the source has, and those that are not in the total, with why."""
    source = digests().keys()
    files = read_json(report)["files"]
    left_out = source - {from_root(name) for name in files}
    text = f"Source: {len(source)} {'file' if len(source) == 1 else 'files'}"
    if not left_out:
        return f"{text}, all in the total."
    cov = Coverage()
    why = [option for option in LEAVE_OUT if cov.get_option(option)]
    why = why or ["not in a package"]
    names = ", ".join(sorted(left_out))
    return f"{text}; not in the total ({', '.join(why)}): {names}"


def lost_data(settings: dict, report: Path) -> str:
    """Return the processes that left no data; only below the threshold do they matter."""
    lost = read_state().get("lost", [])
    if not lost:
        return ""
    passed, _ = verdict(settings, report)
    title = "Missing data:" if passed else "The total is too low, as data is missing:"
    return "".join(f"{line}\n" for line in [title, *lost])


def lost_processes(name: str, log: Path = LOG) -> list[str]:
    """Wait for processes that end a moment after the tests; return those without data.

    The format of coverage's log is no promise: what cannot be read says nothing.
    """
    own = str(os.getpid())
    for _ in range(10):
        text = log.read_text("utf-8", "replace") if log.exists() else ""
        started, forked = STARTED.findall(text), FORKED.findall(text)
        ended = set(re.findall(r"(?:atexit|sigterm): pid: (\d+)", text))
        # Coverage adds a hash to the name of a data file that is complete.
        names = "\n".join(path.name for path in data_files(name))
        torn = set(re.findall(r"(?m)\.pid(\d+)\.X\w+x$", names))
        left = set(re.findall(r"\.pid(\d+)\.X\w+x\.H", names))
        if Path(f".coverage.{name}").exists():  # pytest-cov combines those of children.
            left |= ended | {pid for _, pid in forked}
        commands = {pid: command_of(argv) for pid, argv, *_ in started}
        commands |= {pid: "a fork" for _, pid in forked if pid not in commands}
        commands |= {pid: "the tests" for pid, _, parent, _ in started if parent == own}
        if not torn and left.issuperset(commands):
            break
        time.sleep(0.05)
    parents = {pid: parent for parent, pid in forked}
    parents |= {pid: parent for pid, _, parent, _ in started}
    lost = []
    for pid in sorted(commands.keys() - left):
        why = "killed, or still running; stop it with SIGTERM, and wait for it"
        if pid in torn:
            why = "stopped while it saved its data; `with Pool()` needs close() and join()"
        elif pid in ended:
            why = "left no data file; does a test run `coverage erase`, or use coverage.Coverage?"
        parent = commands.get(parents[pid], "another program")
        lost.append(f"  {commands[pid]}, pid {pid}, started by {parent}: {why}")
    if not commands:
        print("Processes: unknown, as coverage's log cannot be read.")
    elif not lost:
        print(f"Processes: {len(commands)} measured; each left its data.")
    return lost


# The goals


def read_goals(settings: dict) -> list[Goal]:
    """Return the goals in the settings; refuse those that cannot be meant."""
    own = {asked: settings[asked] for asked in ASKED if asked in settings}
    found = [Goal("*", asked, str(value), (asked,)) for asked, value in own.items()]
    groups = settings.get("goals", {})
    if not isinstance(groups, dict):
        example = '[tool.coverage-gate.goals]\n"src/app/*" = 90'
        sys.exit(f"goals: name groups of files, like:\n{example}")
    for pattern, goal in groups.items():
        place = ("goals", pattern)
        if isinstance(goal, dict):
            for asked, value in goal.items():
                found.append(Goal(pattern, asked, str(value), (*place, asked)))
        else:
            found.append(Goal(pattern, "total", str(goal), place))
    for goal in found:
        if goal.asked not in ASKED:
            sys.exit(f"{goal}: unknown; choose one of {', '.join(ASKED)}.")
        if goal.asked != "missing_lines":
            check_percent(goal, goal.value)
        elif not goal.value.isdecimal():
            sys.exit(f"{goal} {goal.value}: give a number of lines, like 12.")
    return found


def check_goals(settings: dict, files: dict[str, dict]) -> int:
    """Print whether each goal is reached, with the missing lines if not; return the exit code."""
    code = 0
    for goal in settings["goals"]:
        group = files_of(goal, files)
        reached, words = judged(goal, group)
        print(f"{goal}: {words}")
        if reached:
            continue
        code = 2
        for name, file in group.items():
            below = goal.asked != "each_file" or not judged(goal, {name: file})[0]
            if below and (places := missing(file)):
                print(f"  {name}: {places}")
    return code


def judged(goal: Goal, group: dict[str, dict]) -> tuple[bool, str]:
    """Return whether a group of files reaches its goal, and both in words."""
    reached = measured(goal.asked, group)
    if goal.asked != "missing_lines":
        return compared(float(reached), goal.value)
    passed = reached <= int(goal.value)
    result = "passed" if passed else f"failed, {reached - int(goal.value)} too many"
    return passed, f"{reached}, at most {goal.value}: {result}"


def measured(asked: str, group: dict[str, dict]) -> Fraction:
    """Return what a goal asks of a group of files: a percentage, or a number of lines."""
    files = [file["summary"] for file in group.values()]
    if asked == "missing_lines":
        return Fraction(sum(file["missing_lines"] for file in files))
    if asked == "each_file":
        return min(measured("total", {"": file}) for file in group.values())
    pairs = [COUNTS[asked]] if asked in COUNTS else COUNTS.values()
    covered = sum(file.get(key, 0) for file in files for key, _ in pairs)
    number = sum(file.get(key, 0) for file in files for _, key in pairs)
    return Fraction(100 * covered, number) if number else Fraction(100)


def files_of(goal: Goal, files: dict[str, dict]) -> dict[str, dict]:
    """Return the files that a goal is for, by the rules of coverage's omit."""
    from coverage.files import GlobMatcher  # Private: only who has goals needs it.

    matches = GlobMatcher([goal.pattern]).match
    group = {name: file for name, file in files.items() if matches(from_root(name))}
    if not group:
        sys.exit(f"{goal}: it matches no file. Write a directory as `src/app/*`.")
    with_branches = all("num_branches" in file["summary"] for file in group.values())
    if goal.asked == "branches" and not with_branches:
        sys.exit(f"{goal}: set branch = true in [tool.coverage.run].")
    return group


def missing(file: dict) -> str:
    """Return the missing lines and branches of a file, as the table has them."""
    lines = file["missing_lines"]
    found = [named(span) for span in spans(lines)]
    for start, end in file.get("missing_branches", []):
        if start not in lines and end not in lines:
            found.append(f"{start}->{end if end > 0 else 'exit'}")
    return ", ".join(found)


def named(span: tuple[int, int]) -> str:
    first, last = span
    return f"{first}-{last}" if last > first else f"{first}"


def spans(lines: Iterable[int]) -> list[tuple[int, int]]:
    """Return the first and the last of the lines that follow each other."""
    found: list[tuple[int, int]] = []
    for line in sorted(lines):
        first = found.pop()[0] if found and found[-1][1] == line - 1 else line
        found.append((first, line))
    return found


def excluded_that_ran(files: dict[str, dict]) -> list[str]:
    """Return where lines are excluded from the total, and ran in some job."""
    cov = Coverage()
    cov.load()
    data = cov.get_data()
    names = {from_root(name): name for name in data.measured_files()}
    found = []
    for name, file in files.items():
        lines = data.lines(names.get(from_root(name), name)) or []
        if ran := {*lines} & {*file["excluded_lines"]}:
            ran -= headers(Path(name).read_bytes())
        found += [f"{name}:{named(span)}" for span in spans(ran)]
    return found


def statements(path: Path) -> list[tuple[str, int]]:
    """Return what is on the lines of a file, whatever version a build writes into it."""
    nodes = ast.walk(ast.parse(path.read_bytes(), path))
    return [(type(node).__name__, getattr(node, "lineno", 0)) for node in nodes]


def headers(source: bytes) -> set[int]:
    """Return the lines from `def`, `if` and the like to their body: they run without it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        body, head = getattr(node, "body", None), getattr(node, "pattern", node)
        if isinstance(body, list) and body and hasattr(head, "lineno"):
            decorators = getattr(node, "decorator_list", [])
            first = min(line.lineno for line in (head, *decorators))
            found.update(range(first, max(body[0].lineno, first + 1)))
    return found


def tightened(goal: Goal, reached: Fraction) -> str:
    """Return the value of a goal that asks for what is reached, rounded down, if that is more."""
    if goal.asked == "missing_lines":
        return str(min(int(goal.value), int(reached)))
    return f"{max(float(goal.value), int(100 * reached) / 100):g}"


def with_value(text: str, goal: Goal, new: str) -> str:
    """Return a pyproject.toml with the value of one goal changed, and nothing else."""
    wanted = tomllib.loads(text)
    table = wanted["tool"]["coverage-gate"]
    for key in goal.place[:-1]:
        table = table[key]
    old = table[goal.place[-1]]
    table[goal.place[-1]] = new if isinstance(old, str) else float(new)
    for match in re.finditer(r"\d+(\.\d+)?", text):
        changed = text[: match.start()] + new + text[match.end() :]
        with suppress(tomllib.TOMLDecodeError):
            if float(match[0]) == float(old) and tomllib.loads(changed) == wanted:
                return changed
    sys.exit(f"{goal}: write {old} as a plain number in pyproject.toml, like 92.5.")


def raised_elsewhere(threshold: str) -> Iterator[tuple[Path, str, str]]:
    """Yield the other files with a lower threshold: the file, its new text, the change."""
    root = repository()
    for path in (path for pattern in ELSEWHERE for path in sorted(root.glob(pattern))):
        text = path.read_bytes().decode()
        folder, found = FOLDER.search(text), WRITTEN.search(text)
        own = (folder[1] if folder else ".") == ROOT.relative_to(root).as_posix()
        own &= "coverage_gate.py" in text or "coverage_threshold" in text
        if found and own and float(found[2]) < float(threshold):
            name = path.relative_to(root).as_posix()
            new = text[: found.start(2)] + threshold + text[found.end(2) :]
            yield path, new, f"{name}: {found[2]} -> {threshold}"


# The summary of a job on GitHub


def summarize(*lines: str) -> None:
    """Add lines to the summary of the job, if this is one."""
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                print(*lines, "", sep="\n", file=file)
        except OSError as error:  # It decides nothing.
            print("No summary of the job:", error)


def summary(settings: dict, report: Path) -> list[str]:
    """Return the summary of the reports, in Markdown."""
    passed, words = verdict(settings, report)
    lines = [f"### {MARKS[passed]} {words}", ""]
    files = read_json(report)["files"]
    for goal in settings["goals"]:
        try:
            reached, words = judged(goal, files_of(goal, files))
            lines.append(f"- {MARKS[reached]} {plain(goal)}: {words}")
        except SystemExit as refused:
            lines.append(f"- {MARKS[False]} {plain(refused)}")
    accounts = [read_state().get("account"), files_left_out(report)]
    accounts += lost_data(settings, report).splitlines()
    if ran := ", ".join(excluded_that_ran(files)):
        accounts.append(textwrap.shorten(f"Excluded, and ran after all: {ran}", 200))
    lines += [f"- {plain(account.strip())}" for account in accounts if account]
    page = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"
    if "GITHUB_RUN_ID" in os.environ:
        lines.append(f"- [HTML report]({page.format_map(os.environ)}#artifacts)")
    return [*lines, "", *missing_table(files)]


def plain(text: object) -> str:
    """Return a text as Markdown that shows it as it is: __init__ is not bold."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", str(text))


def missing_table(files: dict[str, dict]) -> list[str]:
    """Return the files with most missing lines, in Markdown."""
    places = {name: missing(file) for name, file in files.items()}
    counts = {name: file["summary"]["missing_lines"] for name, file in files.items()}
    names = sorted(filter(places.get, files), key=counts.get, reverse=True)
    rows = ["| file | missing lines | coverage | missing |", "|---|--:|--:|---|"]
    for name in names[:10]:
        percent = files[name]["summary"]["percent_covered_display"]
        short = plain(textwrap.shorten(places[name], 70, placeholder=" …"))
        rows.append(f"| {plain(name)} | {counts[name]} | {percent}% | {short} |")
    more = [f"\nAnd {len(names) - 10} more files."] if len(names) > 10 else []
    return rows + more if names else []


# The changed lines


def git(*arguments: str, errors: str = "replace") -> str:
    """Return what git prints at the root of the repository, whatever the user has set."""
    plain = ("core.quotePath=off", "diff.noprefix=off", "diff.mnemonicPrefix=off")
    plain += ("safe.directory=*",)  # Of any owner: the tests in it are run anyway.
    options = [word for setting in plain for word in ("-c", setting)]
    command = ["git", *options, *arguments]
    outputs = {"capture_output": True, "encoding": "utf-8", "errors": errors}
    process = subprocess.run(command, cwd=repository(), check=False, **outputs)
    if process.returncode:
        sys.exit(f"git {' '.join(arguments)} failed. {process.stderr.strip()}")
    return process.stdout


def merge_base(branches: list[str]) -> str:
    """Return the commit where this branch left another one: the first, or the default one."""
    if not branches:
        there = git("for-each-ref", "--format=%(refname:lstrip=2)").split()
        known = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
        branches = [name for name in known if name in there]
    if not branches:
        sys.exit("Name a branch: python coverage_gate.py changed -- develop")
    command = ["git", "merge-base", branches[0], "HEAD"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        why = process.stderr.strip() or f"No common commit with {branches[0]}"
        sys.exit(f"{why}. Fetch it with its history; on GitHub, by fetch-depth: 0.")
    return process.stdout.strip()


def changed_files(start: str, files: dict[str, dict]) -> dict[str, dict]:
    """Return what diff-cover finds in each measured file that changed since a commit.

    Refuses a report without such a file: diff-cover would find nothing, and pass.
    """
    measured = {prefix() + from_root(name) for name in files}
    names = git("diff", "--name-only", "--diff-filter=d", "-z", start).split("\0")
    names = [name for name in names if name in measured]
    new = git("ls-files", "--others", "--exclude-standard", "-z").split("\0")
    if new := ", ".join(name for name in new if name in measured):
        print(f"Not known to git, so left out: {new}. To count it: git add -N")
    report = unescape(XML.read_text("utf-8"), {"&quot;": '"'})
    if unnamed := [name for name in names if f' filename="{name}"' not in report]:
        again = "Write it again: python coverage_gate.py report"
        sys.exit(f"{XML} does not have the changed {', '.join(unnamed)}. {again}")
    return diff_cover(start) if names else {}


def diff_cover(start: str) -> dict[str, dict]:
    """Run diff-cover on the lines that changed since a commit; return what it has of each file."""
    diff, found = STATE.with_name("changes.diff"), STATE.with_name("changes.json")
    text = git("diff", "--no-color", "--no-ext-diff", "--no-textconv", "-U0", start)
    diff.write_text(text, "utf-8", newline="\n")
    xml, patch, report = (f"{prefix()}{path.as_posix()}" for path in (XML, diff, found))
    words = [xml, "--diff-file", patch, "--format", f"json:{report}"]
    print(shlex.join(["diff-cover", *words]), flush=True)
    command = [sys.executable, "-m", "diff_cover.diff_cover_tool", "--quiet", *words]
    subprocess.run(command, cwd=repository(), check=True)
    return read_json(found)["src_stats"]


def annotation(name: str, span: tuple[int, int]) -> str:
    """Return a command that has GitHub show a warning beside lines of a pull request.

    Escaped as GitHub's toolkit does it:
    https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
    """
    for character in "%\r\n:,":
        name = name.replace(character, f"%{ord(character):02X}")
    first, last = span
    return f"::warning file={name},line={first},endLine={last}::No test ran this."


# What the accounts and stages read, write and run


def data_files(name: str = "", folder: Path = Path()) -> list[Path]:
    """Return the data files that are not combined yet, of all names or of one."""
    start = f".coverage.{name}." if name else ".coverage."
    paths = sorted(p for p in folder.glob(".coverage.*") if p.suffix not in TEXT)
    return [path for path in paths if f"{path.name}.".startswith(start)]


def remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def read_json(path: Path) -> dict:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        sys.exit(f"{path} is damaged. {AGAIN}")
    return found


def read_state(path: Path = STATE) -> dict:
    return read_json(path) if path.exists() else {}


def write_state(**state: object) -> None:
    STATE.parent.mkdir(exist_ok=True)
    STATE.write_text(json.dumps(state))


def newest_states() -> dict[str, Path]:
    """Return what the newest attempt of each job tells, by the job's name."""
    found: dict[str, tuple[int, Path]] = {}
    for path in Path("coverage-data").rglob(STATE.name):
        name = str(read_state(path).get("name"))
        parts = re.fullmatch(r"(\w+)\.(\d+)\.([\w.-]+)", name)
        if not parts:
            sys.exit(f"{path} has no commit, attempt and job: {name!r}")
        commit, attempt, job = parts.groups()
        newest, _ = found.get(job, (0, path))
        if commit != os.environ.get("GATE_NAME") or int(attempt) == newest:
            sys.exit(f"Data of another commit, or of two jobs: {name}")
        if int(attempt) > newest:
            found[job] = int(attempt), path
    return {job: path for job, (_, path) in sorted(found.items())}


def lock() -> sqlite3.Connection:
    """Refuse a second run in this directory: each would take the other's data.

    SQLite's lock ends with the process, on every system.
    """
    LOCK.parent.mkdir(exist_ok=True)
    LOCK.with_name(".gitignore").write_text("*\n")
    LOCK.touch()
    held = sqlite3.connect(LOCK, timeout=0, isolation_level=None)
    fast = "pragma synchronous=off"  # The lock need not outlive a power failure.
    own = f"pragma user_version={os.getpid()}"
    try:
        for statement in (fast, "begin immediate", own, "commit", "begin immediate"):
            held.execute(statement)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        (pid,) = held.execute("pragma user_version").fetchone()
        sys.exit(f"Another run uses {ROOT}: wait for it, or stop it (pid {pid}).")
    return held


def read_table(*names: str) -> dict:
    """Return a table of pyproject.toml; an empty one if it is not there."""
    try:
        found = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    except ValueError as error:
        sys.exit(f"pyproject.toml is not TOML: {error}")
    for name in names:
        found = found.get(name, {})
        if not isinstance(found, dict):
            sys.exit(f"pyproject.toml: write {'.'.join(names)} as a table.")
    return found


def current_files(settings: dict) -> dict[str, dict]:
    """Return what coverage.json has of each file; it is written again if it is of others."""
    check_combined()
    check_source(read_state())
    if not JSON.exists() or read_state().get("reported") != digest(*REPORTED):
        report(settings)
    return read_json(JSON)["files"]


def source_places() -> set[str]:
    """Return the directories, and modules without their ending, that are measured."""
    cov = Coverage(data_file=None)
    names = {name for option in SOURCES for name in cov.get_option(option) or []}
    if not names:
        sys.exit("No source: [tool.coverage.run] does not name the measured code.")
    modules = {name.replace(".", "/") for name in names if not Path(name).is_dir()}
    return names | modules | {f"src/{module}" for module in modules}


def is_measured(name: str) -> bool:
    """Return whether a file is in a package that is measured, wherever that is."""
    return any(f"/{place}/" in f"/{name}" for place in source_places())


@cache
def other_code() -> list[str]:
    """Return what is below the source and not the project's: ignored by git, or installed."""
    places = [place for place in source_places() if Path(place).is_dir()]
    found: set[str] = set()
    in_git = (repository() / ".git").exists()
    if in_git and not shutil.which("git"):
        print("No git here: files that it ignores are measured, too.")
    elif in_git:
        words = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"]
        words = ["-C", str(ROOT), *words, "--directory", "--", *places]
        names = git(*words, errors="surrogateescape").split("\0")
        found = {name.rstrip("/") for name in names if re.search(r"\.py$|\w/$", name)}
    for path in (path for place in places for path in Path(place).rglob("*")):
        if path.name in ("node_modules", "site-packages", "__pypackages__"):
            found.add(path.as_posix())
        elif path.name in ("pyvenv.cfg", "conda-meta"):
            found.add(path.parent.as_posix())
    # Nor the source itself: git may ignore the whole project.
    above = {path.as_posix() for place in places for path in Path(place, "_").parents}
    found = {name for name in found - above if Path(name).name != "__pycache__"}
    # git also names what only begins like the source: app.egg-info, beside app.
    return sorted(n for n in found if any(map(Path(n).is_relative_to, places)))


def digest(*paths: Path) -> str:
    """Return a digest of what is in files, whatever their line endings."""
    texts = [path.read_bytes().replace(b"\r\n", b"\n") for path in paths]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def digests() -> dict[str, str]:
    """Return a digest of each Python file of the source, whatever its line endings."""
    places, others = source_places(), other_code()
    paths = {path for place in places for path in Path(place).rglob("*.py")}
    paths |= {Path(f"{place}.py") for place in places}
    found = {}
    for path in filter(Path.is_file, paths):
        if not any(path.is_relative_to(other) for other in others):
            found[path.as_posix()] = digest(path)
    refuse_control_characters(found)
    return found


def digests_of_others(names: Iterable[str]) -> dict[str, str]:
    """Return a digest of each file of the project that is not Python: plugins measure them."""
    paths = [path for path in map(Path, names) if not path.is_absolute()]
    others = [path for path in paths if path.suffix != ".py" and path.is_file()]
    return {path.as_posix(): digest(path) for path in others}


def refuse_control_characters(names: Iterable[str]) -> None:
    """Refuse names of files that a log would not show as they are."""
    if wrong := list(filter(CONTROL.search, names)):
        name = CONTROL.sub("?", wrong[0])
        sys.exit(f"Rename {name}: a log takes the ? for a command.")


def settings_for_tests(collector: str) -> str:
    """Return the settings file for the tests: pyproject.toml, or a changed copy of it."""
    cov = Coverage()
    more = {}
    if others := other_code():
        print("Not measured, as it is not the project's code:", ", ".join(others))
        own = [f"{ROOT}/{name}" + "/*" * (not name.endswith(".py")) for name in others]
        # In patterns, coverage takes `$` for a variable, and no brackets.
        own = [re.sub(r"[\[\]]", "?", path).replace("$", "$$") for path in own]
        more["omit"] = [*(cov.get_option("run:omit") or []), *own]
    concurrency = cov.get_option("run:concurrency")
    in_greenlets = find_spec("greenlet") and any(map(find_spec, IN_GREENLETS))
    if in_greenlets and {*concurrency} <= {"thread", "multiprocessing"}:
        more["concurrency"] = [*concurrency, "greenlet"]
        print("Settings: those of pyproject.toml, and concurrency by greenlet.")
    own = read_table("tool", "coverage")
    tables = own | {"run": own.get("run", {}) | more}
    # pytest-cov combines by itself, and would hide which copy ran.
    if collector == "pytest-cov":
        tables.pop("paths", None)
    if tables == own:
        return "pyproject.toml"
    with SETTINGS.open("w", encoding="utf-8") as file:
        for name, table in tables.items():
            print(f"[tool.coverage.{toml(name)}]", file=file)
            for key, value in table.items():
                print(f"{toml(key)} = {toml(value)}", file=file)
    return SETTINGS.as_posix()


def toml(value: object) -> str:
    """Return a key or a value of a setting as TOML."""
    if isinstance(value, dict):
        pairs = (f"{toml(key)} = {toml(item)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def command_for_tests(settings: dict, rcfile: str) -> list[str] | str:
    """Return what runs the tests: arguments for Python, or a line for the shell."""
    command, arguments = settings["test_command"], settings["arguments"]
    if settings["collector"] == "command":
        return " ".join([command, *map(shlex.quote, arguments)])
    words = [*shlex.split(command), *arguments]
    if "--splits" in words:  # Each shard in the same order. This file is the plugin.
        words += ["-p", "no:randomly", "-p", Path(__file__).stem]
    if settings["collector"] == "coverage":
        words = ["-m", "coverage", "run", *words]
    else:  # Whatever addopts say: one settings file, and only the gate has a threshold.
        words += ["--cov", f"--cov-config={rcfile}", "--cov-report="]
        words += ["--cov-fail-under=0"]
    return words


def tox_override(env: dict[str, str]) -> str:
    """Return settings for tox: install coverage, and pass its variables on.

    https://tox.wiki/en/latest/config.html#overriding-configuration-from-the-command-line
    """
    added = {"pass_env": "COVERAGE_*", "deps": f"coverage>={OLDEST}"}
    added |= {"set_env": f"COVERAGE_FILE={env['COVERAGE_FILE']}"}
    toml, prefix = read_table("tool", "tox"), "tool.tox."
    if Path("tox.toml").exists():
        toml, prefix = tomllib.loads(Path("tox.toml").read_text("utf-8")), ""
    ini = configparser.RawConfigParser(strict=False)
    ini.read(["setup.cfg", "tox.ini"], "utf-8")
    ini.read_string(toml.get("legacy_tox_ini", ""))
    sections = {name: ini[name] for name in ini.sections() if name[:8] == "testenv:"}
    for name, table in toml.get("env", {}).items():
        sections[f"{prefix}env.{name}"] = table
    # What a section has of its own, it does not inherit.
    bases = ("testenv", "env_run_base", "tool.tox.env_run_base")
    places = dict.fromkeys(bases, tuple(added))
    places |= {name: tuple(keys) for name, keys in sections.items()}
    overrides = [env["TOX_OVERRIDE"]] if env.get("TOX_OVERRIDE") else []
    for name, keys in places.items():
        own = {key.replace("_", "") for key in keys}
        for key, value in added.items():
            if key.replace("_", "") in own:
                overrides.append(f"{name}.{key}+={value}")
    return ";".join(overrides)


def run_tests(command: list[str] | str, env: dict[str, str]) -> int:
    """Run the tests, a line by the shell; return their exit code."""
    shell = isinstance(command, str)
    print(command if shell else shlex.join(["python", *command]), flush=True)
    stdout = stderr = None
    if shell and not sys.stdout.isatty():
        stdout, stderr = subprocess.PIPE, subprocess.STDOUT
    elif shell or "pytest" not in command:  # Which fails by itself if there is no test.
        stderr = subprocess.PIPE
        env |= {"PYTHON_COLORS": str(int(sys.stderr.isatty()))}
    line = command if shell else [sys.executable, *command]
    outputs = {"stdout": stdout, "stderr": stderr}
    process = subprocess.Popen(line, env=env, shell=shell, **outputs)
    counts: list[int] = []
    arguments = (process, counts)
    reader = threading.Thread(target=count_tests, args=arguments, daemon=True)
    reader.start()
    while process.poll() is None:
        with suppress(KeyboardInterrupt):  # The tests get it too, and end.
            process.wait()
    reader.join(timeout=1)  # A process that outlives the tests has the pipe open, too.
    if process.returncode == 0 and counts and not any(counts):
        sys.exit("No test ran. See test_command in [tool.coverage-gate].")
    return process.returncode


def count_tests(process: subprocess.Popen, counts: list[int]) -> None:
    """Print what the tests print, with the numbers of tests that its summaries name."""
    pipe = process.stdout or process.stderr
    output = sys.stdout if process.stdout else sys.stderr
    line = b""
    while pipe and (chunk := pipe.read1()):
        output.buffer.write(chunk)
        output.flush()
        *lines, line = (line + chunk).split(b"\n")
        for whole in lines:
            plain = re.sub(rb"\x1b.[\d;]*m", b"", whole)
            if match := SUMMARY.match(plain):
                counts.append(int(match[1] or match[2] or 0))


def command_of(argv: str) -> str:
    """Return the command of a process, without its arguments: they may be secret."""
    first = re.findall(r"'(.*?)'", argv)[:1]
    return " ".join(["python", *(Path(word).name for word in first)])


def rows(path: Path, *statements: str) -> Iterator[tuple]:
    """Yield what statements find in a data file; a torn one has less: combining says so."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as data:
        for statement in statements:
            yield from data.execute(statement)


def check_tables(path: Path) -> None:
    """Refuse what no coverage writes: reading a view, or a pipe, can take forever."""
    queries = [f"select 1 from {rest} limit 1" for rest in FOREIGN]
    if not path.is_file() or any(rows(path, *queries)):
        sys.exit(f"{path.name} is not as coverage writes it. Delete it. {AGAIN}")


def version_of(path: Path) -> str:
    """Return which coverage wrote a data file; a good one if it cannot be read."""
    check_tables(path)
    found = rows(path, "select value from meta where key = 'version'")
    return next(found, (OLDEST,))[0]


def forget_command_lines(name: str) -> None:
    """Remove them from what leaves this machine: they may have secrets."""
    remove(LOG)
    delete = "pragma secure_delete = on; delete from meta where key = 'sys_argv'"
    for path in data_files(name):
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as data:
            data.executescript(delete)


def numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def read_data(path: Path) -> CoverageData:
    """Return what is in a data file; nothing if it cannot be read: combining says so."""
    check_tables(path)
    data = CoverageData(str(path.absolute()), read_only=True)
    with suppress(CoverageException):
        data.read()
    return data


def measured_names(name: str = "") -> set[str]:
    """Return the names of files in the data files of all names, or of one."""
    paths = data_files(name)
    return set().union(*(read_data(path).measured_files() for path in paths))


def has_lines(path: Path) -> bool:
    """Return whether a data file has lines of any file: each process names all files."""
    data = read_data(path)
    return any(map(data.lines, data.measured_files()))


def combined_names(names: list[str]) -> dict[str, str]:
    """Return what combining makes of each name in data: tried, with a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        data = CoverageData(str(Path(folder, ".coverage.tried")))
        data.add_arcs({name: [(line, line)] for line, name in enumerate(names, 1)})
        data.write()
        cov = Coverage(data_file=str(Path(folder, ".coverage")))
        cov.combine([folder])
        found = cov.get_data()
        taken = {name: name for name in found.measured_files() & {*names}}
        if len(taken) < len(names):
            for name in found.measured_files():
                taken |= {names[line - 1]: name for line in found.lines(name) or []}
        found.close(force=True)
    return {name: from_root(taken[name]) for name in names}


def files_meant(name: str, sources: Iterable[str]) -> list[str]:
    """Return what a name in data can mean: the longest common end, the shortest path."""
    name = from_root(name)
    parts = name.split("/")
    found: dict[tuple[int, int], list[str]] = {}
    for source in [name] if name in sources else sources:
        own = source.split("/")
        if own[-1] == parts[-1]:
            pairs = enumerate(zip(own[::-1], parts[::-1], strict=False))
            end = next((end for end, (a, b) in pairs if a != b), len(own))
            found.setdefault((end, -len(own)), []).append(source)
    return found[max(found)] if found else []


def from_root(name: str) -> str:
    """Return the name of a file from the root of the project, if it is in there."""
    return name.replace("\\", "/").removeprefix(f"{ROOT.as_posix()}/")


def repository() -> Path:
    """Return the root of the repository; that of the project if there is none."""
    roots = [path for path in (ROOT, *ROOT.parents) if (path / ".git").exists()]
    return [*roots, ROOT][0]


def prefix() -> str:
    """Return the path of the project in its repository, with a slash at its end."""
    return "".join(f"{name}/" for name in ROOT.relative_to(repository()).parts)


def name_from_repository(report: Path) -> None:
    """Name files from the root of the repository, where services look for them."""
    text = report.read_text("utf-8").replace("<source></source>", "<source>.</source>")
    report.write_text(text.replace(' filename="', f' filename="{prefix()}'), "utf-8")


def verdict(settings: dict, report: Path) -> tuple[bool, str]:
    """Return whether the total reaches the threshold, and both in words."""
    totals = read_json(report)["totals"]
    if not totals["covered_lines"]:
        sys.exit("No data: the tests ran no statement of the measured code.")
    passed, words = compared(totals["percent_covered"], settings["threshold"])
    return passed, f"Coverage {words}"


def compared(percent: float, threshold: str) -> tuple[bool, str]:
    """Return whether a percentage reaches a threshold as --fail-under has it, and both in words.

    It compares what it shows: rounded to the precision of the settings, or of the threshold,
    but never up to 100.
    """
    decimals = len(threshold.partition(".")[2].rstrip("0"))
    decimals = max(decimals, Coverage(data_file=None).get_option("report:precision"))
    most = 100 if percent == 100 else 100 - 10**-decimals
    shown = min(round(percent, decimals), most)
    gap = shown - float(threshold)
    result = "passed, {} points above" if gap >= 0 else "failed, {} points below"
    result = result.format(f"{abs(gap):.{max(decimals, 2)}f}")
    return gap >= 0, f"{shown:.{decimals}f}%, threshold {threshold}%: {result}"


def read_settings() -> dict:
    """Return [tool.coverage-gate] of pyproject.toml, with the threshold of this run."""
    settings = read_table("tool", "coverage-gate")
    if not settings:
        sys.exit("pyproject.toml has no [tool.coverage-gate]. Run: copier update")
    if unknown := ", ".join(sorted(settings.keys() - OWN - {*ASKED[1:]})):
        sys.exit(f"Unknown in [tool.coverage-gate]: {unknown}")
    threshold = str(os.environ.get("COVERAGE_FAIL_UNDER") or settings.get("threshold"))
    check_percent("Threshold", threshold)
    check_percent("changed_lines", str(settings.get("changed_lines", 100)))
    return settings | {"threshold": threshold, "goals": read_goals(settings)}


def check_percent(title: object, value: str) -> None:
    if not PERCENT.fullmatch(value):
        sys.exit(f"{title} {value}: give percent, from 1 to 100, like 92.5.")


def clean_environment() -> None:
    """Drop what the shell exports for coverage, and name this project's files."""
    if Coverage.current():
        sys.exit("This process is measured itself. Unset COVERAGE_PROCESS_START.")
    for variable in [*os.environ]:
        if variable.startswith("COVERAGE_") or variable in EXPORTED:
            del os.environ[variable]
    os.environ["COVERAGE_FILE"] = str(ROOT / DATA)
    os.environ["COVERAGE_RCFILE"] = str(ROOT / "pyproject.toml")
    if os.name == "nt":  # Windows has neither.
        os.environ |= {"COVERAGE_FORK": "subprocess", "COVERAGE_EXECV": "subprocess"}


def main(argv: list[str]) -> int | str:
    """Run the stages that argv names; return the first exit code that is not 0."""
    stages = list(takewhile(COMMANDS.get, argv))
    arguments = argv[len(stages) :]
    first = arguments[0] if arguments else ""
    # Package managers may take the `--` for themselves, as Poetry does.
    for_tests = first.startswith("-") or Path(ROOT, first.partition("::")[0]).exists()
    if first in ("-h", "--help") or not for_tests:
        lines = [f"\n  {name:8} {stage.__doc__}" for name, stage in COMMANDS.items()]
        text = __doc__ or "PYTHONOPTIMIZE=2 leaves out this help."
        print(text.replace("{stages}", "".join(lines) + "\n"))
        return 0 if for_tests else f"Unknown: {first}"
    if first == "--":
        del arguments[0]
    os.chdir(ROOT)
    try:
        return run(stages or list(STAGES), arguments)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            summarize("### ❌ No result to trust", "```text", stop.code, "```")
        raise


def run(stages: list[str], arguments: list[str]) -> int:
    """Run stages; return the first exit code that is not 0."""
    try:
        settings = read_settings() | {"arguments": arguments}
        clean_environment()
        with closing(lock()):
            for stage in stages:
                if code := COMMANDS[stage](settings):
                    return code
        return 0
    except (NoSource, NotPython, SyntaxError) as error:
        omit = "Generated, or not Python? Add it to omit in [tool.coverage.run]."
        sys.exit(f"{error}\n{omit}")
    except CoverageException as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.strerror}: {error.filename or ROOT}. Then: {AGAIN}")
    except sqlite3.Error as error:
        sys.exit(f"SQLite, in {ROOT}: {error}. {AGAIN}")
    except KeyboardInterrupt:
        return 130
    except BROKEN as error:
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        place = f"{frame.f_code.co_filename}, line {line}"
        why = "Is a value in pyproject.toml of a wrong type, or a plugin broken?"
        sys.exit(f"{type(error).__name__}: {error} ({place}). {why} Otherwise: {AGAIN}")


# For shards, as a plugin of pytest


OTHERS: list[str] = []


def pytest_deselected(items: list) -> None:
    """Note the tests of the other shards: pytest-split is the last that deselects any."""
    OTHERS[:] = [item.nodeid for item in items]


def pytest_collection_finish(session) -> None:
    """Write which tests this shard runs, and which there are."""
    ran = [item.nodeid for item in session.items]
    tests = {"selected": ran, "all": ran + OTHERS}
    (ROOT / TESTS).write_text(json.dumps(tests))


if __name__ == "__main__":
    gc.disable()
    if analyze := getattr(Coverage, "_analyze", None):  # Private: without it, slower.
        Coverage._analyze = lambda cov, morf, **kw: (
            ANALYSES.get(morf) or ANALYSES.setdefault(morf, analyze(cov, morf, **kw))
        )
    sys.exit(main(sys.argv[1:]))
