"""What a project and its tests require, wherever that is written."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from copier_coverage.project.files import table
from copier_coverage.project.project import Project

# An item of a dependency group: a requirement, or the inclusion of another group.
Item = str | dict[str, Any]
# What projects call the requirements of their tests.
TESTS = ("test", "tests", "testing", "dev")
FILES = (
    *(
        "requirements",
        "requirements-dev",
        "requirements-test",
        "requirements-tests",
        "dev-requirements",
    ),
    *("test-requirements", *(f"requirements/{name}" for name in (*TESTS, "development"))),
)
# More files than a project's requirements are in.
MOST_FILES = 50


def is_requirement(item: Any) -> TypeGuard[str]:
    """Return whether a line, or an item of a group, is a requirement."""
    try:
        Requirement(item)
    except (InvalidRequirement, TypeError):
        return False
    return True


def name_of(item: object) -> str:
    """Return the name of the package that a line or item asks for; "" if it is no requirement."""
    match = re.match(r"[\w.-]+", item) if isinstance(item, str) else None
    return canonicalize_name(match[0]) if match else ""


def lacking_for_tests(
    project: Project, installed: list[Item] | None = None
) -> tuple[list[Item], list[str]]:
    """Return what the group `dev` lacks of what the tests need, and what a group cannot have.

    That is other groups, extras, groups and environments of other tools, or else requirements
    in files.

    Args:
        project: the project.
        installed: what the package manager installs beside that group.
    """
    groups = table(project.pyproject, "dependency-groups")
    extras = table(project.pyproject, "project", "optional-dependencies")
    own = reachable(project, [])
    found: list[Item] = [
        {"include-group": name}
        for name in TESTS[:3]
        if name in groups and {"include-group": name} not in own
    ]
    name = project.name()
    if not any(re.match(rf"{re.escape(name)}\[", item) for item in own if isinstance(item, str)):
        found += [f"{name}[{extra}]" for extra in TESTS if extra in extras]
    found += [
        item
        for items in tool_lists(project)
        for item in items
        if is_requirement(item) and item not in [*own, *(installed or [])]
    ]
    if found or own or installed:
        return found, []
    lines, left_out = in_files(project)
    return [*lines], left_out


def everything(project: Project) -> Iterator[str]:
    """Yield the requirements of the project and its developers, wherever they are listed."""
    pyproject = project.pyproject
    lists = [
        *table(pyproject, "dependency-groups").values(),
        *table(pyproject, "project", "optional-dependencies").values(),
        *tool_lists(project),
        table(pyproject, "tool", "uv").get("dev-dependencies", []),
        table(pyproject, "project").get("dependencies", []),
        *(lines_of(project, f"{name}{suffix}") for name in FILES for suffix in (".in", ".txt")),
        in_tox(project),
    ]
    for items in lists:
        yield from (item for item in items if is_requirement(item))


def beside_groups(project: Project, keys: list[str]) -> list[Item]:
    """Return what a package manager installs beside groups: the lists in its own table."""
    lists = table(project.tools, *keys).values() if keys else []
    return [item for items in lists if isinstance(items, list) for item in items]


def tool_lists(project: Project) -> list[list[Any]]:
    """Return the lists of requirements for PDM and for Hatch's environments."""
    lists = list(table(project.pyproject, "tool", "pdm", "dev-dependencies").values())
    environments = table(project.pyproject, "tool", "hatch", "envs")
    for environment in ("default", "hatch-test", *TESTS):
        there = table(environments, environment)
        lists += [there.get(key, []) for key in ("dependencies", "extra-dependencies")]
    return lists


def reachable(project: Project, more: list[Item]) -> list[Item]:
    """Return the items of `dev` and of more, and of the groups and own extras that they include."""
    groups = table(project.pyproject, "dependency-groups")
    extras = table(project.pyproject, "project", "optional-dependencies")
    # uv's list from before there were groups is of the same group.
    uv = table(project.pyproject, "tool", "uv").get("dev-dependencies", [])
    items: list[Item] = []
    known: set[str] = set()
    written = {canonicalize_name(name): name for name in reversed(groups)}
    todo = [*groups.get(group_name(groups, "dev"), []), *uv, *more]
    while todo:
        item = todo.pop()
        if str(item) in known:
            continue
        known.add(str(item))
        items.append(item)
        if isinstance(item, dict):
            included = str(item.get("include-group", ""))
            todo += groups.get(written.get(canonicalize_name(included), included), [])
            continue
        for extra in extras_of(project, item).split(","):
            todo += extras.get(extra.strip(), [])
    return items


def extras_of(project: Project, item: object) -> str:
    """Return the project's own extras that an item of a group asks for, separated by commas."""
    match = (
        re.match(rf"{re.escape(project.name())}\[(.*?)\]", item) if isinstance(item, str) else None
    )
    return match[1] if match else ""


def group_name(groups: dict[str, Any], name: str) -> str:
    """Return the name of a group as the user writes it: Dev is the same as dev."""
    return next(
        (there for there in groups if canonicalize_name(there) == canonicalize_name(name)), name
    )


def in_files(project: Project) -> tuple[list[str], list[str]]:
    """Return the requirements of the first file that has those of the tests, and what is left out.

    The files are requirements files, else tox.ini. A project without metadata has its
    requirements in requirements.txt.
    """
    own, left_out = ([], []) if is_named(project) else requirements(project, "requirements.txt")
    for name in FILES[1:]:
        # What a person wrote comes before what a tool pinned.
        for suffix in (".in", ".txt"):
            lines, unusable = requirements(project, f"{name}{suffix}")
            left_out += unusable
            if lines:
                return list(dict.fromkeys([*own, *lines])), left_out
    if lines := in_tox(project):
        return lines, left_out
    return requirements(project, "requirements.txt")


def in_tox(project: Project) -> list[str]:
    """Return the requirements of tox's test environment."""
    tox = project.repository.read("tox.ini") or ""
    match = re.search(
        r"^\[testenv\]\n(?:(?!\[).*\n)*?deps\s*=(.*\n(?:[ \t]+.*\n)*)", tox, re.MULTILINE
    )
    if not match:
        return []
    lines = [re.sub(r"^[\w{},.-]+:\s+", "", line.strip()) for line in match[1].splitlines()]
    return [line for line in lines if is_requirement(line)]


def requirements(project: Project, name: str) -> tuple[list[str], list[str]]:
    """Return the requirements in a file, and a sentence about each that a group cannot have."""
    lines = lines_of(project, name)
    return [line for line in lines if is_requirement(line)], [
        f"{name}: cannot add {line!r} to the `dev` group: not a PEP 508 requirement"
        for line in lines
        if not is_requirement(line)
    ]


def lines_of(project: Project, name: str, known: set[str] | None = None) -> list[str]:
    """Return what a requirements file asks for, and the files that it includes.

    Args:
        project: the project.
        name: the path of the file.
        known: the paths of the files that were read already, which is added to.
    """
    found: list[str] = []
    folder = name.rpartition("/")[0]
    known = set() if known is None else known
    if name in known or len(known) >= MOST_FILES:
        return found
    known.add(name)
    for line in (project.repository.read(name) or "").splitlines():
        text = line.partition(" #")[0].rstrip("\\ ").strip()
        if match := re.match(r"(?:-r|--requirement)[ =]?(\S+)", text):
            included = posixpath.normpath(posixpath.join(folder, match[1]))
            found += lines_of(project, included, known)
        elif is_requirement(text) or re.match(r"[^#-]|-e [^.]", text):
            found.append(text)
    return found


def is_named(project: Project) -> bool:
    """Return whether the project has metadata with which it can be installed."""
    tables = (table(project.pyproject, "project"), table(project.pyproject, "tool", "poetry"))
    return any(tables) or any(project.repository.read(name) for name in ("setup.py", "setup.cfg"))


def supports_older(project: Project) -> bool:
    """Return whether the project also runs on Python versions before 3.11, by its metadata."""
    required = table(project.pyproject, "project").get("requires-python")
    required = (
        required or table(project.pyproject, "tool", "poetry", "dependencies").get("python") or ""
    )
    lowest = re.search(r"(?:>=?|\^|~=?)\s*3\.(\d{1,4})", str(required))
    return lowest is not None and int(lowest[1]) < 11
