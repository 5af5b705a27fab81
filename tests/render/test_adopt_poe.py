"""`invoke adopt`: the user's tasks for Poe the Poet."""

import subprocess
import sys
from pathlib import Path

import pytest

from adopting import PYPROJECT, adopt, refused

POE = Path(sys.executable).with_name("poe")
INCLUDED = '[tool.poe]\ninclude = "coverage_poe.toml"\n'
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
    lines = TASKS.replace("coverage = ", "coverage-before = ").replace(
        ".coverage-report]", ".coverage-report-before]"
    )
    lines = lines.replace('["coverage", {', '["coverage-before", {')
    lines = lines.replace('"lint", "coverage"]', '"lint", "coverage-before"]')
    assert f"\n{INCLUDED}{lines}" in text
    said = capsys.readouterr().out
    assert (
        "pyproject.toml: Poe task coverage is now coverage-before, as coverage_poe.toml has one"
        in said
    )
    run = [POE, "--executor", "simple", "-q"]
    listed = subprocess.run(
        [POE, "_list_tasks", "."], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    names = {
        "lint",
        "all",
        "coverage-before",
        "coverage-report-before",
        "coverage",
        "coverage-gate",
    }
    assert names <= set(listed.split())
    mine = subprocess.run(
        [*run, "coverage-report-before"], cwd=root, check=True, capture_output=True, text=True
    )
    assert mine.stdout == "mine\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {
                "pyproject.toml": f"{PYPROJECT}\n[tool.poe]\ninclude = ['a.toml']\n",
                "a.toml": "[tool.poe.tasks]\ncoverage = 'a'\n",
            },
            (
                "a.toml defines `coverage`, which coverage_poe.toml also defines. "
                "Rename it and commit."
            ),
        ),
    ],
)
def test_tasks_that_cannot_be_renamed_are_refused(repository, files, message):
    assert message in refused(repository(files))
