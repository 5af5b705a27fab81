"""The rendered workflow, really run by act: the total is exact, and the gate decides by it."""

import pytest

from conftest import COLLECTORS
from copier_coverage.projects import Project
from copier_coverage.rendering import render_sample
from copier_coverage.workflow_run import run_workflow

# The sample legs: 188 of 198 statements, and both branches.
LEGS_TOTAL = 100 * (188 + 2) / (198 + 2)
# The lines of Python before and after 3.12 are different ones.
PYTHONS = ["3.11", "3.13"]


def gated(run) -> str:
    """Return what the gate of a run printed."""
    (gate,) = run.named("Check coverage threshold")
    return gate.output


@pytest.mark.parametrize(
    ("manager", "collector"),
    [*(("uv", collector) for collector in COLLECTORS), ("pip", "coverage"), ("poetry", "coverage")],
)
def test_total_of_two_legs_is_exact(tmp_path, request, manager, collector):
    answers = {"package_manager": manager, "collector": collector, "coverage_threshold": "95"}
    project = Project(render_sample("legs", tmp_path / "legs", python_versions=PYTHONS, **answers), manager)
    run = run_workflow(project, **request.getfixturevalue("pipx") if manager == "poetry" else {})
    assert run.exit_code == 0, str(run)
    assert run.total() == LEGS_TOTAL
    assert "95.00%" in gated(run)


def test_project_in_a_folder_below_the_root(tmp_path):
    answers = {"working_directory": "services/api", "coverage_threshold": "95"}
    run = run_workflow(Project(render_sample("legs", tmp_path / "legs", python_versions=PYTHONS, **answers)))
    assert run.exit_code == 0, str(run)
    assert run.total() == LEGS_TOTAL
    assert {"coverage.json", "coverage.xml", "htmlcov/index.html"} <= set(run.artifacts["coverage-reports"])


@pytest.fixture(scope="module")
def eight_legs(tmp_path_factory):
    """A project with two runners, two Pythons and two shards, and the run of its workflow."""
    folder = tmp_path_factory.mktemp("eight_legs") / "legs"
    systems = ["ubuntu-latest", "macos-latest"]
    project = Project(render_sample("legs", folder, python_versions=PYTHONS, operating_systems=systems, shards=2))
    return project, run_workflow(project)


def test_every_leg_alone_is_below_the_threshold_and_all_together_are_exact(eight_legs):
    project, run = eight_legs
    assert run.exit_code == 0, str(run)
    assert run.total() == LEGS_TOTAL

    parts = {name: files for name, files in run.artifacts.items() if name != "coverage-reports"}
    assert len(parts) == 8
    totals = {}
    project.check("uv sync")
    for name, files in parts.items():
        for part, content in files.items():
            (project.folder / part).write_bytes(content)
        project.check("make coverage-combine")
        totals[name] = project.run(f"{project.stage('make', 'gate')} -s")
        assert totals[name].returncode == 2, name
    shares = {"-1": "63.50%", "-2": "38.50%"}
    for name, process in totals.items():
        assert shares[name[-2:]] in process.stdout, name


def test_each_shard_runs_its_tests_only(eight_legs):
    _, run = eight_legs
    legs = run.named("Run the tests, leaving coverage parts")
    assert len(legs) == 8
    for leg in legs:
        assert f"Running group {leg.leg['shard']}/2" in leg.output
        assert "2 passed, 2 deselected" in leg.output


def test_durations_of_all_tests_are_written_for_the_shards(eight_legs, runner):
    project, _ = eight_legs
    durations = project.folder / ".test_durations"
    durations.write_text('{"tests/test_legs.py::test_that_was_removed": 1}')
    project.check(project.stage(runner, "durations"))
    assert durations.read_text().count("::") == 4
    assert "removed" not in durations.read_text()
