"""The files and commands that the pages in docs/ show, for the tests that write and type them."""

import re
from dataclasses import dataclass, field

from workshop.rendering import ROOT

DOCS = ROOT / "docs"
SECTION = re.compile(r"^## (.*)\n((?:(?!## ).*\n?)*)", re.MULTILINE)
# A path alone in its line, and the block that follows it: a file, or the end of one.
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = re.compile(FILE.pattern.replace("`:", "`, at its end:"), FILE.flags)
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Section:
    """A section of a page.

    Attributes:
        files: the text of each file that it shows, by the path.
        ends: what it adds at the end of a file, by the path.
        commands: the command lines that it shows, in this order.
    """

    files: dict[str, str] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)


def sections(page: str) -> dict[str, Section]:
    """Return the sections of a page in docs/ by their title."""
    found = {}
    for title, text in SECTION.findall((DOCS / page).read_text(encoding="utf-8")):
        consoles = "".join(CONSOLE.findall(text))
        commands = re.findall(r"^\$ (.*)$", consoles, re.MULTILINE)
        found[title] = Section(dict(FILE.findall(text)), dict(END.findall(text)), commands)
    return found
