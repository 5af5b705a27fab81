"""Read files: text, TOML and INI; what cannot be read is empty."""

import configparser
import contextlib
import posixpath
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from copier_coverage.project.boundary import leads_out, read_text
from copier_coverage.project.shape import without_misshapen


def table(value: object, *keys: str) -> dict[str, Any]:
    """Return the table below keys in what was read, an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def files(root: Traversable, *parts: str) -> list[Traversable]:
    """Return the files in a folder of the repository, none if there is no such folder.

    What leads out of the repository is not in it.
    """
    folder = root.joinpath(*parts) if parts else root
    if not folder.is_dir() or leads_out(folder, root):
        return []
    found = (f for f in folder.iterdir() if f.is_file() and not leads_out(f, root))
    return sorted(found, key=lambda f: f.name)


def below(paths: frozenset[str], folder: str) -> frozenset[str]:
    """Return the paths that are in a folder, from there; all of them for a folder outside."""
    folder = posixpath.normpath(folder)
    if folder == "." or folder.startswith((".", "/")):
        return paths
    prefix = f"{folder}/"
    return frozenset(path.removeprefix(prefix) for path in paths if path.startswith(prefix))


def read(file: Traversable) -> str:
    """Return the text of a file; what is no UTF-8 is replaced.

    Raises:
        Refusal: it leads out of the repository, is too long, or cannot be read.
    """
    if isinstance(file, Path):
        return read_text(file, file.parent, "replace").removeprefix("\ufeff")
    return file.read_text(encoding="utf-8")


def read_ini(file: Traversable) -> configparser.RawConfigParser:
    """Return what an INI file has, as far as it can be read."""
    return load_ini(read(file))


def load_ini(text: str) -> configparser.RawConfigParser:
    """Return what a text in INI has, as far as it can be read; a key without a value has ""."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    # (That is a line below a key without a value, before Python 3.13.)
    with contextlib.suppress(configparser.Error, AttributeError):
        parser.read_string(text)
    for section in (*parser.sections(), parser.default_section):
        for key, value in parser[section].items():
            # What is left of a text with an error is a list of lines.
            parser[section][key] = value if isinstance(value, str) else ""
    return parser


def read_toml(file: Traversable) -> dict[str, Any]:
    """Return what a TOML file has, nothing if it cannot be read.

    What is not of the kind that its key has to be is left out.
    """
    with contextlib.suppress(ValueError, RecursionError):
        return without_misshapen(file.name, load_toml(read(file)))
    return {}


def load_toml(text: str) -> dict[str, Any]:
    """Return what a text in TOML has.

    Raises:
        ValueError: it cannot be read.
        RecursionError: it is too deep.
    """
    settings = tomllib.loads(text)
    str(settings)  # A number may have more digits than Python writes.
    return settings
