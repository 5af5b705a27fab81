"""Take a protection out of the workflow, or give it what one is there for: it fails, saying why."""

import hashlib
import re
import shutil
import zipfile

import pytest

from copier_coverage.audit import findings
from workshop.act import WORKFLOW, run_workflow
from workshop.rendered import RenderedProject
from workshop.rendering import render_sample

GATE = "Check coverage threshold"
UPLOAD = "Upload the coverage data"
DOWNLOAD = "Download the coverage data"
COLLECT = "Check that every test job uploaded its data"
REPORT = "Write the reports and the job summary"
FAILED_JOB = "Fail if any test job failed"
STATE = ".coverage-gate/state.json"
BELOW = "Coverage failure: total of 95.00 is less than fail-under=95.01\nexit status 2\n"


@pytest.fixture(scope="module")
def two_jobs(tmp_path_factory):
    """The sample matrix with two test jobs and a threshold that it just reaches, and its run."""
    folder = tmp_path_factory.mktemp("two_jobs")
    answers = {"python_versions": ["3.11", "3.13"], "coverage_threshold": "95"}
    project = RenderedProject(render_sample("matrix", folder / "matrix", **answers))
    return project, run_workflow(project, folder / "store")


@pytest.fixture
def project(two_jobs, tmp_path):
    """A copy of it to change."""
    project, _ = two_jobs
    return RenderedProject(shutil.copytree(project.folder, tmp_path / "matrix"))


@pytest.fixture
def store(two_jobs, tmp_path):
    """A copy of its artifacts to change."""
    project, _ = two_jobs
    return shutil.copytree(project.folder.with_name("store"), tmp_path / "store")


def change(project, old, new, name=WORKFLOW):
    """Replace what the regular expression old matches in a file of project; it must match once."""
    file = project.folder / name
    text, times = re.subn(old, lambda match: new, file.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{old!r} matches {times} times in {name}"
    file.write_text(text)


def data_of_a_job(store):
    """Return the artifact of the test job for Python 3.13, and its files by name."""
    artifact = store / "coverage-data-1-3.13.zip"
    with zipfile.ZipFile(artifact) as archive:
        return artifact, {name: archive.read(name) for name in archive.namelist()}


def upload(artifact, files):
    """Write an artifact as the stand-in for the action does."""
    with zipfile.ZipFile(artifact, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    artifact.with_suffix(".sha256").write_text(hashlib.sha256(artifact.read_bytes()).hexdigest())


def change_data(store, changed):
    """Change each data file of a job by a function of its content."""
    artifact, files = data_of_a_job(store)
    names = [name for name in files if name.startswith(".coverage.")]
    upload(artifact, files | {name: changed(files[name]) for name in names})


def assert_failed(run, step, message):
    """Assert that a run failed by a step that failed with a message; its gate did not pass."""
    assert run.exit_code == 1, str(run)
    assert any(failed.name == step and message in failed.output for failed in run.failed()), str(
        run
    )
    assert not any(gate.result == "success" for gate in run.named(GATE)), str(run)


# What a test job does


def without_hidden_files(project):
    change(project, "^ +include-hidden-files: true\n", "")


def failed_job(project):
    (project.folder / "tests" / "test_old.py").write_text(
        "import sys\n\n\ndef test_old():\n    assert sys.version_info < (3, 13)\n"
    )


def job_without_upload(project):
    change(
        project,
        f"^ +- name: {UPLOAD}\n",
        f"      - name: {UPLOAD}\n        if: matrix.python-version != '3.13'\n",
    )


def one_artifact_name(project):
    change(project, r"coverage-data-\$.*", "coverage-data-job")
    # One job after the other, so that the second finds the artifact of the first.
    change(project, "fail-fast: false\n", "fail-fast: false\n      max-parallel: 1\n")


def one_name_of_two_jobs(project):
    change(project, r"\.\$\{\{ env\.JOB \}\}$", ".job")


def without_a_data_file(project):
    change(project, r"^ +\.coverage\.\*\n", "")


def without_relative_files(project):
    change(project, "^relative_files = true\n", "", "pyproject.toml")


def job_of_another_commit(project):
    change(project, r"GATE_NAME: \$\{\{ github\.sha \}\}\.", "GATE_NAME: 0123abcd.")


def other_source_in_the_test_jobs(project):
    step = "      - name: Run the tests\n"
    change(project, f"^{step}", f"      - run: echo 'A = 1' >> src/matrix/everywhere.py\n{step}")


@pytest.mark.parametrize(
    ("mutation", "step", "message"),
    [
        (without_hidden_files, UPLOAD, "No files were found with the provided path: .coverage.*"),
        (failed_job, FAILED_JOB, "A test job did not succeed"),
        (job_without_upload, COLLECT, "Coverage data from 1 of 2 jobs: 3.11\n"),
        (one_artifact_name, FAILED_JOB, "A test job did not succeed"),
        (one_name_of_two_jobs, COLLECT, "Data of another commit, or of two jobs: "),
        (without_a_data_file, COLLECT, "No data from 3.1"),
        (without_relative_files, COLLECT, "Combining would count "),
        (job_of_another_commit, COLLECT, "Data of another commit, or of two jobs: 0123abcd.1.3.1"),
        (
            other_source_in_the_test_jobs,
            COLLECT,
            "Not the source that 3.11 measured: src/matrix/everywhere.py",
        ),
    ],
)
def test_mutation_of_the_test_jobs_fails_for_its_own_reason(project, mutation, step, message):
    mutation(project)
    assert_failed(run_workflow(project), step, message)


# What the gate job does, or is given


def merged_artifacts(project, store):
    change(
        project,
        "^ +path: coverage-data\n",
        "          path: coverage-data\n          merge-multiple: true\n",
    )


def without_collecting(project, store):
    change(project, f"^ +- name: {COLLECT}\n.*\n.*\n.*\n", "")


def without_combine(project, store):
    change(project, "^ +- name: Combine coverage data files\n.*\n", "")


def threshold_above(project, store):
    change(project, "--fail-under=95$", "--fail-under=95.01")


def threshold_above_and_gate_piped(project, store):
    change(project, "--fail-under=95$", "--fail-under=95.01 | tee gate.log")


def truncated_data_file(project, store):
    change_data(store, lambda content: content[:9000])


def emptied_data_file(project, store):
    change_data(store, lambda content: b"")


def foreign_data_file(project, store):
    change_data(store, lambda content: b"Thu Nov 26 15:40:32 UTC 2026\n")


def data_changed_in_the_store(project, store):
    artifact, _ = data_of_a_job(store)
    with artifact.open("ab") as file:
        file.write(b"more")


def data_of_another_commit(project, store):
    artifact, files = data_of_a_job(store)
    another = {name.replace(name.split(".")[2], "0123abcd"): files[name] for name in files}
    upload(artifact, another | {STATE: files[STATE]})


def artifact_with_the_gates_own_files(project, store):
    """It arrives beside the checkout, and replaces nothing."""
    artifact, files = data_of_a_job(store)
    settings = (project.folder / "pyproject.toml").read_bytes()
    upload(artifact, files | {"pyproject.toml": settings.replace(b"95", b"1")})
    threshold_above(project, store)


@pytest.mark.parametrize(
    ("mutation", "step", "message"),
    [
        (merged_artifacts, COLLECT, "Coverage data from 1 of 2 jobs: 3.1"),
        (without_collecting, "Combine coverage data files", "No data to combine"),
        (without_combine, REPORT, "Not combined: .coverage."),
        (threshold_above, GATE, BELOW),
        (threshold_above_and_gate_piped, GATE, BELOW),
        (truncated_data_file, REPORT, "Not combined: .coverage."),
        (emptied_data_file, REPORT, "Not combined: .coverage."),
        (foreign_data_file, REPORT, "Not combined: .coverage."),
        (data_changed_in_the_store, DOWNLOAD, "'coverage-data-1-3.13' digest validation failed"),
        (data_of_another_commit, COLLECT, "Unexpected coverage data from 3.13: .coverage.0123abcd"),
        (artifact_with_the_gates_own_files, GATE, BELOW),
    ],
)
def test_mutation_of_the_gate_job_fails_for_its_own_reason(project, store, mutation, step, message):
    mutation(project, store)
    assert_failed(run_workflow(project, store, tests=False), step, message)


def test_passes_without_a_mutation(two_jobs, project, store):
    for run in (two_jobs[1], run_workflow(project, store, tests=False)):
        assert run.exit_code == 0, str(run)
        assert run.named(GATE)[0].result == "success"
        assert run.total() == 95
        assert "95.00%" in run.named(GATE)[0].output


def test_gate_job_that_need_not_run_is_skipped_after_a_failed_job_and_found_by_the_audit(project):
    failed_job(project)
    change(project, r"^ +if: always\(\) .*\n", "")
    run = run_workflow(project)
    # GitHub counts the job as passed; act's exit code is that of the failed one.
    assert not [step for step in run.steps if step.job == "coverage"]
    assert list(findings(project.folder)) == ["GC302"]
