"""What repo-review hands to the checks, by the names of their arguments.

Source: https://repo-review.readthedocs.io/en/latest/fixtures.html
"""

from importlib.resources.abc import Traversable

from copier_coverage.project.commands import Command, commands
from copier_coverage.project.settings import Settings, coverage_settings, pytest_addopts
from copier_coverage.project.workflows import Step, steps


def gate_steps(root: Traversable) -> list[Step]:
    """Return the steps of all workflows."""
    return steps(root)


def gate_commands(root: Traversable, package: Traversable, gate_steps: list[Step]) -> list[Command]:
    """Return the commands of workflows, Makefiles, task files and scripts."""
    return commands(root, package, gate_steps)


def gate_settings(package: Traversable) -> dict[str, Settings]:
    """Return coverage's settings in each file with any, in the order in which coverage looks."""
    return coverage_settings(package)


def gate_addopts(package: Traversable) -> str:
    """Return pytest's `addopts`, empty if there are none."""
    return pytest_addopts(package)
