"""The five stages, really run: every package manager, both collectors, Make and Invoke.

The sample incident has 142 statements, 7 of them missed, and 8 branches, 4 of them missed.
"""

import pytest

from conftest import INCIDENT_TOTAL, projects
from copier_coverage.projects import Project
from copier_coverage.rendering import render

STAGES = ("erase", "test", "combine", "report", "gate")

LEAVE_WITH_7 = """\
import pytest

def test_leaves_with_a_code_of_its_own():
    pytest.exit("the suite ends here", returncode=7)
"""


def test_total_is_true_and_the_gate_decides_by_it(incident, runner):
    process = incident.run(incident.stage(runner))
    assert process.returncode == 0, process.stdout
    assert incident.total() == INCIDENT_TOTAL
    for report in ("htmlcov/index.html", "coverage.xml", "coverage.json"):
        assert (incident.folder / report).exists()
    process = incident.run(incident.stage(runner, "gate"), COVERAGE_FAIL_UNDER="93")
    assert process.returncode == 2, process.stdout


@pytest.mark.parametrize(("threshold", "code"), [("92.67", 0), ("92.68", 2), ("", 0), ("eighty", 1)])
def test_threshold_of_one_run(uv_incident, runner, threshold, code):
    if not (uv_incident.folder / ".coverage").exists():
        uv_incident.check(uv_incident.stage(runner))
    process = uv_incident.run(uv_incident.stage(runner, "gate"), COVERAGE_FAIL_UNDER=threshold)
    # Make has one code for every failure, and prints the command's.
    assert process.returncode == (2 if code and runner == "make" else code), process.stdout
    assert runner == "invoke" or code == 0 or f"Error {code}" in process.stdout


def test_failing_suite_is_never_green(incident, runner, add_test):
    add_test(incident, LEAVE_WITH_7)
    process = incident.run(incident.stage(runner), COVERAGE_FAIL_UNDER="1")
    assert "the suite ends here" in process.stdout
    assert "coverage combine" not in process.stdout
    assert process.returncode == (2 if runner == "make" else 7)
    assert "Error 7" in process.stdout or runner == "invoke"


@pytest.mark.parametrize("uv_incident", projects(["uv"], ["pytest-cov"]), indirect=True)
@pytest.mark.parametrize("addopts", ["--cov-fail-under=99", "--cov-config=tox.ini"])
def test_options_of_pytest_cov_decide_nothing(uv_incident, runner, addopts):
    """Only the gate does: in one process, on one machine, there is no total yet."""
    settings = uv_incident.folder / "pyproject.toml"
    complete = settings.read_text()
    try:
        settings.write_text(f'{complete}\n[tool.pytest.ini_options]\naddopts = "{addopts}"\n')
        process = uv_incident.run(uv_incident.stage(runner))
    finally:
        settings.write_text(complete)
    assert process.returncode == 0, process.stdout
    assert uv_incident.total() == INCIDENT_TOTAL


def test_each_stage_alone_and_twice_does_no_harm(uv_incident, runner):
    for stage in STAGES:
        uv_incident.check(uv_incident.stage(runner, stage))
        again = uv_incident.run(uv_incident.stage(runner, stage))
        if stage == "combine":
            assert "No data to combine" in again.stdout
            assert again.returncode != 0
        else:
            assert again.returncode == 0, again.stdout
    assert uv_incident.total() == INCIDENT_TOTAL


@pytest.mark.parametrize("stage", ["combine", "report", "gate"])
def test_stage_with_nothing_to_work_on_says_so_and_fails(uv_incident, runner, stage):
    uv_incident.check(uv_incident.stage(runner, "erase"))
    process = uv_incident.run(uv_incident.stage(runner, stage))
    assert process.returncode != 0
    assert "No data to" in process.stdout


@pytest.mark.parametrize(
    ("manager", "source_dir"),
    [("uv", "orders"), ("poetry", "orders"), ("poetry", "services/api"), ("pip", "services/api")],
)
def test_starter_of_any_layout_is_installed_and_passes(tmp_path, manager, source_dir):
    answers = {"project_name": "Order Service", "package_name": "orders", "source_dir": source_dir}
    project = Project(render(tmp_path, package_manager=manager, coverage_threshold="100", **answers), manager)
    project.install()
    project.check("make coverage-test coverage-combine coverage-gate")
