"""The development dependencies: those of the template, and what the project's tests need."""

import re
import tomllib

import tomlkit
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tomlkit.items import Array, Table

from copier_coverage.adopt.answers import Project
from copier_coverage.adopt.repository import Repository
from copier_coverage.adopt.settings import joined, plain
from copier_coverage.audit.repository import table

# What projects call the requirements of their tests.
TESTS = ("test", "tests", "testing", "dev")
FILES = ("requirements", "requirements-dev", "requirements-test", "requirements-tests", "dev-requirements")
FILES += ("test-requirements", *(f"requirements/{name}" for name in (*TESTS, "development")))


def add(project: Project, template: str, test_command: str, manager: str) -> None:
    """Add to the dependency group `dev` what the gate needs, and the project's tests, if it lacks that.

    Source of the groups: https://peps.python.org/pep-0735/

    Args:
        project: its pyproject.toml is changed.
        template: the pyproject.toml that a new repository gets.
        test_command: the answer to that question.
        manager: the answer to `package_manager`.
    """
    repository = project.repository
    if manager != "poetry" and not is_named(project):
        add_project(project, template)
    document = tomlkit.parse(repository.read("pyproject.toml") or "")
    poetry = poetry_groups(document)
    group = group_of_poetry(poetry)
    wanted = [Requirement(text) for text in tomllib.loads(template)["dependency-groups"]["dev"]]
    tests = [] if group else test_requirements(project)
    there = reachable(project, tests)
    known = {name_of(item) for item in there} | {canonicalize_name(name) for found in poetry.values() for name in found}
    if not test_command.startswith("-m pytest"):
        known.add("pytest")
    lacking = []
    for requirement in wanted:
        # (What the user has of these stays, but coverage and what the gate is written for.)
        if requirement.name in known and requirement.name not in ("coverage", "pytest-cov"):
            continue
        if supports_older(project):
            # coverage 7.17 and Invoke's tasks need Python 3.11.
            requirement.marker = Marker("python_version >= '3.11'")
        lacking.append(requirement)
        if requirement.name == "coverage" and manager == "poetry" and requirement.marker:
            # Poetry cannot tell a direct requirement for some Pythons from pytest-cov's, for all, unless both are direct.
            lacking.append(Requirement("coverage; python_version < '3.11'"))
    requirements = [Requirement(item) for item in there if is_requirement(item)]
    lacking = [requirement for requirement in lacking if requirement not in requirements]
    # (What stands in a file stays there; the group gets coverage as the gate needs it.)
    tell_what_holds_coverage_back(repository, wanted, [item for item in there if item not in tests])
    if group:
        add_to_poetry(repository, group, lacking)
        repository.write("pyproject.toml", tomlkit.dumps(document))
        return
    tests = [item for item in tests if name_of(item) not in {requirement.name for requirement in lacking}]
    add_to_group(project, document, [*tests, *(str(requirement).replace('"', "'") for requirement in lacking)])


def tell_what_holds_coverage_back(repository: Repository, wanted: list[Requirement], items: list) -> None:
    """Say which requirements of the user's do not allow the coverage that the gate needs."""
    lowest = next(iter(next(requirement for requirement in wanted if requirement.name == "coverage").specifier)).version
    for item in items:
        if is_requirement(item) and name_of(item) == "coverage":
            pinned = Requirement(item)
            if not pinned.specifier.contains(lowest) and not pinned.marker:
                repository.left.append(f"{item!r} keeps coverage below {lowest}, which the gate needs: raise it")


def poetry_groups(document: tomlkit.TOMLDocument) -> dict[str, Table]:
    """Return the groups in the form that Poetry had before PEP 735; it installs each of them."""
    poetry = table(document, "tool", "poetry")
    groups = {name: table(group, "dependencies") for name, group in table(poetry, "group").items()}
    return groups if groups.get("dev") else groups | {"dev": table(poetry, "dev-dependencies")}


def group_of_poetry(groups: dict[str, Table]) -> Table | dict:
    """Return the group that has coverage, or is for development or for tests; an empty one if there is none."""
    with_coverage = [name for name, group in groups.items() if "coverage" in group]
    return next((groups[name] for name in [*with_coverage, "dev", *TESTS] if groups.get(name)), {})


def add_to_poetry(repository: Repository, group: Table, requirements: list[Requirement]) -> None:
    """Add requirements to a group in the form that Poetry had before PEP 735."""
    entries: dict[str, list] = {}
    for requirement in requirements:
        entry = tomlkit.inline_table()
        entry["version"] = str(requirement.specifier) or "*"
        if requirement.marker:
            entry["markers"] = str(requirement.marker).replace('"', "'")
        entries.setdefault(requirement.name, []).append(entry if requirement.marker else entry["version"])
    for name, found in entries.items():
        if isinstance(there := plain(group.get(name)), dict):
            # Its extras, for instance, stay.
            found = [
                tomlkit.inline_table() | there | (item if isinstance(item, dict) else {"version": item})
                for item in found
            ]
        value = found[0]
        if len(found) > 1:
            value = tomlkit.array()
            value.extend(found)
        if name in group and plain(group[name]) not in ([plain(item) for item in found], plain(value)):
            repository.changes.append(
                f"pyproject.toml: {name} = {value}, was {group[name]}: the gate needs that version"
            )
        group[name] = value


def add_to_group(project: Project, document: tomlkit.TOMLDocument, items: list) -> None:
    """Add items to the group `dev`, which is made if there is none."""
    groups = table(document, "dependency-groups")
    group = groups.get(dev_group(groups))
    if not isinstance(group, Array) and "dependency-groups" not in document:
        lines = "".join(f"    {entry(item)},\n" for item in items)
        text = joined(tomlkit.dumps(document), f"[dependency-groups]\ndev = [\n{lines}]\n")
        project.repository.write("pyproject.toml", text)
        return
    if not isinstance(group, Array):
        group = tomlkit.array("[\n]")
        groups["dev"] = group
        group = groups["dev"]
    for item in items:
        if item not in group.unwrap():
            (group.add_line if "\n" in group.as_string() else group.append)(entry_item(item))
    project.repository.write("pyproject.toml", tomlkit.dumps(document))


def dev_group(groups: dict) -> str:
    """Return the name of the group `dev` as the user writes it: Dev is the same."""
    return next((name for name in groups if canonicalize_name(name) == "dev"), "dev")


def is_named(project: Project) -> bool:
    """Return whether the project has metadata with which it can be installed."""
    tables = (table(project.pyproject, "project"), table(project.pyproject, "tool", "poetry"))
    return any(tables) or any(project.repository.read(name) for name in ("setup.py", "setup.cfg"))


def add_project(project: Project, template: str) -> None:
    """Name a project that was never installed itself, as package managers ask for that; nothing is built of it."""
    name = tomllib.loads(template)["project"]["name"]
    lines = f'[project]\nname = "{name}"\nversion = "0"\n'
    if not table(project.pyproject, "tool", "setuptools"):
        lines += "\n[tool.setuptools]\npackages = []\n"
    text = project.repository.read("pyproject.toml") or ""
    project.repository.write("pyproject.toml", joined(text, lines))
    project.repository.changes.append("pyproject.toml: has a [project] now, to install the dependency group dev with")


def entry(item: str | dict) -> str:
    """Return an item of a group as TOML."""
    return tomlkit.item(item).as_string() if isinstance(item, str) else entry_item(item).as_string()


def entry_item(item: str | dict) -> object:
    """Return an item of a group for tomlkit."""
    if isinstance(item, str):
        return item
    inline = tomlkit.inline_table()
    inline.update(item)
    return inline


def name_of(item: str | dict) -> str:
    """Return the name of the package that an item of a group asks for."""
    match = re.match(r"[\w.-]+", item) if isinstance(item, str) else None
    return canonicalize_name(match[0]) if match else ""


def supports_older(project: Project) -> bool:
    """Return whether the project says that it also runs on Python versions before 3.11."""
    required = table(project.pyproject, "project").get("requires-python")
    required = required or table(project.pyproject, "tool", "poetry", "dependencies").get("python") or ""
    lowest = re.search(r"(?:>=?|\^|~=?)\s*3\.(\d+)", str(required))
    return lowest is not None and int(lowest[1]) < 11


def test_requirements(project: Project) -> list[str | dict]:
    """Return what the group `dev` lacks of what the tests need.

    That is other groups, extras, groups and environments of other tools, or else requirements in files.
    """
    groups = table(project.pyproject, "dependency-groups")
    extras = table(project.pyproject, "project", "optional-dependencies")
    own = reachable(project, [])
    found: list[str | dict] = [
        {"include-group": name} for name in TESTS[:3] if name in groups and {"include-group": name} not in own
    ]
    name = project.name()
    if not any(re.match(rf"{re.escape(name)}\[", item) for item in own if isinstance(item, str)):
        found += [f"{name}[{extra}]" for extra in TESTS if extra in extras]
    tools = [items for items in table(project.pyproject, "tool", "pdm", "dev-dependencies").values()]
    environments = table(project.pyproject, "tool", "hatch", "envs")
    for environment in ("default", "hatch-test", *TESTS):
        there = table(environments, environment)
        tools += [there.get(key, []) for key in ("dependencies", "extra-dependencies")]
    found += [item for items in tools for item in items if is_requirement(item) and item not in own]
    if not found and not own:
        found = in_files(project)
    return found


def reachable(project: Project, more: list) -> list:
    """Return the items of the group `dev` and of more, and of the groups and the project's extras that they include."""
    groups = table(project.pyproject, "dependency-groups")
    extras = table(project.pyproject, "project", "optional-dependencies")
    # (uv's own list, of before there were groups, is of the same group.)
    uv = table(project.pyproject, "tool", "uv").get("dev-dependencies", [])
    items, todo = [], [*groups.get(dev_group(groups), []), *uv, *more]
    while todo:
        item = todo.pop()
        if item in items:
            continue
        items.append(item)
        if isinstance(item, dict):
            todo += groups.get(item.get("include-group", ""), [])
        elif match := re.match(rf"{re.escape(project.name())}\[(.*?)\]", item):
            todo += [requirement for extra in match[1].split(",") for requirement in extras.get(extra.strip(), [])]
    return items


def in_files(project: Project) -> list[str]:
    """Return the requirements of the first file that has those of the tests: requirements files, else tox.ini.

    A project without metadata has its own in requirements.txt.
    """
    own = [] if is_named(project) else requirements(project, "requirements.txt")
    for name in FILES[1:]:
        # What a person wrote comes before what a tool pinned.
        for suffix in (".in", ".txt"):
            if lines := requirements(project, f"{name}{suffix}"):
                return list(dict.fromkeys([*own, *lines]))
    tox = project.repository.read("tox.ini") or ""
    if match := re.search(r"^\[testenv\]\n(?:(?!\[).*\n)*?deps\s*=(.*\n(?:[ \t]+.*\n)*)", tox, re.MULTILINE):
        lines = [re.sub(r"^[\w{},.-]+:\s+", "", line.strip()) for line in match[1].splitlines()]
        return [line for line in lines if is_requirement(line)]
    return requirements(project, "requirements.txt")


def requirements(project: Project, name: str) -> list[str]:
    """Return the requirements in a file, and in those that it includes; tell those that cannot stand in a group."""
    found = []
    folder = name.rpartition("/")[0]
    for line in (project.repository.read(name) or "").splitlines():
        text = line.partition(" #")[0].rstrip("\\ ").strip()
        if match := re.match(r"(?:-r|--requirement)[ =]?(\S+)", text):
            found += requirements(project, f"{folder}/{match[1]}".lstrip("/"))
        elif is_requirement(text):
            found.append(text)
        elif re.match(r"[^#-]|-e [^.]", text):
            project.repository.left.append(
                f"{name}: {text!r} is no requirement by PEP 508: add it to the group dev as one"
            )
    return found


def is_requirement(text: str | dict) -> bool:
    """Return whether a line, or an item of a group, is a requirement."""
    try:
        Requirement(text)
    except (InvalidRequirement, TypeError):
        return False
    return True
