"""A workflow of somebody else's that was joined, really run by act: its jobs, and the gate's."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from test_workflow_mutations import COLLECT, FAILED_JOB, assert_failed, change
from test_workflow_run import MATRIX_TOTAL

from adopting import PYPROJECT, adopt
from workshop.act import commit_all, run_workflow
from workshop.rendered import RenderedProject
from workshop.rendering import SAMPLES, TEMPLATE

CI = Path(".github", "workflows", "ci.yml")
WORKFLOW = """\
name: CI

on: push

jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.11", "3.13"]
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97
        with:
          python-version: ${{ matrix.python }}
      - run: python -m pip install tox
      - name: Run the tests
        run: python -m tox run -e py
        env:
          GREETING: hello
"""
SETTINGS = """
[tool.coverage.run]
branch = true

# A child runs the nested one in another folder, from where its name is absolute.
[tool.coverage.paths]
nested = ["src/matrix/plugins/src", "src/matrix/plugins/src", "*/src/matrix/plugins/src"]
source = ["src", "src", "*/site-packages", "*/src"]

[tool.coverage.report]
fail_under = 95
exclude_also = [
    '^\\s*@(abc\\.)?abstractmethod$',
    '^\\s*raise NotImplementedError\\b',
]
"""
SECRET = "--deselect=hunter2"
TOX = f"""\
[tox]
env_list = py

[testenv]
deps = pytest
pass_env = GREETING
commands = pytest {SECRET}
"""

MEASURE = Path(".github", "actions", "measure-coverage", "action.yml")
# The sample is for newer Pythons than coverage needs.
NEW = "matrix.python != '3.10'"


def adopted(folder: Path, workflow: str) -> RenderedProject:
    """Return the sample matrix with a workflow of its own that was joined."""
    shutil.copytree(SAMPLES / "matrix", folder)
    (folder / "pyproject.toml").write_text(PYPROJECT.replace("incident", "matrix") + SETTINGS)
    (folder / "tox.ini").write_text(TOX)
    (folder / CI).parent.mkdir(parents=True)
    (folder / CI).write_text(workflow)
    commit_all(folder)
    adopt(folder, defaults=True)
    return RenderedProject(folder)


def test_total_is_that_of_all_jobs(tmp_path):
    """By tox, whose settings know nothing of coverage."""
    run = run_workflow(adopted(tmp_path / "matrix", WORKFLOW), workflow=CI)
    assert run.exit_code == 0, str(run)
    assert run.total() == MATRIX_TOTAL
    (data, more) = (files for name, files in run.artifacts.items() if "-gate-data-" in name)
    assert_no_command_line(data | more)


def assert_no_command_line(files):
    """Assert that files, data and a log, have the command lines of no process."""
    assert len([name for name in files if Path(name).name.startswith(".coverage.")]) > 2
    assert any(b"New process: pid=" in content for content in files.values())
    assert not [name for name, content in files.items() if SECRET.encode() in content]


@pytest.mark.parametrize("python", ["python", "python3", ""])
def test_command_lines_are_deleted_by_any_python_and_other_files_stay(tmp_path, python):
    if python:
        (tmp_path / "bin" / python).parent.mkdir()
        (tmp_path / "bin" / python).symlink_to(sys.executable)
    data = tmp_path / ".coverage.commit.1.test"
    with contextlib.closing(sqlite3.connect(data)) as connection:
        connection.executescript("create table meta (key, value)")
        connection.execute("insert into meta values ('sys_argv', ?)", (SECRET,))
        connection.commit()
    for name in (".coverage.py", ".coverage.torn"):
        (tmp_path / name).write_text(SECRET)
    module = TEMPLATE.environment.get_template("includes/joined.jinja").module
    process = subprocess.run(
        [shutil.which("sh"), "-e"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path / "bin")},
        input=module.forget,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert (SECRET.encode() in data.read_bytes()) == (not python)
    assert process.stdout.startswith("Command lines stay" if not python else "")
    assert bool(process.stdout) == (not python)
    assert (tmp_path / ".coverage.py").read_text() == SECRET


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The same without tox, which is faster."""
    install = "python -m pip install --quiet --editable . coverage pytest"
    faster = WORKFLOW.replace("python -m pip install tox", install)
    faster = faster.replace("python -m tox run -e py", "python -m pytest")
    return adopted(tmp_path_factory.mktemp("joined") / "matrix", faster)


@pytest.fixture
def project(original, tmp_path):
    """A copy of it to change."""
    return RenderedProject(shutil.copytree(original.folder, tmp_path / "matrix"))


def without_the_upload_of_a_job(project):
    upload = "      - name: Upload coverage\n"
    change(project, upload, f"{upload}        if: matrix.python == '3.11'\n", CI)


def without_the_upload(project):
    change(project, "      - name: Upload coverage\n.*upload-coverage\n", "", CI)


def without_the_matrix(project):
    change(project, "        with:\n +matrix:.*\n", "", CI)
    # One job after the other, so that the second finds the artifact of the first.
    change(project, "      matrix:\n", "      max-parallel: 1\n      matrix:\n", CI)


def failed_job(project):
    test = "import sys\n\n\ndef test_old():\n    assert sys.version_info < (3, 13)\n"
    (project.folder / "tests" / "test_old.py").write_text(test)


def without_coverage(project):
    change(project, "--editable . coverage pytest", "--editable . pytest", CI)


def without_measuring(project):
    change(project, r"^ +echo \"COVERAGE_PROCESS_START=\$folder.*\n", "", MEASURE)


def other_source(project):
    step = "      - name: Run the tests\n"
    change(project, step, f"      - run: echo 'A = 1' >> src/matrix/everywhere.py\n{step}", CI)


@pytest.mark.parametrize(
    ("mutation", "step", "message"),
    [
        (without_the_upload_of_a_job, COLLECT, "Coverage data from 1 of 2 jobs of 'test': test-"),
        pytest.param(
            without_the_upload,
            COLLECT,
            "Coverage data from 0 of 1 jobs of 'test': ",
            marks=pytest.mark.long,
        ),
        pytest.param(
            without_the_matrix, FAILED_JOB, "A test job did not succeed", marks=pytest.mark.long
        ),
        pytest.param(failed_job, FAILED_JOB, "A test job did not succeed", marks=pytest.mark.long),
        (without_coverage, COLLECT, "No data from test-python-3.11: no process of the tests"),
        pytest.param(
            without_measuring,
            COLLECT,
            "No data from test-python-3.11: no process of the tests",
            marks=pytest.mark.long,
        ),
        (
            other_source,
            COLLECT,
            "Changed from the commit in test-python-3.11: src/matrix/everywhere.py.",
        ),
    ],
)
def test_mutation_of_the_joined_workflow_fails_for_its_own_reason(project, mutation, step, message):
    mutation(project)
    if mutation not in (without_the_upload_of_a_job, without_the_matrix, failed_job):
        change(project, r'"3\.11", "3\.13"', '"3.11"', CI)
    assert_failed(run_workflow(project, workflow=CI), step, message)


def test_job_with_an_old_python_is_not_measured(project):
    change(project, r'"3\.11", "3\.13"', '"3.10", "3.13"', CI)
    change(
        project,
        "      - name: Run the tests\n",
        f"      - name: Run the tests\n        if: {NEW}\n",
        CI,
    )
    change(
        project, "      - run: python -m pip", f"      - if: {NEW}\n        run: python -m pip", CI
    )
    (collect,) = run_workflow(project, workflow=CI).named(COLLECT)
    assert "Not measured, as its Python is too old: test-python-3.10" in collect.output
    assert "Coverage data from 2 jobs: test-python-3.10, test-python-3.13" in collect.output
