"""`coverage_gate.py ratchet`: how values are raised, and how files are edited."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

import coverage_gate
from coverage_gate import Goal


@pytest.mark.parametrize(
    ("asked", "value", "reached", "new"),
    [
        ("total", "80", Fraction(278, 3), "92.66"),
        ("total", "80", Fraction(95), "95"),
        ("lines", "92.5", Fraction(9259, 100), "92.59"),
        ("lines", "92.5", Fraction(92), "92.5"),
        ("total", "100", Fraction(99999, 1000), "100"),
        ("missing_lines", "12", Fraction(7), "7"),
        ("missing_lines", "7", Fraction(12), "7"),
    ],
)
def test_value_becomes_stricter_and_never_more_than_what_is_reached(asked, value, reached, new):
    assert coverage_gate.tightened(Goal("*", asked, value, ()), reached) == new


SETTINGS = """\
# threshold = 80, as agreed.
[project]
dependencies = ["invoke>=80", "pytest>=9"]

[tool.coverage-gate]
threshold   =  80 # percent
lines = 80
goals."src/a/*" = 80.00

[tool.coverage-gate.goals."src/b/*"]
lines = 80
'missing_lines' = 80
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("threshold",), "threshold   =  92.5 # percent"),
        (("goals", "src/a/*"), 'goals."src/a/*" = 92.5'),
        (("goals", "src/b/*", "missing_lines"), "'missing_lines' = 92.5"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_edit_of_the_settings_changes_one_line_only(place, line, end):
    text = SETTINGS.replace("\n", end)
    changed = coverage_gate.with_value(text, Goal("*", "total", "80", place), "92.5")
    lines = zip(text.split(end), changed.split(end), strict=True)
    assert [new for old, new in lines if old != new] == [line]
    table = tomllib.loads(changed)["tool"]["coverage-gate"]
    for key in place:
        table = table[key]
    assert table == 92.5


def test_number_that_cannot_be_edited_is_refused():
    text = SETTINGS.replace("threshold   =  80 ", "threshold = 8_0 ")
    with pytest.raises(SystemExit, match=r"write 80 as a plain number"):
        coverage_gate.with_value(text, Goal("*", "total", "80", ("threshold",)), "92.5")


ANSWERS = "_commit: v1\ncoverage_threshold: '80'\nworking_directory: {}\n"
WORKFLOW = """\
defaults:
  run:
    shell: bash
    working-directory: {}
jobs:
  coverage:
    steps:
      - working-directory: .
      - run: uv run python coverage_gate.py collect
      - run: uv run coverage report --fail-under={}
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with two projects, each with its gate, and workflows of other kinds."""
    files = {
        ".copier-answers.yml": ANSWERS.format("one"),
        ".copier-answers.two.yml": ANSWERS.format("two"),
        ".gitlab-ci.yml": "  script:\n    - cd one\n    - python coverage_gate.py gate\n"
        "    - coverage report --fail-under=80.0\n",
        ".github/workflows/one.yml": WORKFLOW.format("one", "80"),
        ".github/workflows/two.yml": WORKFLOW.format("two", "80"),
        ".github/workflows/strict.yml": WORKFLOW.format("one", "99"),
        ".github/workflows/root.yml": WORKFLOW.replace("    working-directory: {}\n", "").format(
            80
        ),
        # Not the gate's.
        ".github/workflows/old.yml": "    working-directory: one\n"
        "    - run: coverage report --fail-under=80\n",
    }
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.replace("\n", "\r\n").encode())

    def in_folder(folder: str) -> dict[str, str]:
        monkeypatch.setattr(coverage_gate, "ROOT", tmp_path / folder)
        return {
            change.partition(":")[0]: change
            for _, _, change in coverage_gate.raised_elsewhere("92.5")
        }

    return in_folder


def test_threshold_is_raised_where_this_gate_has_it_and_nowhere_else(repository):
    assert repository("one") == {
        ".copier-answers.yml": ".copier-answers.yml: 80 -> 92.5",
        ".github/workflows/one.yml": ".github/workflows/one.yml: 80 -> 92.5",
        ".gitlab-ci.yml": ".gitlab-ci.yml: 80.0 -> 92.5",
    }
    assert [*repository("two")] == [".copier-answers.two.yml", ".github/workflows/two.yml"]
    assert [*repository(".")] == [".github/workflows/root.yml"]


def test_text_keeps_all_but_the_threshold(repository, tmp_path):
    repository("one")
    for path, text, _ in coverage_gate.raised_elsewhere("92.5"):
        old = path.read_bytes().decode()
        assert text.replace("92.5", "80.0" if "80.0" in old else "80") == old
        assert Path(path).is_relative_to(tmp_path)
