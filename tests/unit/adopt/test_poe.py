"""The step for Poe the Poet: text in, text out."""

import pytest

from copier_coverage.adopt.poe import with_coverage_poe
from copier_coverage.errors import Refusal

OURS = "[tool.poe.tasks.coverage]\ncmd = 'a'\n[tool.poe.tasks.coverage-report]\ncmd = 'a'\n"
INCLUDED = '[tool.poe]\ninclude = "coverage_poe.toml"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[tool.poe.tasks]\na = 'true'\n", f"{INCLUDED}\n[tool.poe.tasks]\na = 'true'\n"),
        (
            "[[tool.poe.tasks.a]]\ncmd = 'true'\n",
            f"{INCLUDED}\n[[tool.poe.tasks.a]]\ncmd = 'true'\n",
        ),
        (
            "# Ours\n[tool.poe.tasks]\na = 'true'\n",
            f"{INCLUDED}\n# Ours\n[tool.poe.tasks]\na = 'true'\n",
        ),
        ("[tool.poe]\nverbosity = -1\n", f"{INCLUDED}verbosity = -1\n"),
        (
            "[tool.poe]\ninclude = 'a.toml'\n",
            "[tool.poe]\ninclude = ['a.toml', \"coverage_poe.toml\"]\n",
        ),
        (
            "[tool.poe]\ninclude = ['a.toml'] # a\n",
            "[tool.poe]\ninclude = ['a.toml', \"coverage_poe.toml\"] # a\n",
        ),
        (
            "[tool.poe]\ninclude = {path = 'a.toml'}\n",
            "[tool.poe]\ninclude = [{path = 'a.toml'}, \"coverage_poe.toml\"]\n",
        ),
        ("[project]\nname = 'a'\n", f"[project]\nname = 'a'\n\n{INCLUDED}"),
    ],
)
def test_include_is_added_to_what_is_there(before, after):
    assert with_coverage_poe(before, OURS, {}).text == after


def test_include_that_is_there_is_not_added_again():
    text = "[tool.poe]\ninclude = ['./coverage_poe.toml']\n"
    assert with_coverage_poe(text, OURS, {"coverage_poe.toml": OURS}).text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("coverage = 'a'", "coverage-before = 'a'"),
        ("'coverage' = 'a'", "'coverage-before' = 'a'"),
        (
            "coverage.cmd = 'a'\ncoverage.help = 'coverage'",
            "coverage-before.cmd = 'a'\ncoverage-before.help = 'coverage'",
        ),
        ("coverage = {cmd = 'coverage report'}", "coverage-before = {cmd = 'coverage report'}"),
        ("coverage-report = 'coverage report'", "coverage-report-before = 'coverage report'"),
        ("docs = 'coverage-report x'", "docs = 'coverage-report x'"),
        ("a = ['coverage']\ncoverage = 'b'", "a = ['coverage-before']\ncoverage-before = 'b'"),
        (
            "a = ['coverage-report -v']\ncoverage-report = 'b'",
            "a = ['coverage-report-before -v']\ncoverage-report-before = 'b'",
        ),
        (
            "a = {ref = 'coverage-report'}\ncoverage-report = 'b'",
            "a = {ref = 'coverage-report-before'}\ncoverage-report-before = 'b'",
        ),
        (
            "a = {cmd = 'x', deps = ['coverage-report']}\ncoverage-report = 'b'",
            "a = {cmd = 'x', deps = ['coverage-report-before']}\ncoverage-report-before = 'b'",
        ),
        (
            "a = {cmd = 'x', uses = {X = 'coverage-report'}}\ncoverage-report = 'b'",
            "a = {cmd = 'x', uses = {X = 'coverage-report-before'}}\ncoverage-report-before = 'b'",
        ),
        (
            "coverage = [\n  'coverage-report',\n]\ncoverage-report = 'b'",
            "coverage-before = [\n  'coverage-report-before',\n]\ncoverage-report-before = 'b'",
        ),
        (
            "[tool.poe.tasks.coverage]\ncmd = 'a'\n[tool.poe.tasks.coverage.env]\nA = 'b'",
            (
                "[tool.poe.tasks.coverage-before]\ncmd = 'a'\n"
                "[tool.poe.tasks.coverage-before.env]\nA = 'b'"
            ),
        ),
        ("[[tool.poe.tasks.coverage]]\ncmd = 'a'", "[[tool.poe.tasks.coverage-before]]\ncmd = 'a'"),
        (
            "[tool.poe.groups.g.tasks]\ncoverage = 'a'",
            "[tool.poe.groups.g.tasks]\ncoverage-before = 'a'",
        ),
        ("[tool.other.tasks]\ncoverage = 'a'", "[tool.other.tasks]\ncoverage = 'a'"),
    ],
)
def test_task_is_found_in_every_way_of_writing_it(before, after):
    edit = with_coverage_poe(f"[tool.poe.tasks]\n{before}\n", OURS, {})
    assert edit.text == f"{INCLUDED}\n[tool.poe.tasks]\n{after}\n"


@pytest.mark.parametrize(
    ("text", "others", "message"),
    [
        (
            "[tool.poe]\ninclude = ['a.toml']\n",
            {"a.toml": "[tool.poe.tasks]\ncoverage = 'a'\n"},
            "a.toml defines `cov",
        ),
        (
            "[tool.poe]\ntasks.coverage = 'a'\n",
            {},
            "`include` in .tool.poe. and rename coverage, and commit",
        ),
        (
            "[tool.poe.tasks]\ncoverage = '''\ncoverage = 1\n'''\n",
            {},
            "and rename coverage, and commit",
        ),
    ],
)
def test_tasks_that_cannot_be_renamed_are_refused(text, others, message):
    with pytest.raises(Refusal, match=message):
        with_coverage_poe(text, OURS, others)
