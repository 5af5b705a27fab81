"""The step for Poe the Poet: pyproject.toml includes coverage_poe.toml, and keeps its own tasks."""

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import tomlkit

from copier_coverage.adopt.text import appended, free, refuse_doubles
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.poe import tasks
from copier_coverage.project.repository import Repository

OURS = "coverage_poe.toml"
# The places of a task where a text is the name of another one; elsewhere it is a command.
REFERENCES = ("ref", "sequence", "parallel", "deps", "uses")
TEXTS = "(?:cmd|shell|script|expr|help)"
HEADING = re.compile(
    r"\s*\[\[?\s*tool\.poe\.(?:groups\.[\w-]+\.)?tasks(?:\.([\"']?)([\w-]+)\1)?[\].]"
)
KEY = re.compile(r"([\"']?)([\w-]+)\1\s*[.=]")


def add_to_poe(clone: Repository) -> None:
    """Include coverage_poe.toml in the repository's pyproject.toml.

    Raises:
        Refusal: another included file has such a task, or the tables of Poe cannot be changed.
    """
    text = clone.read("pyproject.toml") or ""
    others = {path: clone.read(path) or "" for path in includes(poe_table(text))}
    clone.apply("pyproject.toml", with_coverage_poe(text, clone.read(OURS) or "", others))


def with_coverage_poe(before: str, template: str, others: Mapping[str, str]) -> Edit:
    """Include coverage_poe.toml in a pyproject.toml; rename tasks that both have.

    Args:
        before: the text of the pyproject.toml.
        template: the text of coverage_poe.toml.
        others: the texts of the files that it includes, by their path.

    Raises:
        Refusal: one of these files has such a task, or the tables of Poe cannot be changed.
    """
    poe = poe_table(before)
    ours = set(tasks(poe_table(template)))
    defined = {path: set(tasks(poe_table(other))) for path, other in others.items()}
    refuse_doubles(ours, defined, OURS)
    theirs = tasks(poe)
    renamed = {task: free(task, theirs) for task in sorted(ours & set(theirs))}
    edit = Edit(rename_tasks(before, renamed))
    if OURS not in includes(poe):
        edit.text = with_include(edit.text, poe.get("include"))
    if not means(edit.text, before, renamed):
        names = f" and rename {', '.join(renamed)}" if renamed else ""
        raise Refusal(f"pyproject.toml: add {OURS} to `include` in [tool.poe]{names}, and commit.")
    for task, kept in renamed.items():
        edit.changes.append(f"pyproject.toml: Poe task {task} is now {kept}, as {OURS} has one")
    return edit


def poe_table(text: str) -> dict[str, Any]:
    """Return the table of Poe in a TOML file; empty if it is another file, or cannot be read."""
    try:
        return table(tomllib.loads(text), "tool", "poe")
    except tomllib.TOMLDecodeError:
        return {}


def includes(poe: dict[str, Any]) -> list[str]:
    """Return the paths that [tool.poe] includes, from the folder of the project."""
    value = poe.get("include", [])
    found = []
    for item in value if isinstance(value, list) else [value]:
        path = item.get("path", "") if isinstance(item, dict) else item
        found.append(str(path).removeprefix("./"))
    return found


def with_include(text: str, there: object) -> str:
    """Return a pyproject.toml that includes coverage_poe.toml, besides what it includes.

    Args:
        text: the pyproject.toml.
        there: its value of `include`; None if it has none.
    """
    line = f'include = "{OURS}"\n'
    if there is not None:
        document = tomlkit.parse(text)
        poe = document["tool"]["poe"]
        if isinstance(there, list):
            poe["include"].append(OURS)
        else:
            poe["include"] = [poe["include"], OURS]
        return tomlkit.dumps(document)
    if match := re.search(r"^\[tool\.poe\].*\n", text, re.MULTILINE):
        return text[: match.end()] + line + text[match.end() :]
    if match := re.search(r"(?:^#.*\n)*^\[\[?tool\.poe\.", text, re.MULTILINE):
        return f"{text[: match.start()]}[tool.poe]\n{line}\n{text[match.start() :]}"
    return appended(text, f"[tool.poe]\n{line}")


def rename_tasks(text: str, renamed: dict[str, str]) -> str:
    """Return a pyproject.toml with other names for some of Poe's tasks.

    What refers to one still does.
    """
    lines = []
    in_tasks, at_keys = False, False
    for line in text.split("\n"):
        head = ""
        if re.match(r"\s*\[\[?[\w\s\"'.-]+\]", line):
            match = HEADING.match(line)
            in_tasks = match is not None
            at_keys = match is not None and match[2] is None
        else:
            match = KEY.match(line) if at_keys else None
        if match and match[2]:
            head = line[: match.start(2)] + renamed.get(match[2], match[2])
            line = line[match.end(2) :]
        # A text right behind the name of a task is its command.
        if in_tasks and not (head and re.match(rf"[\"']?(\.{TEXTS})?\s*=\s*[\"']", line)):
            line = rename_references(line, renamed)
        lines.append(head + line)
    return "\n".join(lines)


def rename_references(line: str, names: dict[str, str]) -> str:
    """Return a line with tasks renamed, where a quoted text that is no command begins with one."""
    for name, kept in names.items():
        pattern = rf"(\b{TEXTS}\s*=\s*)?([\"']){re.escape(name)}(?=[\"'\s])"

        def renamed(match: re.Match[str], kept: str = kept) -> str:
            return match[0] if match[1] else match[2] + kept

        line = re.sub(pattern, renamed, line)
    return line


def means(text: str, before: str, renamed: dict[str, str]) -> bool:
    """Return whether a pyproject.toml is what it was, with the include and other names of tasks."""
    try:
        now, then = tomllib.loads(text), tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    poe = then.setdefault("tool", {}).setdefault("poe", {})
    if OURS not in includes(poe):
        there = poe.get("include", [])
        poe["include"] = [*(there if isinstance(there, list) else [there]), OURS]
        poe["include"] = poe["include"] if there else OURS
    for parent in (poe, *table(poe, "groups").values()):
        if "tasks" in parent:
            parent["tasks"] = renamed_tasks(parent["tasks"], renamed)
    return now == then


def renamed_tasks(theirs: dict[str, Any], renamed: dict[str, str]) -> dict[str, Any]:
    """Return tasks with other names for some of them, and for what refers to these."""
    return {
        renamed.get(name, name): refer(deepcopy(task), renamed, isinstance(task, list))
        for name, task in theirs.items()
    }


def refer(value: object, names: dict[str, str], is_reference: bool) -> object:
    """Return a part of a task that refers to other tasks by their new names."""
    if isinstance(value, dict):
        return {
            key: refer(item, names, is_reference or key in REFERENCES)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [refer(item, names, is_reference and not isinstance(item, dict)) for item in value]
    if isinstance(value, str) and is_reference:
        first, space, rest = value.partition(" ")
        return names.get(first, first) + space + rest
    return value
