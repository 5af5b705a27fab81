"""What each setting that is read has to be: anything else is not there, and adopt refuses it.

Sources: the specifications of pyproject.toml and dependency groups, and the documentation of each
tool. Keys that are not read can be anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coverage.config import CoverageConfig


@dataclass(frozen=True)
class Kind:
    """What a setting has to be.

    Attributes:
        name: in words.
        types: of itself.
        items: of the items, if it is a list, and of what tables among these have.
    """

    name: str
    types: tuple[type, ...]
    items: tuple[type, ...] = (object,)

    def has(self, value: object) -> bool:
        """Return whether a value is of this kind."""
        items = value if isinstance(value, list) else []
        texts = [text for item in items if isinstance(item, dict) for text in item.values()]
        return (
            isinstance(value, self.types)
            and all(isinstance(item, self.items) for item in items)
            and (self.items == (object,) or all(isinstance(text, str) for text in texts))
        )


TEXT = Kind("a text", (str,))
TEXTS = Kind("a list of texts", (list,), (str,))
TEXT_OR_TEXTS = Kind("a text, or a list of texts", (str, list), (str,))
ITEMS = Kind("a list of requirements and tables", (list,), (str, dict))
TABLES = Kind("a list of tables", (list,), (dict,))
LIST = Kind("a list", (list,))
TABLE = Kind("a table", (dict,))
TABLE_OR_TEXTS = Kind("a table, or a list of texts", (dict, list), (str,))
NUMBER = Kind("a number", (int, float))
# By what coverage calls it.
BY_COVERAGE = {
    "": TEXT,
    "file": TEXT,
    "boolean": Kind("true or false", (bool,)),
    "int": NUMBER,
    "float": NUMBER,
    "list": TEXT_OR_TEXTS,
    "regexlist": TEXT_OR_TEXTS,
}
# By file and key; "*" is any name.
KINDS = {
    "pyproject.toml": {
        "project": TABLE,
        "project.name": TEXT,
        "project.requires-python": TEXT,
        "project.classifiers": TEXTS,
        "project.dependencies": TEXTS,
        "project.optional-dependencies": TABLE,
        "project.optional-dependencies.*": TEXTS,
        "project.entry-points": TABLE,
        "dependency-groups": TABLE,
        "dependency-groups.*": ITEMS,
        "tool": TABLE,
        "tool.coverage": TABLE,
        "tool.coverage-gate": TABLE,
        "tool.hatch": TABLE,
        "tool.pdm": TABLE,
        "tool.pdm.dev-dependencies": TABLE,
        "tool.pdm.dev-dependencies.*": TEXTS,
        "tool.poe": TABLE,
        "tool.poe.tasks": TABLE,
        "tool.poe.groups": TABLE,
        "tool.poe.groups.*": TABLE,
        "tool.poe.groups.*.tasks": TABLE,
        "tool.poetry": TABLE,
        "tool.poetry.name": TEXT,
        "tool.poetry.classifiers": TEXTS,
        "tool.poetry.packages": TABLES,
        "tool.poetry.dependencies": TABLE,
        "tool.poetry.dev-dependencies": TABLE,
        "tool.poetry.group": TABLE,
        "tool.poetry.group.*": TABLE,
        "tool.poetry.group.*.dependencies": TABLE,
        "tool.pytest": TABLE,
        "tool.pytest.ini_options": TABLE,
        "tool.pytest.ini_options.addopts": TEXT_OR_TEXTS,
        "tool.repo-review": TABLE,
        "tool.repo-review.ignore": TABLE_OR_TEXTS,
        "tool.repo-review.ignore.*": TEXT,
        "tool.repo-review.select": TEXTS,
        "tool.setuptools": TABLE,
        "tool.tox": TABLE,
        "tool.tox.env_list": LIST,
        "tool.tox.env_run_base": TABLE,
        "tool.tox.env_run_base.dependency_groups": TEXTS,
        "tool.uv": TABLE,
        "tool.uv.dev-dependencies": TEXTS,
        "tool.uv.exclude-newer-package": TABLE,
        "tool.uv.sources": TABLE,
        "tool.uv.workspace": TABLE,
        "tool.uv.workspace.members": TEXTS,
        "tool.uv.workspace.exclude": TEXTS,
    },
}
HATCH = {
    "envs": TABLE,
    "envs.*": TABLE,
    "envs.*.scripts": TABLE,
    "envs.*.dependencies": TEXTS,
    "envs.*.extra-dependencies": TEXTS,
    "build.targets.wheel.packages": TEXTS,
}
KINDS["hatch.toml"] = HATCH
COVERAGE = {
    option[1].replace(":", "."): BY_COVERAGE[option[2] if len(option) > 2 else ""]
    for option in CoverageConfig.CONFIG_FILE_OPTIONS
} | {"paths.*": TEXT_OR_TEXTS}
KINDS[".coveragerc.toml"] = COVERAGE
KINDS["pyproject.toml"] |= {f"tool.hatch.{key}": kind for key, kind in HATCH.items()}
KINDS["pyproject.toml"] |= {f"tool.coverage.{key}": kind for key, kind in COVERAGE.items()}
KINDS["tox.toml"] = {
    key.removeprefix("tool.tox."): kind
    for key, kind in KINDS["pyproject.toml"].items()
    if key.startswith("tool.tox.")
}


def misshapen(name: str, settings: dict[str, Any]) -> list[tuple[list[Any], str]]:
    """Return the keys of a TOML file that are not what they have to be, with what that is.

    Args:
        name: the name of the file.
        settings: what it has.
    """
    return [
        (path, kind.name)
        for pattern, kind in KINDS.get(name, {}).items()
        for path, value in matches(settings, pattern.split("."))
        if not kind.has(value)
    ]


def matches(value: Any, pattern: list[str]) -> Iterator[tuple[list[Any], Any]]:
    """Yield the path and the value of each key that a pattern matches."""
    if not pattern:
        yield [], value
    elif isinstance(value, dict):
        for key in value if pattern[0] == "*" else value.keys() & {pattern[0]}:
            for path, found in matches(value[key], pattern[1:]):
                yield [key, *path], found


def without_misshapen(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a TOML file without the keys that are not what they have to be."""
    for path, _ in misshapen(name, settings):
        place = settings
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
    return settings
