"""Data, states and names that no run leaves: each is refused before coverage or a log has it."""

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from coverage import CoverageData

import coverage_gate

NAME = Path(".coverage.local.host.pid1.Xabcdefx.Habcdefghijh")
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select i, 'a' from n"
NUMBERS = "with recursive n(i) as (select 1 union all select i + 1 from n limit {})"
VIEW = f"drop table file; create view file (id, path) as {ENDLESS}"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """Go to a project with a module, and data that names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    # It asks git.
    monkeypatch.setattr(coverage_gate, "other_code", list)
    Path("pyproject.toml").write_text('[tool.coverage.run]\nsource = ["src"]\n')
    Path("src").mkdir()
    Path("src", "app.py").write_text("A = 1\n")
    with_data("src/app.py")


def with_data(name: str) -> None:
    data = CoverageData(str(NAME.absolute()))
    data.add_arcs({name: [(-1, 1), (1, -1)]})
    data.close(force=True)


def change_data(script: str) -> None:
    with contextlib.closing(sqlite3.connect(NAME)) as data:
        data.executescript(script)


@pytest.mark.parametrize(
    "script",
    [
        VIEW,
        "create trigger a after insert on meta begin delete from arc; end",
        "create virtual table a using fts5(b)",
        "create virtual table a using rtree(id, low, high)",
        "update arc set fromno = 'a'",
        "insert into arc select file_id, context_id, 1, 'a' from arc limit 1",
        "insert into line_bits values (1, 1, 'a')",
        "update file set path = x'61'",
        "update file set path = ''",
        f"{NUMBERS.format(100_000)} insert into file (path) select i from n",
        f"{NUMBERS.format(1_000_001)} insert into context (context) select i from n",
        "alter table meta add column a as (hex(zeroblob(400000000)))",
        "insert into line_bits values (1, 1, zeroblob(1000001))",
        f"{NUMBERS.format(500_001)} insert or ignore into arc select 1, 1, i, i from n",
    ],
    ids=range(14),
)
@pytest.mark.parametrize("use", [coverage_gate.read_data, coverage_gate.version_of])
def test_what_coverage_never_writes_is_refused(script, use):
    change_data(script)
    with pytest.raises(SystemExit, match=f"{NAME.name} is not as coverage writes it. Delete it."):
        use(NAME)


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither")
@pytest.mark.parametrize(
    "make",
    [Path.mkdir, lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero")],
    ids=["directory", "pipe", "link"],
)
@pytest.mark.parametrize("use", [coverage_gate.read_data, coverage_gate.version_of])
def test_what_is_no_file_is_refused_before_it_is_opened(make, use):
    NAME.unlink()
    make(NAME)
    with pytest.raises(SystemExit, match=f"{NAME.name} is not as coverage writes it. Delete it."):
        use(NAME)


def test_data_that_coverage_wrote_is_taken():
    assert coverage_gate.read_data(NAME).measured_files() == {"src/app.py"}


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\x85", "\u2028", "##["])
def test_control_characters_in_names_reach_no_log(character):
    name = f"src/a{character}::add-mask::]b.py"
    with_data(name)
    with pytest.raises(SystemExit) as refused:
        coverage_gate.check_files()
    assert str(refused.value).startswith("Rename src/a?::add-mask::]b.py: a log takes")
    NAME.unlink()
    Path(name).touch()
    with pytest.raises(SystemExit, match=r"Rename .*: a log takes the \? for a command"):
        coverage_gate.digests()


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\0"])
def test_damaged_state_is_refused(text):
    coverage_gate.STATE.parent.mkdir()
    coverage_gate.STATE.write_text(text)
    with pytest.raises(SystemExit, match=r"state.json is damaged. Run all stages again"):
        coverage_gate.read_state()


@pytest.mark.parametrize("name", ["c0ffee.1", "c0ffee.x.3.11", "c0ffee.1.a\n::error::b", None, 3])
def test_state_of_no_job_is_refused(name):
    state = Path("coverage-data", "a", "state.json")
    state.parent.mkdir(parents=True)
    state.write_text(coverage_gate.json.dumps({"name": name}))
    with pytest.raises(SystemExit) as refused:
        coverage_gate.newest_states()
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(f"has no commit, attempt and job: {str(name)!r}")


def test_command_lines_are_forgotten():
    change_data("insert into meta values ('sys_argv', '[''--token=hunter2'']')")
    assert b"hunter2" in NAME.read_bytes()
    coverage_gate.LOG.parent.mkdir()
    coverage_gate.LOG.write_text("New process: cmd: ['-m', '--token=hunter2']")
    coverage_gate.forget_command_lines("local")
    assert not coverage_gate.LOG.exists()
    assert b"hunter2" not in NAME.read_bytes()
    assert coverage_gate.read_data(NAME).measured_files() == {"src/app.py"}


def test_second_run_is_refused_by_the_name_of_the_first():
    why = rf"wait for it, or stop it \(pid {os.getpid()}\)"
    with contextlib.closing(coverage_gate.lock()), pytest.raises(SystemExit, match=why):
        coverage_gate.lock()
    coverage_gate.lock().close()
