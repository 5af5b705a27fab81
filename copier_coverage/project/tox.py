"""The environments of tox."""

import itertools
import re
from dataclasses import dataclass
from typing import Any

from copier_coverage.project.files import load_ini, read_toml, table
from copier_coverage.project.repository import Repository

# More environments than a project has.
MOST = 1_000


@dataclass(frozen=True)
class Tox:
    """What a project has for tox.

    Attributes:
        place: the file with its settings.
        environments: the environments that run by default, or else that have settings of their own.
    """

    place: str
    environments: list[str]


def tox(repository: Repository) -> Tox | None:
    """Return what a project has for tox; None if there is nothing.

    Source of the order: https://tox.wiki/en/latest/config.html
    """
    pyproject = table(read_toml_of(repository, "pyproject.toml"), "tool", "tox")
    for place, text in (
        ("tox.ini", repository.read("tox.ini")),
        ("setup.cfg", repository.read("setup.cfg")),
        ("pyproject.toml", pyproject.get("legacy_tox_ini")),
    ):
        parser = load_ini(text if isinstance(text, str) else "")
        sections = [name for name in parser.sections() if name.startswith("testenv")]
        if sections:
            core = "tox:tox" if place == "setup.cfg" else "tox"
            keys = dict(parser[core]) if parser.has_section(core) else {}
            listed = keys.get("env_list") or keys.get("envlist") or ""
            own = [name.removeprefix("testenv").removeprefix(":") for name in sections]
            return Tox(place, expanded(listed) + [n for each in own for n in expanded(each)])
    for place, settings in (
        ("pyproject.toml", pyproject),
        ("tox.toml", read_toml_of(repository, "tox.toml")),
    ):
        if settings:
            names = settings.get("env_list", [])
            names = [name for name in names if isinstance(name, str)]
            return Tox(place, [*names, *table(settings, "env")])
    return None


def tox_settings(repository: Repository) -> dict[str, Any]:
    """Return the settings of tox that are in TOML; nothing if there are none."""
    own = read_toml_of(repository, "tox.toml")
    return own or table(read_toml_of(repository, "pyproject.toml"), "tool", "tox")


def read_toml_of(repository: Repository, name: str) -> dict[str, Any]:
    """Return what a TOML file of a project has, nothing if there is none."""
    path = repository.folder / name
    return read_toml(path) if path.is_file() else {}


def expanded(text: str) -> list[str]:
    """Return the names in a list of environments: py{311,312}-{a,b} are four."""
    names: list[str] = []
    text = re.sub(r"(?m)#.*$", "", text)
    for word in re.findall(r"(?:\{[^{}]*\}|[^\s,{}])+", text):
        pieces = [
            [name for choice in piece.strip("{}").split(",") for name in span(choice.strip())]
            for piece in re.findall(r"\{[^{}]*\}|[^{}]+", word)
        ]
        names += map("".join, itertools.islice(itertools.product(*pieces), MOST))
    return names[:MOST]


def span(choice: str) -> list[str]:
    """Return the names of a choice between braces: 0-5 are six."""
    match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", choice)
    numbers = range(int(match[1]), int(match[2]) + 1)[:MOST] if match else ()
    return [str(number) for number in numbers] or [choice]
