"""Take a protection out of the workflow, or give it what one is there for: it fails, saying why."""

import re
import shutil

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
BELOW = "Coverage failure: total of 95.00 is less than fail-under=95.01\nexit status 2\n"


@pytest.fixture(scope="session")
def two_jobs(tmp_path_factory):
    """The sample legs with two test jobs and a threshold that it just reaches."""
    folder = tmp_path_factory.mktemp("two_jobs") / "legs"
    return RenderedProject(
        render_sample("legs", folder, python_versions=["3.11", "3.13"], coverage_threshold="95")
    )


@pytest.fixture
def project(two_jobs, tmp_path):
    """A copy of it to change."""
    return RenderedProject(shutil.copytree(two_jobs.folder, tmp_path / "legs"))


def change(project, old, new, name=WORKFLOW):
    """Replace what the regular expression old matches in a file of project; it must match once."""
    file = project.folder / name
    text, times = re.subn(old, lambda match: new, file.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{old!r} matches {times} times in {name}"
    file.write_text(text)


def add_step(project, before, command):
    """Add a step for the test job of Python 3.13, or for the job coverage, before a named step."""
    condition = "        if: matrix.python-version != '3.11'\n" if before == UPLOAD else ""
    change(
        project,
        f"^      - name: {before}\n",
        f"      - run: {command}\n{condition}      - name: {before}\n",
    )


def assert_failed(run, step, message):
    """Assert that a run failed by a step that failed with a message; its gate did not pass."""
    assert run.exit_code == 1, str(run)
    assert any(failed.name == step and message in failed.output for failed in run.failed()), str(
        run
    )
    assert not any(gate.result == "success" for gate in run.named(GATE)), str(run)


def without_hidden_files(project):
    change(project, "^ +include-hidden-files: true\n", "")


def merged_artifacts(project):
    change(
        project,
        "^ +path: coverage-data\n",
        "          path: coverage-data\n          merge-multiple: true\n",
    )


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


def without_collecting(project):
    change(project, f"^ +- name: {COLLECT}\n.*\n.*\n.*\n", "")


def without_combine(project):
    change(project, "^ +- name: Combine coverage data files\n.*\n", "")


def without_relative_files(project):
    change(project, "^relative_files = true\n", "", "pyproject.toml")


def threshold_above(project):
    change(project, "--fail-under=95$", "--fail-under=95.01")


def threshold_above_and_gate_piped(project):
    change(project, "--fail-under=95$", "--fail-under=95.01 | tee gate.log")


def truncated_data_file(project):
    add_step(project, UPLOAD, 'for file in .coverage.*; do truncate -s 9000 "$file"; done')


def emptied_data_file(project):
    add_step(project, UPLOAD, 'for file in .coverage.*; do truncate -s 0 "$file"; done')


def foreign_data_file(project):
    add_step(project, UPLOAD, 'for file in .coverage.*; do date > "$file"; done')


def data_changed_in_the_store(project):
    add_step(project, DOWNLOAD, 'date >> "$ARTIFACT_STORE/coverage-data-1-3.13.zip"')


def data_of_another_commit(project):
    add_step(
        project,
        UPLOAD,
        'for file in .coverage.*; do cp "$file" "${file/$GITHUB_SHA/0123abcd}"; done',
    )


def job_of_another_commit(project):
    change(project, r"GATE_NAME: \$\{\{ github\.sha \}\}\.", "GATE_NAME: 0123abcd.")


def other_source_in_one_job(project):
    add_step(project, "Run the tests", "echo 'other = 1' >> src/legs/everywhere.py")


def artifact_with_the_gates_own_files(project):
    """It arrives beside the checkout, and replaces nothing."""
    change(project, r"^ +\.coverage\.\*\n", "            .coverage.*\n            pyproject.toml\n")
    add_step(project, UPLOAD, "sed -i 's/95/1/; s/^relative_files.*//' pyproject.toml")
    change(project, "--fail-under=95$", "--fail-under=95.01")


@pytest.mark.parametrize(
    ("mutation", "step", "message"),
    [
        (without_hidden_files, UPLOAD, "No files were found with the provided path: .coverage.*"),
        (merged_artifacts, COLLECT, "Coverage data from 1 of 2 jobs: 3.1"),
        (failed_job, FAILED_JOB, "A test job did not succeed"),
        (job_without_upload, COLLECT, "Coverage data from 1 of 2 jobs: 3.11\n"),
        (one_artifact_name, FAILED_JOB, "A test job did not succeed"),
        (one_name_of_two_jobs, COLLECT, "Data of another commit, or of two jobs: "),
        (without_a_data_file, COLLECT, "Unexpected coverage data from 3.1"),
        (without_collecting, "Combine coverage data files", "No data to combine"),
        (without_combine, REPORT, "Not combined: .coverage."),
        (without_relative_files, REPORT, "No source for code: "),
        (threshold_above, GATE, BELOW),
        (threshold_above_and_gate_piped, GATE, BELOW),
        (truncated_data_file, REPORT, "Not combined: .coverage."),
        (emptied_data_file, REPORT, "Not combined: .coverage."),
        (foreign_data_file, REPORT, "Not combined: .coverage."),
        (data_changed_in_the_store, DOWNLOAD, "'coverage-data-1-3.13' digest validation failed"),
        (
            data_of_another_commit,
            COLLECT,
            "Unexpected coverage data from 3.13: .coverage.0123abcd.1.3.13",
        ),
        (job_of_another_commit, COLLECT, "Data of another commit, or of two jobs: 0123abcd.1.3.1"),
        (
            other_source_in_one_job,
            COLLECT,
            "Not the source that 3.11 measured: src/legs/everywhere.py",
        ),
        (artifact_with_the_gates_own_files, GATE, BELOW),
    ],
)
def test_fails_for_its_own_reason(project, mutation, step, message):
    mutation(project)
    assert_failed(run_workflow(project), step, message)


def test_passes_without_a_mutation(project):
    run = run_workflow(project)
    assert run.exit_code == 0, str(run)
    assert run.named(GATE)[0].result == "success"


def test_gate_job_that_need_not_run_is_skipped_after_a_failed_job_and_found_by_the_audit(project):
    failed_job(project)
    change(project, r"^ +if: always\(\) .*\n", "")
    run = run_workflow(project)
    # GitHub counts the job as passed; act's exit code is that of the failed one.
    assert not [step for step in run.steps if step.job == "coverage"]
    assert list(findings(project.folder)) == ["GC302"]
