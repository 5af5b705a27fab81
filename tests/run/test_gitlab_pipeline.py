"""The rendered GitLab pipeline, really run by gitlab-ci-local: the total is exact, and gates.

Each protection is taken out once: then the pipeline fails, with the reason.
"""

import json
import re
import shutil

import pytest
from test_workflow_mutations import change
from test_workflow_run import MATRIX_TOTAL, PYTHONS

from workshop.gitlab import PIPELINE, STATE, run_pipeline
from workshop.rendered import RenderedProject
from workshop.rendering import render_sample

OLD, NEW = JOBS = [f"test: [{python}]" for python in PYTHONS]
GATE = "coverage"


def matrix(folder, **answers):
    """Return the sample matrix for GitLab, with two test jobs; it just reaches its threshold."""
    given = {"ci_providers": ["gitlab"], "python_versions": PYTHONS, "coverage_threshold": "95"}
    manager = answers.get("package_manager", "uv")
    return RenderedProject(render_sample("matrix", folder / "matrix", **given | answers), manager)


def total(run):
    report = next(name for name in run.artifacts[GATE] if name.endswith("coverage.json"))
    return json.loads(run.artifacts[GATE][report])["totals"]["percent_covered"]


@pytest.mark.parametrize("manager", ["pip", pytest.param("poetry", marks=pytest.mark.long)])
def test_total_of_two_jobs_is_exact(tmp_path, manager):
    # Poetry's plugin lets it use the package index that pip uses.
    package = "poetry-plugin-pypi-mirror" if manager == "poetry" else ""
    run = run_pipeline(matrix(tmp_path, package_manager=manager), IMAGE_PACKAGE=package)
    assert run.passed, str(run)
    assert total(run) == MATRIX_TOTAL
    assert run.jobs[GATE].coverage == "95.00"


def test_project_in_a_folder_below_the_root_with_shards(tmp_path):
    """GitLab looks for the files of the report from the repository's root."""
    project = matrix(tmp_path, working_directory="services/api", shards=2, python_versions=["3.11"])
    change(project, "fail-under=95", "fail-under=75", PIPELINE)
    run = run_pipeline(project)
    assert run.passed, str(run)
    assert {*run.jobs} == {"test: [3.11,1]", "test: [3.11,2]", GATE}
    assert "Tests of 3.11: 4, each in one shard." in run.jobs[GATE].output
    report = run.artifacts[GATE]["services/api/coverage.xml"]
    assert b'filename="services/api/src/matrix/never.py"' in report
    assert b"<source>.</source>" in report
    assert "services/api/htmlcov/index.html" in run.artifacts[GATE]


@pytest.fixture(scope="module")
def two_jobs(tmp_path_factory):
    """The sample matrix, and its pipeline."""
    project = matrix(tmp_path_factory.mktemp("two_jobs"))
    return project, run_pipeline(project)


@pytest.fixture
def project(two_jobs, tmp_path):
    """A copy of it to change, with the artifacts of its jobs."""
    original, _ = two_jobs
    ignored = shutil.ignore_patterns("builds", "cache")
    return RenderedProject(shutil.copytree(original.folder, tmp_path / "matrix", ignore=ignored))


def test_passes_without_a_mutation(two_jobs, project):
    assert {*two_jobs[1].jobs} == {*JOBS, GATE}
    for run in (two_jobs[1], run_pipeline(project, [GATE])):
        assert run.passed, str(run)
        assert total(run) == MATRIX_TOTAL
        assert run.jobs[GATE].coverage == "95.00"
        assert "Coverage data from 2 jobs: 3.11, 3.13" in run.jobs[GATE].output


def test_data_of_each_job_has_its_own_folder_and_name(two_jobs):
    _, run = two_jobs
    for name, python in zip(JOBS, PYTHONS, strict=True):
        folder = f"coverage-data/{python}"
        assert f"{folder}/.coverage-gate/state.json" in run.artifacts[name]
        # It has command lines.
        assert f"{folder}/.coverage-gate/processes.log" not in run.artifacts[name]
        assert all(path.startswith(f"{folder}/.coverage") for path in run.artifacts[name])
        data = [path for path in run.artifacts[name] if path.startswith(f"{folder}/.coverage.")]
        assert data and all(re.search(rf"/\.coverage\.\w{{40}}\.\d+\.{python}\.", d) for d in data)


# What the test jobs do: with the job, whose exit code, and message


def job_without_data(project):
    change(
        project,
        r"^    - mv (.*)$",
        '    - if [ "$JOB" = 3.11 ]; then mv .coverage* coverage-data/$JOB; fi',
        PIPELINE,
    )


def without_artifacts(project):
    change(project, r'^    paths: \["coverage-data/"\]$', "    paths: [none/]", PIPELINE)


def one_name_of_two_jobs(project):
    change(project, r"JOB: \$PYTHON_VERSION$", "JOB: job", PIPELINE)


def failed_job(project):
    test = "import sys\n\n\ndef test_old():\n    assert sys.version_info < (3, 13)\n"
    (project.folder / "tests" / "test_old.py").write_text(test)


def failed_job_that_may_fail(project):
    failed_job(project)
    change(project, "^test:\n", "test:\n  allow_failure: true\n", PIPELINE)


def without_a_test(project):
    for path in (project.folder / "tests").glob("test_*.py"):
        path.unlink()


def without_a_data_file(project):
    change(project, r"^    - mv \.coverage\.\* ", "    - mv ", PIPELINE)


def without_relative_files(project):
    change(project, "^relative_files = true\n", "", "pyproject.toml")


def job_of_another_commit(project):
    change(project, r"GATE_NAME: \$CI_COMMIT_SHA\.", "GATE_NAME: 0123abcd.", PIPELINE)


def other_source_in_the_test_jobs(project):
    change(
        project,
        "^    - (?=.* test$)",
        "    - echo 'A = 1' >> src/matrix/everywhere.py\n    - ",
        PIPELINE,
    )


@pytest.mark.parametrize(
    ("mutation", "job", "code", "message"),
    [
        (job_without_data, GATE, 1, "Coverage data from 1 of 2 jobs: 3.11\n"),
        (without_a_test, NEW, 5, "no tests ran"),
        pytest.param(failed_job, NEW, 1, "1 failed, 4 passed", marks=pytest.mark.long),
        pytest.param(
            failed_job_that_may_fail,
            GATE,
            1,
            "Coverage data from 1 of 2 jobs: 3.11\n",
            marks=pytest.mark.long,
        ),
        pytest.param(without_artifacts, GATE, 1, "from 0 of 1 jobs", marks=pytest.mark.long),
        pytest.param(
            one_name_of_two_jobs, GATE, 1, "from 1 of 2 jobs: job", marks=pytest.mark.long
        ),
        pytest.param(without_a_data_file, GATE, 1, "No data from 3.1", marks=pytest.mark.long),
        pytest.param(
            without_relative_files, GATE, 1, "Combining would count ", marks=pytest.mark.long
        ),
        pytest.param(
            job_of_another_commit,
            GATE,
            1,
            "Data of another commit, or of two jobs: 0123abcd.",
            marks=pytest.mark.long,
        ),
        pytest.param(
            other_source_in_the_test_jobs,
            GATE,
            1,
            "Not the source that 3.11 measured: src/matrix/everywhere.py",
            marks=pytest.mark.long,
        ),
    ],
)
def test_mutation_of_the_test_jobs_fails_for_its_own_reason(project, mutation, job, code, message):
    shutil.rmtree(project.folder / STATE)
    mutation(project)
    assert_failed(run_pipeline(project), job, code, message)


# What the gate job does, or is given


def threshold_above(project):
    change(project, "--fail-under=95$", "--fail-under=95.01", PIPELINE)


def threshold_above_and_gate_piped(project):
    change(project, "--fail-under=95$", "--fail-under=95.01 | tee gate.log", PIPELINE)


def without_collecting(project):
    change(project, "^    - .* collect\n", "", PIPELINE)


def without_combine(project):
    change(project, "^    - .* combine\n", "", PIPELINE)


def data_of_one_job(project):
    (folder,) = (project.folder / STATE / "artifacts").glob("test*/coverage-data/3.13")
    shutil.rmtree(folder)


def truncated_data_file(project):
    for path in (project.folder / STATE / "artifacts").rglob(".coverage.*.3.13.*"):
        path.write_bytes(path.read_bytes()[:9000])


BELOW = "Coverage failure: total of 95.00 is less than fail-under=95.01"


@pytest.mark.parametrize(
    ("mutation", "code", "message"),
    [
        (threshold_above, 2, BELOW),
        (threshold_above_and_gate_piped, 2, BELOW),
        (data_of_one_job, 1, "Coverage data from 1 of 2 jobs: 3.11\n"),
        (without_collecting, 1, "No data to combine"),
        (without_combine, 1, "Not combined: .coverage."),
        (truncated_data_file, 1, "Not combined: .coverage."),
    ],
)
def test_mutation_of_the_gate_job_fails_for_its_own_reason(project, mutation, code, message):
    mutation(project)
    run = run_pipeline(project, [GATE])
    assert_failed(run, GATE, code, message)
    if message == BELOW:  # The reports are there all the same.
        assert {"coverage.xml", "htmlcov/index.html"} <= {*run.artifacts[GATE]}


def assert_failed(run, job, code, message):
    """Assert that a pipeline failed by a job that ended with a code and a message."""
    assert not run.passed, str(run)
    assert run.jobs[job].exit_code == code, str(run)
    assert message in run.jobs[job].output, str(run)
    assert GATE not in run.jobs or run.jobs[GATE].exit_code, str(run)


def test_data_of_a_retried_job_is_that_of_its_newest_run(project):
    """A retry has a new id; the data of a run before it must not count."""
    (state,) = (project.folder / STATE / "artifacts").glob("test*/coverage-data/3.13")
    before = {path.name for path in state.iterdir() if path.is_file()}
    retried = run_pipeline(project, [NEW])
    assert retried.jobs[NEW].exit_code == 0, str(retried)
    assert not before & {path.name for path in state.iterdir() if path.is_file()}
    run = run_pipeline(project, [GATE])
    assert run.passed, str(run)
    assert total(run) == MATRIX_TOTAL


def given_variables(project):
    """Give the pipeline variables, as whoever starts one can: no reviewer sees them."""
    given = {"COVERAGE_RCFILE": "other.toml", "COVERAGE_FORCE_CONFIG": "other.toml"}
    given |= {"COVERAGE_FILE": "other/.coverage", "COVERAGE_FAIL_UNDER": "1"}
    (project.folder / ".gitlab-ci-local-variables.yml").write_text(json.dumps(given))


def test_processes_without_data_are_named_before_the_gate(project):
    """As a summary of GitHub's does it; `coverage report` knows nothing of them."""
    given_variables(project)
    for state in (project.folder / STATE / "artifacts").rglob("state.json"):
        lost = json.loads(state.read_text()) | {"lost": ["  python x, pid 1: killed"]}
        state.write_text(json.dumps(lost))
    threshold_above(project)
    change(project, "threshold = 95", "threshold = 95.01", "pyproject.toml")
    run = run_pipeline(project, [GATE])
    assert run.jobs[GATE].exit_code == 2, str(run)
    before, _, _ = run.jobs[GATE].output.partition("$ uv run coverage report")
    assert "The total is too low, as data is missing:\n  python x, pid 1: killed, in 3.11" in before
