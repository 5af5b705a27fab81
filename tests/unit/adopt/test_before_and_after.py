"""Each step of adopt on whole files: NAME.before becomes NAME.after, in tests/unit/adopt/files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adopting import ANSWERS, with_dependencies
from copier_coverage.adopt import (
    hatch,
    ini,
    justfile,
    makefile,
    pipeline,
    poe,
    python_version,
    settings,
    tasks_py,
    workflow,
)
from copier_coverage.project.edit import Edit
from workshop.rendering import TEMPLATE

FILES = Path(__file__).parent / "files"
MAKE = "coverage:\n\ttrue\ncoverage-report:\n\ttrue\n"
JUST = "coverage:\n    true\ncoverage-report:\n    true\n"
POE = "[tool.poe.tasks]\ncoverage = 'a'\ncoverage-report = 'a'\n"
NEW = ANSWERS | {"package_manager": "hatch", "existing": False}
ENVIRONMENTS = TEMPLATE.render_file("pyproject.toml.jinja", **NEW)
SETTINGS = TEMPLATE.render_file("pyproject.toml.jinja", **ANSWERS)

STEPS: dict[str, Callable[[str], Edit]] = {
    "makefile": lambda text: makefile.with_include("Makefile", text, MAKE, {}),
    "justfile": lambda text: justfile.with_import("justfile", text, JUST, {}),
    "tasks_py": lambda text: tasks_py.with_coverage_tasks(text),
    "poe": lambda text: poe.with_coverage_poe(text, POE, {}),
    "python_version": lambda text: python_version.with_version(text),
    "settings": lambda text: settings.merged(text, SETTINGS),
    "ini": lambda text: Edit(ini.to_toml(text, ".coveragerc")),
}
BEFORE = sorted(FILES.glob("*/*.before"))


@pytest.fixture
def step(project):
    """Return a function that takes the text of a file through a step of adopt."""
    steps = STEPS | {
        "dependencies": lambda text: with_dependencies(project({"pyproject.toml": text})),
        "hatch": lambda text: hatch.with_environments(
            project({"pyproject.toml": text}), "pyproject.toml", ("tool", "hatch"), ENVIRONMENTS
        ),
        "workflow": lambda text: workflow.joined(text, "ci.yml", "coverage", project()),
        "pipeline": lambda text: pipeline.joined(text, ".gitlab-ci.yml", "coverage", project()),
    }
    return lambda name, text: steps[name](text)


@pytest.mark.parametrize("before", BEFORE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_before_becomes_after(step, before):
    edit = step(before.parent.name, before.read_text())
    assert edit.text == before.with_suffix(".after").read_text()


# The step for tasks.py asks first whether the import is there.
@pytest.mark.parametrize(
    "name",
    [
        "makefile",
        "justfile",
        "pipeline",
        "poe",
        "python_version",
        "settings",
        "dependencies",
        "hatch",
        "workflow",
    ],
)
def test_what_was_adopted_is_not_changed_again(step, name):
    for after in (FILES / name).glob("*.after"):
        text = after.read_text()
        assert step(name, text) == Edit(text)


def test_every_step_has_files():
    assert {path.parent.name for path in BEFORE} == {
        *STEPS,
        "dependencies",
        "hatch",
        "pipeline",
        "workflow",
    }
