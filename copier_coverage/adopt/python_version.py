"""The step for .python-version, by which uv and pyenv choose the Python of the environment.

Source: https://docs.astral.sh/uv/concepts/python-versions/#python-version-files
"""

import re

from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.project.edit import Edit
from copier_coverage.project.repository import Repository

NAME = ".python-version"
FIRST = re.compile(r"\A((?:\s*#.*\n|\s*\n)*)\s*((?:cpython-)?3\.(\d+)[\d.]*)[ \t]*$", re.MULTILINE)


def raise_python(clone: Repository) -> None:
    """Raise the version in a project's .python-version, if it has one, to one of the gate's."""
    if text := clone.read(NAME):
        clone.apply(NAME, with_version(text))


def with_version(text: str) -> Edit:
    """Raise the version that is chosen, which is the first, to the oldest that the gate runs on."""
    match = FIRST.match(text)
    if match is None or int(match[3]) >= int(OLDEST_PYTHON.partition(".")[2]):
        return Edit(text)
    change = f"{NAME}: {OLDEST_PYTHON}, was {match[2]}: the gate runs on no older Python"
    return Edit(match[1] + OLDEST_PYTHON + text[match.end() :], [change])
