"""The accounts of coverage_gate.py: what would be missing from the total is named, with the cure.

The sample incident has 142 statements, 7 of them missed, and 8 branches, 4 of them missed.
"""

import re

import pytest

from conftest import change_settings

NESTED = "src/incident/vendor/src/incident"
IMPORTS_NESTED = f"""\
import importlib.util


def test_nested():
    for name in ("settings", "models"):
        path = f"{NESTED}/{{name}}.py"
        spec = importlib.util.spec_from_file_location(f"nested_{{name}}", path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""
KILLS_CHILD = """\
import subprocess
import sys


def test_child():
    code = "import incident.exports; print(flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    child = subprocess.Popen([sys.executable, "-c", code], **pipes)
    child.stdout.readline()
    child.kill()
    child.wait()
"""
USES_COVERAGE = """\
import subprocess
import sys


def test_child():
    code = "import incident.exports, coverage; coverage.Coverage()"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
ERASES = """\
import subprocess
import sys


def test_child():
    subprocess.run([sys.executable, "-c", "import incident.exports"], check=True)
    subprocess.run([sys.executable, "-m", "coverage", "erase"], check=True)
"""
FORKS = """\
import os
import signal


def test_child():
    if not (pid := os.fork()):
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
"""


def write(folder, name, text):
    """Write a file of a project."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_accounts_that_balance_take_a_line_each(gate):
    lines = gate().stdout.splitlines()
    assert "Processes: 1 measured; each left its data." in lines
    assert "Files: 5 in the data, each under its own name." in lines
    assert "Source: 5 files, all in the total." in lines


# Files


def test_file_that_would_be_taken_for_another_is_refused_with_the_entry_to_add(gate):
    write(gate.folder, f"{NESTED}/settings.py", "A = 1\n")
    write(gate.folder, f"{NESTED}/models.py", "A = 1\nB = 2\n")
    write(gate.folder, "tests/test_nested.py", IMPORTS_NESTED)
    # As rendered, it is right: three statements more than the incident.
    right = re.compile("^TOTAL +145 +7 ", re.MULTILINE)
    assert right.search(gate().stdout)
    change_settings(gate.folder, 'source = ["src", "src", ', 'source = ["src", ')
    process = gate()
    assert process.returncode == 1
    assert f"{NESTED}/settings.py as src/incident/settings.py" in process.stdout
    title, entry = process.stdout.splitlines()[-2:]
    assert title == "Put this first in [tool.coverage.paths]:"
    change_settings(gate.folder, "[tool.coverage.paths]\n", f"[tool.coverage.paths]\n{entry}\n")
    process = gate()
    assert "Source: 7 files, all in the total." in process.stdout
    assert right.search(process.stdout)


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("web/node_modules/tool/setup.py", "web/node_modules"),
        ("lib/site-packages/tool.py", "lib/site-packages"),
        ("venv/lib/site.py", "venv"),
        ("_version.py", "_version.py"),
        ("generated/a.py", "generated"),
    ],
)
def test_code_that_is_not_the_projects_is_not_measured(gate, module, other):
    write(gate.folder, f"src/incident/{module}", "A = 1\nB = 2\n")
    write(gate.folder, "src/incident/venv/pyvenv.cfg", "home = /usr/bin\n")
    write(gate.folder, ".gitignore", "_version.py\ngenerated/\n")
    gate.commit()
    output = gate().stdout
    _, _, named = output.partition("Not measured, as it is not the project's code: ")
    assert f"src/incident/{other}" in named.splitlines()[0].split(", ")
    assert "Coverage 92.67%" in output


@pytest.mark.parametrize("source", ["src", "src/incident"])
def test_project_in_a_directory_that_git_ignores_is_measured(gate, source):
    change_settings(gate.folder, 'source = ["src"]\n', f'source = ["{source}"]\n')
    write(gate.folder, ".gitignore", "*\n")
    gate.commit()
    assert "Coverage 92.67%" in gate().stdout


def test_settings_for_the_tests_keep_text_of_any_language(gate):
    change_settings(gate.folder, "branch = true\n", 'branch = true\nomit = ["*/é🎈.py"]\n')
    write(gate.folder, "src/incident/é🎈.py", "A = 1\n")
    write(gate.folder, "src/incident/node_modules/a.py", "A = 1\n")
    assert "Coverage 92.67%" in gate().stdout


def test_file_outside_the_source_is_refused(gate):
    gate("erase test")
    write(gate.folder, "other/script.py", "A = 1\n")
    gate.coverage("run --source=other other/script.py", COVERAGE_FILE=".coverage.local")
    process = gate("combine")
    assert process.returncode == 1
    assert "The data has other/script.py, which is not in the source." in process.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{% for %}\n", "Couldn't parse 'src/incident/page.py' as Python source"),
        ("", "No source for code: 'src/incident/page.py'"),
    ],
)
def test_file_that_cannot_be_reported_is_refused_with_the_way_out(gate, line, message):
    page = gate.folder / "src" / "incident" / "page.py"
    page.write_text(line or "A = 1\n")
    if not line:
        write(gate.folder, "tests/test_page.py", REMOVES_PAGE)
    process = gate()
    assert process.returncode == 1
    assert message in process.stdout
    assert "Add it to omit in [tool.coverage.run]" in process.stdout
    change_settings(gate.folder, "branch = true\n", 'branch = true\nomit = ["*/page.py"]\n')
    page.write_text(line or "A = 1\n")
    assert "Coverage 92.67%" in gate().stdout


REMOVES_PAGE = """\
from pathlib import Path


def test_page():
    import incident.page

    Path(incident.page.__file__).unlink()
"""


def test_file_that_was_added_after_the_tests_is_refused(gate):
    gate("erase test")
    write(gate.folder, "src/incident/late.py", "A = 1\n")
    process = gate("combine")
    assert process.returncode == 1
    assert "Changed since the tests started: src/incident/late.py." in process.stdout


MEASURES_PAGE = """\
from pathlib import Path

from coverage import CoveragePlugin, FileReporter, FileTracer


class Pages(CoveragePlugin, FileTracer):
    def file_tracer(self, filename):
        return self if filename.endswith("models.py") else None

    def source_filename(self):
        return str(Path("src/incident/page.html").resolve())

    def line_number_range(self, frame):
        return 1, 1

    def file_reporter(self, filename):
        return Page(filename)


class Page(FileReporter):
    def lines(self):
        return {1, 2}


def coverage_init(registry, options):
    registry.add_file_tracer(Pages())
"""


def test_template_that_was_changed_after_the_tests_is_refused(gate):
    """A plugin measures it."""
    write(gate.folder, "src/incident/page.html", "<p>1</p>\n")
    write(gate.folder, "src/pages.py", MEASURES_PAGE)
    change_settings(gate.folder, "branch = true\n", 'branch = true\nplugins = ["pages"]\n')
    complete = gate("erase test combine report gate", COVERAGE_FAIL_UNDER="1")
    assert complete.returncode == 0, complete.stdout
    assert re.search(r"src/incident/page.html +2 +1 ", complete.stdout), complete.stdout
    write(gate.folder, "src/incident/page.html", "<p>2</p>\n<p>1</p>\n")
    process = gate("gate", COVERAGE_FAIL_UNDER="1")
    assert process.returncode == 1
    assert "Changed since the tests started: src/incident/page.html." in process.stdout


def test_file_that_settings_leave_out_is_named(gate):
    change_settings(gate.folder, "precision = 2\n", 'precision = 2\nomit = ["*/models.py"]\n')
    left_out = "not in the total (report:omit): src/incident/models.py"
    assert f"Source: 5 files; {left_out}" in gate().stdout


def test_paths_that_begin_with_a_pattern_are_refused_before_the_tests_run(gate):
    change_settings(gate.folder, 'source = ["src", "src", ', 'source = ["*/src", ')
    process = gate()
    assert process.returncode == 1
    assert "[tool.coverage.paths] source: put the directory itself first" in process.stdout
    assert "python -m" not in process.stdout


def test_plugin_of_pytest_is_not_measured_by_pytest_cov(gate):
    change_settings(gate.folder, 'collector = "coverage"', 'collector = "pytest-cov"')
    settings = gate.folder / "pyproject.toml"
    plugin = '\n[project.entry-points.pytest11]\nincident = "incident.models"\n'
    settings.write_text(settings.read_text() + plugin)
    process = gate("test")
    assert process.returncode == 1
    assert 'Write collector = "coverage" in [tool.coverage-gate].' in process.stdout


# Processes


@pytest.mark.parametrize(
    ("test", "lost"),
    [
        (KILLS_CHILD, "python -c, pid {}, started by the tests: killed, or still running"),
        (ERASES, "python -c, pid {}, started by the tests: left no data file"),
        (USES_COVERAGE, "python -c, pid {}, started by the tests: left no data file"),
        (FORKS, "a fork, pid {}, started by the tests: killed, or still running"),
    ],
    ids=["killed", "erased", "used", "forked"],
)
def test_process_that_left_no_data_is_named(gate, test, lost):
    write(gate.folder, "tests/test_child.py", test)
    above = gate().stdout
    below = gate("gate", COVERAGE_FAIL_UNDER="99").stdout
    words = lost.replace("pid {}", r"pid \d+")
    assert re.search(rf"Missing data:\n  {words}", above), above
    # The first thing that the gate prints.
    assert re.match(rf"The total is too low, as data is missing:\n  {words}", below), below


def test_job_summary_names_the_process_that_left_no_data(gate):
    write(gate.folder, "tests/test_child.py", KILLS_CHILD)
    summary = gate.folder / "summary.md"
    output = gate("erase test combine report", GITHUB_STEP_SUMMARY=str(summary)).stdout
    assert "Missing data:\n  python -c, pid " in output
    assert "- Missing data:\n- python -c, pid " in summary.read_text()


def test_process_whose_data_is_in_one_file_is_not_lost(gate):
    """Without `parallel`, there is one only; pytest-cov combines what its children left."""
    for line in ("parallel = true", 'patch = ["subprocess", "_exit", "fork", "execv"]'):
        change_settings(gate.folder, f"{line}\n", "")
    change_settings(gate.folder, 'concurrency = ["thread", "multiprocessing"]\n', "")
    assert "Processes: 1 measured; each left its data." in gate("erase test").stdout


def test_processes_are_unknown_if_the_log_cannot_be_read(gate):
    write(
        gate.folder,
        "tests/test_log.py",
        "import os\nfrom pathlib import Path\n\n\ndef test_log():\n"
        "    Path(os.environ['COVERAGE_DEBUG_FILE']).write_text('in another format')\n",
    )
    process = gate()
    assert process.returncode == 0
    assert "Processes: unknown, as coverage's log cannot be read." in process.stdout


# Tests


def test_unittest_that_finds_no_test_is_refused(gate):
    change_settings(gate.folder, '"-m pytest"', '"-m unittest"')
    process = gate("test")
    assert process.returncode == 1
    assert "Ran 0 tests" in process.stdout
    assert "No test ran. See test_command in [tool.coverage-gate]." in process.stdout
