"""What repo-review hands to the checks, by the names of their arguments.

Source: https://repo-review.readthedocs.io/en/latest/fixtures.html
"""

import posixpath
from importlib.resources.abc import Traversable

from copier_coverage.project.boundary import is_file
from copier_coverage.project.commands import Command, commands
from copier_coverage.project.settings import Settings, coverage_settings, pytest_addopts
from copier_coverage.project.workflows import Step, steps


def gate_steps(root: Traversable, package: Traversable) -> list[Step]:
    """Return the steps of all workflows, but those that run in the folder of another project."""
    own = str(package).removeprefix(str(root)).replace("\\", "/").strip("/") or "."
    return [step for step in steps(root) if not is_of_another(root, own, step)]


def is_of_another(root: Traversable, own: str, step: Step) -> bool:
    """Return whether a step runs in the folder of a project that is not the own one."""
    folder = posixpath.normpath(step.runs_with("working-directory"))
    inside = own == "." or folder == own or folder.startswith(f"{own}/")
    if folder.startswith(".") or (inside and own != ".") or "$" in folder:
        return False
    names = ("pyproject.toml", "setup.py")
    return any(is_file(root.joinpath(*folder.split("/"), name)) for name in names)


def gate_commands(root: Traversable, package: Traversable, gate_steps: list[Step]) -> list[Command]:
    """Return the commands of workflows, Makefiles, task files and scripts."""
    return commands(root, package, gate_steps)


def gate_settings(package: Traversable) -> dict[str, Settings]:
    """Return coverage's settings in each file with any, in the order in which coverage looks."""
    return coverage_settings(package)


def gate_addopts(package: Traversable) -> str:
    """Return pytest's `addopts`, empty if there are none."""
    return pytest_addopts(package)
