"""The step for .gitignore: coverage's data and reports are not committed."""

import subprocess

from copier_coverage.project.repository import Repository


def add_to_gitignore(clone: Repository, wanted: list[str]) -> None:
    """Add to .gitignore the lines that it lacks.

    Args:
        clone: its .gitignore is changed.
        wanted: the lines, with a comment as the first.
    """
    lacking = [line for line in wanted if not line.startswith("#") and not is_ignored(clone, line)]
    if lacking:
        text = clone.read(".gitignore") or ""
        clone.write(
            ".gitignore",
            text.rstrip() + "\n\n" * bool(text) + "\n".join([wanted[0], *lacking]) + "\n",
        )


def is_ignored(repository: Repository, pattern: str) -> bool:
    """Return whether git already ignores what a pattern is for."""
    path = pattern.replace("*", "x").rstrip("/") + ("/x" if pattern.endswith("/") else "")
    command = ["git", "check-ignore", "--quiet", "--no-index", path]
    return subprocess.run(command, cwd=repository.folder, check=False).returncode == 0
