"""docs/questions.md has each question that is asked, and no other."""

import re

from pages import DOCS
from workshop.rendering import TEMPLATE


def test_page_has_each_question():
    asked = {
        name
        for name, question in TEMPLATE.questions.items()
        if not name.startswith("_") and question.get("when", True) is not False
    }
    rows = re.findall(
        r"^\| (`.*?)(?::| \||, as)", (DOCS / "questions.md").read_text(), re.MULTILINE
    )
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == asked
