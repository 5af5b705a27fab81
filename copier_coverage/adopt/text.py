"""What the steps of adopt share: names and texts."""

import itertools
from collections.abc import Iterable

BEFORE = "-before"


def free(name: str, taken: Iterable[str]) -> str:
    """Return the name that the user's own now has: coverage-before, coverage-before-2 and so on."""
    names = (f"{name}{BEFORE}{f'-{number}' if number > 1 else ''}" for number in itertools.count(1))
    return next(name for name in names if name not in taken)


def joined(text: str, more: str) -> str:
    """Return a text with more behind an empty line."""
    return f"{text.rstrip()}\n\n{more}" if text.strip() else more
