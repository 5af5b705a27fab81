"""The environments of tox."""

import itertools
import json
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
        text: the settings, as a text.
        environments: the environments that run by default, or else that have settings of their own.
        commands: the commands of environments that have their own, by name, as a text.
        groups: the dependency groups that environments install by default; for each, the factors
            that it is for: "py311-old, new"; "" for all.
    """

    place: str
    text: str
    environments: list[str]
    commands: dict[str, str]
    groups: dict[str, str]


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
        if isinstance(text, str) and (found := in_ini(place, text)):
            return found
    for place, settings in (
        ("pyproject.toml", pyproject),
        ("tox.toml", read_toml_of(repository, "tox.toml")),
    ):
        if settings:
            return in_toml(place, settings)
    return None


def in_ini(place: str, text: str) -> Tox | None:
    """Return what an INI file has for tox; None if there is nothing."""
    parser = load_ini(text)
    sections = {
        name.removeprefix("testenv").removeprefix(":"): parser[name]
        for name in parser.sections()
        if name.startswith("testenv")
    }
    if not sections:
        return None
    core = "tox:tox" if place == "setup.cfg" else "tox"
    keys = dict(parser[core]) if parser.has_section(core) else {}
    listed = keys.get("env_list") or keys.get("envlist") or ""
    own = {name: section for names, section in sections.items() for name in expanded(names)}
    commands = {name: section.get("commands") or "" for name, section in own.items()}
    base = sections[""].get("dependency_groups", "") if "" in sections else ""
    groups = re.findall(r"(?m)^(?:([\w{},. -]+):)?[ \t]*([\w-]+)[ \t]*$", base)
    return Tox(
        place,
        text,
        [*expanded(listed), *own],
        {name: text for name, text in commands.items() if text},
        {name: factors for factors, name in groups},
    )


def in_toml(place: str, settings: dict[str, Any]) -> Tox:
    """Return what the settings of tox in a TOML file are."""
    own = table(settings, "env")
    base = table(settings, "env_run_base").get("dependency_groups", [])
    return Tox(
        place,
        json.dumps(settings),
        [*(name for name in settings.get("env_list", []) if isinstance(name, str)), *own],
        {
            name: json.dumps(environment["commands"])
            for name, environment in own.items()
            if "commands" in table(environment)
        },
        {name: "" for name in base if isinstance(name, str)},
    )


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
