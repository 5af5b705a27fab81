"""Find, without running anything, what makes a repository's coverage gate lie: a plugin for repo-review.

A check passes or fails with what it saw: file, line and text. Conventions of checks and fixtures:
https://repo-review.readthedocs.io/en/latest/writing_a_plugin.html
"""

from pathlib import Path

from repo_review.processor import process

from copier_coverage.audit.check import Check
from copier_coverage.audit.commands import CommandCheck
from copier_coverage.audit.settings import SettingsCheck
from copier_coverage.audit.workflows import WorkflowCheck


def families() -> dict[str, dict]:
    """Return the families of the checks, in the order in which they are shown."""
    return {
        "gate-commands": {"name": "Gate: commands", "order": 1},
        "gate-settings": {"name": "Gate: settings", "order": 2},
        "gate-workflows": {"name": "Gate: workflows", "order": 3},
    }


def locate(folder: Path) -> tuple[Path, str]:
    """Return the root of the repository that a folder is in, and the folder's path from there ("." is the root)."""
    folder = folder.resolve()
    for mark in (".git", ".github"):
        for root in (folder, *folder.parents):
            if (root / mark).exists():
                return root, folder.relative_to(root).as_posix()
    return folder, "."


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
