"""coverage_gate.py in one project: what each stage leaves, checks and prints.

The sample incident has 142 statements, 7 of them missed, and 8 branches, 4 of them missed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import coverage_gate
from conftest import PASSED, SERVICES, change_settings, commit_all, git
from workshop.rendered import RenderedProject
from workshop.rendering import render

REPORTS = ("htmlcov", "coverage.xml", "coverage.json")


def test_prints_each_command_and_ends_with_the_total(gate):
    output = gate().stdout
    commands = [line for line in output.splitlines() if line.startswith(("coverage ", "python -m"))]
    assert commands == [
        "python -m coverage run -m pytest",
        "coverage combine",
        "coverage html",
        "coverage json",
        "coverage xml",
        "coverage report --fail-under=80",
    ]
    assert output.count("TOTAL") == 1
    assert output.endswith(PASSED)


def test_table_shows_the_missing_lines(gate):
    assert "src/incident/exports.py" in gate("gate").stdout
    assert "Missing" in gate("gate").stdout


def test_total_below_the_threshold_ends_with_the_distance(gate):
    process = gate("gate", COVERAGE_FAIL_UNDER="93.5")
    assert process.returncode == 2
    assert process.stdout.endswith("Coverage 92.67%, threshold 93.5%: failed, 0.83 points below\n")


@pytest.mark.parametrize(("threshold", "code"), [("92.67", 0), ("92.68", 2), ("", 0)])
def test_threshold_of_one_run(gate, threshold, code):
    assert gate("gate", COVERAGE_FAIL_UNDER=threshold).returncode == code


def test_fraction_as_a_threshold_is_refused(gate):
    process = gate("gate", COVERAGE_FAIL_UNDER="0.8")
    assert process.returncode == 1
    assert process.stdout == "Threshold 0.8: give percent, from 1 to 100, like 92.5.\n"


def test_unknown_stage_is_refused(gate):
    process = gate("erase tset")
    assert process.returncode == 1
    assert process.stdout.endswith("Unknown: tset\n")
    assert (gate.folder / ".coverage").exists()


def test_project_without_its_settings_is_refused(gate):
    change_settings(gate.folder, "[tool.coverage-gate]", "[tool.other]")
    process = gate()
    assert process.returncode == 1
    assert process.stdout == "pyproject.toml has no [tool.coverage-gate]. Run: copier update\n"


def test_program_is_the_same_in_every_project(tmp_path):
    plain = render(tmp_path / "plain")
    answers = {
        "package_manager": "poetry",
        "collector": "pytest-cov",
        "shards": 2,
        "coverage_threshold": "92.5",
    }
    other = render(
        tmp_path / "other",
        working_directory="backend",
        operating_systems=["windows-latest"],
        **answers,
    )
    assert (plain / "coverage_gate.py").read_bytes() == (
        other / "backend" / "coverage_gate.py"
    ).read_bytes()


# Before the tests


def test_test_stage_removes_its_own_earlier_data_and_no_other(gate):
    """`make test`, a test file is deleted, `make test`, stages: the first run's data is gone."""
    gate("erase test")
    extra = gate.folder / "tests" / "test_settings_only.py"
    extra.write_text(
        "def test_settings():\n    from incident import settings\n\n    assert settings\n"
    )
    (gate.folder / "tests" / "test_incident.py").unlink()
    (gate.folder / ".coverage.other.1").touch()
    gate("test")
    assert (gate.folder / ".coverage.other.1").exists()
    (gate.folder / ".coverage.other.1").unlink()
    assert gate("combine gate").stdout.endswith(
        "Coverage 16.00%, threshold 80%: failed, 64.00 points below\n"
    )


@pytest.mark.parametrize("parallel", [True, False])
def test_erase_removes_data_and_reports(gate, parallel):
    if not parallel:
        change_settings(gate.folder, "parallel = true\n", "")
        change_settings(gate.folder, 'patch = ["subprocess", "_exit", "fork", "execv"]\n', "")
        change_settings(gate.folder, 'concurrency = ["thread", "multiprocessing"]\n', "")
    (gate.folder / ".coverage.local.1").touch()
    (gate.folder / ".coverage.py").write_text("A = 1\n")
    assert gate("erase").returncode == 0
    names = {path.name for path in gate.folder.iterdir()}
    assert not names & {".coverage", ".coverage.local.1", *REPORTS}
    assert ".coverage.py" in names
    assert {path.name for path in (gate.folder / ".coverage-gate").iterdir()} == {
        ".gitignore",
        "lock",
    }


def test_no_source_is_refused(gate):
    change_settings(gate.folder, 'source = ["src"]\n', "")
    change_settings(gate.folder, 'source_pkgs = ["incident"]\n', "")
    process = gate("test")
    assert process.returncode == 1
    assert "No source: [tool.coverage.run] does not name the measured code" in process.stdout


# The content of the source


def rewrite(path: Path, line: str = "import os, sys\n") -> None:
    path.write_text(line + path.read_text())


def test_source_that_is_rewritten_while_the_tests_run_is_refused(gate):
    source = (gate.folder / SERVICES).as_posix()
    test = gate.folder / "tests" / "test_zz_last.py"
    test.write_text(
        f"from pathlib import Path\n\n\ndef test():\n    path = Path({source!r})\n"
        "    path.write_text('import os\\n' + path.read_text())\n"
    )
    process = gate("erase test")
    assert process.returncode == 1
    assert f"Changed since the tests started: {SERVICES}. Run all stages again" in process.stdout


@pytest.mark.parametrize("stage", ["combine", "report", "gate"])
def test_source_with_other_content_and_an_older_time_is_refused(gate, stage):
    if stage == "combine":
        gate("erase test")
    path = gate.folder / SERVICES
    rewrite(path)
    os.utime(path, (0, 0))
    process = gate(stage)
    assert process.returncode == 1
    assert f"Changed since the tests started: {SERVICES}" in process.stdout
    # Nothing is lost: with its old content back, it passes.
    path.write_text(path.read_text().removeprefix("import os, sys\n"))
    assert gate(stage).returncode == 0


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ('["incident"]', "src/incident/services.py"),
        ('["alone"]', "alone.py"),
        ('["alone"]', "src/alone.py"),
    ],
    ids=["package", "module", "module in src"],
)
def test_source_that_is_named_as_a_module_is_compared_too(gate, source, module):
    change_settings(gate.folder, 'source = ["src"]', f"source = {source}")
    change_settings(gate.folder, 'source_pkgs = ["incident"]\n', "")
    path = gate.folder / module
    path.touch()
    with (gate.folder / "tests" / "test_incident.py").open("a") as file:
        file.write(
            f"\n\ndef test_module():\n    import {'alone' if 'alone' in module else 'incident'}\n"
        )
    assert gate("erase test", PYTHONSAFEPATH="").returncode == 0
    rewrite(path)
    assert f"Changed since the tests started: {module}" in gate("combine").stdout


def test_file_that_the_tests_generate_is_compared_from_then_on(gate):
    generated = gate.folder / "src" / "incident" / "generated.py"
    with (gate.folder / "tests" / "test_incident.py").open("a") as file:
        file.write(
            "\n\ndef test_generated():\n    from pathlib import Path\n\n"
            "    Path('src/incident/generated.py').write_text('made = 1\\n')\n"
            "    import incident.generated\n"
        )
    assert gate("erase test").returncode == 0
    rewrite(generated)
    assert "Changed since the tests started: src/incident/generated.py" in gate("combine").stdout


def test_source_that_is_written_again_with_the_same_text_passes(gate):
    gate("erase test")
    path = gate.folder / SERVICES
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert gate("combine gate").stdout.endswith(PASSED)


def test_test_stage_waits_for_a_process_that_ends_a_moment_after_the_tests(gate):
    late = "import incident.settings, time; print(flush=True); time.sleep(0.2)"
    (gate.folder / "tests" / "test_late.py").write_text(
        f"import subprocess\nimport sys\n\n\ndef test_late():\n"
        f"    child = subprocess.Popen([sys.executable, '-c', {late!r}], "
        f"stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        f"    child.stdout.readline()\n"
    )
    assert gate("erase test").returncode == 0
    then = set(gate.folder.glob(".coverage.*"))
    time.sleep(1)
    assert set(gate.folder.glob(".coverage.*")) == then


def test_test_stage_waits_for_a_data_file_that_is_being_written(gate):
    """Coverage gives it its last name when it is complete."""
    name = f"{gate.folder}/.coverage.local.host.pid1.Xabcdefghx"
    (gate.folder / "tests" / "test_late.py").write_text(
        "import subprocess\n\n\ndef test_late():\n"
        f"    command = 'touch {name}; sleep 0.2; mv {name} {name}.Habcdefghijkl'\n"
        "    subprocess.Popen(command, shell=True, stdout=subprocess.DEVNULL)\n"
    )
    assert gate("erase test").returncode == 0
    assert not list(gate.folder.glob(".coverage.*x"))


def test_test_stage_does_not_wait_for_a_process_that_goes_on(gate):
    child = "import time; print(flush=True); time.sleep(9)"
    (gate.folder / "tests" / "test_child.py").write_text(
        "import subprocess\nimport sys\n\n\ndef test_child():\n"
        f"    child = subprocess.Popen([sys.executable, '-c', {child!r}], "
        "stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "    child.stdout.readline()\n"
    )
    start = time.monotonic()
    assert gate("erase test").returncode == 0
    assert time.monotonic() - start < 8


# Combining


def test_second_combine_does_not_replace_the_total(gate):
    """A process that outlives the tests leaves one more data file, of next to nothing."""
    gate("erase test combine")
    gate.coverage(
        "run -m incident.settings",
        COVERAGE_FILE=".coverage.local",
        COVERAGE_RCFILE="pyproject.toml",
    )
    assert "Other data of the same tests was combined before" in gate("combine").stdout
    process = gate("gate")
    assert process.returncode == 1
    assert "Not combined: .coverage.local." in process.stdout


def test_interrupted_combine_is_refused(gate):
    gate("erase test")
    data = next(gate.folder.glob(".coverage.local.*"))
    shutil.copy(data, gate.folder / ".coverage.local.copy")
    (gate.folder / ".coverage").mkdir()  # combine cannot write there
    assert gate("combine").returncode != 0
    (gate.folder / ".coverage").rmdir()
    assert "Run all stages again" in gate("combine").stdout


@pytest.mark.parametrize(
    "damage",
    [b"", b"not a database, but 32 bytes long", None],
    ids=["emptied", "foreign", "cut"],
)
def test_data_file_that_cannot_be_read_is_refused_by_name(gate, damage):
    gate("erase test")
    data = gate.folder / ".coverage.local.late"
    content = next(gate.folder.glob(".coverage.local.*")).read_bytes()
    data.write_bytes(content[: len(content) // 2] if damage is None else damage)
    process = gate("combine")
    assert process.returncode == 1
    assert "Not combined: .coverage.local.late\n" in process.stdout
    # It is still there to be looked at.
    assert data.exists()


def test_data_file_that_was_removed_after_the_tests_is_missed(gate):
    gate("erase")
    gate("test")
    gate.coverage(
        "run -m incident.settings",
        COVERAGE_FILE=".coverage.local",
        COVERAGE_RCFILE="pyproject.toml",
    )
    (own,) = json.loads((gate.folder / ".coverage-gate" / "state.json").read_text())["data"]
    (gate.folder / own).unlink()
    process = gate("combine gate")
    assert process.returncode == 1
    assert f"Removed since the tests ended: {own}. Run all stages again" in process.stdout


def test_data_with_and_without_branches_is_refused(gate):
    gate("erase test")
    gate.coverage(f"run --rcfile={os.devnull} -p --source=src -m incident.settings")
    process = gate("combine")
    assert process.returncode == 1
    assert "Can't combine" in process.stdout
    assert gate("combine gate").returncode == 1


# Reports


def test_xml_names_files_from_the_root_of_the_repository(gate):
    def names() -> set[str]:
        report = ET.parse(gate.folder / "coverage.xml")
        assert [source.text for source in report.iter("source")] == ["."]
        return {element.attrib["filename"] for element in report.iter("class")}

    commit_all(gate.folder)
    gate("report")
    assert SERVICES in names()
    shutil.rmtree(gate.folder / ".git")
    commit_all(gate.folder.parent)
    gate("report")
    assert f"incident/{SERVICES}" in names()


@pytest.mark.parametrize("key", ["fail_under = 99", 'format = "total"'])
def test_threshold_in_the_settings_decides_nothing(gate, key):
    change_settings(gate.folder, "precision = 2\n", f"precision = 2\n{key}\n")
    process = gate("report gate")
    assert process.returncode == 0, process.stdout
    assert process.stdout.endswith(PASSED)


def test_threshold_of_a_plugin_decides_nothing(gate):
    (gate.folder / "strict.py").write_text(
        "import coverage\n\n\n"
        "class Strict(coverage.CoveragePlugin):\n    def configure(self, config):\n"
        "        if not config.get_option('report:fail_under'):\n"
        "            config.set_option('report:fail_under', 100)\n\n\n"
        "def coverage_init(reg, options):\n    reg.add_configurer(Strict())\n"
    )
    change_settings(gate.folder, "branch = true\n", 'branch = true\nplugins = ["strict"]\n')
    process = gate()
    assert process.returncode == 0, process.stdout
    assert all((gate.folder / name).exists() for name in REPORTS)


def test_failed_report_leaves_none_half_written(gate):
    gate("erase test combine")
    (gate.folder / SERVICES).unlink()
    process = gate("report")
    assert process.returncode == 1
    assert "No source for code" in process.stdout
    assert not any((gate.folder / name).exists() for name in REPORTS)


def test_reports_of_earlier_data_do_not_stay(gate):
    gate("test combine")
    assert not any((gate.folder / name).exists() for name in REPORTS)


def test_last_line_is_of_the_data_that_the_gate_reads(gate):
    """By hand: data of another run is combined after the reports were written."""
    for arguments in ("run -m incident.settings", "combine"):
        gate.coverage(arguments, COVERAGE_RCFILE="pyproject.toml")
    process = gate("gate")
    assert process.returncode == 2
    assert process.stdout.endswith("Coverage 16.00%, threshold 80%: failed, 64.00 points below\n")


def test_stages_that_run_twice_report_the_data_of_the_second_run(gate):
    (gate.folder / "tests" / "test_incident.py").write_text(
        "def test_settings():\n    from incident import settings\n\n    assert settings\n"
    )
    process = gate("gate erase test combine gate")
    assert process.returncode == 2
    assert PASSED in process.stdout
    assert process.stdout.endswith("Coverage 16.00%, threshold 80%: failed, 64.00 points below\n")


def test_last_line_follows_the_settings_that_the_gate_reads(gate):
    """Between report and gate, a module is left out."""
    change_settings(
        gate.folder,
        "precision = 2\n",
        'precision = 2\nomit = ["*/models.py", "*/services.py"]\n',
    )
    output = gate("gate").stdout
    total = next(line for line in output.splitlines() if line.startswith("TOTAL")).split()[5]
    assert output.splitlines()[-1].startswith(f"Coverage {total}, threshold 80%: ")
    assert total != "92.67%"


def test_report_has_no_page_of_an_interrupted_one(gate):
    left = gate.folder / ".coverage-gate" / "reports" / "htmlcov" / "left.html"
    left.parent.mkdir(parents=True)
    left.touch()
    gate("report")
    assert not (gate.folder / "htmlcov" / "left.html").exists()


SUMMARY = """\
### ✅ Coverage 92.67%, threshold 80%: passed, 12.67 points above

- ❌ Goal for all files, branches: 50.00%, threshold 60%: failed, 10.00 points below
- ❌ Goal for src/none/\\*, total: it matches no file. Write a directory as \\`src/app/\\*\\`.
- Source: 5 files, all in the total.
- [HTML report](https://github.com/o/r/actions/runs/7#artifacts)

| file | missing lines | coverage | missing |
|---|--:|--:|---|
| src/incident/services.py | 7 | 81.03% | 16-17, 34-35, 48-50 |

"""
JOB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "o/r",
    "GITHUB_RUN_ID": "7",
}


def test_job_summary_has_the_total_the_goals_and_the_missing_lines(gate):
    """It is written before the gate decides, and decides nothing."""
    more = 'branches = 60\ngoals = { "src/none/*" = 90 }\n'
    change_settings(gate.folder, "threshold = 80\n", f"threshold = 80\n{more}")
    summary = gate.folder / "summary.md"
    assert gate("report", GITHUB_STEP_SUMMARY=str(summary), **JOB).returncode == 0
    assert summary.read_text() == SUMMARY


def test_job_summary_has_why_there_is_no_total(gate):
    summary = gate.folder / "summary.md"
    process = gate("combine", GITHUB_STEP_SUMMARY=str(summary))
    assert process.returncode == 1
    assert summary.read_text() == (
        "### ❌ No result to trust\n```text\n"
        "No data to combine. First run: python coverage_gate.py test\n```\n\n"
    )


def test_tests_that_run_nothing_of_the_source_are_refused(gate):
    (gate.folder / "tests" / "test_incident.py").write_text(
        "def test_nothing():\n    assert True\n"
    )
    process = gate()
    assert process.returncode == 1
    assert process.stdout.endswith("No data: the tests ran no statement of the measured code.\n")


# Faults of the machine


def test_second_run_in_one_folder_is_refused_and_the_first_has_the_total(gate):
    started = gate.folder / "started"
    (gate.folder / "tests" / "test_slow.py").write_text(
        "import pathlib\nimport time\n\n\ndef test_slow():\n"
        f"    pathlib.Path({str(started)!r}).touch()\n    time.sleep(5)\n"
    )
    command = [gate.python, "coverage_gate.py"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    first = subprocess.Popen(command, cwd=gate.folder, env=gate.environment, text=True, **pipes)
    while not started.exists():
        time.sleep(0.05)
    second = gate()
    assert second.returncode == 1
    assert f"wait for it, or stop it (pid {first.pid})" in second.stdout
    assert first.communicate()[0].endswith(PASSED)
    assert first.returncode == 0


def test_python_without_coverage_is_told_what_to_type(gate):
    command = [sys.executable, "-I", "-S", "coverage_gate.py"]
    process = subprocess.run(command, cwd=gate.folder, check=False, capture_output=True, text=True)
    expected = "This Python cannot import coverage: No module named 'coverage'. Try: uv run "
    assert process.returncode == 1
    assert process.stderr.startswith(expected)


def test_coverage_that_is_another_is_named(gate):
    (gate.folder / "coverage.py").touch()
    process = gate()
    assert process.returncode == 1
    assert "This Python cannot import coverage: cannot import name 'Coverage'" in process.stdout
    assert "incident/coverage.py" in process.stdout


def test_help_without_docstrings(gate):
    process = gate("--help", PYTHONOPTIMIZE="2")
    assert (process.returncode, "Traceback" in process.stdout) == (0, False)
    assert "passed" in gate("gate", PYTHONOPTIMIZE="2").stdout


@pytest.mark.parametrize(("stage", "code"), [("report gate", 0), ("combine", 1)])
def test_summary_that_cannot_be_written_changes_nothing(gate, stage, code):
    process = gate(stage, GITHUB_STEP_SUMMARY=str(gate.folder))
    assert process.returncode == code
    assert "No summary of the job: " in process.stdout
    assert "Traceback" not in process.stdout


@pytest.fixture
def worktree(gate):
    """The folder of a git worktree, whose environment has the source of another one."""
    (gate.folder / ".gitignore").write_text("__pycache__/\n.coverage*\ncoverage.*\nhtmlcov/\n")
    gate.commit()
    folder = gate.folder.parent / "second" / "incident"
    git(gate.folder, "worktree", "add", "-q", str(folder))
    return folder


def start(gate, folder: Path) -> subprocess.Popen:
    """Start all stages in a folder, with the source of the first worktree."""
    env = gate.environment | {"PYTHONPATH": str(gate.folder / "src")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [gate.python, "coverage_gate.py"]
    return subprocess.Popen(command, cwd=folder, env=env, text=True, **pipes)


def test_two_worktrees_at_once_have_each_its_total(gate, worktree):
    copy = shutil.copytree(gate.folder, gate.folder.parent / "copy")
    runs = [start(gate, folder) for folder in (gate.folder, worktree, copy)]
    for run in runs:
        output = run.communicate()[0]
        assert run.returncode == 0, output
        assert output.endswith(PASSED)


def test_source_of_another_worktree_is_refused_if_it_differs(gate, worktree):
    source = worktree / SERVICES
    # A version, as some build backends write it, is no other source.
    source.write_text(source.read_text() + '\nVERSION = "1"\n')
    (gate.folder / SERVICES).write_text(source.read_text().replace('"1"', '"2"'))
    run = start(gate, worktree)
    assert run.communicate()[0].endswith("points above\n")
    rewrite(source)
    run = start(gate, worktree)
    assert f"which is not {SERVICES}. Install this project where" in run.communicate()[0]
    assert run.returncode == 1


def test_source_that_is_not_python_is_named_though_the_copy_is(gate, worktree):
    (worktree / SERVICES).write_text("(\n")
    run = start(gate, worktree)
    output = run.communicate()[0]
    assert run.returncode == 1
    assert "(services.py, line 1)\nGenerated, or not Python? Add it to omit" in output


def test_git_that_fails_is_named_as_it_decides_what_is_measured(gate):
    gate.commit()
    (gate.folder / ".git" / "HEAD").unlink()
    process = gate()
    assert process.returncode == 1
    assert "failed. fatal: not a git repository" in process.stdout


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be another user")
def test_what_git_ignores_in_the_checkout_of_another_user_is_left_out(gate):
    """As in a container, where actions/checkout is run by another user."""
    (gate.folder / ".gitignore").write_text("made.py\n")
    (gate.folder / "src" / "incident" / "made.py").write_text("A = 1\n")
    gate.commit()
    for path in (gate.folder, *gate.folder.rglob("*")):
        os.chown(path, 65534, 65534)
    assert gate("test combine report gate").stdout.endswith(PASSED)


def test_without_git_its_ignored_files_count(gate):
    gate.commit()
    output = gate(PATH="").stdout
    assert "No git here: files that it ignores are measured, too.\n" in output
    assert output.endswith(PASSED)


def test_git_of_a_hook_is_not_asked(gate):
    gate.commit()
    assert gate(GIT_DIR="elsewhere", GIT_INDEX_FILE="elsewhere").stdout.endswith(PASSED)


def test_folder_that_cannot_be_written_is_named(gate):
    shutil.rmtree(gate.folder / ".coverage-gate")
    (gate.folder / ".coverage-gate").touch()
    output = gate().stdout
    assert "Traceback" not in output
    assert "exists: .coverage-gate. Then: Run all stages again" in output


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
@pytest.mark.parametrize("stage", ["test", "combine", "report"])
def test_full_disk_is_no_total(gate, stage):
    gate("erase test combine")
    limit = f'ulimit -f 4; "{gate.python}" coverage_gate.py'
    process = RenderedProject(gate.folder).run(f"{limit} {stage} report gate", PYTHONPATH="src")
    assert process.returncode != 0
    assert 'coverage_gate.py", line' not in process.stdout
    assert gate().stdout.endswith(PASSED)


def test_record_of_the_tests_that_was_removed_is_missed(gate):
    """Nothing else shows that the source is still the measured one."""
    (gate.folder / ".coverage-gate" / "state.json").unlink()
    for stage in ("report", "gate"):
        process = gate(stage)
        assert process.returncode == 1
        assert "No record of the tests in .coverage-gate/state.json." in process.stdout


@pytest.mark.parametrize("text", ["{", '{"totals": {}, "files": {}}'])
def test_report_that_is_not_of_the_data_is_written_again(gate, text):
    """Whatever the clocks say."""
    report = gate.folder / "coverage.json"
    report.write_text(text)
    os.utime(report, (2**32, 2**32))
    assert gate("gate").stdout.endswith(PASSED)


def test_data_with_an_older_time_is_reported(gate):
    gate.coverage("run -m incident.settings", COVERAGE_RCFILE="pyproject.toml")
    gate.coverage("combine", COVERAGE_RCFILE="pyproject.toml")
    os.utime(gate.folder / ".coverage", (0, 0))
    assert "Coverage 16.00%" in gate("gate").stdout


@pytest.fixture
def others_folder(gate, monkeypatch, unmeasured):
    """The project in a folder of the user `nobody`, who runs the program in this process.

    That user may have no Python, and not reach pytest's temporary folders.
    """
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = shutil.copytree(gate.folder, Path(parent, "incident"))
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 65534, 65534)
        monkeypatch.setattr(coverage_gate, "ROOT", folder)
        monkeypatch.chdir(folder)
        yield folder
        monkeypatch.undo()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("name", [".coverage", ".coverage-gate/lock", "htmlcov/index.html"])
def test_file_of_another_user_is_named(others_folder, name):
    """As root leaves them, in a container."""
    for path in ((others_folder / name).parent, others_folder / name):
        os.chown(path, 0, 0)
    os.seteuid(65534)
    try:
        with pytest.raises(SystemExit, match=rf"Permission denied: .*{Path(name).suffix}"):
            coverage_gate.main(["erase"])
    finally:
        os.seteuid(0)


# The shell


def test_runs_in_its_own_folder_wherever_it_is_called(gate):
    program = gate.folder / "coverage_gate.py"
    process = RenderedProject(gate.folder.parent).run(
        f'"{gate.python}" "{program}"', PYTHONPATH=str(gate.folder / "src")
    )
    assert process.returncode == 0, process.stdout
    assert process.stdout.endswith(PASSED)
    assert not (gate.folder.parent / ".coverage").exists()


def test_data_file_of_the_settings_is_not_used(gate):
    """It may be anywhere; what one stage leaves, the next one finds."""
    change_settings(
        gate.folder,
        "branch = true\n",
        'branch = true\ndata_file = "elsewhere/.coverage"\n',
    )
    assert gate().stdout.endswith(PASSED)
    assert not (gate.folder / "elsewhere").exists()


def test_process_that_is_measured_itself_is_refused(gate):
    (gate.folder / "all.toml").write_text('[tool.coverage.run]\nsource = ["src"]\n')
    before = (gate.folder / ".coverage").read_bytes()
    process = gate(
        "gate",
        COVERAGE_PROCESS_START="all.toml",
        COVERAGE_FILE=str(gate.folder / "other"),
    )
    assert process.returncode == 1
    assert "Unset COVERAGE_PROCESS_START" in process.stdout
    assert (gate.folder / ".coverage").read_bytes() == before


def press_ctrl_c(gate, *arguments: str) -> tuple[int, str]:
    """Interrupt the program and what it started at the word `started`; return code and output."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(
        [gate.python, "coverage_gate.py", *arguments],
        cwd=gate.folder,
        env=gate.environment,
        text=True,
        start_new_session=True,
        **pipes,
    )
    assert any("started" in line for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=30)[0]
    return process.returncode, output


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_ends_with_the_lines_of_pytest(gate):
    (gate.folder / "tests" / "test_slow.py").write_text(
        "import time\n\n\ndef test_slow():\n    print('started', flush=True)\n    time.sleep(60)\n"
    )
    code, output = press_ctrl_c(gate, "test", "--", "-s", "tests/test_slow.py")
    assert code == 2
    assert "no tests ran" in output
    assert "coverage_gate.py" not in output


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is another signal there")
def test_ctrl_c_ends_a_later_stage_without_a_traceback(gate):
    change_settings(gate.folder, "branch = true\n", 'branch = true\nplugins = ["slow"]\n')
    (gate.folder / "slow.py").write_text(
        "import time\n\n\n"
        "def coverage_init(registry, options):\n"
        "    print('started', flush=True)\n    time.sleep(60)\n"
    )
    code, output = press_ctrl_c(gate, "report")
    assert code == 130
    assert "Traceback" not in output
