"""Read files: text, TOML and INI; what cannot be read is empty."""

import configparser
import contextlib
import posixpath
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from copier_coverage.project.boundary import entries_of, leads_out, read_text
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
    return [f for f in entries_of(folder) if f.is_file() and not leads_out(f, root)]


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


def line_with(text: str, part: str) -> int:
    """Return the number of the first line of a text that has a part of a line, 1 if none has."""
    return text.count("\n", 0, max(text.find(part), 0)) + 1


def read_ini(file: Traversable) -> configparser.RawConfigParser:
    """Return what an INI file has, as far as it can be read."""
    return load_ini(read(file))


def load_ini(text: str) -> configparser.RawConfigParser:
    """Return what a text in INI has, as far as it can be read; a key without a value has ""."""
    return parsed_ini(text)[0]


def ini_fault(text: str) -> str:
    """Return why a text in INI cannot be read, and what to do, to be written behind its name.

    It is "" if it can be read.
    """
    if not_utf_8 := encoding_fault(text):
        return not_utf_8
    why = parsed_ini(text)[1]
    return f" cannot be read: {why}. Fix it" if why else ""


def parsed_ini(text: str) -> tuple[configparser.RawConfigParser, str]:
    """Return what a text in INI has, as far as it can be read, and why not further."""
    parser, why = configparser.RawConfigParser(strict=False, allow_no_value=True), ""
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        why = f"there is no section above line {error.lineno}"
    except configparser.ParsingError as error:
        why = f"line {error.errors[0][0]} is no key, and no section"
    except AttributeError:  # Before Python 3.13.
        why = "a key without a value has a line below it"
    for section in (*parser.sections(), parser.default_section):
        for key, value in parser[section].items():
            # What is left of a text with an error is a list of lines.
            parser[section][key] = value if isinstance(value, str) else ""
    return parser, why


def read_toml(file: Traversable) -> dict[str, Any]:
    """Return what a TOML file has, nothing if it cannot be read.

    What is not of the kind that its key has to be is left out.
    """
    with contextlib.suppress(ValueError, RecursionError):
        return without_misshapen(file.name, load_toml(read(file)))
    return {}


def toml_fault(text: str) -> str:
    """Return why a text in TOML cannot be read, and what to do, to be written behind its name.

    It is "" if it can be read.
    """
    if not_utf_8 := encoding_fault(text):
        return not_utf_8
    try:
        load_toml(text)
    except RecursionError:
        return " is too deep to be read. Write it flatter"
    except ValueError as error:
        mark = " Save it without a byte order mark." if text.startswith("\ufeff") else ""
        return f" cannot be read: {error}.{mark} Fix it"
    return ""


def encoding_fault(text: str) -> str:
    """Return in which line of a text the first bytes are that are no UTF-8; "" if there are none.

    It is to be written behind the name of the file.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f":{line_with(text, text[error.start])} is not UTF-8. Save it as UTF-8"
    return ""


def load_toml(text: str) -> dict[str, Any]:
    """Return what a text in TOML has.

    Raises:
        ValueError: it cannot be read.
        RecursionError: it is too deep.
    """
    settings = tomllib.loads(text)
    str(settings)  # A number may have more digits than Python writes.
    return settings
