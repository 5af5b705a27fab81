"""What a run of the workflow cannot show: GitHub alone cancels jobs and knows permissions."""

import subprocess
import tomllib

import pytest
import yaml

from conftest import RUNNERS
from workshop.act import WORKFLOW
from workshop.rendering import TEMPLATE, render

SYSTEMS = ["ubuntu-latest", "windows-latest"]


@pytest.fixture(scope="module")
def workflow(tmp_path_factory):
    """The workflow of a project with two test jobs."""
    project = render(tmp_path_factory.mktemp("workflow"), python_versions=["3.13", "3.11"])
    return yaml.safe_load((project / WORKFLOW).read_text())


def steps(workflow, job):
    return {step["name"]: step for step in workflow["jobs"][job]["steps"]}


def test_every_job_uploads_its_data_under_its_own_name(workflow):
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"] == {"python-version": ["3.11", "3.13"]}
    assert job["strategy"]["fail-fast"] is False
    tests = steps(workflow, "test")["Run the tests"]
    assert tests["run"] == "uv run python coverage_gate.py test"
    assert tests["env"] == {
        "GATE_NAME": "${{ github.sha }}.${{ github.run_attempt }}.${{ env.JOB }}",
        "GATE_JOBS": "${{ strategy.job-total }}",
    }
    upload = steps(workflow, "test")["Upload the coverage data"]["with"]
    assert upload["name"] == "coverage-data-${{ github.run_attempt }}-${{ env.JOB }}"
    assert upload["path"].split() == [".coverage.*", ".coverage-gate/state.json"]
    assert upload["include-hidden-files"] is True
    assert upload["if-no-files-found"] == "error"
    # Two jobs with one name must collide.
    assert "overwrite" not in upload


@pytest.mark.parametrize(
    ("answers", "name"),
    [
        ({"python_versions": ["3.13"]}, "${{ matrix.python-version }}"),
        ({}, "${{ matrix.python-version }}"),
        (
            {"shards": 4, "python_versions": ["3.13"]},
            "${{ matrix.python-version }}-${{ matrix.shard }}",
        ),
        (
            {"operating_systems": SYSTEMS, "shards": 2, "python_versions": ["3.13", "3.12"]},
            "${{ matrix.os }}-${{ matrix.python-version }}-${{ matrix.shard }}",
        ),
    ],
)
def test_name_of_a_job_has_every_dimension_of_the_matrix(tmp_path, answers, name):
    workflow = yaml.safe_load((render(tmp_path, **answers) / WORKFLOW).read_text())
    job = workflow["jobs"]["test"]
    for dimension in job["strategy"]["matrix"]:
        assert f"matrix.{dimension} " in name
    assert job["env"] == {"JOB": name}


@pytest.mark.parametrize("systems", [["windows-latest"], SYSTEMS, ["macos-latest"]])
def test_windows_measures_neither_fork_nor_execv(tmp_path, systems):
    project = render(tmp_path, operating_systems=systems)
    assert ("${COVERAGE_FORK-fork}" in (project / "pyproject.toml").read_text()) == (
        "windows-latest" in systems
    )
    assert "COVERAGE_FORK" not in (project / WORKFLOW).read_text()


def test_one_job_has_no_dimension_that_it_does_not_need(workflow):
    assert list(workflow["jobs"]["test"]["strategy"]["matrix"]) == ["python-version"]
    assert workflow["jobs"]["test"]["runs-on"] == "ubuntu-latest"


@pytest.mark.parametrize("folder", ["", "backend/"])
def test_data_is_unpacked_into_a_folder_of_its_own(tmp_path, folder):
    """An artifact must not be able to replace the gate's own files."""
    workflow = yaml.safe_load(
        (render(tmp_path, working_directory=folder.strip("/") or ".") / WORKFLOW).read_text()
    )
    download = steps(workflow, "coverage")["Download the coverage data"]["with"]
    assert download == {"pattern": "coverage-data-*", "path": f"{folder}coverage-data"}


def test_gates_of_two_projects_neither_cancel_each_other_nor_share_a_check(tmp_path):
    names = set()
    for name in ("backend-ci", "backend-ci-worker", "80"):
        render(tmp_path / name, existing=True, workflow_name=name, package_name="a")
        text = (tmp_path / name / WORKFLOW.with_name(f"{name}.yml")).read_text()
        assert "  group: ${{ github.workflow }}-${{ github.ref }}\n" in text
        workflow = yaml.safe_load(text)
        names.add((workflow["name"], workflow["jobs"]["coverage"]["name"]))
    # The first are those of projects that have this workflow.
    assert names == {
        ("Backend CI", "Coverage"),
        ("backend-ci-worker", "Coverage in backend-ci-worker"),
        ("80", "Coverage in 80"),
    }


def test_triggers(tmp_path):
    workflow = yaml.safe_load(
        (render(tmp_path, existing=True, default_branch="master") / WORKFLOW).read_text()
    )
    assert workflow[True] == {
        "push": {"branches": ["master"]},
        "pull_request": None,
        "merge_group": None,
    }


@pytest.mark.parametrize(
    ("manager", "check", "installed"),
    [
        ("uv", "if [ -f uv.lock ]; then uv lock --check; fi\n", "uv sync --only-group coverage"),
        (
            "poetry",
            "if [ -f poetry.lock ]; then poetry check --lock; fi\n",
            "poetry install --only coverage",
        ),
        (
            "pdm",
            "if [ -f pdm.lock ]; then pdm lock --check; fi\n",
            "pdm install --no-default --group coverage",
        ),
        ("hatch", "", "hatch env create coverage"),
        ("pip", "", "python -m pip install --group coverage"),
    ],
)
def test_gate_job_installs_coverage_alone_as_it_is_locked(tmp_path, manager, check, installed):
    workflow = yaml.safe_load((render(tmp_path, package_manager=manager) / WORKFLOW).read_text())
    assert steps(workflow, "coverage")["Install coverage"]["run"].strip() == check + installed
    assert steps(workflow, "test")["Install the project"]["run"].startswith(check)


@pytest.mark.parametrize("manager", TEMPLATE.managers)
def test_tools_are_pinned_and_only_test_jobs_have_a_cache(tmp_path, manager):
    workflow = yaml.safe_load((render(tmp_path, package_manager=manager) / WORKFLOW).read_text())
    version = TEMPLATE.managers[manager]["version"]
    for job in ("test", "coverage"):
        assert f"{version}" in str(
            [step.get("with", step.get("run")) for step in workflow["jobs"][job]["steps"]]
        )
    inputs = [step.get("with", {}) for step in workflow["jobs"]["coverage"]["steps"]]
    assert not any(given.get("cache") or given.get("enable-cache") for given in inputs)
    inputs = [step.get("with", {}) for step in workflow["jobs"]["test"]["steps"]]
    # setup-uv has a cache by default.
    assert manager == "uv" or any(given.get("cache") for given in inputs)


def test_gate_of_hatch_runs_in_the_environment_that_has_coverage_alone(tmp_path):
    root = render(tmp_path, package_manager="hatch")
    environments = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["envs"]
    job = yaml.safe_load((root / WORKFLOW).read_text())["jobs"]["coverage"]
    assert environments[job["env"]["HATCH_ENV"]]["dependency-groups"] == ["coverage"]
    assert environments["default"] == {"dependency-groups": ["dev"]}


def test_pdm_keeps_what_is_downloaded_where_pip_has_its_cache(tmp_path):
    """setup-python has no cache for PDM; and PDM would choose another Python."""
    workflow = yaml.safe_load((render(tmp_path, package_manager="pdm") / WORKFLOW).read_text())
    own = steps(workflow, "test")
    assert list(own).index("Set up Python") < list(own).index("Install PDM")
    assert own["Set up Python"]["with"]["cache"] == "pip"
    commands = own["Install PDM"]["run"]
    assert 'pdm config cache_dir "$(python -m pip cache dir)/pdm"' in commands
    assert "\npdm use --first python\n" in f"{commands}\n"


def test_paths_hold_in_a_container(workflow):
    """`github.workspace` is the path on the host there."""
    assert "github.workspace" not in str(workflow)


def test_pipe_hides_no_exit_code(workflow):
    # `bash` means `bash -eo pipefail`; GitHub's default is without.
    assert workflow["defaults"] == {"run": {"shell": "bash"}}


def test_settings_in_force_are_named(workflow):
    assert workflow["jobs"]["coverage"]["env"]["COVERAGE_RCFILE"] == "pyproject.toml"


def test_reports_are_uploaded_before_the_threshold_is_checked(workflow):
    upload = steps(workflow, "coverage")["Upload the reports"]
    assert upload["with"]["path"].split() == ["htmlcov/", "coverage.xml", "coverage.json"]
    # A second attempt meets those of the first.
    assert upload["with"]["overwrite"] is True


def test_test_jobs_neither_combine_nor_report_nor_gate(workflow):
    commands = [step.get("run", "") for step in workflow["jobs"]["test"]["steps"]]
    assert not any(
        word in command for command in commands for word in ("combine", "report", "fail-under")
    )


def test_gate_job_always_runs_and_fails_first_when_a_test_job_failed(workflow):
    job = workflow["jobs"]["coverage"]
    assert job["if"] == "always()"
    assert job["needs"] == "test"
    refusal = job["steps"][0]
    assert refusal["if"] == "needs.test.result != 'success'"
    command = ["bash", "-e", "-c", refusal["run"]]
    process = subprocess.run(command, check=False, capture_output=True, text=True)
    assert process.returncode == 1
    assert "A test job did not succeed" in process.stdout


def test_gate_is_last_plain_and_after_the_upload(workflow):
    names = list(steps(workflow, "coverage"))
    assert names[-2:] == ["Check coverage threshold", "Check the goals"]
    assert (
        names.index("Combine coverage data files")
        < names.index("Upload the reports")
        < len(names) - 1
    )
    assert (
        steps(workflow, "coverage")["Combine coverage data files"]["run"]
        == "uv run coverage combine"
    )
    gate = steps(workflow, "coverage")["Check coverage threshold"]["run"]
    assert gate == "uv run coverage report --fail-under=80"


def test_token_can_only_read(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 30
    for job in ("test", "coverage"):
        assert steps(workflow, job)["Check out the code"]["with"]["persist-credentials"] is False


def test_gates_that_one_workflow_calls_have_artifacts_of_their_own(tmp_path):
    answers = {"existing": True, "workflow": "join", "package_name": "a"}
    for gate in ("coverage", "coverage-two"):
        root = render(tmp_path / gate, workflow_name=gate, **answers)
        called = (root / WORKFLOW.with_name(f"{gate}.yml")).read_text()
        upload = (root / ".github" / "actions" / f"upload-{gate}" / "action.yml").read_text()
        assert f"pattern: {gate}-gate-data-*\n" in called
        assert f"name: {gate}-reports\n" in called
        assert f"name: {gate}-gate-data-${{{{ github.run_attempt }}}}-" in upload


@pytest.mark.parametrize(
    "answers", [{}, {"existing": True, "workflow": "join", "package_name": "a"}]
)
def test_changed_lines_are_checked_before_the_total_with_the_whole_history(tmp_path, answers):
    name = WORKFLOW.with_name("coverage.yml") if answers else WORKFLOW
    root = render(tmp_path / "on", changed_lines_threshold="90", **answers)
    workflow = yaml.safe_load((root / name).read_text())
    names = [*steps(workflow, "coverage")]
    assert names[-3:] == ["Check the changed lines", "Check coverage threshold", "Check the goals"]
    assert steps(workflow, "coverage")["Check out the code"]["with"]["fetch-depth"] == 0
    step = steps(workflow, "coverage")["Check the changed lines"]
    assert step["run"].endswith('python coverage_gate.py changed -- "$BASE"')
    assert "github.event_name == 'pull_request'" in step["if"]
    assert "github.event_name == 'merge_group'" in step["if"]
    # A name in an expression of its own would be run by the shell.
    assert "${{" not in step["run"]


def test_changed_lines_have_a_target_and_a_task(tmp_path):
    root = render(tmp_path / "on", changed_lines_threshold="90", task_runners=RUNNERS)
    for name in ("coverage.mk", "coverage.just", "coverage_tasks.py", "coverage_poe.toml"):
        assert "coverage_gate.py changed" in (root / name).read_text(), name


def test_without_a_threshold_for_changed_lines_nothing_is_there_for_them(tmp_path):
    root = render(tmp_path / "off")
    assert "fetch-depth" not in (root / WORKFLOW).read_text()
    for path in (root / WORKFLOW, root / "pyproject.toml"):
        assert "changed" not in path.read_text()
    assert "diff-cover" not in (root / "pyproject.toml").read_text()
