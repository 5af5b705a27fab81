"""The starter project: what the gate costs where the tests cost next to nothing."""

from pathlib import Path

from workshop.bench.measure import rounds_of
from workshop.bench.part import GATE, Part, command, versions
from workshop.bench.results import Aim, Row, rows_of
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE, render

# What PDM and Hatch cost is not measured yet.
MANAGERS = ("uv", "poetry", "pip")
OURS = {runner: f"{GATE}, {runner}" for runner in ("make", "invoke")}
PYTEST_COV = "pytest-cov"
REFERENCE = "coverage, each command"
INVOKE = "invoke alone"
REPORTS = " ".join(f"--cov-report={name}" for name in ("term-missing", "html", "xml", "json"))


def starter(folder: Path, manager: str, collector: str = "coverage") -> RenderedProject:
    """Return the starter, installed."""
    answers = {"project_name": "app", "package_manager": manager, "collector": collector}
    project = RenderedProject(render(folder, task_runners=["make", "invoke"], **answers), manager)
    project.install()
    return project


def run(folder: Path, rounds: int) -> tuple[str, list[Row]]:
    """Measure the starter with each package manager."""
    rows, found = [], ""
    for manager in MANAGERS:
        print(manager, flush=True)
        project = starter(folder / manager, manager)
        # Its own project: pytest-cov takes time to load, also where it is not used.
        other = starter(folder / f"{manager}-pytest-cov", manager, "pytest-cov")
        prefix = TEMPLATE.managers[manager]["run"]
        if manager == "uv":
            found = versions(other, TEMPLATE.managers[manager]["python"], "uv", "poetry")
        alone = f"{prefix}pytest --cov {REPORTS} --cov-fail-under=80"
        steps = ("run -m pytest", "combine", "report --fail-under=80")
        reference = " && ".join(f"{prefix}coverage {step}" for step in steps)
        commands = [
            *(command(name, project.stage(runner), project) for runner, name in OURS.items()),
            command(PYTEST_COV, alone, other),
            command(REFERENCE, reference, project),
            command(INVOKE, f"{prefix}invoke --version", project),
        ]
        rows += rows_of(manager, commands, rounds_of(commands, rounds))
    return found, rows


def aims() -> tuple[Aim, ...]:
    """Return the aims; Poetry is held to pytest-cov only, which it also enters once."""
    limits = {PYTEST_COV: 1.3, REFERENCE: 0.9}
    return tuple(
        Aim((manager, ours), (manager, base), limit)
        for manager in MANAGERS
        for base, limit in limits.items()
        for ours in OURS.values()
        if (manager, base) != ("poetry", REFERENCE)
    )


PART = Part(
    title="The starter project",
    about="A new project with two tests, where all that counts is how many processes start. "
    "pytest-cov and this template write the same reports: text with missing lines, HTML, XML "
    "and JSON. coverage's own commands write the text only. "
    f"The row “{INVOKE}” is what Invoke takes to start and do nothing, whatever it runs.",
    run=run,
    aims=aims(),
)
