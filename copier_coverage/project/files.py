"""Read files: text, TOML and INI; what cannot be read is empty."""

import configparser
import contextlib
import posixpath
import tomllib
from importlib.resources.abc import Traversable
from typing import Any


def table(value: object, *keys: str) -> dict[str, Any]:
    """Return the table below keys in what was read, an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def files(root: Traversable, *parts: str) -> list[Traversable]:
    """Return the files in a folder of the repository, none if there is no such folder."""
    folder = root.joinpath(*parts) if parts else root
    return (
        sorted((f for f in folder.iterdir() if f.is_file()), key=lambda f: f.name)
        if folder.is_dir()
        else []
    )


def below(paths: frozenset[str], folder: str) -> frozenset[str]:
    """Return the paths that are in a folder, from there; all of them for a folder outside."""
    folder = posixpath.normpath(folder)
    if folder == "." or folder.startswith((".", "/")):
        return paths
    prefix = f"{folder}/"
    return frozenset(path.removeprefix(prefix) for path in paths if path.startswith(prefix))


def read(file: Traversable) -> str:
    """Return the text of a file; what is no UTF-8 is replaced."""
    with file.open(encoding="utf-8-sig", errors="replace") as stream:
        return stream.read()


def read_ini(file: Traversable) -> configparser.RawConfigParser:
    """Return what an INI file has, as far as it can be read."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    with contextlib.suppress(configparser.Error):
        parser.read_string(read(file))
    return parser


def read_toml(file: Traversable) -> dict[str, Any]:
    """Return what a TOML file has, nothing if it cannot be read."""
    with contextlib.suppress(tomllib.TOMLDecodeError):
        return tomllib.loads(read(file))
    return {}
