"""`invoke adopt`: the user's tasks for Poe the Poet."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from adopting import PYPROJECT, refused
from copier_coverage.adopt import adopt
from copier_coverage.adopt.poe import means, rename_tasks, tasks, with_include

POE = Path(sys.executable).with_name("poe")
INCLUDED = '[tool.poe]\ninclude = "coverage_poe.toml"\n'
RENAMED = {"coverage": "coverage-before", "coverage-report": "coverage-report-before"}
TASKS = """
# Ours
[tool.poe.tasks]
lint = "true"
coverage = "echo mine"  # before
all = ["lint", "coverage"]

[tool.poe.tasks.coverage-report]
sequence = ["coverage", { cmd = "true" }]
"""


def test_tasks_of_the_user_stay_under_another_name(repository, capsys):
    root = repository({"pyproject.toml": PYPROJECT + TASKS})
    adopt(root, defaults=True)
    text = (root / "pyproject.toml").read_text()
    lines = TASKS.replace("coverage = ", "coverage-before = ").replace(".coverage-report]", ".coverage-report-before]")
    lines = lines.replace('["coverage", {', '["coverage-before", {')
    assert f"\n{INCLUDED}{lines}" in text
    said = capsys.readouterr().out
    assert "pyproject.toml: Poe task coverage is now coverage-before, as coverage_poe.toml has one" in said
    run = [POE, "--executor", "simple", "-q"]
    listed = subprocess.run([POE, "_list_tasks", "."], cwd=root, check=True, capture_output=True, text=True).stdout
    names = {"lint", "all", "coverage-before", "coverage-report-before", "coverage", "coverage-gate"}
    assert names <= set(listed.split())
    mine = subprocess.run([*run, "coverage-report-before"], cwd=root, check=True, capture_output=True, text=True)
    assert mine.stdout == "mine\n"
    # What the user's other tasks mean by `coverage` is now the gate.
    gate = subprocess.run([*run, "-d", "all"], cwd=root, check=True, capture_output=True, text=True)
    assert "coverage_gate.py" in gate.stdout + gate.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[tool.poe.tasks]\na = 'true'\n", f"{INCLUDED}\n[tool.poe.tasks]\na = 'true'\n"),
        ("[[tool.poe.tasks.a]]\ncmd = 'true'\n", f"{INCLUDED}\n[[tool.poe.tasks.a]]\ncmd = 'true'\n"),
        ("# Ours\n[tool.poe.tasks]\na = 'true'\n", f"{INCLUDED}\n# Ours\n[tool.poe.tasks]\na = 'true'\n"),
        ("[tool.poe]\nverbosity = -1\n", f"{INCLUDED}verbosity = -1\n"),
        ("[tool.poe]\ninclude = 'a.toml'\n", "[tool.poe]\ninclude = ['a.toml', \"coverage_poe.toml\"]\n"),
        ("[tool.poe]\ninclude = ['a.toml'] # a\n", "[tool.poe]\ninclude = ['a.toml', \"coverage_poe.toml\"] # a\n"),
        (
            "[tool.poe]\ninclude = {path = 'a.toml'}\n",
            "[tool.poe]\ninclude = [{path = 'a.toml'}, \"coverage_poe.toml\"]\n",
        ),
        ("[project]\nname = 'a'\n", f"[project]\nname = 'a'\n\n{INCLUDED}"),
    ],
)
def test_include_is_added_to_what_is_there(before, after):
    there = tomllib.loads(before).get("tool", {}).get("poe", {}).get("include")
    assert with_include(before, there) == after
    assert means(after, before, {})


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
        ("a = ['coverage']\ncoverage = 'b'", "a = ['coverage']\ncoverage-before = 'b'"),
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
            "[tool.poe.tasks.coverage-before]\ncmd = 'a'\n[tool.poe.tasks.coverage-before.env]\nA = 'b'",
        ),
        ("[[tool.poe.tasks.coverage]]\ncmd = 'a'", "[[tool.poe.tasks.coverage-before]]\ncmd = 'a'"),
        ("[tool.poe.groups.g.tasks]\ncoverage = 'a'", "[tool.poe.groups.g.tasks]\ncoverage-before = 'a'"),
        ("[tool.other.tasks]\ncoverage = 'a'", "[tool.other.tasks]\ncoverage = 'a'"),
    ],
)
def test_task_is_found_in_every_way_of_writing_it(before, after):
    before, after = f"[tool.poe.tasks]\n{before}\n", f"[tool.poe.tasks]\n{after}\n"
    there = tasks(tomllib.loads(before)["tool"]["poe"])
    renamed = {name: kept for name, kept in RENAMED.items() if name in there}
    changed = rename_tasks(before, renamed)
    assert changed == after
    assert means(with_include(changed, None), before, renamed)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {
                "pyproject.toml": f"{PYPROJECT}\n[tool.poe]\ninclude = ['a.toml']\n",
                "a.toml": "[tool.poe.tasks]\ncoverage = 'a'\n",
            },
            "a.toml defines `coverage`, which coverage_poe.toml also defines. Rename it and commit.",
        ),
        (
            {"pyproject.toml": f"{PYPROJECT}\n[tool.poe]\ntasks.coverage = 'a'\n"},
            "pyproject.toml: add coverage_poe.toml to `include` in [tool.poe] and rename coverage, and commit.",
        ),
        (
            {"pyproject.toml": f"{PYPROJECT}\n[tool.poe.tasks]\ncoverage = '''\ncoverage = 1\n'''\n"},
            "and rename coverage, and commit.",
        ),
    ],
)
def test_tasks_that_cannot_be_renamed_are_refused(repository, files, message):
    assert message in refused(repository(files))


def test_include_that_is_there_is_not_added_again(repository):
    mine = f"{PYPROJECT}\n[tool.poe]\ninclude = ['./coverage_poe.toml']\n"
    root = repository({"pyproject.toml": mine})
    adopt(root, defaults=True)
    assert (root / "pyproject.toml").read_text().count("coverage_poe.toml") == 1
