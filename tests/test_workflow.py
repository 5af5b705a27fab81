"""What stands in the workflow, for what a run of it cannot show: GitHub alone cancels legs and knows permissions."""

import subprocess

import pytest
import yaml

from copier_coverage.rendering import render
from copier_coverage.workflow_run import WORKFLOW

SYSTEMS = ["ubuntu-latest", "windows-latest"]


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """The workflow of a project with two legs."""
    project = render(tmp_path_factory.mktemp("workflow"), python_versions=["3.13", "3.11"])
    return yaml.safe_load((project / WORKFLOW).read_text())


def steps(workflow, job):
    return {step["name"]: step for step in workflow["jobs"][job]["steps"]}


def test_every_leg_leaves_parts_under_its_own_name(workflow):
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"] == {"python-version": ["3.11", "3.13"]}
    assert job["strategy"]["fail-fast"] is False
    assert job["env"]["LEG"] == "${{ matrix.python-version }}"
    tests = steps(workflow, "test")["Run the tests, leaving coverage parts"]
    name = "${{ github.workspace }}/.coverage.${{ github.sha }}.${{ env.LEG }}"
    assert tests["env"] == {"COVERAGE_FILE": name}
    upload = steps(workflow, "test")["Upload the coverage parts"]["with"]
    assert upload["name"] == "coverage-parts-${{ env.LEG }}"
    assert upload["include-hidden-files"] is True
    assert upload["if-no-files-found"] == "error"
    assert upload["path"] == ".coverage.*"
    # A leg that is run again would meet the artifact of its first attempt.
    assert upload["overwrite"] is True


@pytest.mark.parametrize(
    ("answers", "leg", "legs"),
    [
        ({"python_versions": ["3.13"]}, "${{ matrix.python-version }}", "3.13"),
        ({}, "${{ matrix.python-version }}", "{3.11,3.12,3.13,3.14,3.15}"),
        ({"shards": 4, "python_versions": ["3.13"]}, "${{ matrix.python-version }}-${{ matrix.shard }}", "3.13-{1..4}"),
        (
            {"operating_systems": SYSTEMS, "shards": 2, "python_versions": ["3.13", "3.12"]},
            "${{ matrix.os }}-${{ matrix.python-version }}-${{ matrix.shard }}",
            "{ubuntu-latest,windows-latest}-{3.12,3.13}-{1..2}",
        ),
    ],
)
def test_names_of_a_leg_have_every_dimension_of_the_matrix(tmp_path, answers, leg, legs):
    workflow = yaml.safe_load((render(tmp_path, **answers) / WORKFLOW).read_text())
    job = workflow["jobs"]["test"]
    for dimension in job["strategy"]["matrix"]:
        assert f"matrix.{dimension} " in leg
    assert job["env"]["LEG"] == leg
    check = steps(workflow, "coverage")["Refuse to combine without every leg's parts"]["run"]
    assert check == f'uv run python coverage_parts.py --legs "$GITHUB_SHA".{legs}'


@pytest.mark.parametrize(
    ("systems", "fork"),
    [
        (["windows-latest"], "subprocess"),
        (SYSTEMS, "${{ startsWith(matrix.os, 'windows') && 'subprocess' || 'fork' }}"),
        (["macos-latest"], None),
    ],
)
def test_windows_measures_neither_fork_nor_exec(tmp_path, systems, fork):
    workflow = yaml.safe_load((render(tmp_path, operating_systems=systems) / WORKFLOW).read_text())
    env = workflow["jobs"]["test"]["env"]
    assert env.get("COVERAGE_FORK") == fork
    assert env.get("COVERAGE_EXECV") == (fork and fork.replace("'fork'", "'execv'"))


def test_one_leg_has_no_dimension_that_it_does_not_need(workflow):
    assert list(workflow["jobs"]["test"]["strategy"]["matrix"]) == ["python-version"]
    assert workflow["jobs"]["test"]["runs-on"] == "ubuntu-latest"
    assert list(workflow["jobs"]["test"]["env"]) == ["LEG"]


def test_all_parts_arrive_in_one_folder(workflow):
    download = steps(workflow, "coverage")["Download the coverage parts"]["with"]
    assert download == {"pattern": "coverage-parts-*", "merge-multiple": True}


def test_pipe_hides_no_exit_code(workflow):
    # `bash` means `bash -eo pipefail`; GitHub's default is without.
    assert workflow["defaults"] == {"run": {"shell": "bash"}}


def test_settings_in_force_are_named(workflow):
    assert workflow["env"] == {"COVERAGE_RCFILE": "${{ github.workspace }}/pyproject.toml"}


def test_reports_are_uploaded_also_when_the_gate_is_red(workflow):
    upload = steps(workflow, "coverage")["Upload the reports"]
    assert upload["with"]["path"].split() == ["htmlcov/", "coverage.xml", "coverage.json"]
    assert upload["with"]["overwrite"] is True


def test_legs_neither_combine_nor_report_nor_gate(workflow):
    commands = [step.get("run", "") for step in workflow["jobs"]["test"]["steps"]]
    assert not any(word in command for command in commands for word in ("combine", "report", "fail-under"))


def test_gate_job_always_runs_and_refuses_first_when_a_leg_failed(workflow):
    job = workflow["jobs"]["coverage"]
    assert job["if"] == "always()"
    assert job["needs"] == "test"
    refusal = job["steps"][0]
    assert refusal["if"] == "needs.test.result != 'success'"
    command = ["bash", "-e", "-c", refusal["run"]]
    process = subprocess.run(command, env={"RESULT": "failure"}, check=False, capture_output=True, text=True)
    assert process.returncode == 1
    assert "the test job ended with 'failure'" in process.stdout


def test_gate_is_last_plain_and_after_the_upload(workflow):
    names = list(steps(workflow, "coverage"))
    assert names[-1] == "Check coverage threshold"
    assert names.index("Combine coverage data files") < names.index("Upload the reports") < len(names) - 1
    assert steps(workflow, "coverage")["Combine coverage data files"]["run"] == "uv run coverage combine"
    gate = steps(workflow, "coverage")["Check coverage threshold"]["run"]
    assert gate == 'uv run coverage report --fail-under="${COVERAGE_FAIL_UNDER:-80}"'


def test_token_can_only_read(workflow):
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 30
    for job in ("test", "coverage"):
        assert steps(workflow, job)["Check out the code"]["with"]["persist-credentials"] is False
