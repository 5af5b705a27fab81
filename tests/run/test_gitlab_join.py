"""A GitLab pipeline of somebody else's that was joined, really run: its jobs, and the gate's."""

import shutil

import pytest
from test_gitlab_pipeline import GATE, JOBS, assert_failed, total
from test_joined_workflow import SETTINGS, TOX, assert_no_command_line
from test_workflow_mutations import change
from test_workflow_run import MATRIX_TOTAL

from adopting import PYPROJECT, adopt
from workshop.act import commit_all
from workshop.gitlab import PIPELINE, STATE, run_pipeline
from workshop.rendered import RenderedProject
from workshop.rendering import SAMPLES

TEXT = """\
test:
  image: python:$PYTHON_VERSION
  parallel:
    matrix:
      - PYTHON_VERSION: ["3.11", "3.13"]
  variables:
    GREETING: hello
  script:
    - pip install tox
    - tox run -e py
"""
INCLUDED = ".gitlab/ci/coverage.yml"


def adopted(folder, text):
    """Return the sample matrix with a pipeline of its own that was joined."""
    shutil.copytree(SAMPLES / "matrix", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT.replace("incident", "matrix") + SETTINGS)
    (folder / "tox.ini").write_text(TOX)
    (folder / PIPELINE).write_text(text)
    commit_all(folder)
    adopt(folder, defaults=True)
    return RenderedProject(folder)


def test_total_is_that_of_all_jobs(tmp_path):
    """By tox, whose settings know nothing of coverage."""
    run = run_pipeline(adopted(tmp_path / "matrix", TEXT))
    assert run.passed, str(run)
    assert {*run.jobs} == {*JOBS, GATE}
    assert total(run) == MATRIX_TOTAL
    assert run.jobs[GATE].coverage == "95.00"
    for job in JOBS:
        assert_no_command_line(run.artifacts[job])


@pytest.fixture(scope="module")
def joined(tmp_path_factory):
    """The same without tox, which is faster, with the artifacts of its jobs."""
    install = "python -m pip install --quiet --editable . coverage pytest"
    faster = TEXT.replace("pip install tox", install).replace("tox run -e py", "python -m pytest")
    project = adopted(tmp_path_factory.mktemp("joined") / "matrix", faster)
    run = run_pipeline(project)
    assert run.passed, str(run)
    return project


@pytest.fixture
def project(joined, tmp_path):
    """A copy of it to change."""
    ignored = shutil.ignore_patterns("builds", "cache")
    return RenderedProject(shutil.copytree(joined.folder, tmp_path / "matrix", ignore=ignored))


def without_the_upload(project):
    change(project, r"^    - !reference \[\.upload-coverage.*\n", "", PIPELINE)


def without_measuring(project):
    change(project, "^    COVERAGE_PROCESS_START: .*\n", "", INCLUDED)


def other_source(project):
    step = "    - python -m pytest\n"
    change(project, step, f"    - echo 'A = 1' >> src/matrix/everywhere.py\n{step}", PIPELINE)


@pytest.mark.parametrize(
    ("mutation", "job", "message"),
    [
        (other_source, GATE, "Changed from the commit in test-3-11: src/"),
        pytest.param(
            without_the_upload, GATE, "from 0 of 1 jobs of 'test'", marks=pytest.mark.long
        ),
        pytest.param(
            without_measuring,
            GATE,
            "No data from test-3-11: no process of the tests",
            marks=pytest.mark.long,
        ),
    ],
)
def test_mutation_of_the_test_jobs_fails_for_its_own_reason(project, mutation, job, message):
    shutil.rmtree(project.folder / STATE)
    mutation(project)
    change(project, '"3.11", "3.13"', '"3.11"', PIPELINE)
    assert_failed(run_pipeline(project), job, 1, message)


def data_of_one_job(project):
    (folder,) = (project.folder / STATE / "artifacts").glob("test*/coverage-data/test-3-13")
    shutil.rmtree(folder)


def without_the_names_of_the_jobs(project):
    change(project, "^  variables:\n    GATE_NEEDS: .*\n", "", PIPELINE)


def with_the_name_of_another_job(project):
    change(project, r"GATE_NEEDS: '\[\"test\"\]'", 'GATE_NEEDS: \'["test", "lint"]\'', PIPELINE)


@pytest.mark.parametrize(
    ("mutation", "message"),
    [
        (data_of_one_job, "Coverage data from 1 of 2 jobs of 'test': test-3-11\n"),
        (without_the_names_of_the_jobs, "GATE_NEEDS: Name the jobs that measure"),
        (with_the_name_of_another_job, "Coverage data from 0 of 1 jobs of 'lint': "),
    ],
)
def test_mutation_of_the_gate_job_fails_for_its_own_reason(project, mutation, message):
    mutation(project)
    assert_failed(run_pipeline(project, [GATE]), GATE, 1, message)
