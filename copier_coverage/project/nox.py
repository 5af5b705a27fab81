"""The sessions of nox."""

import ast
import re
from dataclasses import dataclass

from copier_coverage.project.python_files import syntax
from copier_coverage.project.repository import Repository


@dataclass(frozen=True)
class Session:
    """A session of nox.

    Attributes:
        decorator: what makes the function a session.
        text: the function.
    """

    decorator: str
    text: str


def sessions(repository: Repository) -> dict[str, Session]:
    """Return the sessions of a project, by name; none if there is no noxfile.py to read."""
    try:
        tree = syntax(repository.read("noxfile.py") or "")
    except SyntaxError:
        return {}
    found = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for decorator in map(ast.unparse, function.decorator_list):
                if re.match(r"(nox\.)?session\b", decorator):
                    named = re.search(r"name=['\"](.+?)['\"]", decorator)
                    name = named[1] if named else function.name
                    found[name] = Session(decorator, ast.unparse(function))
    return found
