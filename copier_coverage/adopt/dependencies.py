"""The development dependencies: those of the template, and what the project's tests need."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

import tomlkit
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.items import Array, InlineTable, Table

from copier_coverage.adopt import poetry
from copier_coverage.adopt.requirement import (
    NEWER,
    OLDER,
    demands,
    floor_of,
    holds_back,
    is_requirement,
    name_of,
    raised,
    text_of,
)
from copier_coverage.adopt.text import joined
from copier_coverage.errors import Refusal
from copier_coverage.project.files import table
from copier_coverage.project.project import Project
from copier_coverage.project.settings import listed

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


def add(
    project: Project, template: str, test_command: str, manager: dict[str, bool], pythons: list[str]
) -> None:
    """Add the group `coverage`, include it in `dev`, and add there what the gate and tests need.

    Source of the groups: https://peps.python.org/pep-0735/

    Args:
        project: its pyproject.toml is changed.
        template: the pyproject.toml that a new repository gets.
        test_command: the answer to that question.
        manager: what the package manager does, `adopt` of its row.
        pythons: the Python versions that the template knows.

    Raises:
        Refusal: the dependency groups are written in a form that cannot be added to.
    """
    repository = project.repository
    if manager["needs_name"] and not is_named(project):
        add_project(project, template)
    document = tomlkit.parse(repository.read("pyproject.toml") or "")
    if isinstance(document.get("dependency-groups"), InlineTable | OutOfOrderTableProxy):
        raise Refusal(
            "pyproject.toml: write the dependency groups as one table, [dependency-groups], "
            "and commit."
        )
    legacy = poetry.groups(document)
    tests = [] if legacy else test_requirements(project)
    there = reachable(project, tests)
    coverage = for_coverage(project, template, manager)
    known = {name_of(item) for item in there} | poetry.names(legacy)
    if not test_command.startswith("-m pytest"):
        known.add("pytest")
    dev = for_dev(project, template, known, there)
    floors = [
        item
        for item in [*coverage, *dev]
        if item.name in ("coverage", "pytest-cov") and item.specifier
    ]
    if legacy:
        for floor in floors:
            poetry.raise_floor(
                repository, legacy, [item for item in [*coverage, *dev] if item.name == floor.name]
            )
        repository.write("pyproject.toml", poetry.with_groups(document, legacy, coverage, dev))
        return
    lists = lists_with(project, document, None if manager["resolves_all"] else there)
    for floor in floors:
        raise_floor(project, lists, floor, pythons)
    replaced = {"coverage", *(requirement.name for requirement in dev)}
    tests = [item for item in tests if name_of(item) not in replaced]
    comment = re.findall(r"((?:^#.*\n)*)^coverage = ", template, re.MULTILINE)[0]
    items = [*tests, *(text_of(requirement) for requirement in dev)]
    text = with_groups(document, [text_of(requirement) for requirement in coverage], items, comment)
    repository.write("pyproject.toml", text)


def for_coverage(project: Project, template: str, manager: dict[str, bool]) -> list[Requirement]:
    """Return what the group `coverage` requires: coverage, and the plugins that settings name."""
    floor = Requirement(tomllib.loads(template)["dependency-groups"]["coverage"][0])
    found = [floor]
    if supports_older(project):
        floor.marker = Marker(NEWER)
        if manager["needs_direct"]:
            # Then pytest-cov's requirement, for all Pythons, does not replace that for newer ones.
            found.append(Requirement(f"coverage; {OLDER}"))
    for plugin in listed(table(project.settings, "run").get("plugins")):
        module = plugin.partition(".")[0]
        if not is_own(project, module):
            name = canonicalize_name(module)
            named = (item for item in everything(project) if name_of(item) == name)
            found.append(Requirement(next(named, name)))
    return found


def for_dev(
    project: Project, template: str, known: set[str], there: list[Item]
) -> list[Requirement]:
    """Return what the group `dev` lacks of what the gate needs beside coverage.

    Args:
        project: the project.
        template: the pyproject.toml that a new repository gets.
        known: names of the packages that the project's developers have, or do not need.
        there: the items of the group.
    """
    lacking = []
    present = [Requirement(item) for item in there if is_requirement(item)]
    for item in tomllib.loads(template)["dependency-groups"]["dev"]:
        if not isinstance(item, str):
            continue
        requirement = Requirement(item)
        # What the user has of these stays, but the settings are written for this pytest-cov.
        if requirement.name in known and requirement.name != "pytest-cov":
            continue
        if supports_older(project):
            requirement.marker = Marker(NEWER)
        if requirement not in present:
            lacking.append(requirement)
    return lacking


def is_own(project: Project, module: str) -> bool:
    """Return whether a module is in the project, so that nothing has to be installed for it."""
    places = (
        project.folder / folder / name
        for folder in (".", "src")
        for name in (module, f"{module}.py")
    )
    return any(place.exists() for place in places)


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


def lists_with(
    project: Project, document: tomlkit.TOMLDocument, items: list[Item] | None = None
) -> list[Array]:
    """Return the lists of requirements in a pyproject.toml that can be changed.

    Args:
        project: the project.
        document: its pyproject.toml.
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
    return [items for items in [*groups.values(), *extras.values(), uv] if isinstance(items, Array)]


def raise_floor(
    project: Project, lists: list[Array], floor: Requirement, pythons: list[str]
) -> None:
    """Change the user's requirements that hold one of the template back.

    Args:
        project: the project; what was changed is noted in its repository.
        lists: the lists that the requirements are in.
        floor: the template's requirement.
        pythons: the Python versions that the template knows.
    """
    repository = project.repository
    for array in lists:
        for place, item in reversed(list(enumerate(array.unwrap()))):
            if not holds_back(item, floor, pythons):
                continue
            new = raised(item, floor, supports_older(project))
            array[place] = new[0]
            for more in new[1:]:
                array.insert(place + 1, more)
            is_now = " and ".join(map(repr, new))
            change = f"pyproject.toml: {item!r} is now {is_now}: the gate needs that version"
            if change not in repository.changes:
                repository.changes.append(change)
    for item in table(project.pyproject, "project").get("dependencies", []):
        if holds_back(item, floor, pythons):
            low = f"keeps {floor.name} below {floor_of(floor)}, which the gate needs"
            repository.left.append(f"pyproject.toml: {item!r} {low}: raise it")


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
    if "dependency-groups" not in document:
        lines = [f"{comment}coverage = [\n", *(f"    {entry(item)},\n" for item in coverage), "]\n"]
        lines += ["dev = [\n", *(f"    {entry(item)},\n" for item in [*in_dev, *dev]), "]\n"]
        return joined(tomlkit.dumps(document), "[dependency-groups]\n" + "".join(lines))
    there = included(groups, plain_list(groups.get(names["dev"])))
    add_items(groups, names["coverage"], coverage, comment)
    add_items(groups, names["dev"], [item for item in [*in_dev, *dev] if item not in there])
    return tomlkit.dumps(document)


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


def add_items(
    groups: Table | InlineTable, name: str, items: Sequence[Item], comment: str = ""
) -> None:
    """Add items to a group, which is made if there is none."""
    if not isinstance(groups.get(name), Array):
        if comment:
            groups.add(tomlkit.comment(comment.strip("# \n")))
        groups[name] = tomlkit.array("[\n]")
    group = groups[name]
    for item in items:
        (group.add_line if "\n" in group.as_string() else group.append)(entry_item(item))


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


def group_name(groups: dict[str, Any], name: str) -> str:
    """Return the name of a group as the user writes it: Dev is the same as dev."""
    return next(
        (there for there in groups if canonicalize_name(there) == canonicalize_name(name)), name
    )


def plain_list(value: object) -> list[Any]:
    """Return a list of a TOML document without its layout; an empty one if it is no list."""
    if isinstance(value, Array):
        return value.unwrap()
    return value if isinstance(value, list) else []


def is_named(project: Project) -> bool:
    """Return whether the project has metadata with which it can be installed."""
    tables = (table(project.pyproject, "project"), table(project.pyproject, "tool", "poetry"))
    return any(tables) or any(project.repository.read(name) for name in ("setup.py", "setup.cfg"))


def add_project(project: Project, template: str) -> None:
    """Name a project that was never installed itself, as package managers ask for that.

    Nothing is built of it.
    """
    name = tomllib.loads(template)["project"]["name"]
    lines = f'[project]\nname = "{name}"\nversion = "0"\n'
    if not table(project.pyproject, "tool", "setuptools"):
        lines += "\n[tool.setuptools]\npackages = []\n"
    text = project.repository.read("pyproject.toml") or ""
    project.repository.write("pyproject.toml", joined(text, lines))
    project.repository.changes.append(
        "pyproject.toml: added a minimal [project] table, needed to install the `dev` group"
    )


def entry(item: Item) -> str:
    """Return an item of a group as TOML."""
    return tomlkit.item(entry_item(item)).as_string()


def entry_item(item: Item) -> str | InlineTable:
    """Return an item of a group for tomlkit."""
    if isinstance(item, str):
        return item
    inline = tomlkit.inline_table()
    inline.update(item)
    return inline


def supports_older(project: Project) -> bool:
    """Return whether the project also runs on Python versions before 3.11, by its metadata."""
    required = table(project.pyproject, "project").get("requires-python")
    required = (
        required or table(project.pyproject, "tool", "poetry", "dependencies").get("python") or ""
    )
    lowest = re.search(r"(?:>=?|\^|~=?)\s*3\.(\d+)", str(required))
    return lowest is not None and int(lowest[1]) < 11


def test_requirements(project: Project) -> list[Item]:
    """Return what the group `dev` lacks of what the tests need.

    That is other groups, extras, groups and environments of other tools, or else requirements
    in files.
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
        if is_requirement(item) and item not in own
    ]
    if not found and not own:
        found += in_files(project)
    return found


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
    todo = [*groups.get(group_name(groups, "dev"), []), *uv, *more]
    while todo:
        item = todo.pop()
        if item in items:
            continue
        items.append(item)
        if isinstance(item, dict):
            todo += groups.get(group_name(groups, item.get("include-group", "")), [])
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


def in_files(project: Project) -> list[str]:
    """Return the requirements of the first file that has those of the tests.

    The files are requirements files, else tox.ini.

    A project without metadata has its requirements in requirements.txt.
    """
    own = [] if is_named(project) else requirements(project, "requirements.txt")
    for name in FILES[1:]:
        # What a person wrote comes before what a tool pinned.
        for suffix in (".in", ".txt"):
            if lines := requirements(project, f"{name}{suffix}"):
                return list(dict.fromkeys([*own, *lines]))
    return in_tox(project) or requirements(project, "requirements.txt")


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


def requirements(project: Project, name: str) -> list[str]:
    """Return the requirements in a file; name those that a group cannot have."""
    found = []
    for line in lines_of(project, name):
        if is_requirement(line):
            found.append(line)
        else:
            project.repository.left.append(
                f"{name}: cannot add {line!r} to the `dev` group: not a PEP 508 requirement"
            )
    return found


def lines_of(project: Project, name: str) -> list[str]:
    """Return what a requirements file asks for, and the files that it includes."""
    found = []
    folder = name.rpartition("/")[0]
    for line in (project.repository.read(name) or "").splitlines():
        text = line.partition(" #")[0].rstrip("\\ ").strip()
        if match := re.match(r"(?:-r|--requirement)[ =]?(\S+)", text):
            found += lines_of(project, f"{folder}/{match[1]}".lstrip("/"))
        elif is_requirement(text) or re.match(r"[^#-]|-e [^.]", text):
            found.append(text)
    return found
