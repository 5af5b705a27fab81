"""What the steps of adopt share: names and texts."""

import itertools
from collections.abc import Iterable, Mapping

from copier_coverage.errors import Refusal

BEFORE = "-before"


def free(name: str, taken: Iterable[str]) -> str:
    """Return the name that the user's own now has: coverage-before, coverage-before-2 and so on."""
    names = (f"{name}{BEFORE}{f'-{number}' if number > 1 else ''}" for number in itertools.count(1))
    return next(name for name in names if name not in taken)


def appended(text: str, more: str) -> str:
    """Return a text with more at its end, behind an empty line."""
    return f"{text.rstrip()}\n\n{more}" if text.strip() else more


def refuse_doubles(ours: set[str], theirs: Mapping[str, set[str]], file: str) -> None:
    """Refuse names of the template's file that another file of the user's defines too.

    Args:
        ours: the names that the template's file defines.
        theirs: the names that each of the user's files defines, by its path.
        file: the template's file.

    Raises:
        Refusal: there is such a name.
    """
    for path, names in theirs.items():
        both = sorted(ours & names)
        if both and path != file:
            raise Refusal(
                f"{path} defines `{both[0]}`, which {file} also defines. Rename it and commit."
            )
