"""The step for the justfile: text in, text out."""

import pytest

from copier_coverage.adopt.justfile import with_import
from copier_coverage.errors import Refusal

OURS = "coverage *ARGUMENTS:\n    true\n\ncoverage-report:\n    true\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("coverage:", "coverage-before:"),
        ("@coverage:", "@coverage-before:"),
        ("coverage *args: test", "coverage-before *args: test"),
        ("coverage args=':' other='a b': test", "coverage-before args=':' other='a b': test"),
        ("coverage := '1'", "coverage := '1'"),
        ("export coverage := '1'", "export coverage := '1'"),
        ("set coverage := true", "set coverage := true"),
        ("# coverage: all", "# coverage: all"),
        ("all: lint coverage", "all: lint coverage"),
        ("alias coverage := all", "alias coverage-before := all"),
        ("coverage:\n\nall: coverage", "coverage-before:\n\nall: coverage-before"),
        ("coverage:\ncoverage-before:", "coverage-before-2:\ncoverage-before:"),
        (
            "coverage-report:\nall: lint coverage-report",
            "coverage-report-before:\nall: lint coverage-report-before",
        ),
        (
            "coverage-report:\nall: (coverage-report 'coverage-report')",
            "coverage-report-before:\nall: (coverage-report-before 'coverage-report')",
        ),
        (
            "coverage-report:\nall: a && coverage-report # coverage-report",
            "coverage-report-before:\nall: a && coverage-report-before # coverage-report",
        ),
        (
            "coverage-report:\nall: a \\\n  coverage-report",
            "coverage-report-before:\nall: a \\\n  coverage-report-before",
        ),
        (
            "coverage-report:\nall:\n    just coverage-report",
            "coverage-report-before:\nall:\n    just coverage-report-before",
        ),
        (
            "coverage-report:\nall:\n    {{just_executable()}} coverage-report",
            "coverage-report-before:\nall:\n    {{just_executable()}} coverage-report-before",
        ),
        (
            "coverage-report:\nall:\n    cat coverage-report",
            "coverage-report-before:\nall:\n    cat coverage-report",
        ),
        (
            "coverage-report:\nalias r := coverage-report",
            "coverage-report-before:\nalias r := coverage-report-before",
        ),
        (
            "coverage: lint\n    just coverage-report\n\ncoverage-report: coverage",
            (
                "coverage-before: lint\n    just coverage-report-before\n\n"
                "coverage-report-before: coverage-before"
            ),
        ),
        (
            "coverage:\n    true\n\n    just coverage",
            "coverage-before:\n    true\n\n    just coverage-before",
        ),
        (
            "help := '''\ncoverage: all\n'''\ncoverage:",
            "help := '''\ncoverage: all\n'''\ncoverage-before:",
        ),
        (
            "coverage:\n    echo '''\nall:\n    true",
            "coverage-before:\n    echo '''\nall:\n    true",
        ),
    ],
)
def test_recipe_is_found_in_every_way_of_writing_it(before, after):
    assert with_import("justfile", before, OURS, {}).text == f"{after}\n\nimport 'coverage.just'\n"


@pytest.mark.parametrize(
    "line", ["import 'coverage.just'", 'import "./coverage.just"', "import? 'coverage.just'"]
)
def test_justfile_that_imports_it_is_not_changed(line):
    text = f"{line}\n\nall:\n    true\n"
    assert with_import("justfile", text, OURS, {"coverage.just": OURS}).text == text


@pytest.mark.parametrize(
    ("text", "others", "message"),
    [
        ("import 'a.just'\n", {"a.just": "coverage:\n    true\n"}, "a.just defines `coverage`"),
        ("mod coverage\n", {}, "justfile defines `coverage`, which coverage.just also defines"),
    ],
)
def test_recipe_that_just_would_find_twice_is_refused(text, others, message):
    with pytest.raises(Refusal, match=message):
        with_import("justfile", text, OURS, others)
