"""networkx: a large code base with a suite that takes its time."""

import shutil
import subprocess
from pathlib import Path

from workshop.bench.measure import Command, rounds_of
from workshop.bench.part import GATE, Part, command, versions
from workshop.bench.results import Aim, Row, rows_of
from workshop.bench.starter import PYTEST_COV, REFERENCE, REPORTS
from workshop.rendered import RenderedProject
from workshop.rendering import render

VERSION = "3.6.1"
THRESHOLD = 30
TESTS = " ".join(f"networkx/{name}" for name in ("classes", "generators", "readwrite", "utils"))
ALL, REPORT, REPORT_AND_GATE = "all stages", "report", "report and gate"
BARE, MEASURED = "pytest alone", "tests under coverage alone"


def library(folder: Path) -> RenderedProject:
    """Return networkx as its wheel has it, with the template's files around it, installed."""
    answers = {
        "package_name": "networkx",
        "source_dir": "networkx",
        "test_command": f"-m pytest {TESTS}",
    }
    render(folder, project_name="networkx", coverage_threshold=str(THRESHOLD), **answers)
    shutil.rmtree(folder / "networkx")
    shutil.rmtree(folder / "tests")
    install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*install, folder / "wheel", f"networkx=={VERSION}"], check=True)
    shutil.move(folder / "wheel" / "networkx", folder)
    shutil.rmtree(folder / "wheel")
    project = RenderedProject(folder)
    project.install()
    # `uv run` leaves it in place.
    project.check("uv pip install pytest-cov")
    return project


def coverage(*steps: str) -> str:
    """Return a command line that runs commands of coverage one after the other."""
    return " && ".join(f"uv run coverage {step}" for step in steps)


def run(folder: Path, rounds: int) -> tuple[str, list[Row]]:
    """Measure all stages, and then the report stage with the data that is there."""
    project = library(folder / "networkx")
    gate = f"report --fail-under={THRESHOLD}"
    tests = f"run -m pytest {TESTS}"
    alone = f"uv run pytest {TESTS} --cov {REPORTS} --cov-fail-under={THRESHOLD}"
    reference = coverage(tests, "combine", "html", "xml", "json", gate)
    print(ALL, flush=True)
    commands = [
        command(BARE, f"uv run pytest {TESTS}", project),
        command(MEASURED, coverage(tests), project),
        command(GATE, "make coverage", project),
        command(PYTEST_COV, alone, project),
        command(REFERENCE, reference, project),
    ]
    rows = rows_of(ALL, commands, rounds_of(commands, rounds))

    project.check("uv run python coverage_gate.py erase test combine")
    reports = {
        REPORT: ("report", coverage("html", "xml", "json")),
        REPORT_AND_GATE: ("report gate", coverage("html", "xml", "json", gate)),
    }
    for case, (stages, script) in reports.items():
        print(case, flush=True)
        scripts = {GATE: f"uv run python coverage_gate.py {stages}", REFERENCE: script}
        place = project.folder, project.environment()
        commands = [Command(name, script, *place) for name, script in scripts.items()]
        rows += rows_of(case, commands, rounds_of(commands, rounds))
    return versions(project, "uv run python", "uv"), rows


PART = Part(
    title="A large code base",
    about=f"networkx {VERSION}: 580 modules, and the 2,403 tests of four of its packages. "
    "This template, pytest-cov and the commands of coverage write the same reports, and have "
    f"the same threshold. The row “{MEASURED}” is why the first aim is out of reach "
    "where coverage measures with its C tracer: no stage after the tests can change it.",
    run=run,
    aims=(
        Aim((ALL, GATE), (ALL, BARE), 2.5, ("wall",)),
        Aim((ALL, GATE), (ALL, PYTEST_COV), 1),
        Aim((ALL, GATE), (ALL, REFERENCE), 1),
        Aim((REPORT, GATE), (REPORT, REFERENCE), 0.6),
    ),
)
