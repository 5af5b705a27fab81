"""`coverage_gate.py pragmas`: lines that are excluded from the total, and ran after all."""

from pathlib import Path

import pytest
from coverage import CoverageData

import coverage_gate

SOURCE = b"""\
import sys

if sys.platform == "win32":  # pragma: no cover
    import winreg
    KEY = winreg.HKEY_USERS
else:
    KEY = None

@cached
@other(
    1,
)
def f(x):  # pragma: no cover
    with x:
        return [
            x,
        ]

class C(  # pragma: no cover
    object,
):
    def m(self): return 1

def g(x):
    match x:
        case 1:  # pragma: no cover
            return 2
    try:
        return x()
    except ValueError:  # pragma: no cover
        return 3
"""


def test_lines_above_a_body_run_without_it():
    found = coverage_gate.headers(SOURCE)
    lines = SOURCE.decode().splitlines()
    inside = [line.strip() for number, line in enumerate(lines, 1) if number not in found]
    assert [line for line in inside if line] == [
        "import sys",
        "import winreg",
        "KEY = winreg.HKEY_USERS",
        "else:",
        "KEY = None",
        "return [",
        "x,",
        "]",
        "match x:",
        "return 2",
        "return x()",
        "return 3",
    ]


@pytest.mark.parametrize(
    ("ran", "excluded", "found"),
    [
        ([3, 4, 5], [3, 4, 5], ["src/app.py:4-5"]),
        ([3, 7, 9, 13], [3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17], []),
        ([5, 15, 27], [4, 5, 14, 15, 26, 27], ["src/app.py:5", "src/app.py:15", "src/app.py:27"]),
    ],
)
def test_excluded_lines_that_ran_are_named(tmp_path, monkeypatch, ran, excluded, found):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coverage_gate, "ROOT", tmp_path)
    monkeypatch.setenv("COVERAGE_FILE", ".coverage")
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    Path("pyproject.toml").write_text("")
    Path("src").mkdir()
    Path("src/app.py").write_bytes(SOURCE)
    # Of a job that measured the same file somewhere else: combining gave it this name.
    data = CoverageData(".coverage")
    data.add_lines({str(tmp_path / "src" / "app.py"): ran})
    data.write()
    assert coverage_gate.excluded_that_ran({"src/app.py": {"excluded_lines": excluded}}) == found
