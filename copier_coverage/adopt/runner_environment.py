"""The step for environments of Hatch and nox: coverage is installed where the tests run.

tox needs no edit, as the test stage has it install coverage, except for environments that install
a lock file.
"""

import ast
import re

import tomlkit
from packaging.requirements import Requirement
from tomlkit.items import Array

from copier_coverage.adopt.groups import add_items, included
from copier_coverage.adopt.requirement import holds_back, raised
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.hatch import environments_file
from copier_coverage.project.project import Project
from copier_coverage.project.python_files import syntax
from copier_coverage.project.repository import Repository
from copier_coverage.project.requirements import lines_of, name_of, supports_older
from copier_coverage.project.tox import expanded, tox

MEASURES = ("coverage", "pytest-cov")


def add_coverage(project: Project, command: str, requirement: str) -> None:
    """Require coverage in the environment in which a command runs the tests, where it is missing.

    Args:
        project: its file with that environment is changed.
        command: the answer to `test_command`.
        requirement: what the gate requires of coverage.
    """
    clone = project.repository
    if re.search(r"\btox\b", command):
        add_to_groups(clone, command)
        raise_in_files(project, requirement)
        return
    if match := re.search(r"\bnox\b.*(?:-s|--sessions?)[ =]?([\w.-]+)", command):
        text = clone.read("noxfile.py")
        if text is not None:
            clone.apply("noxfile.py", with_nox(project, text, match[1], requirement))
        return
    if match := re.search(r"\bhatch (?:-e (\S+) )?(?:run (?:(\S+):)?|test\b)", command):
        name, keys = environments_file(clone)
        own = "hatch-test" if match[0].endswith("test") else "default"
        environment = match[1] or match[2] or own
        edit = with_hatch(name, clone.read(name) or "", [*keys, "envs", environment], requirement)
        clone.apply(name, edit)


def add_to_groups(clone: Repository, command: str) -> None:
    """Include the group `coverage` in the groups of tox's environments that install a lock file.

    These install nothing else: https://github.com/tox-dev/tox-uv#uvlock-support
    """
    found = tox(clone)
    if found is None or "uv-venv-lock-runner" not in found.text:
        return
    document = tomlkit.parse(clone.read("pyproject.toml") or "")
    groups = table(document, "dependency-groups")
    edit = Edit("")
    for name, factors in found.groups.items():
        group = groups.get(name)
        if not isinstance(group, Array) or not is_for(factors, command):
            continue
        if "coverage" not in map(name_of, included(groups, group.unwrap())):
            add_items(group, [{"include-group": "coverage"}])
            group_of_tox = f"the group {name}, by which tox installs,"
            edit.changes.append(addition("pyproject.toml", group_of_tox))
    edit.text = tomlkit.dumps(document)
    clone.apply("pyproject.toml", edit)


def is_for(factors: str, command: str) -> bool:
    """Return whether what has a condition in tox.ini is for environments that a command names.

    Source: https://tox.wiki/en/latest/config.html#conditional-settings
    """
    words = {*re.findall(r"[\w.]+", command)}
    return not factors or any({*name.split("-")} <= words for name in expanded(factors))


def raise_in_files(project: Project, requirement: str) -> None:
    """Raise a pin of coverage in the files of requirements that tox installs."""
    clone, floor = project.repository, Requirement(requirement)
    texts = (clone.read(name) or "" for name in ("tox.ini", "tox.toml", "pyproject.toml"))
    named = re.findall(r"-r\s*([\w./-]+)", "\n".join(texts))
    for name in dict.fromkeys(named):
        lines = (clone.read(name) or "").split("\n")
        edit = Edit("")
        for number, line in enumerate(lines):
            item = line.partition(" #")[0].strip()
            if holds_back(item, floor, project.template.pythons):
                new = raised(item, floor, supports_older(project))
                lines[number] = "\n".join(new)
                is_now = " and ".join(map(repr, new))
                why = "the gate needs that version"
                edit.changes.append(f"{name}:{number + 1}: {item!r} is now {is_now}: {why}")
        if edit.changes:
            edit.text = "\n".join(lines)
            clone.apply(name, edit)


def with_hatch(name: str, text: str, keys: list[str], requirement: str) -> Edit:
    """Require coverage in an environment of Hatch, if it has a list of dependencies without it.

    Args:
        name: the name of the file that the environment is in.
        text: its text.
        keys: the keys of the environment.
        requirement: what the gate requires of coverage.
    """
    document = tomlkit.parse(text)
    settings = table(document, *keys)
    lists = [settings.get(key) for key in ("dependencies", "extra-dependencies")]
    found = [items for items in lists if isinstance(items, Array)]
    names = {name_of(item) for items in found for item in items.unwrap()}
    groups = settings.get("dependency-groups", [])
    # These groups of the template bring it.
    if {"coverage", "dev"} & {*groups} or names & {*MEASURES}:
        return Edit(text)
    if found:
        add_items(found[0], [requirement])
    elif isinstance(groups, Array):
        add_items(groups, ["coverage"])
    else:
        return Edit(text)
    return Edit(tomlkit.dumps(document), [addition(name, f"environment {keys[-1]}")])


def with_nox(project: Project, text: str, session: str, requirement: str) -> Edit:
    """Install coverage in a session of nox, if it installs what it names, and not that."""
    calls = [
        node
        for function in ast.walk(syntax(text))
        if isinstance(function, ast.FunctionDef)
        and (function.name == session or f"name='{session}'" in ast.unparse(function))
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("session.install")
    ]
    words = [
        word.value
        for call in calls
        for word in ast.walk(call)
        if isinstance(word, ast.Constant) and isinstance(word.value, str)
    ]
    if not calls or {name_of(item) for item in installed(project, words)} & {*MEASURES}:
        return Edit(text)
    last = calls[-1].args[-1] if calls[-1].args else calls[-1].func
    lines = text.split("\n")
    # ast counts bytes.
    line = lines[(last.end_lineno or 1) - 1].encode()
    end = last.end_col_offset or 0
    new = line[:end] + f', "{requirement}"'.encode() + line[end:]
    lines[(last.end_lineno or 1) - 1] = new.decode()
    return Edit("\n".join(lines), [addition("noxfile.py", f"session {session}")])


def installed(project: Project, words: list[str]) -> list[str]:
    """Return what arguments of pip install: requirements, those of extras, groups and files."""
    groups = table(project.pyproject, "dependency-groups")
    extras = table(project.pyproject, "project", "optional-dependencies")
    items = list(words)
    for word in words:
        items += [item for item in groups.get(word, []) if isinstance(item, str)]
        items += lines_of(project, word) if word.endswith((".txt", ".in")) else []
        for extra in re.findall(r"\[(.*)\]", word):
            items += [item for name in extra.split(",") for item in extras.get(name.strip(), [])]
    return items


def addition(name: str, environment: str) -> str:
    """Return the line for a change that has an environment install coverage."""
    return f"{name}: {environment} also installs coverage, which measures itself there"
