"""The workflow: what must not change in it, and its own commands, run in two checkouts.

No runner here: the commands are those of the rendered file, run by bash as GitHub does.
"""

import shlex
import shutil
import subprocess

import pytest
import yaml

from conftest import COLLECTORS, INCIDENT_TOTAL
from copier_coverage.projects import Project
from copier_coverage.rendering import render


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """The workflow of a project with two legs."""
    project = render(tmp_path_factory.mktemp("workflow"), python_versions=["3.13", "3.11"])
    return yaml.safe_load((project / ".github" / "workflows" / "backend-ci.yml").read_text())


def steps(workflow, job):
    return {step["name"]: step for step in workflow["jobs"][job]["steps"]}


def test_every_leg_leaves_parts_under_its_own_name(workflow):
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"] == {"python-version": ["3.11", "3.13"]}
    assert job["strategy"]["fail-fast"] is False
    assert job["env"]["COVERAGE_FILE"].endswith("/.coverage.${{ matrix.python-version }}")
    upload = steps(workflow, "test")["Upload the coverage parts"]["with"]
    assert upload["name"] == "coverage-parts-${{ matrix.python-version }}"
    assert upload["include-hidden-files"] is True
    assert upload["if-no-files-found"] == "error"
    assert upload["path"] == ".coverage.*"
    # A leg that is run again would meet the artifact of its first attempt.
    assert upload["overwrite"] is True


def test_all_parts_arrive_in_one_folder(workflow):
    download = steps(workflow, "coverage")["Download the coverage parts"]["with"]
    assert download == {"pattern": "coverage-parts-*", "merge-multiple": True}


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


def run_job(project, workflow, name, **variables):
    """Run the commands of a job that has no failed leg to refuse, with the variables that the workflow sets.

    Returns:
        the exit code of the first command that fails, or 0, and all output.
    """
    job = workflow["jobs"][name]
    for variable, value in (workflow["env"] | job.get("env", {})).items():
        for expression, meaning in {"github.workspace": project.folder, "matrix.python-version": "3.11"}.items():
            value = value.replace("${{ " + expression + " }}", str(meaning))
        variables[variable] = value
    output = []
    for step in job["steps"]:
        if "run" not in step or "if" in step:
            continue
        process = project.run(f"exec bash -e -c {shlex.quote(step['run'])}", **variables)
        output.append(process.stdout)
        if process.returncode:
            return process.returncode, "".join(output)
    return 0, "".join(output)


def checkout(project, folder):
    """Copy what a checkout of project has into folder."""
    ignored = shutil.ignore_patterns(".venv", ".coverage*", "htmlcov", "coverage.xml", "coverage.json")
    return Project(shutil.copytree(project.folder, folder, ignore=ignored))


@pytest.mark.parametrize("collector", COLLECTORS)
@pytest.mark.parametrize(("threshold", "code"), [("", 0), ("93", 2)])
def test_commands_give_the_true_total_across_two_checkouts(install_sample, tmp_path, collector, threshold, code):
    source = install_sample("incident", "uv", collector)
    workflow = yaml.safe_load((source.folder / ".github" / "workflows" / "backend-ci.yml").read_text())
    leg, gate = checkout(source, tmp_path / "leg"), checkout(source, tmp_path / "gate")

    code_of_leg, output = run_job(leg, workflow, "test")
    assert code_of_leg == 0, output
    for part in leg.folder.glob(steps(workflow, "test")["Upload the coverage parts"]["with"]["path"]):
        shutil.move(part, gate.folder)

    summary = tmp_path / "summary.md"
    variables = {"GITHUB_STEP_SUMMARY": str(summary), "COVERAGE_FAIL_UNDER": threshold}
    code_of_gate, output = run_job(gate, workflow, "coverage", **variables)
    assert code_of_gate == code, output
    assert gate.total() == INCIDENT_TOTAL
    assert "92.67%" in summary.read_text()


def test_part_that_cannot_be_combined_is_refused(install_sample, tmp_path):
    source = install_sample("incident")
    workflow = yaml.safe_load((source.folder / ".github" / "workflows" / "backend-ci.yml").read_text())
    gate = checkout(source, tmp_path / "gate")
    gate.check("uv run coverage run -m pytest")
    (gate.folder / ".coverage.3.11.truncated").write_bytes(b"")
    code, output = run_job(gate, workflow, "coverage")
    assert code == 1
    assert "Not combined: .coverage.3.11.truncated" in output
