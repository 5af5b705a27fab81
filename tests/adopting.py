"""What the tests of `invoke adopt` share: what projects have, and what adopting left of it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from copier_coverage.adopt import adopt as adopt_template
from copier_coverage.adopt import answers, dependencies
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository
from copier_coverage.template import Template
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE

PYPROJECT = """\
[project]
name = "incident"
version = "1"
requires-python = ">=3.11"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
# The answers for this project.
ANSWERS = {
    "project_name": "incident",
    "existing": True,
    "working_directory": ".",
    "package_name": "incident",
    "package_manager": "uv",
    "python_versions": TEMPLATE.pythons,
    "source_dir": "src",
    "collector": "coverage",
    "test_command": "-m pytest",
    "coverage_threshold": "80",
    "changed_lines_threshold": "0",
    "branch_coverage": True,
    "task_runners": [],
    "operating_systems": ["ubuntu-latest"],
    "shards": 1,
}
# What a new project requires of coverage.
NEW = TEMPLATE.render_file("pyproject.toml.jinja", **ANSWERS | {"existing": False})
FLOOR = tomllib.loads(NEW)["dependency-groups"]["coverage"][0]
SETTINGS = """
[tool.coverage.run]
# Only what we ship.
omit = ["*/generated.py"]
patch = ["subprocess"]
branch = true

# For people.
[tool.coverage.report]
fail_under = 90  # since May
skip_covered = true
"""
INI = """\
# Ours
[run]
omit =
    */a.py
    # not b
    */b.py
branch = yes

[report]
exclude_lines =
    pragma: no cover
    def __repr__\\(
fail_under = 91.5
"""


def with_dependencies(project: Project, **given: str) -> Edit:
    """Return what the step for dependencies makes of a project, with the answers read from it."""
    read = answers.read(project.repository, TEMPLATE).values
    chosen = ANSWERS | read | {"existing": False} | given
    return dependencies.with_dependencies(
        project,
        TEMPLATE.render_file("pyproject.toml.jinja", **chosen),
        str(chosen["test_command"]),
        str(chosen["collector"]),
        TEMPLATE.managers[str(chosen["package_manager"])],
    )


def adopt(path: Path, template: Template = TEMPLATE, **options: Any) -> None:
    """Adopt this clone's template."""
    adopt_template(path, template, **options)


def total_by_next_commands(folder: Path, said: str, manager: str = "uv") -> float:
    """Run what adopting named under Next, up to the commit; return the total."""
    project = RenderedProject(folder, manager)
    commands = [line.strip() for line in said.partition("\nNext\n")[2].splitlines()]
    for command in commands[1 : commands.index('git commit --all -m "Adopt copier-coverage"')]:
        project.check(command)
    return project.total()


def refused(path: Path, **options: Any) -> str:
    """Adopt where it must be refused, and change nothing; return the message."""
    in_git = (path / ".git").exists()
    before = Repository(path).git("stash", "create") if in_git else ""
    with pytest.raises(Refusal) as error:
        adopt(path, defaults=True, **options)
    assert before == (Repository(path).git("stash", "create") if in_git else "")
    return str(error.value)


def coverage_settings(root: Path) -> dict:
    """Return coverage's settings in pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["coverage"]


def gate_settings(root: Path) -> dict:
    """Return the settings of coverage_gate.py in pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["coverage-gate"]
