"""Coverage's settings of the user and of the template, in one [tool.coverage] of pyproject.toml."""

import re
import sys

import tomlkit
from tomlkit.items import InlineTable, Item, Table

from copier_coverage.adopt.ini import HEADING, to_toml
from copier_coverage.adopt.repository import Repository
from copier_coverage.audit.settings import listed

# Other files that coverage reads settings from, in its order: all but pyproject.toml would hide that one.
INI_FILES = (".coveragerc", "setup.cfg", "tox.ini")

# Where the template's value has to be in force, and why. (Other keys of the user's stay as they are.)
ADDED = {
    "run.concurrency": "processes of every kind are measured",
    "run.patch": "processes of every kind are measured",
}
REPLACED = {
    "run.parallel": "each process leaves a part of its own",
    "run.relative_files": "parts of several machines fit together",
    "run.sigterm": "a terminated process keeps its data",
    "report.precision": "a total is not rounded up to the threshold",
}
REMOVED = {
    "report.fail_under": "the gate has it on its command line (coverage_threshold); here, every report would decide too",
    "report.ignore_errors": "a file that cannot be parsed would silently not count",
    "html.directory": "the workflow uploads htmlcov/",
    "xml.output": "the workflow uploads coverage.xml",
    "json.output": "the workflow uploads coverage.json",
}
DOT = "that measures the tests too, and not what no test imports"
# One of these says what is measured.
SOURCES = ("source", "source_pkgs", "source_dirs")


def move_to_pyproject(repository: Repository) -> None:
    """Move the settings of the INI file that is in force into pyproject.toml, with their comments.

    Raises:
        SystemExit: pyproject.toml has settings too, or there is a .coveragerc.toml.
    """
    if repository.read(".coveragerc.toml") is not None:
        sys.exit(".coveragerc.toml hides pyproject.toml: move its tables to [tool.coverage] there, and commit")
    for name in INI_FILES:
        text = repository.read(name)
        if text is None:
            continue
        own, others = (text, "") if name == ".coveragerc" else split(text)
        if name != ".coveragerc" and not own:
            continue
        pyproject = repository.read("pyproject.toml") or ""
        if re.search(r"^\[tool\.coverage\b", pyproject, re.MULTILINE):
            sys.exit(
                f"{name} and pyproject.toml both have settings of coverage, which reads {name} only.\n"
                "Delete those that you do not mean, and commit."
            )
        if own.strip():
            repository.write("pyproject.toml", joined(pyproject, to_toml(own)))
        if others.strip():
            repository.write(name, others)
        else:
            (repository.folder / name).unlink()
        repository.changes.append(f"{name}: coverage's settings moved to pyproject.toml; from here they would hide it")


def split(ini: str) -> tuple[str, str]:
    """Return the sections of an INI file that are coverage's, and the rest."""
    parts: dict[bool, list[str]] = {True: [], False: []}
    own = False
    for line in ini.splitlines(keepends=True):
        if line.startswith("["):
            own = line.startswith("[coverage:") and HEADING.fullmatch(line.rstrip()) is not None
        parts[own].append(line)
    return "".join(parts[True]), "".join(parts[False])


def joined(text: str, more: str) -> str:
    """Return a text with more behind an empty line."""
    return f"{text.rstrip()}\n\n{more}" if text.strip() else more


def merge(repository: Repository, template: str) -> None:
    """Merge the template's [tool.coverage] into the user's; keep every key that does not break the gate.

    Args:
        repository: its pyproject.toml is changed.
        template: a pyproject.toml with the template's settings and nothing else.

    Raises:
        SystemExit: pyproject.toml has its settings in a form that cannot be merged.
    """
    document = tomlkit.parse(repository.read("pyproject.toml") or "")
    coverage = document.get("tool", {}).get("coverage", {})
    if any(isinstance(table, InlineTable) or not isinstance(table, dict) for table in (coverage, *coverage.values())):
        sys.exit("pyproject.toml: write coverage's settings as tables, [tool.coverage.run] for instance, and commit.")
    theirs = tomlkit.parse(template)["tool"]["coverage"].unwrap()
    for name in theirs:
        if name in coverage and name != "paths":
            change_values(repository, name, coverage[name], theirs[name])
    for option, why in REMOVED.items():
        name, _, key = option.partition(".")
        if key in coverage.get(name, {}):
            value = coverage[name].pop(key)
            repository.changes.append(f"pyproject.toml: {option} = {value} removed: {why}")
    text = tomlkit.dumps(document)
    for name in theirs:
        if name not in coverage:
            text = joined(text, f"[tool.coverage.{name}]\n" + "".join(key_lines(template, name).values()))
        elif name != "paths":
            named = any(coverage[name].get(key) for key in SOURCES)
            lacking = [
                lines
                for key, lines in key_lines(template, name).items()
                if key not in coverage[name] and not (named and key in SOURCES)
            ]
            text = insert(text, name, "".join(lacking))
    repository.write("pyproject.toml", text)


def change_values(repository: Repository, name: str, mine: Table, theirs: dict) -> None:
    """Change the values of a table of the user's where the template's have to be in force."""
    for key in [key for key in theirs if key in mine]:
        option, value, old = f"{name}.{key}", theirs[key], plain(mine[key])
        if option in ADDED and (lacking := [item for item in value if item not in listed(old)]):
            mine[key] = [*listed(old), *lacking]
            repository.changes.append(f"pyproject.toml: {option} also has {', '.join(lacking)}: {ADDED[option]}")
        elif option in REPLACED and old != value and not (key == "precision" and old > value):
            mine[key] = value
            repository.changes.append(f"pyproject.toml: {option} = {plain(mine[key])}, was {old}: {REPLACED[option]}")
        elif option == "run.source" and listed(old) == ["."]:
            mine[key] = value
            repository.changes.append(f"pyproject.toml: run.source = {value}, was {old}: {DOT}")


def plain(value: object) -> object:
    """Return a value of a TOML document without its layout."""
    return value.unwrap() if isinstance(value, Item) else value


def key_lines(template: str, name: str) -> dict[str, str]:
    """Return the lines of each key of one of the template's tables, with the comments above it."""
    body = re.search(rf"^\[tool\.coverage\.{name}\]\n((?:(?!\[).*\n?)*)", template, re.MULTILINE)[1]
    pattern = r"((?:^#.*\n)*^(\w+) = (?:\[\n(?:[ ].*\n)*\]|.*)\n)"
    return {key: lines for lines, key in re.findall(pattern, body.rstrip() + "\n", re.MULTILINE)}


def insert(text: str, name: str, lines: str) -> str:
    """Return a pyproject.toml with more lines at the end of one of coverage's tables."""
    heading = re.search(rf"^\[tool\.coverage\.{name}\].*\n", text, re.MULTILINE)
    if not heading:  # Keys with dots: run.branch under [tool.coverage].
        heading = re.search(r"^\[tool\.coverage\].*\n", text, re.MULTILINE)
        lines = re.sub(r"^(?=\w+ = )", f"{name}.", lines, flags=re.MULTILINE)
    rest = text[heading.end() :]
    following = re.search(r"^\[", rest, re.MULTILINE)
    body = rest[: following.start()] if following else rest
    # Comments above the next heading belong to that one.
    kept = re.sub(r"(?:^[ \t]*(?:#.*)?\n)*\Z", "", body, flags=re.MULTILINE)
    return text[: heading.end()] + kept.rstrip("\n") + "\n" * bool(kept) + lines + body[len(kept) :] + rest[len(body) :]
