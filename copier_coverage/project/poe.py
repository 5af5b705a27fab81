"""The tasks of Poe the Poet in a pyproject.toml."""

from collections.abc import Iterator
from typing import Any

from copier_coverage.project.files import table


def has_tasks(pyproject: dict[str, Any]) -> bool:
    """Return whether a pyproject.toml has tasks for Poe, or includes some."""
    poe = table(pyproject, "tool", "poe")
    return any(poe.get(key) for key in ("tasks", "groups", "include"))


def commands(pyproject: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name of each task and each command of it."""
    for name, task in tasks(table(pyproject, "tool", "poe")).items():
        steps = task if isinstance(task, list) else table(task).get("sequence") or [task]
        for step in steps:
            # In a list, a text is the name of another task.
            text = step if step is task else None
            if isinstance(step, dict):
                text = step.get("cmd") or step.get("shell")
            if isinstance(text, str):
                yield name, text


def tasks(poe: dict[str, Any]) -> dict[str, Any]:
    """Return the tasks in a table of Poe's, those in groups too."""
    found = dict(table(poe, "tasks"))
    for group in table(poe, "groups").values():
        found |= table(group, "tasks")
    return found
