"""A plugin for repo-review: find, without running anything, what makes a repository's gate lie.

A check passes or fails with what it saw: file, line and text. Conventions of checks and fixtures:
https://repo-review.readthedocs.io/en/latest/writing_a_plugin.html
"""

from pathlib import Path
from typing import Any

from repo_review.families import Family
from repo_review.fixtures import compute_fixtures
from repo_review.processor import CollectionReturn, Result, process

from copier_coverage.audit import repository
from copier_coverage.audit.check import Check
from copier_coverage.audit.commands import CommandCheck
from copier_coverage.audit.settings import SettingsCheck
from copier_coverage.audit.workflows import WorkflowCheck
from copier_coverage.project.boundary import locate
from copier_coverage.project.files import read_toml


def families() -> dict[str, Family]:
    """Return the families of the checks, in the order in which they are shown."""
    return {
        "gate-commands": {"name": "Gate: commands", "order": 1},
        "gate-settings": {"name": "Gate: settings", "order": 2},
        "gate-workflows": {"name": "Gate: workflows", "order": 3},
    }


def review(folder: Path) -> list[Result]:
    """Return the result of each check of this package for a project; other plugins' are left out.

    Args:
        folder: the project's; workflows are looked for in the root of its repository.

    Raises:
        Refusal: a file cannot be read.
    """
    root, subfolder = locate(folder)
    package = root / subfolder
    settings = package / "pyproject.toml"
    own: dict[str, Any] = {
        "pyproject": lambda: read_toml(settings) if settings.is_file() else {},
        "gate_addopts": repository.gate_addopts,
        "gate_commands": repository.gate_commands,
        "gate_settings": repository.gate_settings,
        "gate_steps": repository.gate_steps,
    }
    kinds: dict[str, Any] = {**checks()}
    collected = CollectionReturn(compute_fixtures(root, package, own), kinds, families())
    return process(root, select={"GC"}, collected=collected).results


def findings(folder: Path) -> dict[str, str]:
    """Return the message of each check that a project fails, in Markdown, by the check's code.

    Args:
        folder: the project's; workflows are looked for in the root of its repository.

    Raises:
        Refusal: a file cannot be read.
    """
    return {result.name: result.err_msg for result in review(folder) if result.result is False}


def checks() -> dict[str, Check]:
    """Return an instance of each check by its code, which is the name of its class."""
    kinds = (CommandCheck, SettingsCheck, WorkflowCheck)
    return {check.__name__: check() for kind in kinds for check in kind.__subclasses__()}
