"""Undo an adoption, before or after its commit."""

from pathlib import Path

from copier_coverage.console import Console
from copier_coverage.errors import Refusal
from copier_coverage.project.repository import STATUS, Repository, find

# What an adoption adds, and nothing else does.
PROGRAM = "coverage_gate.py"


def undo(path: Path) -> None:
    """Take back what adopting changed: what is staged, or else with a commit that reverts its own.

    Args:
        path: the folder of a Python project in a git repository.

    Raises:
        Refusal: there is no adoption to undo, something would be lost, or later commits changed
            the same lines.
    """
    repository = find(path, clean=False)
    program = f"{repository.working_directory}/{PROGRAM}"
    if program_is_staged(repository, program):
        if changed := repository.git("diff", "--name-only", "--ignore-submodules=dirty"):
            raise Refusal(
                f"Changed since the gate was adopted, and would be lost:\n{changed}"
                "Stage it to have it undone too, or copy it elsewhere."
            )
        repository.git("restore", "--staged", "--worktree", ".")
        Console().print("Undone: nothing of it was committed.")
        return
    commit = repository.git(
        "log", "--diff-filter=A", "--max-count=1", "--format=%H", "--", program
    ).strip()
    if not commit or not (repository.folder / PROGRAM).exists():
        raise Refusal(f"{repository.folder} has no {PROGRAM}: there is nothing to undo.")
    if status := repository.git(*STATUS):
        raise Refusal(f"{repository.root} has uncommitted changes:\n{status}Commit them first.")
    try:
        repository.git("revert", "--no-edit", commit, programs=True)
    except Refusal as error:
        repository.git("revert", "--abort")
        raise Refusal(
            f"Later commits changed the same lines as {commit[:9]}, which adopted the gate. "
            f"To revert it by hand: git revert {commit[:9]}"
        ) from error
    Console().print(f"Undone: a new commit reverts {commit[:9]}.")


def program_is_staged(repository: Repository, program: str) -> bool:
    """Return whether the program was added, and is not committed."""
    added = repository.git("diff-index", "--cached", "--name-only", "--diff-filter=A", "HEAD")
    return Path(program).as_posix() in added.splitlines()
