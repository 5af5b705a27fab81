"""docs/gate-fails.md has the messages with which the gate stops: each of them, and no other."""

import ast
import re

import pytest

from pages import DOCS
from workshop.rendering import ROOT

# The first cell of each row; an ellipsis stands for what differs.
ROWS = re.findall(
    r"^\| `(.*?)` \|", (DOCS / "gate-fails.md").read_text(encoding="utf-8"), re.MULTILINE
)
PROGRAM = (ROOT / "coverage_gate.py").read_text(encoding="utf-8")
WORKFLOWS = [*ROOT.glob("template/**/*.jinja")]
# Not a message, but what `main` and coverage itself return.
PASSED_ON = re.compile(r"sys\.exit\((str\(error|main\()")


def in_text(row: str, text: str) -> bool:
    """Return whether a text has all of a row but what differs."""
    return all(part in text for part in row.split("…"))


def stopping() -> dict[str, str]:
    """Return the functions of the program that stop it with a message: the source, by the name."""
    functions = [node for node in ast.parse(PROGRAM).body if isinstance(node, ast.FunctionDef)]
    sources = {node.name: ast.get_source_segment(PROGRAM, node) or "" for node in functions}
    sources = {name: PASSED_ON.sub("", source) for name, source in sources.items()}
    return {name: source for name, source in sources.items() if "sys.exit(" in source}


@pytest.mark.parametrize(("name", "source"), stopping().items(), ids=stopping())
def test_page_explains_each_message(name, source):
    explained = [row for row in ROWS if in_text(row, source)]
    assert len(explained) >= source.count("sys.exit("), f"docs/gate-fails.md has only {explained}"


@pytest.mark.parametrize("row", ROWS)
def test_page_has_no_message_that_is_gone(row):
    texts = [PROGRAM, *(path.read_text(encoding="utf-8") for path in WORKFLOWS)]
    assert any(in_text(row, text) for text in texts)
