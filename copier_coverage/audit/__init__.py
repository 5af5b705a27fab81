"""A plugin for repo-review: find, without running anything, what makes a repository's gate lie.

A check passes or fails with what it saw: file, line and text. Conventions of checks and fixtures:
https://repo-review.readthedocs.io/en/latest/writing_a_plugin.html
"""

from pathlib import Path

from repo_review.families import Family
from repo_review.processor import process

from copier_coverage.audit.check import Check
from copier_coverage.audit.commands import CommandCheck
from copier_coverage.audit.settings import SettingsCheck
from copier_coverage.audit.workflows import WorkflowCheck
from copier_coverage.project.repository import locate


def families() -> dict[str, Family]:
    """Return the families of the checks, in the order in which they are shown."""
    return {
        "gate-commands": {"name": "Gate: commands", "order": 1},
        "gate-settings": {"name": "Gate: settings", "order": 2},
        "gate-workflows": {"name": "Gate: workflows", "order": 3},
    }


def findings(folder: Path) -> dict[str, str]:
    """Return what each check that fails says of a project, in Markdown, by the check's code.

    Args:
        folder: the project's; workflows are looked for in the root of its repository.
    """
    root, subfolder = locate(folder)
    _, results = process(root, select={"GC"}, subdir=subfolder)
    return {result.name: result.err_msg for result in results if result.result is False}


def checks() -> dict[str, Check]:
    """Return an instance of each check by its code, which is the name of its class."""
    kinds = (CommandCheck, SettingsCheck, WorkflowCheck)
    return {check.__name__: check() for kind in kinds for check in kind.__subclasses__()}
