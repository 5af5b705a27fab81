"""Commands that tools have under a name, in TOML: scripts of Hatch and PDM, tasks of Poe."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

from copier_coverage.project import poe
from copier_coverage.project.files import line_with, read, read_toml, table


def scripts(folder: Traversable) -> Iterator[tuple[str, int, str, str]]:
    """Yield the file, the line, the name and the text of each command."""
    for file_name in ("pyproject.toml", "hatch.toml"):
        file = folder.joinpath(file_name)
        if not file.is_file():
            continue
        whole = read(file)
        for name, text in commands(file_name, read_toml(file)):
            start = text.strip().partition("\n")[0]
            yield file_name, line_with(whole, start), name, text


def commands(file_name: str, settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each command in a file's settings."""
    hatch = settings if file_name == "hatch.toml" else table(settings, "tool", "hatch")
    for environment in table(hatch, "envs").values():
        for name, script in table(environment, "scripts").items():
            for text in script if isinstance(script, list) else [script]:
                if isinstance(text, str):
                    yield name, text
    if file_name == "pyproject.toml":
        yield from poe.commands(settings)
        for name, script in table(settings, "tool", "pdm", "scripts").items():
            whole = script if isinstance(script, str) else table(script).get("cmd")
            if isinstance(whole, str):
                yield name, whole
