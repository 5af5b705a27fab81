"""Run the catalogue: every mode through every pipeline, and what came of it."""

import json
import math
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

import tomlkit
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table

from copier_coverage.audit import findings
from copier_coverage.project.settings import Settings
from workshop.act import WORKFLOW, run_workflow, used_actions
from workshop.proof.catalogue import MODES
from workshop.proof.catalogue.mode import JobsMode, Mode, Refusal, Total
from workshop.proof.pipelines import (
    ALONE,
    ATTRS,
    OLD,
    PIPELINES,
    STRUCTLOG,
    TEMPLATE,
    Pipeline,
    rewritten,
)
from workshop.rendered import FOREIGN, RenderedProject
from workshop.rendering import SAMPLES, render_sample

# How a line begins that gives the reason why a command failed.
REASON = re.compile(
    "No data|No source|No usable|Not combined|Other data|Unexpected coverage data"
    "|Coverage data from|Changed since"
    "|Can't|Couldn't|FAILED|Threshold|This process|ERROR|Coverage failure"
)

LOCKED = ("coverage", "invoke", "pytest", "pytest-cov", "pytest-xdist")

REFERENCE = (Path(__file__).parent / "catalogue" / "reference.yml").read_text(encoding="utf-8")

RIGHT, REFUSED, WRONG = "right", "refused", "wrong"
# What a mode's author wrote by hand has no place in the pipeline.
NO_PLACE = "no place"


@dataclass(frozen=True)
class Cell:
    """What came of a mode in a pipeline.

    Attributes:
        verdict: right, refused, wrong, or that the mode's slip has no place.
        result: whether it passes or fails, and a total or a reason, as short as possible.
        output: all that it printed.
    """

    verdict: str
    result: str
    output: str


NOT_RUN = Cell(NO_PLACE, "", "")


def once(function: Callable[..., Path]) -> Callable[..., Path]:
    """Return function with a cache, which two threads do not fill at the same time."""
    cached, lock = cache(function), threading.Lock()

    def call(*args: object) -> Path:
        with lock:
            return cached(*args)

    return call


class Prover:
    """A place to run modes: an environment that all runs share, and rendered samples to copy.

    Args:
        folder: an empty folder.
        oldest: install the oldest versions that the rendered project allows, not those that this
            project is locked to.
    """

    def __init__(self, folder: Path, oldest: bool = False) -> None:
        self.folder = folder
        answers = {"package_manager": "pip", "collector": "pytest-cov"}
        rendered = render_sample("incident", folder / "dev", task_runners=["invoke"], **answers)
        groups = tomlkit.parse((rendered / "pyproject.toml").read_text())["dependency-groups"]
        dev = [requirement for requirement in groups["dev"] if isinstance(requirement, str)]
        self.requirements = [*groups["coverage"], *dev, "pytest-xdist>=3.8", "pytest-split>=0.11"]
        self.oldest = oldest
        self.environment = once(self._environment)
        self.rendered = once(self._rendered)

    def _environment(self, requirements: tuple[str, ...] = ()) -> Path:
        """Return an environment with what the pipelines need.

        Requirements that are given are in place of those for coverage.
        """
        folder = Path(tempfile.mkdtemp(prefix="environment", dir=self.folder))
        uv = [
            "uv",
            "pip",
            "install",
            "--quiet",
            "--resolution",
            "lowest-direct" if self.oldest else "highest",
        ]
        wanted = [
            requirement
            for requirement in self.requirements
            if not requirement.startswith("coverage")
        ]
        wanted += requirements or [
            requirement for requirement in self.requirements if requirement not in wanted
        ]
        if not self.oldest:
            # What the pages would change with, if a newer release had other words.
            locked = [
                f"{name}=={version(name)}"
                for name in LOCKED
                if name != "coverage" or not requirements
            ]
            (folder / "constraints.txt").write_text("\n".join(locked))
            uv += ["--constraints", str(folder / "constraints.txt")]
        subprocess.run(
            ["uv", "venv", "--quiet", "--python", sys.executable, folder / "venv"], check=True
        )
        subprocess.run(
            [*uv, *wanted], env=os.environ | {"VIRTUAL_ENV": str(folder / "venv")}, check=True
        )
        return folder / "venv"

    def _rendered(self, sample: str) -> Path:
        return render_sample(
            sample, self.folder / sample, package_manager="pip", task_runners=["make", "invoke"]
        )

    def project(self, mode: Mode, pipeline: Pipeline, folder: Path) -> None:
        """Write into folder the project that a mode provokes a pipeline with."""
        settings = folder / "pyproject.toml"
        if pipeline.settings is None:
            shutil.copytree(self.rendered(mode.sample), folder)
        else:
            for name in ("src", "tests"):
                shutil.copytree(SAMPLES / mode.sample / name, folder / name)
            settings.write_text(hand_written(pipeline.settings(mode.sample), mode))
        document = tomlkit.parse(settings.read_text())
        change(document["tool"]["coverage"], mode.project_settings)
        settings.write_text(tomlkit.dumps(document) + mode.pyproject)
        write_files(folder, mode.files)

    def run(self, mode: Mode, pipeline: Pipeline) -> Cell:
        """Run a pipeline on the project of a mode, as a workflow or a script; return the result.

        A hand-written pipeline without a place for the mode's slip is not run.
        """
        if isinstance(mode, JobsMode) and pipeline in (ATTRS, STRUCTLOG, TEMPLATE):
            has_place = mode.settings or rewritten(REFERENCE, mode) != REFERENCE
            if not pipeline.own and mode.slip and not has_place:
                return NOT_RUN
            return self.run_jobs(mode, pipeline)
        if not pipeline.own and mode.slip and not pipeline.has_place(mode):
            return NOT_RUN
        return self.run_script(mode, pipeline)

    def audited(self, mode: Mode) -> list[str]:
        """Return the checks of the audit that find a slip, where it has a place."""
        if isinstance(mode, JobsMode):
            places = [ATTRS]
        else:
            places = [pipeline for pipeline in (ATTRS, ALONE, OLD) if pipeline.has_place(mode)]
        codes: list[list[str]] = []
        for slip in (mode, replace(mode, rewrite={}, settings={})):
            with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
                folder = Path(temporary, "project")
                self.write_slip(slip, places[0], folder)
                codes.append(sorted(findings(folder)))
        return [code for code in codes[0] if code not in codes[1]]

    def write_slip(self, mode: Mode, pipeline: Pipeline, folder: Path) -> None:
        """Write a project whose own Makefile or workflow has the commands of a pipeline."""
        if isinstance(mode, JobsMode):
            render_sample(mode.sample, folder, python_versions=["3.11"], shards=2)
            for name in ("coverage_gate.py", "coverage.mk", "Makefile"):
                (folder / name).unlink()
            write_reference(folder, mode, pipeline)
            return
        self.project(mode, pipeline, folder)
        lines = [*pipeline.tests, *pipeline.combine, *pipeline.gate]
        recipe = "".join(f"\t{rewritten(line, mode)}\n" for line in lines).replace("$", "$$")
        (folder / "Makefile").write_text(f"coverage:\n{recipe}")

    def run_jobs(self, mode: JobsMode, pipeline: Pipeline) -> Cell:
        """Run a workflow of two test jobs; return what came of its job for the gate."""
        with tempfile.TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary, "project")
            render_sample(mode.sample, folder, python_versions=["3.11"], shards=2)
            if not pipeline.own:
                (folder / "coverage_gate.py").unlink()
                (folder / "coverage.mk").unlink()
                write_reference(folder, mode, pipeline)
            write_files(folder, mode.files)
            workflow = folder / WORKFLOW
            text = workflow.read_text()
            for old, new in mode.event.items():
                assert text.count(old) == 1, (
                    f"{mode.id}: {old!r} is {text.count(old)} times in {workflow}"
                )
                text = text.replace(old, new)
            workflow.write_text(text)
            if mode.earlier:
                (folder / "tests" / "earlier.py").write_text(mode.earlier)
            artifacts = Path(temporary, "artifacts")
            run = run_workflow(RenderedProject(folder), artifacts)
            if mode.again:
                run = run_workflow(
                    RenderedProject(folder), artifacts, attempt=2, only=dict(mode.again)
                )
            output = "".join(step.output for step in run.steps if step.job == "coverage")
            status = re.findall(r"^exit status (\d+)$", output, flags=re.MULTILINE)
            output = re.sub(r"^exit status \d+\n", "", output, flags=re.MULTILINE)
            reports = run.artifacts.get("coverage-reports", {})
            total = own_total(reports.get("coverage.json"), "htmlcov/index.html" in reports)
            if not pipeline.own:
                total = last_total(output)
            return judge(
                mode, pipeline, int(status[-1]) if status else run.exit_code, total, output
            )

    def run_script(self, mode: Mode, pipeline: Pipeline) -> Cell:
        """Run a pipeline's commands; return what came of them."""
        with tempfile.TemporaryDirectory(dir=self.folder, ignore_cleanup_errors=True) as temporary:
            folder = Path(temporary, "project")
            self.project(mode, pipeline, folder)
            env = {
                name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)
            }
            environment = self.environment(() if pipeline.own else mode.requirements)
            env["PATH"] = os.pathsep.join([str(environment / "bin"), env["PATH"]])
            env["VIRTUAL_ENV"] = str(environment)
            env["PYTHONPATH"] = str(folder / "src")
            script = pipeline.script(mode)
            if isinstance(mode, JobsMode):
                # Each job gates by itself; the first that fails stops the others.
                jobs = (
                    script.replace("-m pytest", f"-m pytest --splits 2 --group {job}")
                    for job in (1, 2)
                )
                script = "rm -f .coverage\n".join(jobs)
            if pipeline.own and mode.requirements:
                script = f"uv pip install --dry-run --group dev {' '.join(mode.requirements)}"
            process = subprocess.run(
                ["bash", "-e", "-c", script],
                cwd=folder,
                env={**env, **mode.environment},
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            output = process.stdout.replace(temporary, "")
            total = printed_total(pipeline, output, folder)
            return judge(mode, pipeline, exit_code(process.returncode, output), total, output)


def write_files(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files into a folder by their path; remove those that are None."""
    for name, content in files.items():
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)


def write_reference(folder: Path, mode: JobsMode, pipeline: Pipeline) -> None:
    """Replace the rendered workflow and settings by the hand-written, with what a mode rewrites."""
    workflow = folder / WORKFLOW
    actions = {action.split("/")[1]: f"{action}@{ref}" for action, ref, _ in used_actions(workflow)}
    text = rewritten(REFERENCE, mode)
    if pipeline is STRUCTLOG:
        text = text.replace("    needs: test\n", "    needs: test\n    if: always()\n")
    names = {
        "CHECKOUT": "checkout",
        "SETUP_UV": "setup-uv",
        "UPLOAD": "upload-artifact",
        "DOWNLOAD": "download-artifact",
    }
    for word, name in names.items():
        text = text.replace(f"uses: {word}", f"uses: {actions[name]}")
    workflow.write_text(text)
    assert pipeline.settings
    settings = pipeline.settings(mode.sample)
    settings["paths"]["source"] = ["src", "*/src"]
    rendered = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(
        rendered.partition("[tool.coverage.run]")[0] + hand_written(settings, mode)
    )


def hand_written(settings: Settings, mode: Mode) -> str:
    """Return a pyproject.toml with settings as changed by a mode."""
    change(settings, mode.settings)
    return tomlkit.dumps({"tool": {"coverage": settings}})


def change(settings: Settings, changes: Mapping[str, Mapping[str, object]]) -> None:
    """Change settings by table and key; remove those that are None."""
    for name, keys in changes.items():
        table = settings.setdefault(name, {})
        for key, value in keys.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value


def exit_code(code: int, output: str) -> int:
    """Return the exit code of what failed: Make has 2 for everything, and prints the other."""
    stages = re.findall(r"^make.*\*\*\* .* Error (\d+)$", output, flags=re.MULTILINE)
    return int(stages[0]) if stages else code


def printed_total(pipeline: Pipeline, output: str, folder: Path) -> str:
    """Return the total that a pipeline gave, as a number in percent, or nothing."""
    if pipeline.own:
        report = folder / "coverage.json"
        html = (folder / "htmlcov" / "index.html").exists()
        return own_total(report.read_bytes() if report.exists() else None, html)
    if pipeline is OLD:
        number = re.search(r"^total (.*)$", output, flags=re.MULTILINE)
        return number[1] if number else ""
    return last_total(output)


def own_total(report: bytes | None, html: bool) -> str:
    """Return the total of this template's JSON report, or nothing; an HTML report must be there."""
    return str(json.loads(report)["totals"]["percent_covered"]) if report and html else ""


def last_total(output: str) -> str:
    """Return the total of the last table of coverage in an output, or nothing."""
    totals = re.findall(r"^TOTAL\s.*?([\d.]+)%", output, flags=re.MULTILINE)
    return "".join(totals[-1:])


def reason(output: str, refusal: str = "") -> str:
    """Return why a command failed, by its output, without what differs from run to run.

    Args:
        output: what it printed.
        refusal: words with which it refused. The streams of a task runner may mix, so that they
            are not the last words.
    """
    if "requirements are unsatisfiable" in " ".join(output.split()):  # uv wraps its lines.
        return "requirements are unsatisfiable"
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("make")]
    known = [line for line in lines if REASON.match(line.strip("= "))]
    last = (known or lines or ["no output"])[-1]
    if refusal:
        last = re.findall(f"(?:{refusal}).*", output)[-1]
    differs = (
        r"; see https://coverage.*| in [\d.]+s$| as Python source:.*|: data file.*"
        r"|: '/.*|(?<=[ .])[0-9a-f]{40}\."
    )
    differs += rf"|\.{re.escape(socket.gethostname())}\.pid\S+"
    return re.sub(differs, "", last.strip("= ")).replace("/project/", "")


def judge(mode: Mode, pipeline: Pipeline, code: int, total: str, output: str) -> Cell:
    """Compare what came of a mode in a pipeline with the truth.

    A total is right if it is the truth as far as it is printed; this template's must be exact,
    and so must its exit code. A run that fails without a total refuses: right where there is no
    total, or where the total is below.
    """
    passed = code == 0
    decides_at_once = not pipeline.gate
    truth = mode.at_once if mode.at_once and decides_at_once else mode.truth
    refusal = truth.message if isinstance(truth, Refusal) else mode.refusal
    if not passed and refusal and re.search(refusal, output):
        return Cell(REFUSED, f"fails: {reason(output, refusal)}", output)
    if not total:
        below = isinstance(truth, Refusal) or truth.exit_code != 0
        result = "passes" if passed else f"fails: {reason(output)}"
        return Cell(REFUSED if below and not passed and not pipeline.own else WRONG, result, output)
    result = f"{'passes' if passed else 'fails'}, {shown(pipeline, total)}"
    return Cell(RIGHT if is_true(truth, pipeline, code, total) else WRONG, result, output)


def shown(pipeline: Pipeline, total: str) -> str:
    """Return a total for the documentation.

    It has as many decimals as it is printed with; this template's has two.
    """
    if pipeline is OLD:
        return total
    places = 2 if pipeline.own else decimals(total)
    return f"{float(total):.{places}f}%"


def is_true(truth: Total | Refusal, pipeline: Pipeline, code: int, total: str) -> bool:
    """Return whether a total and an exit code are the truth."""
    if isinstance(truth, Refusal) or not re.fullmatch(r"\d+(\.\d+)?", total):
        return False
    if pipeline.own:
        return math.isclose(float(total), truth.percent) and code == truth.exit_code
    return float(total) == round(truth.percent, decimals(total)) and (code == 0) == (
        truth.exit_code == 0
    )


def decimals(total: str) -> int:
    """Return how many decimals a number has as it is printed."""
    return len(total.partition(".")[2])


def prove(
    modes: Iterable[Mode],
    pipelines: Iterable[Pipeline] = PIPELINES,
    oldest: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, Cell]]:
    """Run modes through pipelines, two at a time.

    Args:
        modes: entries of the catalogue.
        pipelines: the pipelines.
        oldest: with the oldest versions that the rendered project allows.
        advance: called after each run.

    Returns:
        what came of it, by the id of the mode and the title of the pipeline.
    """
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        prover = Prover(Path(folder), oldest)

        def run(mode: Mode, pipeline: Pipeline) -> Cell:
            cell = prover.run(mode, pipeline)
            advance()
            return cell

        runs = {
            (mode.id, pipeline.title): pool.submit(run, mode, pipeline)
            for mode in modes
            for pipeline in pipelines
        }
        cells: dict[str, dict[str, Cell]] = {}
        for (mode, pipeline), future in runs.items():
            cells.setdefault(mode, {})[pipeline] = future.result()
        return cells


def audits(modes: Iterable[Mode]) -> dict[str, list[str]]:
    """Return the checks of the audit that find the slip of each mode, by its id."""
    with tempfile.TemporaryDirectory() as folder:
        prover = Prover(Path(folder))
        return {mode.id: prover.audited(mode) for mode in modes if mode.slip}


def proof(oldest: bool = False) -> None:
    """Run the whole catalogue with a progress bar; print the table, and write the documentation.

    Args:
        oldest: with the oldest versions that the rendered project allows; then nothing is written.

    Raises:
        SystemExit: this template was wrong; the message names the modes.
    """
    from workshop.proof.page import write

    with Progress() as progress:
        runs = progress.add_task("proof", total=len(MODES) * len(PIPELINES))
        cells = prove(MODES, oldest=oldest, advance=lambda: progress.advance(runs))
    table = Table(Column("mode", no_wrap=True), *(pipeline.title for pipeline in PIPELINES))
    colours = {RIGHT: "green", REFUSED: "yellow", NO_PLACE: "dim", WRONG: "red"}
    for mode, row in cells.items():
        table.add_row(mode, *(f"[{colours[cell.verdict]}]{cell.verdict}" for cell in row.values()))
    Console().print(table)
    if not oldest:
        write(MODES, cells, audits(MODES))
    if wrong := [mode for mode, row in cells.items() if row[TEMPLATE.title].verdict == WRONG]:
        sys.exit(f"This template is wrong about {', '.join(wrong)}")
