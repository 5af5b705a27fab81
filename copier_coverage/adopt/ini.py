"""Coverage's settings in an INI file, as the TOML that means the same."""

import configparser
import re
import tomllib

from coverage.config import CoverageConfig

from copier_coverage.errors import Refusal

HEADING = re.compile(r"\[(?:coverage:)?(.+?)\]\s*")


def kinds() -> dict[str, str]:
    """Return how coverage reads each setting, by its name, run:branch for instance."""
    return {
        option[1]: option[2] if len(option) > 2 else ""
        for option in CoverageConfig.CONFIG_FILE_OPTIONS
    }


def to_toml(ini: str, name: str) -> str:
    """Return the sections of an INI file, all of them coverage's, as tables of a pyproject.toml.

    Comments stay where they are.

    Args:
        ini: the sections.
        name: the name of the file.

    Raises:
        Refusal: coverage cannot read them, or this function cannot.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(ini)
    except configparser.Error as error:
        raise Refusal(f"{name} cannot be read: {error}. Fix it and commit.") from error
    text = converted(ini)
    wanted = {
        section.removeprefix("coverage:"): set(parser[section]) for section in parser.sections()
    }
    try:
        found = {
            section: set(keys) for section, keys in tomllib.loads(text)["tool"]["coverage"].items()
        }
    except (tomllib.TOMLDecodeError, KeyError):
        found = {}
    if found != wanted:
        raise Refusal(
            f"{name}: move coverage's settings to [tool.coverage] in pyproject.toml and commit."
        )
    return text


def converted(ini: str) -> str:
    """Return the sections of an INI file as tables of a pyproject.toml, line by line."""
    lines: list[str] = []
    # Comments and empty lines, until the key below them is known.
    above: list[str] = []
    section, key = "", ""
    values: list[str] = []

    def finish() -> None:
        if key:
            lines.append(f"{key} = {value(section, key, values)}")
        lines.extend(above)
        above.clear()

    for line in ini.splitlines():
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            above.append(f"# {text.lstrip('#; ')}" if text else "")
        elif line[:1].isspace() and text:
            values += [*above, text]
            above.clear()
        elif match := HEADING.fullmatch(text):
            finish()
            section, key = match[1], ""
            lines += ["", f"[tool.coverage.{section}]"]
        else:
            finish()
            key, first = map(str.strip, re.split("[=:]", line, maxsplit=1))
            key, values = key.lower(), [first] if first else []
    finish()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip("\n")) + "\n"


def value(section: str, key: str, values: list[str]) -> str:
    """Return a value of an INI file as one of TOML.

    Source of the types: coverage.config.CoverageConfig.CONFIG_FILE_OPTIONS.
    """
    kind = kinds().get(f"{section}:{key}", "")
    if section == "paths" or kind in ("list", "regexlist"):
        return array(values, "\n" if kind == "regexlist" else ",")
    text = "\n".join(filter(None, values))
    if kind == "boolean":
        return str(text.lower() in ("1", "yes", "true", "on")).lower()
    if kind in ("int", "float") and re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    return quote(text)


def array(values: list[str], separator: str) -> str:
    """Return lines of an INI file as an array of TOML, with comments and empty lines."""
    items = []
    for line in values:
        if line.startswith("# ") or not line:
            items.append(line)
        else:
            own = [item.strip() for item in line.split(separator)]
            items += [f"{quote(item)}," for item in own if item]
    if len(items) == 1:
        return f"[{items[0].rstrip(',')}]"
    return "[\n" + "".join(f"    {item}\n" if item else "\n" for item in items) + "]"


def quote(text: str) -> str:
    """Return a text as a string of TOML."""
    if "\\" in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
