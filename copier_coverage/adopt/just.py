"""The user's justfile: one line of the template's, and everything of the user's."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from copier_coverage.adopt.repository import Repository
from copier_coverage.adopt.text import free

# just finds any capitals; these are the names that people write.
JUSTFILES = ("justfile", "Justfile", "JUSTFILE", ".justfile")
OURS = "coverage.just"
IMPORT = re.compile(r"^import\??\s+(['\"])(.*?)\1", re.MULTILINE)
MODULE = re.compile(r"^mod\??\s+([\w-]+)", re.MULTILINE)
# A recipe with its parameters, whose defaults may have a colon inside of quotes; or an alias.
RECIPE = re.compile(r"@?([A-Za-z_][\w-]*)(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|`[^`]*`|[^:\"'`#])*:(?!=)")
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


def justfile(repository: Repository) -> str:
    """Return the name of the justfile that just reads; "" if there is none."""
    return next((name for name in JUSTFILES if repository.read(name) is not None), "")


def import_in_justfile(repository: Repository) -> None:
    """Import coverage.just at the end of the justfile; rename recipes that both have.

    Raises:
        SystemExit: another file that the justfile imports, or a module of it, has such a name.
    """
    name = justfile(repository)
    text = repository.read(name) or ""
    template = recipe_names(repository.read(OURS) or "")
    imported = [path.removeprefix("./") for _, path in IMPORT.findall(text)]
    refuse_doubles(repository, name, text, imported, template)
    theirs = recipe_names(text)
    renamed = {recipe: free(recipe, theirs) for recipe in sorted(template & theirs)}
    for recipe, kept in renamed.items():
        repository.changes.append(f"{name}: recipe {recipe} is now {kept}, as coverage.just has one")
    lines = rename_recipes(text, renamed)
    has_it = OURS in imported
    repository.write(name, lines if has_it else f"{lines.rstrip()}\n\nimport '{OURS}'\n")


def refuse_doubles(repository: Repository, name: str, text: str, imported: list[str], template: set[str]) -> None:
    """Refuse names of the template that just would find twice.

    Raises:
        SystemExit: there is one.
    """
    names = {path: recipe_names(repository.read(path) or "") for path in imported if path != OURS}
    names[name] = set(MODULE.findall(text))
    for path, theirs in names.items():
        if both := sorted(theirs & template):
            sys.exit(f"{path} defines `{both[0]}`, which coverage.just also defines. Rename it and commit.")


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
    """Return a justfile with other names for some of its recipes.

    What depends on one still does; but `coverage`, outside of what was renamed, is now the template's.
    """
    others = {name: kept for name, kept in renamed.items() if name != "coverage"}
    lines = []
    own = False
    for line in read_lines(text):
        if line.name:
            own = line.name in renamed
        elif not line.kind:
            own = False
        names = renamed if own else others
        if line.kind == "head":
            lines.append(rename_head(line, renamed, names))
        elif line.kind == "body" and re.search(r"\bjust(_executable\(\)|\b)", line.text):
            lines.append(rename_words(line.text, names, r"(\s+|[;&|])"))
        else:
            lines.append(line.text)
    return "\n".join(lines)


def rename_head(line: Line, renamed: dict[str, str], names: dict[str, str]) -> str:
    """Return the head of a recipe or an alias, with other names for itself and for what it depends on."""
    head, rest = line.text[: line.start], line.text[line.start :]
    if line.name in renamed:
        head = re.sub(rf"(?<![\w-]){re.escape(line.name)}(?![\w-])", renamed[line.name], head, count=1)
    dependencies, mark, comment = rest.partition("#")
    return head + rename_words(dependencies, names, r"(\s+|[()&])") + mark + comment


def rename_words(text: str, names: dict[str, str], between: str) -> str:
    """Return a text with other names for some of its words."""
    return "".join(names.get(word, word) for word in re.split(between, text))
