"""The step for the Makefile: text in, text out."""

import pytest

from copier_coverage.adopt.makefile import with_include
from copier_coverage.errors import Refusal

OURS = "coverage:\n\ttrue\ncoverage-html:\n\ttrue\n.PHONY: coverage coverage-html\n"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("coverage test:", "coverage-before test:"),
        ("coverage:: test", "coverage-before:: test"),
        ("coverage : FOO = 1", "coverage-before : FOO = 1"),
        ("coverage := 1", "coverage := 1"),
        ("all: coverage", "all: coverage"),
        ("# coverage: all", "# coverage: all"),
        ("coverage: ; coverage report", "coverage-before: ; coverage report"),
        ("coverage: export DIR = coverage", "coverage-before: export DIR = coverage"),
        ("coverage: test # coverage", "coverage-before: test # coverage"),
        ("define HELP\ncoverage: all\nendef", "define HELP\ncoverage: all\nendef"),
        ("coverage:\ncoverage-before:", "coverage-before-2:\ncoverage-before:"),
        (
            "coverage-html:\ndocs: coverage-html",
            "coverage-html-before:\ndocs: coverage-html-before",
        ),
        (
            "coverage-html:\n\t$(MAKE) coverage-html",
            "coverage-html-before:\n\t$(MAKE) coverage-html-before",
        ),
        (".PHONY: coverage\ncoverage:", ".PHONY: coverage-before\ncoverage-before:"),
    ],
)
def test_target_is_found_in_every_way_of_writing_it(line, kept):
    edit = with_include("Makefile", f"{line}\n\ntest:\n\ttrue\n", OURS, {})
    assert edit.text == f"{kept}\n\ntest:\n\ttrue\n\ninclude coverage.mk\n"


def test_each_new_name_is_told():
    edit = with_include("GNUmakefile", "coverage:\n\ttrue\n", OURS, {})
    assert edit.changes == [
        "GNUmakefile: target coverage is now coverage-before, as coverage.mk has one"
    ]


@pytest.mark.parametrize(
    "line", ["include coverage.mk", "include ./coverage.mk", "-include a.mk $(wildcard *.mk)"]
)
def test_makefile_that_includes_it_gets_no_other_include(line):
    assert with_include("Makefile", f"{line}\n", OURS, {"coverage.mk": OURS}).text == f"{line}\n"


@pytest.mark.parametrize(
    ("text", "others", "message"),
    [
        (".RECIPEPREFIX = >\nall:\n> true\n", {}, "Makefile sets .RECIPEPREFIX"),
        (
            "include a.mk\n",
            {"a.mk": "coverage:\n\ttrue\n"},
            "a.mk defines `coverage`, which coverage.mk also defines",
        ),
    ],
)
def test_makefile_that_cannot_include_it_is_refused(text, others, message):
    with pytest.raises(Refusal, match=message):
        with_include("Makefile", text, OURS, others)
