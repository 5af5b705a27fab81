"""The step for Hatch as package manager: its environments install the gate's dependency groups."""

import re
import tomllib
from typing import Any

import tomlkit
from packaging.requirements import Requirement
from tomlkit.items import Array

from copier_coverage.adopt.groups import raise_in_lists
from copier_coverage.adopt.text import appended
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.hatch import environments_file
from copier_coverage.project.project import Project

GROUPS = "dependency-groups"
# An environment of the template, with its comment.
BLOCK = re.compile(r"(?m)^((?:# .*\n)*)\[tool\.hatch\.envs\.([\w-]+)\]\n((?:.+\n)+)")


def add_environments(project: Project, template: str) -> None:
    """Have environments install the groups that those of a new project install.

    Args:
        project: the project; the file with its environments is changed.
        template: the pyproject.toml that a new repository gets; nothing is done if that has no
            environments.
    """
    if BLOCK.search(template):
        name, keys = environments_file(project.repository)
        project.repository.apply(name, with_environments(project, name, keys, template))


def with_environments(project: Project, name: str, keys: tuple[str, ...], template: str) -> Edit:
    """Add what environments lack of groups, and those that are not there.

    Args:
        project: the project.
        name: the file with its environments.
        keys: the keys above `envs` in there.
        template: the pyproject.toml that a new repository gets.
    """
    edit = Edit(project.repository.read(name) or "")
    document = tomlkit.parse(edit.text)
    environments = table(document, *keys, "envs")
    new, blocks = [], BLOCK.findall(template)
    for comment, environment, lines in blocks:
        if environment in environments:
            place = f"{name}: environment {environment}"
            add_groups(environments[environment], place, tomllib.loads(lines)[GROUPS], edit)
        else:
            new.append(f"{comment}[{'.'.join([*keys, 'envs', environment])}]\n{lines}")
    floor = Requirement(tomllib.loads(template)[GROUPS]["coverage"][0])
    lists = lists_of(environments, [environment for _, environment, _ in blocks])
    raise_in_lists(name, project, lists, floor, edit)
    edit.text = tomlkit.dumps(document)
    for block in new:
        edit.text = appended(edit.text, block)
    return edit


def add_groups(environment: dict[str, Any], place: str, groups: list[str], edit: Edit) -> None:
    """Have an environment install groups that it does not install yet."""
    there = environment.setdefault(GROUPS, tomlkit.array())
    for group in groups:
        if group not in there:
            there.append(group)
            edit.changes.append(f"{place} also installs the group {group}")


def lists_of(environments: dict[str, Any], names: list[str]) -> list[Array]:
    """Return the lists of requirements of environments with the groups: by name, or inherited."""
    found = [
        item
        for name, item in environments.items()
        if name in names or not table(item).get("detached")
    ]
    keys = ("dependencies", "extra-dependencies")
    lists = [table(item).get(key) for item in found for key in keys]
    return [items for items in lists if isinstance(items, Array)]
