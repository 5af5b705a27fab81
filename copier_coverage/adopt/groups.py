"""Dependency groups in pyproject.toml, as PEP 735 has them: https://peps.python.org/pep-0735/."""

import re
import tomllib
from collections.abc import Sequence
from typing import Any

import tomlkit
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tomlkit.items import Array, InlineTable, String

from copier_coverage.adopt.requirement import demands, floor_of, holds_back, raised
from copier_coverage.adopt.text import appended
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.project import Project
from copier_coverage.project.requirements import (
    Item,
    extras_of,
    group_name,
    is_requirement,
    supports_older,
)


def with_groups(
    document: tomlkit.TOMLDocument, coverage: list[str], dev: list[Item], comment: str
) -> str:
    """Return a pyproject.toml with more in the groups `coverage` and `dev`, made if there are none.

    Args:
        document: the pyproject.toml.
        coverage: the requirements of the group `coverage`.
        dev: items of the group `dev`, besides the other group.
        comment: the lines above the group `coverage`, if it is made.
    """
    groups: Any = table(document, "dependency-groups")
    names = {name: group_name(groups, name) for name in ("coverage", "dev")}
    own = plain_list(groups.get(names["coverage"]))
    coverage = [item for item in coverage if lacks(own, item)]
    # A group must not include itself: then both get the requirements.
    is_circle = {"include-group": names["dev"]} in included(groups, own)
    include = {"include-group": names["coverage"]}
    in_dev: Sequence[Item] = coverage if is_circle else [include]
    there = included(groups, plain_list(groups.get(names["dev"])))
    lacking: dict[str, Sequence[Item]] = {
        "coverage": coverage,
        "dev": [item for item in [*in_dev, *dev] if item not in there],
    }
    new = ""
    for name, items in lacking.items():
        if isinstance(groups.get(names[name]), Array):
            add_items(groups[names[name]], items)
        else:
            lines = "".join(f"    {entry(item).as_string()},\n" for item in items)
            new += f"{comment if name == 'coverage' else ''}{name} = [\n{lines}]\n"
    return with_new_groups(tomlkit.dumps(document), new) if new else tomlkit.dumps(document)


def with_new_groups(text: str, groups: str) -> str:
    """Return a pyproject.toml with more groups: at the end of the table, which is made if needed.

    Args:
        text: the pyproject.toml.
        groups: the groups, as lines of TOML.
    """
    table = re.search(r"^\[ *dependency-groups *\].*\n(?:(?!\[).*\n?)*", text, re.MULTILINE)
    if table:
        # A comment after an empty line is the next table's.
        body = re.sub(r"\n(\n+#.*)*\n*\Z", "\n", table[0])
        end = table.start() + len(body)
        return f"{text[:end]}{groups}{text[end:]}"
    if "dependency-groups" not in tomllib.loads(text):
        return appended(text, f"[dependency-groups]\n{groups}")
    # Dotted keys: so are the new ones.
    keys = re.sub(r"^(?=\w+ = \[)", "dependency-groups.", groups, flags=re.MULTILINE)
    return re.sub(r"(?m)^(?=dependency-groups\.)", lambda match: keys, text, count=1)


def lists_with(
    project: Project,
    document: tomlkit.TOMLDocument,
    keys: list[str],
    items: list[Item] | None = None,
) -> list[Array]:
    """Return the lists of requirements in a pyproject.toml that can be changed.

    Args:
        project: the project.
        document: its pyproject.toml.
        keys: the keys, below [tool], of the package manager's own table of lists; none without one.
        items: what is installed; the lists are those that it names, and `dev`. None for all lists.
    """
    groups = table(document, "dependency-groups")
    extras = table(document, "project", "optional-dependencies")
    if items is not None:
        named = {
            "dev",
            *(item.get("include-group", "") for item in items if isinstance(item, dict)),
        }
        names = {canonicalize_name(name) for name in named}
        groups = {name: group for name, group in groups.items() if canonicalize_name(name) in names}
        chosen = ",".join(extras_of(project, item) for item in items)
        extras = {
            name: extra
            for name, extra in extras.items()
            if name in chosen.replace(" ", "").split(",")
        }
    uv = table(document, "tool", "uv").get("dev-dependencies")
    own = table(document, "tool", *keys).values() if keys else []
    lists = [*groups.values(), *extras.values(), uv, *own]
    return [items for items in lists if isinstance(items, Array)]


def raise_floor(project: Project, lists: list[Array], floor: Requirement, edit: Edit) -> None:
    """Change the user's requirements that hold one of the template back.

    Args:
        project: the project.
        lists: the lists that the requirements are in.
        floor: the template's requirement.
        edit: gets the changes, and what is left to do.
    """
    raise_in_lists("pyproject.toml", project, lists, floor, edit)
    for item in table(project.pyproject, "project").get("dependencies", []):
        if holds_back(item, floor, project.template.pythons):
            low = f"keeps {floor.name} below {floor_of(floor)}, which the gate needs"
            instead = " and ".join(map(repr, raised(item, floor, supports_older(project))))
            line = next(n for n, text in enumerate(edit.text.splitlines(), 1) if item in text)
            edit.left.append(f"pyproject.toml:{line}: {item!r} {low}: write {instead}")


def raise_in_lists(
    name: str, project: Project, lists: list[Array], floor: Requirement, edit: Edit
) -> None:
    """Change the requirements in lists of a file that hold one of the template back."""
    for array in lists:
        for place, item in reversed(list(enumerate(array.unwrap()))):
            if not holds_back(item, floor, project.template.pythons):
                continue
            new = raised(item, floor, supports_older(project))
            array[place] = new[0]
            for more in new[1:]:
                array.insert(place + 1, more)
            is_now = " and ".join(map(repr, new))
            change = f"{name}: {item!r} is now {is_now}: the gate needs that version"
            if change not in edit.changes:
                edit.changes.append(change)


def lacks(items: list[Item], wanted: str) -> bool:
    """Return whether a group does not yet have a requirement in the version that the gate needs."""
    requirement = Requirement(wanted)
    present = [Requirement(item) for item in items if is_requirement(item)]
    same = [
        item
        for item in present
        if canonicalize_name(item.name) == canonicalize_name(requirement.name)
    ]
    if requirement.name != "coverage":
        return not same
    floor = floor_of(requirement) if requirement.specifier else "0"
    return not any(item == requirement or demands(item.specifier, floor) for item in same)


def add_items(group: Array, items: Sequence[Item]) -> None:
    """Add items to a group, one a line if the group has several lines."""
    for item in items:
        (group.add_line if "\n" in group.as_string() else group.append)(entry(item))


def entry(item: Item) -> String | InlineTable:
    """Return an item of a group for tomlkit."""
    if isinstance(item, str):
        return tomlkit.string(item)
    include = tomlkit.value(f'{{ include-group = "{item["include-group"]}" }}')
    assert isinstance(include, InlineTable)
    return include


def included(groups: dict[str, Any], items: list[Item]) -> list[Item]:
    """Return items of a group, and those of the groups that they include."""
    found: list[Item] = []
    todo = list(items)
    while todo:
        item = todo.pop()
        if item in found:
            continue
        found.append(item)
        if isinstance(item, dict):
            todo += plain_list(groups.get(group_name(groups, item.get("include-group", ""))))
    return found


def plain_list(value: object) -> list[Any]:
    """Return a list of a TOML document without its layout; an empty one if it is no list."""
    if isinstance(value, Array):
        return value.unwrap()
    return value if isinstance(value, list) else []
