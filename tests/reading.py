"""What a rendered file has for the program that reads it: values by their keys, or lines."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# What has no special meaning in a shell, in Make and in just.
ORDINARY = re.compile(r"[\w@%+=:,./ -]*", re.ASCII)


def files(folder: Path) -> dict[str, str]:
    """Return the text of each file in a folder, by its path."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes().decode("utf-8")
        for path in found
        if ".git" not in path.relative_to(folder).parts
    }


@cache
def contents(name: str, text: str) -> dict[str, object]:
    """Return the values of a file by their keys, after the program that is for it has read it.

    Raises:
        an error of that program: it cannot read it.
    """
    match Path(name).suffix:
        case ".yml":
            found = dict(flat(yaml.safe_load(text)))
            for script in scripts(found):
                check_script(script)
            return found
        case ".toml":
            return dict(flat(tomllib.loads(text)))
        case ".py":
            return {str(n): ast.dump(node) for n, node in enumerate(ast.parse(text).body)}
        case ".mk":
            # A gate refuses a dry run, by this variable.
            dry_run = ("make", "--dry-run", "coverage_flags=", "--file=-", "coverage")
            runs(*dry_run, text=text)
        case ".just":
            runs("just", "--summary", "--justfile=/dev/stdin", text=text)
    return {str(number): line for number, line in enumerate(text.split("\n"))}


def flat(value: Any, place: str = "") -> Iterator[tuple[str, object]]:
    """Yield each value that has no others in it, with the keys that lead to it."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{place}.{key}")
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from flat(inner, f"{place}[{number}]")
    else:
        yield place, value


def scripts(found: dict[str, object]) -> list[str]:
    """Return the scripts of a workflow, an action or a pipeline."""
    is_script = re.compile(r".*(\.run|script\[\d+\])").fullmatch
    return [str(value) for place, value in found.items() if is_script(place)]


@cache
def check_script(script: str) -> None:
    """Check a script of CI: GitHub would put the value of an expression into it."""
    assert "${{" not in script
    runs("bash", "-n", text=script)
    # Not SC2164: where `cd` fails, CI ends the script.
    options = ("--shell=bash", "--severity=warning", "--exclude=SC2164")
    runs("shellcheck", *options, "-", text=script)


def runs(*command: str, text: str) -> None:
    """Run a command that reads a text, and must not find anything."""
    process = subprocess.run(
        command, check=False, input=text, capture_output=True, text=True, encoding="utf-8"
    )
    assert process.returncode == 0, (text, process.stdout, process.stderr)


def commands(name: str, text: str) -> list[str]:
    """Return what a file has for a shell."""
    if name.endswith(".yml") and name.startswith((".github", ".gitlab")):
        return scripts(contents(name, text))
    owned = ("coverage.mk", "coverage.just", "coverage_tasks.py", "coverage_poe.toml")
    return [text] if name.endswith(owned) else []
