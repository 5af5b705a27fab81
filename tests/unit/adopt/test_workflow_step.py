"""The step for a workflow: which steps are the project's, and what is left to do."""

from pathlib import Path

import pytest

from copier_coverage.adopt.workflow import joined, workflow_with_tests
from copier_coverage.errors import Refusal

BEFORE = (Path(__file__).parent / "files" / "workflow" / "matrix.before").read_text()
TWO_PROJECTS = """\
on: push
jobs:
  one:
    defaults: {run: {working-directory: one}}
    steps:
      - run: pytest
  two:
    steps:
      - run: pytest
        working-directory: two
"""


def test_what_the_gate_replaces_and_what_must_wait_for_it_is_left_to_do(project):
    edit = joined(BEFORE, "ci.yml", "coverage", project())
    assert edit.left == [
        "ci.yml:47: coverage - delete it: the gate does this",
        "ci.yml:41: uses: actions/upload-artifact@v6 - delete it: the gate does this",
        "ci.yml:58: required - add coverage-gate to its `needs`",
    ]


def test_steps_in_a_folder_of_the_project_are_measured(project):
    in_lines = "- run: |\n          cd one\n          python tests/check.py"
    text = TWO_PROJECTS.replace("- run: pytest", in_lines, 1)
    text = text.replace("    defaults: {run: {working-directory: one}}\n", "")
    there = project({"one/tests/check.py": "", "two/tests/test_a.py": ""})
    assert joined(text, "ci.yml", "coverage", there).text.count("measure-coverage") == 2


def test_steps_of_another_project_are_not_measured(project):
    edit = joined(TWO_PROJECTS, "ci.yml", "coverage", project(folder="two"))
    assert edit.text.count("measure-coverage") == 1
    assert "    needs: two\n" in edit.text
    assert joined(TWO_PROJECTS, "ci.yml", "coverage", project()) is None


ONE_PYTHON = """\
on: push
jobs:
  test:
    steps:
      - uses: actions/setup-python@v6
        with: {python-version: "VERSION"}
      - run: pytest
"""


def test_workflow_with_old_pythons_only_is_not_joined(project):
    old = ONE_PYTHON.replace("VERSION", "3.8")
    new = ONE_PYTHON.replace("VERSION", "3.12")
    there = project({".github/workflows/a.yml": old, ".github/workflows/b.yml": new})
    assert workflow_with_tests(there) == ".github/workflows/b.yml"


def test_workflow_for_something_else_is_joined_last(project):
    two_jobs = TWO_PROJECTS.replace("working-directory", "name")
    text = ONE_PYTHON.replace("VERSION", "3.12")
    folder = ".github/workflows"
    there = project({f"{folder}/action.yml": two_jobs, f"{folder}/deploy-latest.yml": two_jobs})
    assert workflow_with_tests(there) == f"{folder}/action.yml"
    there = project({f"{folder}/unit-tests.yml": text})
    assert workflow_with_tests(there) == f"{folder}/unit-tests.yml"


@pytest.mark.parametrize(
    "jobs",
    [
        "  a: &a\n    steps:\n      - run: pytest\n  b: *a\n",
        "  a:\n    steps: &a\n      - run: pytest\n  b:\n    steps: *a\n",
        "  a:\n    steps:\n      - &a\n        run: pytest\n  b:\n    steps:\n      - *a\n",
    ],
)
def test_steps_that_two_jobs_share_are_not_changed(project, jobs):
    with pytest.raises(Refusal, match=r"ci.yml:\d+: b has steps that an alias takes"):
        joined(f"on: push\njobs:\n{jobs}", "ci.yml", "coverage", project({}))
