"""coverage's settings, and pytest's options, in a project's files."""

import re
from importlib.resources.abc import Traversable
from typing import Any

from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.files import read_ini, read_toml, table

# Tables by their name, as in TOML: {"run": {...}, "report": {...}}.
Settings = dict[str, dict[str, Any]]
# One of these settings names what is measured.
SOURCES = ("source", "source_pkgs", "source_dirs")


def coverage_settings(folder: Traversable) -> dict[str, Settings]:
    """Return coverage's settings by file, for each with any, in the order in which coverage looks.

    Source of the order: https://coverage.readthedocs.io/en/latest/config.html
    """
    found: dict[str, Settings] = {}
    for name, prefix in ((".coveragerc", ""), ("setup.cfg", "coverage:"), ("tox.ini", "coverage:")):
        if (file := folder.joinpath(name)).is_file():
            parser = read_ini(file)
            sections = [section for section in parser.sections() if section.startswith(prefix)]
            if sections or not prefix:
                found[name] = {
                    section.removeprefix("coverage:"): dict(parser[section]) for section in sections
                }
    for name in (".coveragerc.toml", "pyproject.toml"):
        if (file := folder.joinpath(name)).is_file():
            read_from = read_toml(file)
            settings = table(read_from, "tool", "coverage") or (
                {} if name == "pyproject.toml" else read_from
            )
            if settings or name == ".coveragerc.toml":
                found[name] = {
                    name: keys for name, keys in settings.items() if isinstance(keys, dict)
                }
    order = [".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml"]
    return {name: found[name] for name in order if name in found}


def pytest_addopts(folder: Traversable) -> str:
    """Return pytest's `addopts`, empty if there are none, or more than a person writes."""
    addopts = any_addopts(folder)
    return addopts if len(addopts) <= LONGEST_LINE else ""


def any_addopts(folder: Traversable) -> str:
    """Return pytest's `addopts`, empty if there are none."""
    for name, section in (
        ("pytest.ini", "pytest"),
        ("tox.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ):
        if (file := folder.joinpath(name)).is_file():
            parser = read_ini(file)
            if parser.has_option(section, "addopts"):
                return parser.get(section, "addopts")
    if (file := folder.joinpath("pyproject.toml")).is_file():
        tool = table(read_toml(file), "tool", "pytest")
        addopts = {**tool, **table(tool, "ini_options")}.get("addopts", "")
        return " ".join(map(str, addopts)) if isinstance(addopts, list) else str(addopts)
    return ""


def listed(value: object) -> list[str]:
    """Return the items of a setting: a list in TOML, lines or comma-separated words in an INI."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return [item.strip() for item in re.split(r"[,\n]", str(value or "")) if item.strip()]


def in_force(settings_by_file: dict[str, Settings]) -> Settings:
    """Return the settings that coverage reads: those of the first file that has any."""
    return next(iter(settings_by_file.values()), {})


def threshold(settings: Settings) -> float:
    """Return the threshold of some settings, in percent, 0 if they have none."""
    try:
        return float(settings.get("report", {}).get("fail_under") or 0)
    except ValueError:  # Not ours to say: coverage does.
        return 0
