"""Take a protection out of the workflow, or give it what a protection is there for: it ends red, and says why."""

import re
import shutil

import pytest

from copier_coverage.audit import findings
from copier_coverage.projects import Project
from copier_coverage.rendering import render_sample
from copier_coverage.workflow_run import WORKFLOW, run_workflow

GATE = "Check coverage threshold"
ALL_LEGS = "Refuse to combine without every leg's parts"
ALL_PARTS = "Refuse parts that could not be combined"
BELOW = "Coverage failure: total of 95.00 is less than fail-under=95.01\nexit status 2\n"
RED_LEG = "Refuse to gate after a red leg"


@pytest.fixture(scope="session")
def two_legs(tmp_path_factory):
    """The sample legs with two legs and a threshold that it just reaches."""
    folder = tmp_path_factory.mktemp("two_legs") / "legs"
    return Project(render_sample("legs", folder, python_versions=["3.11", "3.13"], coverage_threshold="95"))


@pytest.fixture
def project(two_legs, tmp_path):
    """A copy of it to change."""
    return Project(shutil.copytree(two_legs.folder, tmp_path / "legs"))


def change(project, old, new, name=WORKFLOW):
    """Replace what the regular expression old matches in a file of project; it must match once."""
    file = project.folder / name
    text, times = re.subn(old, lambda match: new, file.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{old!r} matches {times} times in {name}"
    file.write_text(text)


def add_step(project, before, command):
    """Add a step for the leg of Python 3.13, or for the job coverage, before the step with a name."""
    condition = "        if: matrix.python-version != '3.11'\n" if before.startswith("Upload") else ""
    change(project, f"^      - name: {before}\n", f"      - run: {command}\n{condition}      - name: {before}\n")


def assert_red(run, step, message):
    """Assert that a run ended red because a step failed with a message, and that its gate was not green."""
    assert run.exit_code == 1, str(run)
    assert any(failed.name == step and message in failed.output for failed in run.failed()), str(run)
    assert not any(gate.result == "success" for gate in run.named(GATE)), str(run)


def without_hidden_files(project):
    change(project, "^ +include-hidden-files: true\n", "")


def without_merge_multiple(project):
    change(project, "^ +merge-multiple: true\n", "")


def red_leg(project):
    (project.folder / "tests" / "test_old.py").write_text(
        "import sys\n\n\ndef test_old():\n    assert sys.version_info < (3, 13)\n"
    )


def leg_without_upload(project):
    change(
        project,
        "^ +- name: Upload the coverage parts\n",
        "      - name: Upload the coverage parts\n        if: matrix.python-version != '3.13'\n",
    )


def one_artifact_name(project):
    change(project, r"coverage-parts-\$.*", "coverage-parts-leg")
    # One leg after the other, so that the second finds the artifact of the first.
    change(project, "fail-fast: false\n", "fail-fast: false\n      max-parallel: 1\n")


def one_part_name(project):
    change(project, r"/\.coverage\.\$.*", "/.coverage.${{ github.sha }}.leg")


def without_combine(project):
    change(project, "^ +- name: Combine coverage data files\n.*\n", "")


def without_relative_files(project):
    change(project, "^relative_files = true\n", "", "pyproject.toml")


def threshold_above(project):
    change(project, ":-95}", ":-95.01}")


def threshold_above_and_gate_piped(project):
    change(project, ':-95}"', ':-95.01}" | tee gate.log')


def truncated_part(project):
    add_step(project, "Upload the coverage parts", 'for part in .coverage.*; do truncate -s 9000 "$part"; done')


def emptied_part(project):
    add_step(project, "Upload the coverage parts", 'for part in .coverage.*; do truncate -s 0 "$part"; done')


def foreign_part(project):
    add_step(project, "Upload the coverage parts", 'for part in .coverage.*; do date > "$part"; done')


def part_changed_in_the_store(project):
    add_step(project, "Download the coverage parts", 'date >> "$ARTIFACT_STORE/coverage-parts-3.13.zip"')


def part_of_another_commit(project):
    add_step(
        project,
        "Upload the coverage parts",
        'for part in .coverage.*; do cp "$part" "${part/$GITHUB_SHA/0123abcd}"; done',
    )


@pytest.mark.parametrize(
    ("mutation", "step", "message"),
    [
        (without_hidden_files, "Upload the coverage parts", "No files were found with the provided path: .coverage.*"),
        (without_merge_multiple, ALL_LEGS, "No part of leg: "),
        (red_leg, RED_LEG, "the test job ended with 'failure'"),
        (leg_without_upload, ALL_LEGS, "No part of leg: "),
        (one_artifact_name, ALL_LEGS, "No part of leg: "),
        (one_part_name, ALL_LEGS, "No part of leg: "),
        (without_combine, ALL_PARTS, "Not combined: .coverage."),
        (without_relative_files, "Write the reports", "No source for code: "),
        (threshold_above, GATE, BELOW),
        (threshold_above_and_gate_piped, GATE, BELOW),
        (truncated_part, ALL_PARTS, "Not combined: .coverage."),
        (emptied_part, ALL_PARTS, "Not combined: .coverage."),
        (foreign_part, ALL_PARTS, "Not combined: .coverage."),
        (part_changed_in_the_store, "Download the coverage parts", "'coverage-parts-3.13' digest validation failed"),
        (part_of_another_commit, ALL_LEGS, "Of no leg: .coverage.0123abcd.3.13"),
    ],
)
def test_red_for_its_own_reason(project, mutation, step, message):
    mutation(project)
    assert_red(run_workflow(project), step, message)


def test_green_without_a_mutation(project):
    run = run_workflow(project)
    assert run.exit_code == 0, str(run)
    assert run.named(GATE)[0].result == "success"


def test_gate_job_that_need_not_run_is_skipped_after_a_red_leg_and_found_by_the_audit(project):
    red_leg(project)
    change(project, r"^ +if: always\(\)\n", "")
    run = run_workflow(project)
    # GitHub counts the job as passed; act's exit code is that of the leg.
    assert not [step for step in run.steps if step.job == "coverage"]
    assert list(findings(project.folder)) == ["GC302"]
