"""The settings of the user and of the template, in one pyproject.toml.

They are in the tables [tool.coverage] and [tool.coverage-gate].
"""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import InlineTable, Table

from copier_coverage.adopt.ini import HEADING, to_toml
from copier_coverage.adopt.text import appended
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import table
from copier_coverage.project.repository import Repository
from copier_coverage.project.settings import SOURCES, Settings, listed

# Other files that coverage reads settings from, in its order: all but pyproject.toml would hide
# that one.
INI_FILES = (".coveragerc", "setup.cfg", "tox.ini")

# Where the template's value has to be in force, and why. The user's other keys stay as they are.
ADDED = {
    "run.concurrency": "processes of every kind are measured",
    "run.patch": "processes of every kind are measured",
}
REPLACED = {
    "run.parallel": "each process leaves its own data file",
    "run.relative_files": "data files of several machines fit together",
    "run.sigterm": "a terminated process keeps its data",
    "report.precision": "a total is not rounded up to the threshold",
}
REMOVED = {
    "report.fail_under": (
        "the gate has it on its command line (coverage_threshold); "
        "here, every report would decide too"
    ),
    "run.data_file": "the stages and the workflow name the data files",
    "report.ignore_errors": "a file that cannot be parsed would silently not count",
    "html.directory": "the workflow uploads htmlcov/",
    "xml.output": "the workflow uploads coverage.xml",
    "json.output": "the workflow uploads coverage.json",
}
NO_TABLES = (
    "pyproject.toml: write coverage's settings as tables, "
    "for example [tool.coverage.run], and commit."
)
DOT = "that measures all that runs, and not what no test imports"
# What has no brackets that count, in a line of TOML: strings and a comment. The second group is the
# beginning of a string that goes on in the next line.
STRINGS = re.compile(r"(\"{3}|'{3}).*?\1|(\"{3}|'{3}).*|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#.*")
# The template's other table. All of its keys follow the answers.
GATE = "coverage-gate"


def move_to_pyproject(clone: Repository) -> None:
    """Move the settings of the INI file that is in force into pyproject.toml, with their comments.

    Raises:
        Refusal: pyproject.toml has settings too, or there is a .coveragerc.toml.
    """
    if clone.read(".coveragerc.toml") is not None:
        raise Refusal(
            ".coveragerc.toml hides pyproject.toml: "
            "move its tables to [tool.coverage] there, and commit."
        )
    pyproject = clone.read("pyproject.toml") or ""
    files = {name: text for name in INI_FILES if (text := clone.read(name)) is not None}
    own = {name: split(name, text) for name, text in files.items()}
    own = {name: parts for name, parts in own.items() if name == ".coveragerc" or parts[0]}
    both = [
        *own,
        *(["pyproject.toml"] if "coverage" in tomllib.loads(pyproject).get("tool", {}) else []),
    ]
    if len(both) > 1:
        raise Refusal(
            f"{' and '.join(both)} have settings of coverage, which reads {both[0]} only.\n"
            "Delete those that you do not want, and commit."
        )
    for name, (settings, others) in own.items():
        if settings.strip():
            clone.write("pyproject.toml", appended(pyproject, to_toml(settings, name)))
        if others.strip():
            clone.write(name, others)
        else:
            (clone.folder / name).unlink()
        clone.changes.append(
            f"{name}: coverage's settings moved to pyproject.toml, which they would hide"
        )


def refuse_other_file(addopts: str) -> None:
    """Refuse a repository whose pytest takes coverage's settings from a file unknown to coverage.

    Raises:
        Refusal: it does.
    """
    for name in re.findall(r"--cov-config[= ](\S+)", addopts):
        if name not in (".coveragerc", "pyproject.toml"):
            raise Refusal(
                f"pytest's addopts take coverage's settings from {name}. "
                "Move them to [tool.coverage] in pyproject.toml,\n"
                "or to .coveragerc, remove --cov-config from addopts, and commit."
            )


def split(name: str, ini: str) -> tuple[str, str]:
    """Return the sections of an INI file that are coverage's, and the rest.

    A .coveragerc is all coverage's.
    """
    if name == ".coveragerc":
        return ini, ""
    parts: dict[bool, list[str]] = {True: [], False: []}
    own = False
    # Comments below an empty line are those of the next section, if that comes next.
    above: list[str] = []
    for line in ini.splitlines(keepends=True):
        if line.startswith("["):
            own = line.startswith("[coverage:") and HEADING.fullmatch(line.rstrip()) is not None
        if (line.startswith(("#", ";")) and above) or not line.strip():
            above.append(line)
            continue
        parts[own] += [*above, line]
        above = []
    parts[own] += above
    return "".join(parts[True]), "".join(parts[False])


def merge(clone: Repository, template: str, never_counted: list[str]) -> None:
    """Merge the template's settings into the repository's pyproject.toml, and leave files out.

    Raises:
        Refusal: they are written in a form that cannot be merged.
    """
    clone.apply("pyproject.toml", merged(clone.read("pyproject.toml") or "", template))
    if never_counted:
        text = clone.read("pyproject.toml") or ""
        clone.apply("pyproject.toml", with_omitted(text, never_counted))


def merged(before: str, template: str) -> Edit:
    """Merge the template's settings into the user's; keep every key that does not break the gate.

    Args:
        before: the user's pyproject.toml.
        template: a pyproject.toml with the template's settings and nothing else.

    Raises:
        Refusal: the user's settings are written in a form that cannot be merged.
    """
    document = tomlkit.parse(before)
    tool = document.get("tool", {})
    coverage, gate = tool.get("coverage", {}), tool.get(GATE, {})
    if not all(map(is_table, (gate, coverage, *coverage.values()))):
        raise Refusal(NO_TABLES)
    if "covdefaults" in listed(plain(coverage.get("run", {}).get("plugins"))):
        template = with_source(template)
    theirs = tomlkit.parse(template)["tool"].unwrap()
    changes: list[str] = []
    for name in theirs["coverage"]:
        if name in coverage and name != "paths":
            changes += change_values(name, coverage[name], theirs["coverage"][name])
    changes += extend_paths(coverage.get("paths", {}), theirs["coverage"]["paths"])
    changes += move_include(coverage)
    changes += remove_values(coverage, theirs["coverage"])
    changes += follow_answers(gate, theirs[GATE])
    changes = [f"pyproject.toml: {change}" for change in changes]
    text = tomlkit.dumps(document)
    settings = {
        "coverage": in_force_after(plain(coverage), theirs["coverage"]),
        GATE: theirs[GATE] | plain(gate),
    }
    for new in (in_tables(text, template), in_place(text, settings)):
        if means(new, before, settings):
            return Edit(new, changes)
    raise Refusal(NO_TABLES)


def with_source(template: str) -> str:
    """Return the template's settings with a `source`, also for modules.

    Without one, covdefaults takes everything, environments too:
    https://github.com/asottile/covdefaults#covdefaults
    """
    document = tomlkit.parse(template)
    run = document["tool"]["coverage"]["run"]
    run.setdefault("source", plain(run["source_pkgs"]))
    return tomlkit.dumps(document)


def is_table(value: object) -> bool:
    """Return whether a value of a TOML document is a table that is not written in one line."""
    return isinstance(value, dict) and not isinstance(value, InlineTable)


def extend_paths(paths: dict[str, Any], theirs: dict[str, list[str]]) -> list[str]:
    """Have the user's list for the source take files of all environments; return what to say."""
    first, *more = theirs["source"]
    changes = []
    for name, items in paths.items():
        own = listed(plain(items))
        if "*" in "".join(own[:1]):
            folder = next((path for path in own if "*" not in path), first)
            own = [folder, *(path for path in own if path != folder)]
            paths[name] = items = tomlkit.array()
            items.extend(own)
            changes.append(f"paths.{name} begins with {folder}: files are named after the first")
        if own[:1] == [first] and (lacking := [path for path in more if path not in own]):
            for path in lacking:
                items.append(path)
            why = "files of every environment are those of the source"
            changes.append(f"paths.{name} also has {', '.join(lacking)}: {why}")
    return changes


def move_include(coverage: dict[str, Any]) -> list[str]:
    """Move run.include to where it has an effect beside run.source; return what to say of it."""
    if "include" not in coverage.get("run", {}):
        return []
    include = coverage["run"].pop("include")
    coverage.setdefault("report", tomlkit.table()).setdefault("include", plain(include))
    return ["run.include is now report.include: beside run.source it has no effect"]


def remove_values(coverage: dict[str, Any], theirs: Settings) -> list[str]:
    """Remove the user's values that break the gate; return what to say of them.

    A table in which nothing is left goes, too, if the template does not have it.
    """
    changes = []
    plugins = listed(plain(coverage.get("run", {}).get("plugins")))
    for option, why in REMOVED.items():
        name, _, key = option.partition(".")
        if key == "fail_under" and "covdefaults" in plugins:
            continue  # Which has 100 in its place.
        if key in coverage.get(name, {}):
            value = coverage[name].pop(key)
            changes.append(f"{option} = {value} removed: {why}")
            if not coverage[name] and name not in theirs:
                del coverage[name]
    return changes


def follow_answers(gate: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Change the values of [tool.coverage-gate] to the answers; return what to say of them."""
    changes = []
    for key, value in theirs.items():
        if key in gate and (old := plain(gate[key])) != value:
            gate[key] = value
            changes.append(f"{GATE}.{key} = {value}, was {old}: it follows the answers")
    return changes


def in_force_after(mine: Settings, theirs: Settings) -> Settings:
    """Return the settings to be in force: the user's, and the template's that the user has not."""
    settings = {name: dict(keys) for name, keys in mine.items()}
    settings.setdefault("paths", theirs["paths"])
    for name, keys in theirs.items():
        own = settings.setdefault(name, {})
        named = names_source(own, keys)
        if name != "paths":
            settings[name] = {
                key: value for key, value in keys.items() if not (named and key in SOURCES)
            } | own
    return settings


def names_source(own: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Return whether the user's settings name another source than the template's."""
    given = {key: listed(own[key]) for key in SOURCES if key in own}
    return bool(given) and given != {"source": theirs.get("source")}


def means(text: str, before: str, settings: dict[str, dict[str, Any]]) -> bool:
    """Return whether a pyproject.toml has these tables of settings, and all else that it had."""
    try:
        now, then = tomllib.loads(text), tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    found = {name: now.get("tool", {}).pop(name, {}) for name in settings}
    for name in settings:
        then.setdefault("tool", {}).pop(name, None)
    return found == settings and now == then


def in_place(text: str, settings: dict[str, dict[str, Any]]) -> str:
    """Return a pyproject.toml in which each table has these settings too, however it is written."""
    text = with_dotted_keys(text, settings["coverage"])
    document = tomlkit.parse(text)
    tool = document.setdefault("tool", tomlkit.table(is_super_table=True))
    coverage = tool.setdefault("coverage", tomlkit.table(is_super_table=True))
    for name, keys in settings["coverage"].items():
        own = coverage.setdefault(name, tomlkit.table())
        for key, value in keys.items():
            own.setdefault(key, value)
    if GATE in tool:
        for key, value in settings[GATE].items():
            tool[GATE].setdefault(key, value)
        return tomlkit.dumps(document)
    text = tomlkit.dumps(document)
    lines = [f"{key} = {tomlkit.item(v).as_string()}\n" for key, v in settings[GATE].items()]
    return appended(text, f"[tool.{GATE}]\n{''.join(lines)}")


def with_dotted_keys(text: str, settings: Settings) -> str:
    """Return a pyproject.toml with these settings in [tool.coverage], if its keys have dots."""
    pattern = r"^\[tool\.coverage\]\n(?:(?!\[).*\n)*?(?=\s*^\[|\s*\Z)"
    match = re.search(pattern, text, re.MULTILINE)
    if not match:
        return text
    there = table(tomllib.loads(match[0]), "tool", "coverage")
    lines = [
        f"{name}.{key} = {tomlkit.item(value).as_string()}\n"
        for name, keys in settings.items()
        for key, value in keys.items()
        if key not in table(there, name) and f"[tool.coverage.{name}]" not in text
    ]
    return text[: match.end()] + "".join(lines) + text[match.end() :]


def with_packages(template: str, others: dict[str, str], tests: list[str]) -> str:
    """Return the template's settings with more packages that are measured, each in its own folder.

    Args:
        template: a pyproject.toml with the template's settings and nothing else.
        others: the folder of each, by the name of the package.
        tests: folders of tests that count too.
    """
    if not others and not tests:
        return template
    document = tomlkit.parse(template)
    coverage = document["tool"]["coverage"]
    folders = list(dict.fromkeys(place for place in others.values() if place[-3:] != ".py"))
    coverage["run"].setdefault("source", tomlkit.array()).extend([*folders, *tests])
    coverage["run"]["source_pkgs"].extend(others)
    for place in folders:
        coverage["paths"][re.sub(r"\W", "_", place)] = [place, f"*/{place}"]
    return tomlkit.dumps(document)


def with_options(template: str, options: Mapping[str, list[str]]) -> str:
    """Return the template's settings with what options of `coverage run` leave out, or name.

    Args:
        template: a pyproject.toml with the template's settings and nothing else.
        options: the options by their name.
    """
    document = tomlkit.parse(template)
    for name in ("omit", "include"):
        if name in options:
            document["tool"]["coverage"]["report" if name == "include" else "run"][name] = options[
                name
            ]
    return tomlkit.dumps(document)


def in_tables(text: str, template: str) -> str:
    """Return a pyproject.toml whose tables of settings have the template's keys before the user's.

    The template's lines are all in the template's order: so `copier update` finds them, and can
    change them.

    Args:
        text: the user's, with the values that are to be in force.
        template: a pyproject.toml with the template's settings and nothing else.
    """
    text = text.rstrip("\n") + "\n"
    mine, theirs = sections(text), sections(template)
    tables = []
    for name, section in theirs.items():
        if name == "coverage.paths":
            tables.append(mine.pop(name, section))
        else:
            tables.append(merged_section(mine.pop(name, f"[tool.{name}]\n"), section))
    tables += mine.values()
    block = "\n".join(section.strip("\n") + "\n" for section in tables)
    rest, place = text, len(text)
    for section in sections(text).values():
        place = min(place, text.index(section))
        rest = rest.replace(section, "", 1)
    before, after = rest[:place].rstrip("\n"), rest[place:].strip("\n")
    return "\n\n".join(part for part in (before, block.rstrip("\n"), after) if part) + "\n"


def sections(text: str) -> dict[str, str]:
    """Return the text of each table of settings, by name, with the comments above its heading."""
    found: dict[str, list[str]] = {}
    # Comments are those of the next table, if that comes next.
    name, above = "", list[str]()
    for line in re.findall(r".*\n", text):
        above.append(line)
        if line.startswith("#"):
            continue
        if line.startswith("["):
            heading = re.match(r"\[tool\.(coverage-gate|coverage\.[\w.-]+)\]", line)
            name = heading[1] if heading else ""
        if name:
            found.setdefault(name, []).extend(above)
        above.clear()
    if name:
        found[name] += above
    return {name: "".join(lines) for name, lines in found.items()}


def merged_section(mine: str, theirs: str) -> str:
    """Return a table with the template's keys, and then the user's others.

    The template's keys have the user's values where there are any.
    """
    heading = next(re.finditer(r"^\[.*\n", mine, re.MULTILINE))
    mine, body = mine[: heading.end()], mine[heading.end() :]
    theirs = theirs.partition("\n")[2]
    own, end = blocks(body)
    lines = [mine]
    keys = "".join(value for _, value in own.values())
    named = names_source(tomllib.loads(keys), tomllib.loads(theirs))
    for key, (comments, value) in blocks(theirs)[0].items():
        if key in own:
            own_comments, own_value = own.pop(key)
            # The template's comments too: where they are missing, the next update finds a conflict.
            lines += [
                own_comments.lstrip("\n"),
                "" if comments in own_comments else comments,
                own_value,
            ]
        elif not (named and key in SOURCES):
            lines += [comments, value]
    others = "".join(comments + value for comments, value in own.values()) + end
    return "".join(lines) + ("\n" + others.strip("\n") + "\n" if others.strip() else "")


def blocks(body: str) -> tuple[dict[str, tuple[str, str]], str]:
    """Split the body of a table.

    Returns:
        by the key, the comments and empty lines above it, and its lines; and what is below the
        last key.
    """
    found: dict[str, tuple[str, str]] = {}
    above, value = "", ""
    depth, quotes = 0, ""
    for line in body.splitlines(keepends=True):
        if not value and (not line.strip() or line.lstrip().startswith("#")):
            above += line
            continue
        value += line
        # Behind the end of a string of several lines, if one was open.
        rest = line.partition(quotes)[2] if quotes else line
        quotes = quotes if quotes and quotes not in line else ""
        bare = STRINGS.sub(r"\2", rest)
        depth += len(re.findall(r"[\[{]", bare)) - len(re.findall(r"[\]}]", bare))
        quotes = quotes or "".join(re.findall(r"\"{3}|'{3}", bare)[:1])
        if quotes or depth > 0:
            continue  # To read all of it at each line would take long.
        try:
            (key,) = tomllib.loads(value)
        except tomllib.TOMLDecodeError:  # It goes on in the next line.
            continue
        found[key] = (above, value)
        above, value = "", ""
        depth = 0
    return found, above


def change_values(name: str, mine: Table, theirs: dict[str, Any]) -> list[str]:
    """Change the user's values where the template's must be in force; return what to say of it."""
    changes = []
    for key in [key for key in theirs if key in mine]:
        option, value, old = f"{name}.{key}", theirs[key], plain(mine[key])
        if option in ADDED and (lacking := [item for item in value if item not in listed(old)]):
            mine[key] = [*listed(old), *lacking]
            changes.append(f"{option} also has {', '.join(lacking)}: {ADDED[option]}")
        elif option in REPLACED and old != value and not (key == "precision" and old > value):
            mine[key] = value
            changes.append(f"{option} = {plain(mine[key])}, was {old}: {REPLACED[option]}")
        elif option == "run.source" and listed(old) == ["."]:
            mine[key] = value
            changes.append(f"{option} = {value}, was {old}: {DOT}")
    return changes


def with_omitted(pyproject: str, files: list[str]) -> Edit:
    """Leave files out of the total that never counted, as no test imports them."""
    document = tomlkit.parse(pyproject)
    run: Any = table(document, "tool", "coverage", "run")
    run["omit"] = [*listed(plain(run.get("omit"))), *files]
    why = "no test imports them, and they never counted; remove them there, and they count"
    change = f"pyproject.toml: run.omit also has {', '.join(files)}: {why}"
    return Edit(tomlkit.dumps(document), [change])


def plain(value: object) -> Any:
    """Return a value of a TOML document without its layout."""
    # Not only items: a table in several places of the document is none.
    return value.unwrap() if hasattr(value, "unwrap") else value
