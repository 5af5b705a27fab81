"""The step for a GitLab pipeline: what it does not change, and what is left to do."""

from pathlib import Path

import pytest

from copier_coverage.adopt.pipeline import jobs_of, joined, pythons_of

BEFORE = (Path(__file__).parent / "files" / "pipeline" / "matrix.before").read_text()
TEST = "test:\n  script:\n    - pytest\n"


@pytest.mark.parametrize(
    "text",
    [
        "lint:\n  script:\n    - ruff check\n",
        f"{TEST}  extends: .python\n",
        f"{TEST}  artifacts: {{paths: [junit.xml]}}\n",
        "test:\n  script: [pytest]\n",
        "test:\n  script: pytest\n",
        "test: {script: [pytest]}\n",
        ".test:\n  script:\n    - pytest\ntest:\n  extends: .test\n",
        f"include: a.yml\n{TEST}",
        f"include: [a.yml]\n{TEST}",
        "",
        "- a\n",
        "a: [\n",
    ],
)
def test_pipeline_that_takes_no_line_is_left_as_it_is(project, text):
    assert joined(text, "ci.yml", "coverage", project()) is None


def test_what_is_no_job_is_told_from_one():
    assert [job.job for job in jobs_of(BEFORE)] == [
        *(".python", "unit tests", "lint", "coverage report", "deploy")
    ]


def test_what_the_gate_replaces_is_left_to_do(project):
    edit = joined(BEFORE, "ci.yml", "coverage", project())
    assert edit.left == ["ci.yml:33: coverage report - delete it: the gate does this"]
    text = f"{TEST}  coverage: /x/\n"
    edit = joined(text, "ci.yml", "coverage", project())
    mean = "ci.yml:4: coverage - delete it: GitLab shows the mean of all jobs with it"
    assert edit.left == [mean]


def test_job_of_another_project_is_not_measured(project):
    text = f"{TEST}backend:\n  script:\n    - cd backend\n    - pytest\n"
    edit = joined(text, "ci.yml", "coverage", project(folder="backend"))
    assert edit.text.count("extends: .measure-coverage") == 1
    assert '  needs: ["backend"]\n' in edit.text


def test_python_versions_are_those_of_the_jobs_that_run_tests_and_of_images(project):
    text = f"default:\n  image: python:3.13-slim\n{TEST}  variables: {{PY: '3.12', X: 13.12}}\n"
    assert pythons_of(f"{text}deploy:\n  script: [a 3.11]\n", project()) == {"3.12", "3.13"}
    assert pythons_of("a:\n  image: python:3.13\n  script: [b]\n", project()) == set()


def test_gate_must_be_there_when_one_of_several_jobs_is(project):
    text = f"{TEST}old:\n  script:\n    - tox\n  only: [main]\n"
    edit = joined(text, "ci.yml", "coverage", project())
    assert edit.left == ["ci.yml:4: coverage must be there whenever one of its `needs` is"]
    assert '  needs: ["test", "old"]\n  only: !reference ["old", only]\n' in edit.text
    assert 'GATE_NEEDS: \'["test", "old"]\'' in edit.text


@pytest.mark.parametrize(
    "text",
    [
        "a: &a\n  script:\n    - pytest\nb: *a\n",
        "a:\n  script: &a\n    - pytest\nb:\n  script: *a\n",
    ],
)
def test_script_that_two_jobs_share_is_not_changed(project, text):
    assert joined(text, ".gitlab-ci.yml", "coverage", project({})) is None
