"""Answers of any kind to the questions, as copier.yml has them: good ones, odd ones, wrong ones."""

import datetime
from collections.abc import Iterable
from typing import Any

import yaml
from allpairspy import AllPairs
from hypothesis import strategies as st

from workshop.rendering import TEMPLATE

QUESTIONS = {name: row for name, row in TEMPLATE.questions.items() if name[0] != "_"}
COMPUTED = [name for name, row in QUESTIONS.items() if row.get("when") is False]
ASKED = {name: row for name, row in QUESTIONS.items() if name not in COMPUTED}
# Questions that any text can be an answer to.
TEXTS = [name for name, row in ASKED.items() if row["type"] == "str" and "choices" not in row]
CHOICES = [name for name in ASKED if name not in TEXTS]
# Plain answers, of a word that the template does not have: each is one for some of the questions.
PLAIN = (
    *("xyzzy", "xyzzy/folder", "xyzzy.package", "xyzzy.py", ".", "77.25", "Xyzzy Name"),
    *("-m pytest xyzzy", "pytest xyzzy", "backend-ci"),
)

# What ends a text, a line or a command, or no file can have: tried most.
WORST = (
    *('"', "'", "\\", ": a", " #a", " ;a", " $(a)", " `a`", " |a", "${{ a }}", "{{ a }}", "$a"),
    *("\n", "\u2028", "\ud800", "a" * 300),
)
# What has a meaning in one of the files, in a path or for a shell, or is not a text in YAML.
ODD = (
    *("a: b", "a : b", ": ", " #", "# a", "- a", "? a", "!a", "&a", "*a", "|", ">", "%", "@", "<<"),
    *(
        "null",
        "~",
        "true",
        "no",
        "On",
        "80",
        "0x10",
        "0o7",
        "1.00",
        "1e3",
        ".inf",
        "1_000",
        "12:30",
    ),
    *(
        "2026-01-01",
        "=",
        "[a]",
        "{a: b}",
        "[[ 1 ]]",
        "{{ 1 }}",
        "{% raw %}",
        "${{ a }}",
        "$a",
        "$$",
    ),
    *("$(a)", "`a`", "'", '"', '"""', "\\", "\\n", "\\u0041", ";a", "|a", "&&a", "<a", "!", "~a"),
    *("\n", "\r\n", "\na: b", '"\n[tool.a]\nb = "', "\t", " ", "\0", "\x07", "\x1b[1m", "\x7f"),
    *("\x85", "\u2028", "\u2029", "\ufeff", "\u202e", "\ud800", "é", "\uff11", "🐍"),
    *("..", "/..", "/", "//", "./", "/.", ".", "-", "--a", "C:", "con", "NUL.txt", "a" * 300),
    *("Makefile", "PYPROJECT.toml", "htmlcov", "tests", "Tests", ".git", ".github", "a/" * 200),
    *("--rcfile=a -m pytest", "-m --omit=a pytest", "-m coverage run", "class", "coverage_gate"),
)
OTHER_TYPES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([[], {}, {"a": "b"}, [None], [["a"]], b"a", datetime.date(2026, 1, 1)])
)


def rows() -> Iterable[dict[str, Any]]:
    """Yield answers to all questions that have choices: each pair of choices is in one of them."""
    values = {name: values_of(ASKED[name]) for name in CHOICES}
    return (dict(zip(values, row, strict=True)) for row in AllPairs(list(values.values())))


def values_of(question: dict[str, Any]) -> list[Any]:
    """Return some good answers to a question that is not for a text."""
    if question["type"] == "int":
        return [1, 2]
    if question["type"] == "bool":
        return [False, True]
    choices = question["choices"]
    if isinstance(choices, str):
        choices = yaml.safe_load(TEMPLATE.environment.from_string(choices).render())
    choices = list(choices.values()) if isinstance(choices, dict) else choices
    return [choices[:1], choices] if question.get("multiselect") else choices


def odd_text(good: list[Any]) -> st.SearchStrategy[str]:
    """Return a strategy for texts: what is odd, alone or beside or in one of these answers."""
    return st.builds(
        lambda text, odd, place: text[:place] + odd + text[place:],
        st.sampled_from([*map(str, good), ""]),
        st.sampled_from(WORST) | st.sampled_from(ODD),
        st.sampled_from([0, 2, 1000]),
    )


def odd_answer(good: list[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for answers of any type to a question with these good ones."""
    texts = odd_text(good)
    lists = st.lists(st.sampled_from(good) | texts | OTHER_TYPES, max_size=3)
    return texts | st.text() | lists | OTHER_TYPES
