"""What is asked beyond the total, in the sample incident.

Only services.py has missing lines: 7 of 50, and 4 of 8 branches.
"""

import re

import pytest

from conftest import PASSED, SERVICES, change_settings
from workshop.act import WORKFLOW


@pytest.fixture
def goals(gate):
    """Return a function that writes goals into the settings of the project."""

    def write(lines: str) -> None:
        change_settings(gate.folder, "threshold = 80\n", f"threshold = 80\n{lines}\n")

    return write


def test_gate_fails_by_a_goal_after_the_total_and_names_files_and_lines(gate, goals):
    goals('goals = { "src/incident/s*.py" = 95, "src/incident/models.py" = { lines = 90 } }')
    process = gate("gate")
    assert process.returncode == 2
    _, ending = process.stdout.split(PASSED)
    assert ending == (
        "Goal for src/incident/s*.py, total: 86.59%, threshold 95%: failed, 8.41 points below\n"
        f"  {SERVICES}: 16-17, 34-35, 48-50\n"
        "Goal for src/incident/models.py, lines: 100.00%, threshold 90%: "
        "passed, 10.00 points above\n"
    )


@pytest.mark.parametrize(
    ("lines", "code", "ending"),
    [
        ("lines = 95.07", 0, "lines: 95.07%, threshold 95.07%: passed, 0.00 points above\n"),
        ("branches = 50", 0, "branches: 50.00%, threshold 50%: passed, 0.00 points above\n"),
        ("branches = 51", 2, f"failed, 1.00 points below\n  {SERVICES}: 16-17, 34-35, 48-50\n"),
        ("each_file = 81.04", 2, f"below\n  {SERVICES}: 16-17, 34-35, 48-50\n"),
        ("missing_lines = 7", 0, "missing lines: 7, at most 7: passed\n"),
        ("missing_lines = 6", 2, f"failed, 1 too many\n  {SERVICES}: 16-17, 34-35, 48-50\n"),
    ],
)
def test_goals_command_reports_the_goals_alone(gate, goals, lines, code, ending):
    """As the workflow calls it, after coverage's own --fail-under."""
    goals(lines)
    gate("report")
    process = gate("goals")
    assert process.returncode == code
    assert process.stdout.startswith("Goal for all files, ")
    assert process.stdout.endswith(ending)


def test_goal_that_matches_no_file_is_refused(gate, goals):
    goals('goals = { "src/incident/billing" = 95 }')
    process = gate("gate")
    assert process.returncode == 1
    assert process.stdout.endswith(
        "Goal for src/incident/billing, total: it matches no file. "
        "Write a directory as `src/app/*`.\n"
    )


def test_total_below_the_threshold_is_reported_with_the_goals(gate, goals):
    goals("branches = 50")
    process = gate("gate", COVERAGE_FAIL_UNDER="93")
    assert process.returncode == 2
    assert "failed, 0.33 points below\nGoal for all files, branches: 50.00%" in process.stdout


def test_goal_that_cannot_be_meant_is_refused_before_anything_runs(gate, goals):
    goals("lines = 0.8")
    process = gate("erase")
    assert process.returncode == 1
    assert process.stdout.startswith("Goal for all files, lines 0.8: give percent")
    assert (gate.folder / ".coverage").exists()


def test_project_without_goals_passes(gate):
    process = gate("goals")
    assert process.returncode == 0
    assert process.stdout == "No goals in [tool.coverage-gate].\n"


def texts(gate) -> dict[str, str]:
    """Return the files that have a threshold."""
    names = ("pyproject.toml", ".copier-answers.yml", WORKFLOW.as_posix())
    return {name: (gate.folder / name).read_text() for name in names}


def test_ratchet_raises_threshold_and_goals_everywhere_and_never_lowers(gate, goals):
    goals('lines = 80\nmissing_lines = 12\ngoals = { "*/services.py" = 81.5, "*/models.py" = 90 }')
    gate.commit()
    before = texts(gate)
    process = gate("ratchet", COVERAGE_FAIL_UNDER="99")
    assert process.returncode == 0
    assert process.stdout.splitlines()[-6:] == [
        "pyproject.toml: threshold: 80 -> 92.66",
        ".copier-answers.yml: 80 -> 92.66",
        f"{WORKFLOW.as_posix()}: 80 -> 92.66",
        "pyproject.toml: lines: 80 -> 95.07",
        "pyproject.toml: missing_lines: 12 -> 7",
        "pyproject.toml: goals */models.py: 90 -> 100",
    ]
    after = texts(gate)
    changed = "threshold = 92.66\nlines = 95.07\nmissing_lines = 7\n"
    assert changed in after["pyproject.toml"]
    for name, text in before.items():
        lines = zip(text.splitlines(), after[name].splitlines(), strict=True)
        assert all(re.search("80|12|90", old) for old, new in lines if old != new)
    # What was not reached before: a value is never lowered.
    assert gate("gate").stdout.count(": failed") == 1
    assert gate("ratchet").stdout.endswith("Nothing to raise.\n")
    assert texts(gate) == after


def test_excluded_lines_that_the_tests_run_are_listed(gate):
    """Two functions are marked, of which the tests call one; `def` itself always runs."""
    services = gate.folder / SERVICES
    text = services.read_text()
    for name in ("def ship(order):", "def refund(order):"):
        text = text.replace(name, f"{name}  # pragma: no cover")
    services.write_text(text)
    gate("erase test combine report")
    process = gate("pragmas")
    assert process.returncode == 0
    assert process.stdout == f"{SERVICES}:42-44\n"


def test_changed_lines_need_diff_cover(gate, goals):
    goals("changed_lines = 90")
    process = gate("changed")
    assert process.returncode == 1
    assert process.stdout.startswith("No diff-cover. Add it to the dependency group coverage")
