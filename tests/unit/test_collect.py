"""`coverage_gate.py collect`: what it takes of the artifacts, and what it refuses."""

import json
import re
from pathlib import Path

import coverage
import pytest
from coverage import CoverageData

import coverage_gate

SOURCE = "src/app.py"
SETTINGS = {"collector": "coverage", "test_command": "-m pytest"}


@pytest.fixture
def artifacts(tmp_path, monkeypatch):
    """Go to an empty project; return the folder that its artifacts are unpacked into."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coverage_gate, "ROOT", tmp_path)
    monkeypatch.setenv("GATE_NAME", "c0ffee")
    # It asks git.
    monkeypatch.setattr(coverage_gate, "other_code", list)
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    (tmp_path / "pyproject.toml").write_text('[tool.coverage.run]\nsource = ["src"]\n')
    (tmp_path / "src").mkdir()
    (tmp_path / SOURCE).write_text("A = 1\n")
    return tmp_path / "coverage-data"


def deliver(
    artifact: Path, name: str, jobs: int = 2, delivered: str = ".coverage.{}.1", **more: object
) -> None:
    """Unpack the artifact of a job, which it has made of this source."""
    state = {"name": name, "jobs": str(jobs), "source": coverage_gate.digests()}
    state |= {"lost": [], "tests": {}} | more
    (artifact / ".coverage-gate").mkdir(parents=True)
    (artifact / ".coverage-gate" / "state.json").write_text(json.dumps(state))
    if delivered:
        (artifact / delivered.format(name)).write_text(name)


def refusal() -> str:
    """Collect; return why that is refused."""
    with pytest.raises(SystemExit) as refused:
        coverage_gate.collect(SETTINGS)
    return str(refused.value)


def test_takes_the_newest_attempt_of_each_job(artifacts, capsys):
    deliver(artifacts / "a", "c0ffee.2.3.11")
    deliver(artifacts / "b", "c0ffee.10.3.11")
    deliver(artifacts / "c", "c0ffee.1.3.11")
    deliver(artifacts / "d", "c0ffee.1.3.13")
    assert coverage_gate.collect(SETTINGS) == 0
    assert capsys.readouterr().out == "Coverage data from 2 jobs: 3.11, 3.13\n"
    taken = {path.name for path in Path().glob(".coverage.*")}
    assert taken == {".coverage.c0ffee.10.3.11.1", ".coverage.c0ffee.1.3.13.1"}


def test_takes_data_files_only(artifacts):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    (artifacts / "pyproject.toml").write_text("")
    coverage_gate.collect(SETTINGS)
    assert Path("pyproject.toml").read_text()


def test_missing_job_is_refused(artifacts):
    deliver(artifacts, "c0ffee.1.3.11")
    assert refusal() == "Coverage data from 1 of 2 jobs: 3.11"


def test_no_job_is_refused(artifacts):
    assert refusal().startswith("Coverage data from 0 of 1 jobs")


def test_two_jobs_of_one_name_are_refused(artifacts):
    deliver(artifacts / "a", "c0ffee.1.3.11")
    deliver(artifacts / "b", "c0ffee.1.3.11")
    assert refusal() == "Data of another commit, or of two jobs: c0ffee.1.3.11"


def test_other_commit_is_refused(artifacts):
    deliver(artifacts, "decade.1.3.11", jobs=1)
    assert refusal() == "Data of another commit, or of two jobs: decade.1.3.11"


def test_other_source_is_refused(artifacts):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    Path(SOURCE).write_text("A = 2\n")
    assert refusal().startswith(f"Not the source that 3.11 measured: {SOURCE}.")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (".coverage.decade.1.3.11.1", ".coverage.decade.1.3.11.1"),
        (".coverage.c0ffee.1.3.1", ".coverage.c0ffee.1.3.1"),
    ],
)
def test_data_of_another_name_is_refused(artifacts, data, found):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1, delivered=data)
    assert refusal() == f"Unexpected coverage data from 3.11: {found}"


def test_job_without_data_is_refused(artifacts):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1, delivered="")
    assert refusal().startswith("No data from 3.11: the tests left no data file.")


def test_job_that_measured_nothing_is_refused(artifacts, monkeypatch):
    monkeypatch.setitem(SETTINGS, "collector", "command")
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    assert refusal().startswith("No data from 3.11: no process of the tests measured the source.")


def test_data_of_an_old_coverage_is_refused(artifacts, monkeypatch):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    data = CoverageData(str(artifacts / ".coverage.c0ffee.1.3.11.2"))
    data.add_lines({str(Path(SOURCE).absolute()): [1]})
    monkeypatch.setattr(coverage_gate, "OLDEST", f"{coverage.__version__}1")
    assert f".2: coverage {coverage.__version__} can lose lines. Install coverage>=" in refusal()


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (["a", "c"], ["b"], "Tests of 3.11: 3, each in one shard."),
        (
            ["a", "b"],
            ["b"],
            "Not run exactly once by the shards of 3.11: b (2x), c (0x). Their order",
        ),
        (["a", "b", "c"], [], "Tests of 3.11: 3, each in one shard."),
    ],
)
def test_each_test_is_in_one_shard(artifacts, capsys, first, second, answer):
    for shard, selected in (("1", first), ("2", second)):
        tests = {"selected": selected, "all": ["a", "b", "c"]}
        deliver(artifacts / shard, f"c0ffee.1.3.11-{shard}", tests=tests)
    if "Not" in answer:
        assert answer in refusal()
    else:
        coverage_gate.collect(SETTINGS)
        assert answer in capsys.readouterr().out


def test_processes_that_left_no_data_are_those_of_all_jobs(artifacts):
    deliver(artifacts / "a", "c0ffee.1.3.11", lost=["  python -c, pid 5: killed"])
    deliver(artifacts / "b", "c0ffee.1.3.13")
    coverage_gate.collect(SETTINGS)
    assert coverage_gate.read_state() == {
        "lost": ["  python -c, pid 5: killed, in 3.11"],
        "account": "Coverage data from 2 jobs: 3.11, 3.13",
    }


def test_data_of_a_file_outside_the_source_is_refused(artifacts):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    Path("secret.py").write_text("A = 1\n")
    data = CoverageData(str(artifacts / ".coverage.c0ffee.1.3.11.2"))
    data.add_lines({"secret.py": [1]})
    assert refusal().startswith("The data has secret.py, which is not in the source.")


def deliver_joined(artifacts: Path, job: str, lines: bool = True, **state: str) -> None:
    """Unpack the artifact of a job of a workflow that was joined: no program ran there."""
    name = f"c0ffee.1.{job}"
    deliver(artifacts / job, name, jobs=1, delivered="")
    told = {"name": name, "jobs": "1", "job": job} | state
    (artifacts / job / ".coverage-gate" / "state.json").write_text(json.dumps(told))
    data = CoverageData(str(artifacts / job / f".coverage.{name}.host.pid1.Xabcdefx.Habcdefghijh"))
    data.add_lines({str(Path(SOURCE).absolute()): [1] if lines else []})


def test_every_job_that_the_gate_needs_must_deliver(artifacts, monkeypatch):
    monkeypatch.setenv("GATE_NEEDS", '{"test": {}, "windows": {}}')
    deliver_joined(artifacts, "test")
    assert refusal() == "Coverage data from 0 of 1 jobs of 'windows': "


def test_joined_job_that_measured_nothing_is_refused(artifacts, monkeypatch):
    monkeypatch.setenv("GATE_NEEDS", '{"test": {}}')
    deliver_joined(artifacts, "test", lines=False)
    assert refusal().startswith("No data from test: no process of the tests measured the source.")


def test_joined_job_with_an_old_python_needs_no_data(artifacts, monkeypatch, capsys):
    monkeypatch.setenv("GATE_NEEDS", '{"test": {}}')
    deliver_joined(artifacts, "test", lines=False, python="too old")
    assert coverage_gate.collect(SETTINGS) == 0
    assert "Not measured, as its Python is too old: test\n" in capsys.readouterr().out


def test_processes_of_a_joined_job_are_read_from_its_log(artifacts, monkeypatch):
    monkeypatch.setattr(coverage_gate.time, "sleep", lambda seconds: None)
    monkeypatch.setenv("GATE_NEEDS", '{"test": {}}')
    deliver_joined(artifacts, "test")
    log = "New process: pid=7, executable: a\nNew process: cmd: ['-c']\nNew process parent pid: 1\n"
    (artifacts / "test" / ".coverage-gate" / "processes.log").write_text(log)
    coverage_gate.collect(SETTINGS)
    (lost,) = coverage_gate.read_state()["lost"]
    assert lost.startswith("  python -c, pid 7, started by another program: killed")
    assert lost.endswith(", in test")


@pytest.mark.parametrize("name", [SOURCE, 'src/a "b".py'])
def test_refuses_a_source_that_a_joined_job_changed(artifacts, name):
    Path(name).write_text("A = 1\n")
    deliver(artifacts / "a", "c0ffee.1.test", jobs=1)
    changed = artifacts / "a" / ".coverage-gate" / "changed.txt"
    changed.write_text("README.md\0src/other.py\0")
    assert coverage_gate.collect(SETTINGS) == 0
    deliver(artifacts / "b", "c0ffee.2.test", jobs=1)
    (artifacts / "b" / ".coverage-gate" / "changed.txt").write_text(f"README.md\0{name}\0")
    assert refusal().startswith(f"Changed from the commit in test: {name}.")


@pytest.mark.parametrize(
    "name",
    ["a/\n::error::b/.coverage-gate/state.json", ".coverage.\n::error::b", ".coverage.##[error]b"],
)
def test_control_characters_in_names_of_artifacts_reach_no_log(artifacts, name):
    deliver(artifacts, "c0ffee.1.3.11", jobs=1)
    (artifacts / name).parent.mkdir(parents=True, exist_ok=True)
    (artifacts / name).touch()
    assert refusal().endswith(": a log takes the ? for a command.")
    assert not re.search(r"\n|##\[", refusal())


def test_control_characters_in_a_state_reach_no_log(artifacts, capsys):
    deliver(artifacts / "a", "c0ffee.1.3.11", python="old\n::error::b")
    deliver(artifacts / "b", "c0ffee.1.3.13", data=["a\n::error::b"])
    assert refusal().startswith("Removed since the tests ended: a?::error::b.")
    assert capsys.readouterr().out == "Not measured, as its Python is too old: 3.11\n"


def test_only_files_of_the_project_that_are_not_python_are_left_to_plugins(artifacts):
    for name in ("page.html", "made.py"):
        Path(name).touch()
    names = ["page.html", str(Path("page.html").absolute()), "made.py", "gone.html", "src"]
    assert [*coverage_gate.digests_of_others(names)] == ["page.html"]


def test_control_characters_in_the_source_of_a_state_reach_no_log(artifacts):
    name = "a\n::error::b"
    Path(name).touch()
    deliver(artifacts, "c0ffee.1.3.11", jobs=1, source={name: "another"})
    assert refusal().startswith("Not the source that 3.11 measured: a?::error::b, ")


def test_data_that_was_removed_after_the_tests_is_refused(artifacts):
    name = "c0ffee.1.3.11"
    deliver(artifacts, name, jobs=1, data=[f".coverage.{name}.1", f".coverage.{name}.2"])
    assert refusal().startswith(f"Removed since the tests ended: .coverage.{name}.2.")
