"""includes/quoting.jinja: any line of text is one value of the file that it lands in.

The validators refuse most of these; a question that takes more must find the filters right.
"""

import ast
import re
import shlex
import tomllib

import pytest
import yaml

from any_answers import ODD, WORST
from workshop.rendering import TEMPLATE

QUOTING = TEMPLATE.environment.get_template("includes/quoting.jinja").module
LINES = [text for text in {*WORST, *ODD} if not re.search(QUOTING.not_in_a_line, text)]


@pytest.mark.parametrize("text", sorted(LINES))
def test_line_is_one_value(text):
    assert yaml.safe_load(QUOTING.yaml([text])) == [text]
    assert yaml.safe_load(f"{QUOTING.yaml(text)}: 1") == {text: 1}
    assert tomllib.loads(f"a = {QUOTING.toml(text)}") == {"a": text}
    assert ast.literal_eval(QUOTING.python(text)) == text
    assert shlex.split(f"a {QUOTING.shell(text)} b") == ["a", text, "b"]


@pytest.mark.parametrize("name", ["null", "80", "1.00", "true", "2026-01-01", "a-b", "a_1"])
def test_key_is_a_text(name):
    assert yaml.safe_load(f"{QUOTING.key(name)}: 1") == {name: 1}


def test_command_has_no_variable_of_make_and_none_of_just():
    # https://www.gnu.org/software/make/manual/html_node/Basics-of-Variable-References.html
    assert QUOTING.make("a $b $$ $(c)") == "a $$b $$$$ $$(c)"
    # https://just.systems/man/en/escaping-.html
    assert QUOTING.just("a {{ b }}") == "a {{{{ b }}"


def test_control_characters_separators_and_halves_of_characters_are_in_no_line():
    characters = [chr(number) for number in (*range(0x250), 0x2028, 0x2029, 0xD800, 0xDFFF)]
    refused = [text for text in characters if re.search(QUOTING.not_in_a_line, text)]
    controls = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF]
    assert refused == [*map(chr, controls)]
