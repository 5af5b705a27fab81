"""Dependency groups as Poetry had them before PEP 735: [tool.poetry.group.<name>.dependencies]."""

import re
from typing import Any

import tomlkit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from copier_coverage.adopt.requirement import allows, floor_of, poetry_specifier
from copier_coverage.adopt.settings import plain
from copier_coverage.adopt.text import appended
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table

# Tables of constraints, by the name of their group.
Groups = dict[str, dict[str, Any]]
# Where the project's tests have their requirements: the first of these groups that is there.
TESTS = ("dev", "test", "tests", "testing")


def groups(document: tomlkit.TOMLDocument) -> Groups:
    """Return the groups that have dependencies; Poetry installs each of them."""
    poetry = table(document, "tool", "poetry")
    found = {name: table(group, "dependencies") for name, group in table(poetry, "group").items()}
    found.setdefault("dev", table(poetry, "dev-dependencies"))
    return {name: group for name, group in found.items() if group}


def names(found: Groups) -> set[str]:
    """Return the names of the packages in groups."""
    return {canonicalize_name(name) for group in found.values() for name in group}


def with_groups(
    document: tomlkit.TOMLDocument,
    found: Groups,
    coverage: list[Requirement],
    dev: list[Requirement],
) -> str:
    """Return a pyproject.toml with the group `coverage`, and with more in the group of the tests.

    Args:
        document: the pyproject.toml.
        found: its groups.
        coverage: the requirements of the group `coverage`.
        dev: the requirements of the other group.
    """
    tests = next((name for name in TESTS if name in found), "dev")
    blocks = []
    for name, requirements in (("coverage", coverage), (tests, dev)):
        group = found.get(name)
        lacking = values(requirements, found)
        if group is None:
            lines = [
                f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in lacking.items()
            ]
            blocks.append(f"[tool.poetry.group.{name}.dependencies]\n{''.join(lines)}")
            continue
        for key, value in lacking.items():
            if key not in group:
                group[key] = value
    text = tomlkit.dumps(document)
    for block in blocks:
        text = appended(text, block)
    return text


def require_release(before: dict[str, Any], template: str, edit: Edit) -> None:
    """Require a release of Poetry that reads the groups which were added; the user's stays.

    Args:
        before: what pyproject.toml had before.
        template: the pyproject.toml that a new repository gets.
        edit: the pyproject.toml with the groups; its text and its list of changes are changed.
    """
    lines = re.search(r"(?m)^(?:# .*\n)*requires-poetry = .*\n", template)
    own = table(before, "tool", "poetry")
    if lines is None or "dependency-groups" in before or "requires-poetry" in own:
        return
    heading = re.search(r"(?m)^\[tool\.poetry\].*\n", edit.text)
    if heading:
        edit.text = edit.text[: heading.end()] + lines[0] + edit.text[heading.end() :]
        edit.changes.append(
            "pyproject.toml: requires a release of Poetry that reads [dependency-groups]"
        )


def values(requirements: list[Requirement], found: Groups) -> dict[str, object]:
    """Return requirements as Poetry writes them, by the name of the package.

    A plugin of coverage that a group has already is written as it is there.
    """
    entries: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        entries.setdefault(requirement.name, []).append(requirement)
    written = {}
    for name, same in entries.items():
        there = (
            group[key]
            for group in found.values()
            for key in group
            if canonicalize_name(key) == name
        )
        is_free = not any(requirement.specifier for requirement in same)
        written[name] = in_one_line(plain(next(there, "*"))) if is_free else value(same)
    return written


def in_one_line(there: object) -> object:
    """Return a value for tomlkit that is written in one line."""
    if not isinstance(there, dict):
        return there
    item = tomlkit.inline_table()
    item.update(there)
    return item


def value(requirements: list[Requirement], extras: dict[str, Any] | None = None) -> object:
    """Return requirements for one package as Poetry writes them: text, table, or list of tables.

    Args:
        requirements: the requirements.
        extras: the rest of the user's table for the package, its extras for example.
    """
    found: list[Any] = []
    for requirement in requirements:
        version = str(requirement.specifier) or "*"
        if not requirement.marker and not extras:
            found.append(version)
            continue
        item = tomlkit.inline_table()
        item.update((extras or {}) | {"version": version})
        if requirement.marker:
            item["markers"] = str(requirement.marker).replace('"', "'")
        found.append(item)
    if len(found) == 1:
        return found[0]
    array = tomlkit.array()
    array.extend(found)
    return array


def raise_floor(found: Groups, requirements: list[Requirement], edit: Edit) -> None:
    """Change the user's constraints that hold requirements of the template back.

    Args:
        found: the groups, which are changed.
        requirements: those for one package: for all Pythons, or one for newer and one for older
            ones.
        edit: gets the changes.
    """
    name = requirements[0].name
    floor = next(floor_of(requirement) for requirement in requirements if requirement.specifier)
    for group in found.values():
        there = plain(group.get(name))
        if there is None or is_enough(there, floor):
            continue
        new = value(requirements, there if isinstance(there, dict) else None)
        if plain(new) != there:
            edit.changes.append(
                f"pyproject.toml: {name} = {tomlkit.item(new).as_string()}, was {there}: "
                "the gate needs that version"
            )
            group[name] = new


def is_enough(there: object, floor: str) -> bool:
    """Return whether a constraint of Poetry's allows the floor, or a later version.

    A list of them is the user's.
    """
    if isinstance(there, list):
        return True
    constraint = there.get("version", "*") if isinstance(there, dict) else there
    specifier = poetry_specifier(constraint)
    return specifier is not None and allows(specifier, floor)
