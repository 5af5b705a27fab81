"""The rendered workflow, really run by act: the total is exact, and the gate decides by it."""

import pytest

from conftest import change_settings
from workshop.act import run_workflow
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE, render_sample

# The sample matrix: 188 of 198 statements, and both branches.
MATRIX_TOTAL = 100 * (188 + 2) / (198 + 2)
# The lines of Python before and after 3.12 are different ones.
PYTHONS = ["3.11", "3.13"]


def gated(run) -> str:
    """Return what the gate of a run printed."""
    (gate,) = run.named("Check coverage threshold")
    return gate.output


@pytest.mark.parametrize(
    ("manager", "collector"),
    [
        ("uv", "pytest-cov"),
        ("poetry", "coverage"),
        ("pdm", "pytest-cov"),
        ("hatch", "coverage"),
        ("pip", "coverage"),
    ],
)
def test_total_of_two_jobs_is_exact(tmp_path, pipx, manager, collector):
    answers = {"package_manager": manager, "collector": collector, "coverage_threshold": "95"}
    project = RenderedProject(
        render_sample("matrix", tmp_path / "matrix", python_versions=PYTHONS, **answers), manager
    )
    if lock := TEMPLATE.managers[manager]["lock_file"]:
        project.check(f"{manager} lock")
        assert (project.folder / lock).exists()
    by_pipx = "pipx install" in str(TEMPLATE.managers[manager]["set_up"])
    run = run_workflow(project, **pipx(manager) if by_pipx else {})
    assert run.exit_code == 0, str(run)
    assert run.total() == MATRIX_TOTAL
    assert "95.00%" in gated(run)


def test_project_in_a_folder_below_the_root(tmp_path):
    answers = {"working_directory": "services/api", "coverage_threshold": "95"}
    run = run_workflow(
        RenderedProject(
            render_sample("matrix", tmp_path / "matrix", python_versions=PYTHONS, **answers)
        )
    )
    assert run.exit_code == 0, str(run)
    assert run.total() == MATRIX_TOTAL
    reports = run.artifacts["coverage-reports"]
    assert {"coverage.json", "coverage.xml", "htmlcov/index.html"} <= set(reports)
    assert b'filename="services/api/src/matrix/never.py"' in reports["coverage.xml"]


def test_lock_file_that_is_out_of_date_stops_the_jobs(tmp_path):
    project = RenderedProject(
        render_sample("matrix", tmp_path / "matrix", python_versions=["3.11"])
    )
    project.check("uv lock")
    settings = project.folder / "pyproject.toml"
    settings.write_text(
        settings.read_text().replace("dependencies = []", 'dependencies = ["attrs"]')
    )
    run = run_workflow(project)
    assert run.exit_code == 1
    assert "needs to be updated" in run.named("Install the project")[0].output


def test_second_attempt_replaces_the_data_of_the_first(tmp_path):
    """ "Re-run failed jobs", then "Re-run all jobs"."""
    project = RenderedProject(
        render_sample(
            "matrix", tmp_path / "matrix", python_versions=PYTHONS, coverage_threshold="95"
        )
    )
    flaky = project.folder / "tests" / "test_flaky.py"
    # On 3.13, the first attempt fails. It also runs what no other test runs: its data must not
    # count.
    flaky.write_text(
        "import os\nimport sys\n\n\ndef test_flaky():\n"
        "    if os.environ['GITHUB_RUN_ATTEMPT'] == '1':\n"
        "        import matrix.never\n\n"
        "        assert matrix.never and sys.version_info < (3, 13)\n"
    )
    store = tmp_path / "artifacts"
    first = run_workflow(project, store)
    assert first.exit_code == 1
    assert set(first.artifacts) == {"coverage-data-1-3.11"}

    failed_jobs = run_workflow(project, store, attempt=2, only={"python-version": "3.13"})
    assert failed_jobs.exit_code == 0, str(failed_jobs)
    assert "Coverage data from 2 jobs: 3.11, 3.13" in str(failed_jobs)
    # The first attempt of 3.11 is its newest, and ran all of it.
    assert failed_jobs.total() == 100

    all_jobs = run_workflow(project, store, attempt=3)
    assert all_jobs.exit_code == 0, str(all_jobs)
    assert len(all_jobs.artifacts) == 5
    assert all_jobs.total() == MATRIX_TOTAL


SHOWS_SEED = """\
import os


def pytest_report_header():
    return f"hash seed {os.environ.get('PYTHONHASHSEED')}"
"""


@pytest.fixture(scope="module", params=[pytest.param(None, id="(eight-jobs)")])
def eight_jobs(tmp_path_factory):
    """A project with two runners, two Pythons and two shards, and the run of its workflow.

    Its developers have a plugin that shuffles the tests, in each shard in another order.
    """
    folder = tmp_path_factory.mktemp("eight_jobs") / "matrix"
    systems = ["ubuntu-latest", "macos-latest"]
    answers = {"operating_systems": systems, "shards": 2, "task_runners": ["make", "invoke"]}
    project = RenderedProject(render_sample("matrix", folder, python_versions=PYTHONS, **answers))
    change_settings(folder, "dev = [\n", 'dev = [\n    "pytest-randomly>=4",\n')
    (folder / "tests" / "conftest.py").write_text(SHOWS_SEED)
    return project, run_workflow(project)


def test_every_job_alone_is_below_the_threshold_and_all_together_are_exact(eight_jobs):
    project, run = eight_jobs
    assert run.exit_code == 0, str(run)
    assert run.total() == MATRIX_TOTAL

    data = {name: files for name, files in run.artifacts.items() if name != "coverage-reports"}
    assert len(data) == 8
    totals = {}
    project.check("uv sync")
    for name, files in data.items():
        project.check("make coverage-erase")
        for file, content in files.items():
            (project.folder / file).write_bytes(content)
        totals[name] = project.run("make -s coverage-combine coverage-gate")
        assert totals[name].returncode == 2, name
    shares = {"-1": "63.50%", "-2": "38.50%"}
    for name, process in totals.items():
        assert shares[name[-2:]] in process.stdout, name


def test_each_shard_runs_its_tests_only(eight_jobs):
    _, run = eight_jobs
    jobs = run.named("Run the tests")
    assert len(jobs) == 8
    for job in jobs:
        assert f"Running group {job.matrix['shard']}/2" in job.output
        assert "2 passed, 2 deselected" in job.output
        # Tests are parametrized by sets in the same order.
        assert "hash seed 0" in job.output
    (collected,) = run.named("Check that every test job uploaded its data")
    assert "Tests of ubuntu-latest-3.11: 4, each in one shard." in collected.output
    assert collected.output.count("each in one shard") == 4


def test_durations_of_all_tests_are_written_for_the_shards(eight_jobs, runner):
    project, _ = eight_jobs
    durations = project.folder / ".test_durations"
    durations.write_text('{"tests/test_matrix.py::test_that_was_removed": 1}')
    project.check(project.stage(runner, "durations"))
    assert durations.read_text().count("::") == 4
    assert "removed" not in durations.read_text()
