"""The step for the justfile: it imports coverage.just, and keeps its own recipes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from copier_coverage.adopt.text import free, refuse_doubles
from copier_coverage.project.edit import Edit
from copier_coverage.project.repository import Repository
from copier_coverage.project.runners import justfile

OURS = "coverage.just"
IMPORT = re.compile(r"^import\??\s+(['\"])(.*?)\1", re.MULTILINE)
MODULE = re.compile(r"^mod\??\s+([\w-]+)", re.MULTILINE)
# A recipe with its parameters, whose defaults may have a colon inside of quotes; or an alias.
RECIPE = re.compile(
    r"@?([A-Za-z_][\w-]*+)(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|`[^`]*`|[^:\"'`#])*+:(?!=)"
)
ALIAS = re.compile(r"alias\s+([A-Za-z_][\w-]*)\s*:=")
QUOTES = ("'''", '"""')


@dataclass
class Line:
    """A line of a justfile.

    Attributes:
        text: the line.
        name: the recipe or the alias that begins here; "" if none does.
        start: the length of what comes before its dependencies.
        kind: "head" of a recipe or an alias, "body" of a recipe, or "" for anything else.
    """

    text: str
    name: str = ""
    start: int = 0
    kind: str = ""


def add_to_justfile(clone: Repository) -> None:
    """Import coverage.just in the repository's justfile.

    Raises:
        Refusal: a file that the justfile imports, or a module of it, has a name of the template.
    """
    name = justfile(clone)
    text = clone.read(name) or ""
    others = {path: clone.read(path) or "" for path in imported_paths(text)}
    clone.apply(name, with_import(name, text, clone.read(OURS) or "", others))


def with_import(name: str, text: str, template: str, others: Mapping[str, str]) -> Edit:
    """Import coverage.just at the end of a justfile; rename recipes that both have.

    Args:
        name: the justfile's name.
        text: its text.
        template: the text of coverage.just.
        others: the texts of the files that it imports, by their path.

    Raises:
        Refusal: one of these files, or a module, has a name of the template.
    """
    ours = recipe_names(template)
    names = {path: recipe_names(other) for path, other in others.items()}
    refuse_doubles(ours, names | {name: set(MODULE.findall(text))}, OURS)
    theirs = recipe_names(text)
    renamed = {recipe: free(recipe, theirs) for recipe in sorted(ours & theirs)}
    edit = Edit(rename_recipes(text, renamed))
    for recipe, kept in renamed.items():
        edit.changes.append(f"{name}: recipe {recipe} is now {kept}, as {OURS} has one")
    if OURS not in imported_paths(text):
        edit.text = f"{edit.text.rstrip()}\n\nimport '{OURS}'\n"
    return edit


def imported_paths(text: str) -> list[str]:
    """Return the paths of the files that a justfile imports."""
    return [path.removeprefix("./") for _, path in IMPORT.findall(text)]


def read_lines(text: str) -> Iterator[Line]:
    """Yield each line of a justfile with what it is."""
    kind, quote, continues = "", "", False
    for line in text.split("\n"):
        indented = line[:1].isspace()
        if continues:
            yield Line(line, kind="head")
            continues = line.endswith("\\")
        elif kind == "body" and (indented or not line):
            yield Line(line, kind="body")
        elif quote or indented:
            yield Line(line)
            quote = open_quote(line, quote)
        elif match := RECIPE.match(line) or ALIAS.match(line):
            yield Line(line, match[1], match.end(), "head")
            kind = "body" if match.re is RECIPE else ""
            continues = line.endswith("\\")
        else:
            kind = ""
            yield Line(line)
            quote = open_quote(line, quote)


def open_quote(line: str, quote: str) -> str:
    """Return the triple quotes that are still open after a line; "" if none are."""
    for mark in QUOTES if not quote else (quote,):
        if line.count(mark) % 2:
            return "" if quote else mark
    return quote


def recipe_names(text: str) -> set[str]:
    """Return the names of a justfile's recipes and aliases."""
    return {line.name for line in read_lines(text) if line.name}


def rename_recipes(text: str, renamed: dict[str, str]) -> str:
    """Return a justfile with other names for some recipes; what depends on one still does."""
    lines = []
    for line in read_lines(text):
        if line.kind == "head":
            lines.append(rename_head(line, renamed))
        elif line.kind == "body" and re.search(r"\bjust(_executable\(\)|\b)", line.text):
            lines.append(rename_words(line.text, renamed, r"(\s+|[;&|])"))
        else:
            lines.append(line.text)
    return "\n".join(lines)


def rename_head(line: Line, renamed: dict[str, str]) -> str:
    """Return the head of a recipe or alias, with other names for itself and what it depends on."""
    head, rest = line.text[: line.start], line.text[line.start :]
    if line.name in renamed:
        head = re.sub(
            rf"(?<![\w-]){re.escape(line.name)}(?![\w-])", renamed[line.name], head, count=1
        )
    dependencies, mark, comment = rest.partition("#")
    return head + rename_words(dependencies, renamed, r"(\s+|[()&])") + mark + comment


def rename_words(text: str, names: dict[str, str], between: str) -> str:
    """Return a text with other names for some of its words."""
    return "".join(names.get(word, word) for word in re.split(between, text))
