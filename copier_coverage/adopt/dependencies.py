"""The development dependencies: those of the template, and what the project's tests need."""

import re
import tomllib
from typing import Any

import tomlkit
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tomlkit.container import OutOfOrderTableProxy
from tomlkit.items import InlineTable

from copier_coverage.adopt import groups, poetry
from copier_coverage.adopt.command_line import OWN_ENVIRONMENTS, parse
from copier_coverage.adopt.requirement import (
    BESIDE_COVERAGE,
    NEWER,
    OLDER,
    OLDEST_PYTHON,
    text_of,
    with_marker,
)
from copier_coverage.adopt.text import appended
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.project import Project
from copier_coverage.project.requirements import (
    Item,
    beside_groups,
    everything,
    is_named,
    is_requirement,
    lacking_for_tests,
    name_of,
    reachable,
    supports_older,
)
from copier_coverage.project.settings import listed
from copier_coverage.project.tox import tox


def with_dependencies(
    project: Project,
    template: str,
    test_command: str,
    collector: str,
    manager: dict[str, Any],
) -> Edit:
    """Add the group `coverage`, include it in `dev`, and add there what the gate and tests need.

    Args:
        project: the project whose pyproject.toml is edited.
        template: the pyproject.toml that a new repository gets.
        test_command: the answer to that question.
        collector: the answer to that question.
        manager: the row of the package manager.

    Raises:
        Refusal: the dependency groups are written in a form that cannot be added to.
    """
    edit = Edit(project.repository.read("pyproject.toml") or "")
    rules = manager["adopt"]
    members = {member.name(): member for member in project.members()}
    if members:
        add_sources(project, list(members), edit)
    elif rules["needs_name"] and not is_named(project):
        add_project(project, template, edit)
    exempt_from_cooldown(project, edit)
    lock_for_newer(project, manager, edit)
    document = tomlkit.parse(edit.text)
    if isinstance(document.get("dependency-groups"), InlineTable | OutOfOrderTableProxy):
        raise Refusal(
            "pyproject.toml: write the dependency groups as one table, [dependency-groups], "
            "and commit."
        )
    legacy = poetry.groups(document)
    line = parse(test_command) if collector == "command" else None
    own = line is not None and line.tool in OWN_ENVIRONMENTS
    installed = beside_groups(project, rules["lists"])
    tests, left_out = ([], []) if legacy or own else lacking_for_tests(project, installed)
    edit.left += left_out
    for name, member in members.items():
        tests += [name, *(item for item in lacking_for_tests(member)[0] if is_requirement(item))]
    there = [*reachable(project, tests), *installed]
    coverage = for_coverage(project, template, rules)
    known = {name_of(item) for item in there} | poetry.names(legacy)
    is_pytest = test_command.startswith("-m pytest")
    if not is_pytest and (own or collector != "command" or not project.mentions("pytest")):
        known.add("pytest")
    dev = for_dev(project, template, known, there)
    # The tool may be the package manager itself.
    present = {*known, manager["run"].split()[0]}
    if line and own and not line.brings_itself:
        programs = [line.tool, *plugins_of(project, line.tool)]
        dev += [Requirement(name) for name in programs if name not in present]
    floors = [
        item
        for item in [*coverage, *dev]
        if item.name in ("coverage", "pytest-cov") and item.specifier
    ]
    beside = beside_coverage(project, rules)
    floors += [item for item in beside if item.specifier]
    if legacy:
        for floor in floors:
            same = [item for item in [*coverage, *dev, *beside] if item.name == floor.name]
            poetry.raise_floor(legacy, same, edit)
        edit.text = poetry.with_groups(document, legacy, coverage, dev)
        return edit
    chosen = None if rules["resolves_all"] else there
    lists = groups.lists_with(project, document, rules["lists"], chosen)
    for floor in floors:
        groups.raise_floor(project, lists, floor, edit)
    replaced = {"coverage", *(requirement.name for requirement in dev)}
    tests = [item for item in tests if name_of(item) not in replaced]
    comment = re.findall(r"((?:^#.*\n)*)^coverage = ", template, re.MULTILINE)[0]
    edit.text = groups.with_groups(
        document,
        [text_of(requirement) for requirement in coverage],
        [*tests, *(text_of(requirement) for requirement in dev)],
        comment,
    )
    poetry.require_release(project.pyproject, template, edit)
    return edit


def for_coverage(project: Project, template: str, rules: dict[str, Any]) -> list[Requirement]:
    """Return what the group `coverage` requires: the template's, and plugins of the settings."""
    floor, *others = tomllib.loads(template)["dependency-groups"]["coverage"]
    found = of_newer(project, floor, rules)
    for other in map(Requirement, others):
        other.marker = Marker(NEWER) if supports_older(project) else None
        found.append(other)
    for plugin in listed(table(project.settings, "run").get("plugins")):
        module = plugin.partition(".")[0]
        name = canonicalize_name(module)
        if is_requirement(name) and not is_own(project, module):
            named = (item for item in everything(project) if name_of(item) == name)
            found.append(Requirement(next(named, name)))
    return found


def of_newer(project: Project, floor: str, rules: dict[str, Any]) -> list[Requirement]:
    """Return what requires a package as the gate needs it, on the Pythons that the gate runs on."""
    requirement = Requirement(floor)
    if not supports_older(project):
        return [requirement]
    requirement.marker = with_marker(requirement.marker, NEWER)
    # Directly: so another package's requirement, for all Pythons, does not replace that for newer
    # ones.
    older = [Requirement(f"{requirement.name}; {OLDER}")] if rules["needs_direct"] else []
    return [requirement, *older]


def beside_coverage(project: Project, rules: dict[str, Any]) -> list[Requirement]:
    """Return what the project's requirements for packages that require coverage must allow."""
    found = [of_newer(project, floor, rules) for floor in BESIDE_COVERAGE]
    return [requirement for requirements in found for requirement in requirements]


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
        if canonicalize_name(requirement.name) == canonicalize_name(project.name()):
            continue
        if supports_older(project):
            requirement.marker = Marker(NEWER)
        if requirement not in present:
            lacking.append(requirement)
    return lacking


def plugins_of(project: Project, tool: str) -> list[str]:
    """Return what tox or nox needs beside itself to read its file."""
    if tool == "nox":
        modules = re.findall(
            r"(?m)^(?:import|from) (nox_\w+)", project.repository.read("noxfile.py") or ""
        )
        return [canonicalize_name(module) for module in modules]
    found = tox(project.repository) if tool == "tox" else None
    # What `requires` names, tox installs itself.
    is_needed = found is not None and "uv-venv-" in found.text and "tox-uv" not in found.text
    return ["tox-uv"] if is_needed else []


def is_own(project: Project, module: str) -> bool:
    """Return whether a module is in the project, so that nothing has to be installed for it."""
    places = (
        project.folder / folder / name
        for folder in (".", "src")
        for name in (module, f"{module}.py")
    )
    below = project.folder.glob(f"*/{module}.py")
    return any(place.exists() for place in [*places, *below])


def exempt_from_cooldown(project: Project, edit: Edit) -> None:
    """Exempt coverage from `exclude-newer`, by which uv passes over what is younger than that.

    Source: https://docs.astral.sh/uv/reference/settings/#exclude-newer-package
    """
    uv = table(project.pyproject, "tool", "uv")
    if "exclude-newer" not in uv or "coverage" in uv.get("exclude-newer-package", {}):
        return
    line = re.search(r"(?m)^exclude-newer\s*=.*\n", edit.text)
    if line is None or "exclude-newer-package" in uv:
        edit.left.append(
            "pyproject.toml: add `coverage = false` to exclude-newer-package of [tool.uv], "
            "if the release that the gate needs is younger than exclude-newer allows"
        )
        return
    new = "exclude-newer-package = { coverage = false }\n"
    edit.text = edit.text[: line.end()] + new + edit.text[line.end() :]
    edit.changes.append(
        "pyproject.toml: exclude-newer does not count for coverage, of which the gate needs a "
        "release that may be younger"
    )


def lock_for_newer(project: Project, manager: dict[str, Any], edit: Edit) -> None:
    """Have uv resolve for the Pythons that the gate supports, if it has resolved for none yet.

    Lists that pip takes one by one often have no versions that fit all older Pythons together.
    Source: https://docs.astral.sh/uv/reference/settings/#environments
    """
    uv = table(project.pyproject, "tool", "uv")
    by_uv = manager["lock_file"] == "uv.lock"
    has_lock = (project.folder / "uv.lock").is_file()
    if not by_uv or has_lock or "environments" in uv or not supports_older(project):
        return
    line = f'environments = ["{NEWER}"]\n'
    if "[tool.uv]\n" in edit.text:
        edit.text = edit.text.replace("[tool.uv]\n", f"[tool.uv]\n{line}", 1)
    else:
        edit.text = appended(edit.text, f"[tool.uv]\n{line}")
    edit.changes.append(
        f"pyproject.toml: uv resolves for Python {OLDEST_PYTHON} and later, as the gate needs it"
    )


def add_sources(project: Project, names: list[str], edit: Edit) -> None:
    """Name the members of a workspace as what its root requires, which installs them.

    Source: https://docs.astral.sh/uv/concepts/projects/workspaces/#workspace-sources
    """
    there = table(project.pyproject, "tool", "uv", "sources")
    lines = "".join(f"{name} = {{ workspace = true }}\n" for name in names if name not in there)
    heading = "[tool.uv.sources]\n"
    if heading in edit.text:
        edit.text = edit.text.replace(heading, heading + lines)
    elif lines:
        edit.text = appended(edit.text, heading + lines)


def add_project(project: Project, template: str, edit: Edit) -> None:
    """Name a project that was never installed itself, as package managers ask for that.

    Nothing is built of it.
    """
    name = tomllib.loads(template)["project"]["name"]
    lines = f'[project]\nname = "{name}"\nversion = "0"\n'
    if not table(project.pyproject, "tool", "setuptools"):
        lines += "\n[tool.setuptools]\npackages = []\n"
    edit.text = appended(edit.text, lines)
    edit.changes.append(
        "pyproject.toml: added a minimal [project] table, needed to install the `dev` group"
    )
