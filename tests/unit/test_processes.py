"""Which processes left no data: from coverage's log and the names of the data files."""

import os
from pathlib import Path

import pytest
from coverage import CoverageData

import coverage_gate

NEW = """\
New process: pid={}, executable: '/usr/bin/python'
New process: cmd: {}
New process parent pid: {}
cwd is now '/tmp'
"""
LOG = (
    NEW.format(1, ["/venv/coverage/__main__.py", "run", "-m", "pytest"], os.getpid())
    + NEW.format(2, ["-c", "--password=secret"], 1)
    + "New process: forked 1 -> 3\n"
    + "atexit: pid: 1, instance: <Coverage>\n"
)
DONE = ".coverage.local.host.pid{}.Xabcdefgx.Habcdefghijkl"
HALF = ".coverage.local.host.pid{}.Xabcdefgx"


@pytest.fixture
def left(tmp_path, monkeypatch, capsys):
    """Return a function that takes a log and data files, and returns what is said of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coverage_gate.time, "sleep", lambda seconds: None)

    def processes(log: str, *files: str) -> tuple[list[str], str]:
        coverage_gate.LOG.parent.mkdir()
        coverage_gate.LOG.write_text(log)
        for name in files:
            Path(name).touch()
        return coverage_gate.lost_processes("local"), capsys.readouterr().out

    return processes


def test_each_process_with_a_complete_data_file_left_its_data(left):
    files = [DONE.format(pid) for pid in (1, 2, 3)]
    assert left(LOG, *files) == ([], "Processes: 3 measured; each left its data.\n")


@pytest.mark.parametrize(
    ("log", "files", "lost"),
    [
        (LOG, [1, 3], "python -c, pid 2, started by the tests: killed, or still running"),
        (LOG, [1, 2], "a fork, pid 3, started by the tests: killed, or still running"),
        (f"{LOG}atexit: pid: 2\n", [1, 3], "pid 2, started by the tests: left no data"),
        (LOG, [2, 3], "the tests, pid 1, started by another program: left no data file"),
    ],
)
def test_process_without_a_data_file_is_named_without_its_arguments(left, log, files, lost):
    found, _ = left(log, *(DONE.format(pid) for pid in files))
    assert len(found) == 1
    assert lost in found[0]
    assert "secret" not in found[0]


def test_process_that_ended_while_it_saved_is_named_with_the_cure(left):
    found, _ = left(LOG, DONE.format(1), DONE.format(3), HALF.format(2))
    assert "stopped while it saved its data; `with Pool()` needs close() and join()" in found[0]


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the source, beside the project."""
    root, copy = tmp_path / "project", tmp_path / "copy"
    for folder in (root, copy):
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "app.py").write_text("A = 1\n")
    (root / "pyproject.toml").write_text('[tool.coverage.run]\nsource = ["src"]\n')
    (root / ".coverage-gate").mkdir()
    monkeypatch.setattr(coverage_gate, "ROOT", root)
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    monkeypatch.chdir(root)
    return copy


@pytest.mark.parametrize(
    ("pids", "lines", "found"), [([1], [1], 0), ([2], [1], 1), ([2, 3], [1], 2), ([2], [], 0)]
)
def test_process_that_started_in_a_copy_is_known_by_the_log(copy, pids, lines, found):
    log = LOG.replace("'/tmp'", f"'{Path.cwd()}'", 1).replace("'/tmp'", f"'{copy}'")
    coverage_gate.LOG.write_text(log.replace("forked 1 -> 3", "forked 2 -> 3"))
    for pid in pids:
        data = CoverageData(DONE.format(pid))
        data.add_lines({"src/app.py": lines})
        data.write()
    pairs = [*coverage_gate.copies_by_log("local")]
    assert pairs == [(str(copy / "src" / "app.py"), "src/app.py")] * found


@pytest.mark.parametrize("log", ["", "Process 1 was started.\n"])
def test_log_that_cannot_be_read_says_nothing(left, log):
    unknown = "Processes: unknown, as coverage's log cannot be read.\n"
    assert left(log, DONE.format(1)) == ([], unknown)
