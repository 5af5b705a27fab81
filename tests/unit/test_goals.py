"""The goals for groups of files: how they are read, measured and compared."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from coverage.results import should_fail_under

import coverage_gate
from coverage_gate import Goal


def file(lines: str = "", branches: str = "", missing: tuple = (), partial: tuple = ()) -> dict:
    """Return a file of coverage.json: lines and branches as `covered/all`."""
    covered, number = map(int, (lines or "0/0").split("/"))
    summary = {
        "covered_lines": covered,
        "num_statements": number,
        "missing_lines": number - covered,
    }
    if branches:
        covered, number = map(int, branches.split("/"))
        summary |= {"covered_branches": covered, "num_branches": number}
    return {"summary": summary, "missing_lines": [*missing], "missing_branches": [*partial]}


FILES = {
    "src/app/__init__.py": file("0/0", "0/0"),
    "src/app/billing/tax.py": file("8/10", "1/2"),
    "src/app/billing/eu/vat.py": file("10/10", "0/0"),
    "src/app/views.py": file("1/4", "0/2"),
}


@pytest.fixture(autouse=True)
def precision(tmp_path, monkeypatch):
    """Return a function that writes a project's precision; it is 2 at first."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    monkeypatch.delenv("COVERAGE_FAIL_UNDER", raising=False)

    def write(precision: int) -> None:
        Path("pyproject.toml").write_text(f"[tool.coverage.report]\nprecision = {precision}\n")

    write(2)
    return write


@pytest.mark.parametrize(
    ("settings", "goals"),
    [
        ("", []),
        ("branches = 80", [Goal("*", "branches", "80", ("branches",))]),
        (
            '[tool.coverage-gate.goals]\n"src/*" = 92.50',
            [Goal("src/*", "total", "92.5", ("goals", "src/*"))],
        ),
        (
            '[tool.coverage-gate.goals]\n"src/*" = { lines = 100, missing_lines = 0 }',
            [
                Goal("src/*", "lines", "100", ("goals", "src/*", "lines")),
                Goal("src/*", "missing_lines", "0", ("goals", "src/*", "missing_lines")),
            ],
        ),
    ],
)
def test_goals_are_read_from_the_settings(settings, goals):
    Path("pyproject.toml").write_text(f"[tool.coverage-gate]\nthreshold = 80\n{settings}\n")
    assert coverage_gate.read_settings()["goals"] == goals


PERCENT = "give percent, from 1 to 100, like 92.5."


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("lines = 0.8", f"Goal for all files, lines 0.8: {PERCENT}"),
        ("lines = 92.669", f"Goal for all files, lines 92.669: {PERCENT}"),
        ("branches = true", f"Goal for all files, branches True: {PERCENT}"),
        ("each_file = 101", f"Goal for all files, each file 101: {PERCENT}"),
        ('goals = { "src/*" = "all" }', f"Goal for src/*, total all: {PERCENT}"),
        ('goals = { "src/*" = { lines = 0 } }', f"Goal for src/*, lines 0: {PERCENT}"),
        (
            "missing_lines = 1.5",
            "Goal for all files, missing lines 1.5: give a number of lines, like 12.",
        ),
        (
            'goals = { "src/*" = { branch = 9 } }',
            f"Goal for src/*, branch: unknown; choose one of {', '.join(coverage_gate.ASKED)}.",
        ),
        (
            "goals = 90",
            'goals: name groups of files, like:\n[tool.coverage-gate.goals]\n"src/app/*" = 90',
        ),
        ("branch = 90\nline = 9", "Unknown in [tool.coverage-gate]: branch, line"),
        ("changed_lines = 0.9", f"changed_lines 0.9: {PERCENT}"),
        ("total = 90", "Unknown in [tool.coverage-gate]: total"),
    ],
)
def test_goal_that_cannot_be_meant_is_refused(settings, message):
    Path("pyproject.toml").write_text(f"[tool.coverage-gate]\nthreshold = 80\n{settings}\n")
    with pytest.raises(SystemExit) as refused:
        coverage_gate.read_settings()
    assert refused.value.code == message


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*", [*FILES]),
        ("src/app/billing/*", ["src/app/billing/tax.py", "src/app/billing/eu/vat.py"]),
        ("src/app/*.py", ["src/app/__init__.py", "src/app/views.py"]),
        ("src/**/vat.py", ["src/app/billing/eu/vat.py"]),
        ("views.py", ["src/app/views.py"]),
    ],
)
def test_pattern_matches_files_as_omit_does(pattern, names):
    goal = Goal(pattern, "total", "90", ())
    assert [*coverage_gate.files_of(goal, FILES)] == names
    root = {f"{coverage_gate.ROOT.as_posix()}/{name}": file for name, file in FILES.items()}
    assert len(coverage_gate.files_of(goal, root)) == len(names)


@pytest.mark.parametrize("pattern", ["src/app/billing", "app/*"])
def test_pattern_that_matches_no_file_is_refused(pattern):
    goal = Goal(pattern, "total", "90", ())
    with pytest.raises(SystemExit, match=rf"Goal for .*{goal.asked}: it matches no file"):
        coverage_gate.files_of(goal, FILES)


@pytest.mark.parametrize(
    ("pattern", "asked", "value"),
    [
        ("src/app/billing/*", "total", Fraction(100 * 19, 22)),
        ("src/app/billing/*", "lines", 90),
        ("src/app/billing/*", "branches", 50),
        ("src/app/billing/*", "missing_lines", 2),
        ("*", "each_file", Fraction(100, 6)),
        # As coverage has it.
        ("src/app/__init__.py", "total", 100),
    ],
)
def test_what_a_goal_asks_is_measured_for_all_files_of_the_group(pattern, asked, value):
    group = coverage_gate.files_of(Goal(pattern, asked, "90", ()), FILES)
    assert coverage_gate.measured(asked, group) == value


@pytest.mark.parametrize(
    ("percent", "threshold", "decimals", "reached", "words"),
    [
        (92.666, "92.67", 2, True, "92.67%, threshold 92.67%: passed, 0.00 points above"),
        (92.664, "92.67", 2, False, "92.66%, threshold 92.67%: failed, 0.01 points below"),
        # At least the decimals of the threshold, as with --fail-under.
        (92.44, "92.5", 0, False, "92.4%, threshold 92.5%: failed, 0.10 points below"),
        (92.6, "92.7", 0, False, "92.6%, threshold 92.7%: failed, 0.10 points below"),
        (99.999, "100", 2, False, "99.99%, threshold 100%: failed, 0.01 points below"),
        (99.999, "99.99", 2, True, "99.99%, threshold 99.99%: passed, 0.00 points above"),
        (99.9999, "99", 3, True, "99.999%, threshold 99%: passed, 0.999 points above"),
        (100, "100", 2, True, "100.00%, threshold 100%: passed, 0.00 points above"),
        (79.6, "80.0", 0, True, "80%, threshold 80.0%: passed, 0.00 points above"),
    ],
)
def test_what_is_shown_is_what_is_compared(percent, threshold, decimals, reached, words, precision):
    precision(decimals)
    assert coverage_gate.compared(percent, threshold) == (reached, words)


@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
@pytest.mark.parametrize("threshold", ["80", "92.5", "92.66", "92.67", "99.99", "100"])
def test_decision_is_that_of_coverage_itself(threshold, decimals, precision):
    precision(decimals)
    for covered in [*range(1, 30_001, 499), 27_749, 27_799, 27_801, 29_996, 29_999, 30_000]:
        percent = 100.0 * covered / 30_000
        failed = should_fail_under(percent, float(threshold), decimals)
        assert coverage_gate.compared(percent, threshold)[0] != failed, percent


@pytest.mark.parametrize(
    ("pattern", "asked", "value", "judgement"),
    [
        ("src/app/*", "missing_lines", "5", (True, "5, at most 5: passed")),
        ("src/app/*", "missing_lines", "3", (False, "5, at most 3: failed, 2 too many")),
        ("src/app/billing/*", "total", "86.3", (True, "86.36%, threshold 86.3%: passed")),
        ("src/app/billing/*", "lines", "90", (True, "90.00%, threshold 90%: passed")),
        ("src/app/billing/*", "lines", "90.01", (False, "90.00%, threshold 90.01%: failed")),
    ],
)
def test_judgement_of_a_goal(pattern, asked, value, judgement):
    goal = Goal(pattern, asked, value, ())
    reached, words = coverage_gate.judged(goal, coverage_gate.files_of(goal, FILES))
    assert (reached, words[: len(judgement[1])]) == judgement


def test_goal_for_branches_that_are_not_measured_is_refused(capsys):
    """Of 0 branches, 100 percent are covered."""
    goal = Goal("*", "branches", "90", ())
    with pytest.raises(SystemExit, match=r"branches: set branch = true in \[tool.coverage.run\]"):
        coverage_gate.check_goals({"goals": [goal]}, {"src/a.py": file("1/1")})


def test_missing_lines_are_named_as_in_the_table():
    partial = ([4, 6], [9, -1], [7, 8], [3, 2])
    found = file("0/6", "0/4", missing=(1, 2, 3, 7, 10), partial=partial)
    assert coverage_gate.missing(found) == "1-3, 7, 10, 4->6, 9->exit"


def test_files_of_a_goal_that_is_not_reached_are_printed(capsys):
    files = {
        "src/a.py": file("1/2", missing=(2,)),
        "src/b.py": file("1/1"),
    }
    goals = [Goal("src/*", "lines", "50", ()), Goal("src/a.py", "lines", "60", ())]
    assert coverage_gate.check_goals({"goals": goals[:1]}, files) == 0
    assert coverage_gate.check_goals({"goals": goals}, files) == 2
    assert capsys.readouterr().out.endswith(
        "Goal for src/a.py, lines: 50.00%, threshold 60%: failed, 10.00 points below\n"
        "  src/a.py: 2\n"
    )


def test_table_has_the_ten_files_with_most_missing_lines():
    files = {
        f"src/{number}.py": file(f"0/{number}", missing=range(1, 2 * number, 2))
        for number in range(40)
    }
    for found in files.values():
        found["summary"]["percent_covered_display"] = "0.00"
    rows = coverage_gate.missing_table(files)
    assert [row.split(" | ")[0] for row in rows[2:12]] == [
        f"| src/{number}.py" for number in range(39, 29, -1)
    ]
    assert rows[12] == "\nAnd 29 more files."
    assert all(len(row) < 130 for row in rows)
    assert rows[2].endswith(", … |")
    assert coverage_gate.missing_table({"src/0.py": files["src/0.py"]}) == []


def test_of_a_goal_for_each_file_those_below_are_printed(capsys):
    files = {"src/a.py": file("1/2", missing=(2,)), "src/b.py": file("9/10", missing=(4,))}
    assert coverage_gate.check_goals({"goals": [Goal("*", "each_file", "60", ())]}, files) == 2
    assert capsys.readouterr().out.splitlines()[1:] == ["  src/a.py: 2"]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("src/a/__init__.py", r"src/a/\_\_init\_\_.py"),
        ("src/*", r"src/\*"),
        ("<b>|[a](b)", r"\<b\>\|\[a\](b)"),
    ],
)
def test_names_are_no_markdown(text, markdown):
    assert coverage_gate.plain(text) == markdown


def examples() -> list[str]:
    """Return the settings in the documentation."""
    page = (Path(__file__).parents[2] / "docs" / "goals.md").read_text()
    return re.findall(r"```toml\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("example", examples())
def test_examples_of_the_documentation_are_read(example):
    Path("pyproject.toml").write_text(example)
    assert coverage_gate.read_settings()["goals"]
