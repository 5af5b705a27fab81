"""Before and after adopting: how many tests ran, and what of the lines is lost, and why."""

import pytest

from copier_coverage.adopt import verify
from copier_coverage.adopt.verify import Comparison, Measured


def measured(**files: set[int]) -> Measured:
    """Return what a run measured, by the name of each file without its ending.

    Numbers of lines that are missing are negative.
    """
    lines = {
        f"{name}.py": {
            "executed_lines": sorted(line for line in lines if line > 0),
            "missing_lines": sorted(-line for line in lines if line < 0),
        }
        for name, lines in files.items()
    }
    return Measured(1, {"files": lines, "totals": {"percent_covered": 92.67}})


@pytest.mark.parametrize(
    ("output", "tests"),
    [
        ("==== 5 passed, 2 skipped, 1 warning in 0.12s ====\n", 7),
        ("\x1b[32m3 passed\x1b[0m in 0.12s\n", 3),
        ("= 1 failed, 2 passed, 3 deselected in 1:02:03 =\n", 3),
        ("Ran 12 tests in 0.001s\n\nOK\n", 12),
        ("  Ran 4 tests with 0 failures, 0 errors, 0 skipped in 0.001 seconds.\n", None),
        ("2 passed in 1s\n2 passed in 1s\n", 4),
        ("all is well\n", None),
        ("4 packages in 12ms\n", None),
    ],
)
def test_tests_are_counted_from_what_is_printed(output, tests):
    assert verify.count_tests(output) == tests


@pytest.mark.parametrize(
    ("before", "after", "lost", "reasons"),
    [
        ({"a": {1, 2}}, {"a": {1, 2}}, [], []),
        ({"a": {1, 2, 3}}, {"a": {1, -2, -3}}, ["a.py: lines 2-3 ran before, and not after."], []),
        ({"a": {1, 2, 3}}, {"a": {1}}, [], ["a.py: lines 2-3 are no statements any more"]),
        ({"a": {1}}, {"a": {1, 4}}, [], ["a.py: lines 4 run in processes that are measured now"]),
        ({}, {"a": set()}, [], ["a.py: counts now, no test imports it"]),
        ({}, {"a": {1}}, [], ["a.py: counts now, was not measured before"]),
        ({"a": {1}}, {}, [], ["a.py: ignored"]),
        ({".tox/py/lib/site-packages/b/a": {1}}, {"src/b/a": {1}}, [], []),
    ],
)
def test_lines_that_are_lost_are_told_from_those_with_a_reason(
    monkeypatch, project, before, after, lost, reasons
):
    monkeypatch.setattr(verify, "why_gone", lambda name, clone: "ignored")
    comparison = Comparison(measured(**before), measured(**after), [])
    assert verify.compare(comparison, project().repository) == lost
    assert comparison.reasons == reasons


@pytest.mark.parametrize(("ran", "lost"), [(1, []), (2, ["2 tests ran before, 1 after."])])
def test_tests_that_are_lost_are_told(project, ran, lost):
    comparison = Comparison(Measured(ran, None), measured(a={1}), [])
    assert verify.compare(comparison, project().repository) == lost


def test_what_was_not_measured_before_cannot_be_compared(project):
    comparison = Comparison(Measured(1, None), measured(a={1}), [])
    assert verify.compare(comparison, project().repository) == []
    assert comparison.threshold() == "92"
    assert comparison.before.totals()["total"] == "not measured"


def report(**files: tuple[int, int]) -> Measured:
    """Return a report on files: how many of their lines ran, and how many are missing."""
    summaries = {
        f"{name}.py": {
            "executed_lines": [*range(ran)],
            "summary": {"num_statements": ran + missing, "covered_lines": ran},
        }
        for name, (ran, missing) in files.items()
    }
    totals = {
        key: sum(file["summary"][key] for file in summaries.values())
        for key in ("num_statements", "covered_lines")
    }
    totals["percent_covered"] = 100 * totals["covered_lines"] / totals["num_statements"]
    return Measured(1, {"files": summaries, "totals": totals})


@pytest.mark.parametrize(
    ("before", "after", "files"),
    [
        ({"a": (9, 1)}, {"a": (9, 1), "b": (0, 2)}, ["b.py"]),
        ({"a": (9, 1)}, {"a": (99, 1), "b": (0, 2)}, []),
        ({"a": (9, 1)}, {"a": (8, 2), "b": (0, 2)}, []),
        ({"a": (8, 2)}, {"a": (9, 1), "b": (0, 2)}, []),
        ({"a": (19, 0), "b": (0, 2)}, {"a": (9, 1), "b": (0, 2)}, []),
        ({"a": (9, 1)}, {"a": (9, 1), "b": (1, 2)}, []),
    ],
    ids=["left out", "high enough", "too low", "too low before", "counted", "imported"],
)
def test_files_that_never_counted_are_left_out_where_the_threshold_needs_it(before, after, files):
    comparison = Comparison(report(**before), report(**after), [])
    assert comparison.never_counted(90) == files
