"""`invoke adopt`: the user's Makefile and tasks.py."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adopting import adopt, refused
from copier_coverage.adopt.tasks_py import with_coverage_tasks
from workshop.rendering import render


def test_targets_of_the_makefile_stay_under_another_name(repository):
    makefile = (
        "all: lint coverage\n\nlint:\n\ttrue\n\n"
        "coverage: lint\n\tpytest\n\ncoverage-html: coverage\n\ttrue\n"
    )
    root = repository({"Makefile": makefile})
    adopt(root, defaults=True)
    text = (root / "Makefile").read_text()
    assert text == (
        "all: lint coverage-before\n\nlint:\n\ttrue\n\ncoverage-before: lint\n\tpytest\n\n"
        "coverage-html-before: coverage-before\n\ttrue\n\ninclude coverage.mk\n"
    )
    process = subprocess.run(
        ["make", "-n", "coverage_flags=", "coverage-before", "coverage-gate"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    assert process.stderr == ""
    assert "coverage_gate.py gate" in process.stdout


TASKS = """\
from invoke import task


@task
def lint(c):
    pass


@task
def coverage(c):
    print('mine')
"""


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"Makefile": "include *.mk\n", "a.mk": "coverage:\n\ttrue\n"},
            "a.mk defines `coverage`, which coverage.mk also defines",
        ),
        ({"tasks.py": "import invoke\nprint 'a'\n"}, "tasks.py cannot be read"),
    ],
)
def test_name_of_the_template_that_cannot_be_had_is_refused(repository, files, message):
    assert message in refused(repository(files))


def test_package_of_tasks_is_not_hidden(repository, capsys):
    root = repository({"tasks/__init__.py": TASKS})
    adopt(root, defaults=True)
    assert not (root / "tasks.py").exists()
    assert "tasks/__init__.py: import coverage_tasks" in capsys.readouterr().out


def test_tasks_of_another_program_are_not_invokes(repository):
    """Celery and others look for tasks in a tasks.py too."""
    mine = "from celery import Celery\n"
    root = repository({"tasks.py": mine, "tasks/__init__.py": mine})
    adopt(root, defaults=True)
    assert (root / "tasks.py").read_text() == mine
    assert not (root / "coverage_tasks.py").exists()


@pytest.fixture(scope="module")
def entry_point(tmp_path_factory):
    """The entry point for Invoke."""
    folder = render(tmp_path_factory.mktemp("entry") / "point", task_runners=["invoke"])
    return folder / "coverage_tasks.py"


@pytest.fixture
def with_tasks(entry_point, tmp_path):
    """Return a function that takes a tasks.py through the step for it; return the folder."""

    def write(tasks: str) -> Path:
        shutil.copy(entry_point, tmp_path)
        (tmp_path / "tasks.py").write_text(with_coverage_tasks(tasks).text)
        return tmp_path

    return write


def invoke(folder: Path, *arguments: str) -> str:
    """Run Invoke; return what it printed."""
    command = [Path(sys.executable).with_name("invoke"), *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("tasks", "names"),
    [
        (
            TASKS.replace("@task\ndef cov", "@task(default=True)\ndef cov"),
            {"lint", "coverage-before"},
        ),
        (TASKS.replace("@task\ndef coverage(c)", "def coverage()"), {"lint"}),
        (
            f"{TASKS}\n\nns = invoke.Collection(lint)\n".replace("from", "import invoke\nfrom"),
            {"lint"},
        ),
        (
            f"{TASKS}\n\nns: object = invoke.Collection(lint)\n".replace(
                "from", "import invoke\nfrom"
            ),
            {"lint"},
        ),
        (f"ns = None\n{TASKS}", {"lint", "coverage-before"}),
        (
            f'"""A page:\f\n"""\n{TASKS}'.replace("import task", "import (\n    task,\n)"),
            {"lint", "coverage-before"},
        ),
    ],
    ids=["default", "helper", "not-in-collection", "annotated", "no-collection", "form-feed"],
)
def test_tasks_are_there_in_every_way_of_writing_them(with_tasks, tasks, names):
    listed = invoke(with_tasks(tasks), "--list")
    found = set(re.findall(r"^  (\S+)", listed, re.MULTILINE))
    assert {name for name in found if not name.startswith("coverage.")} == names
    assert "coverage.pipeline" in found


@pytest.mark.parametrize(
    "tasks",
    [
        TASKS,
        f"{TASKS}\n\nns = Collection(lint, coverage)\n".replace("import", "import Collection,"),
        TASKS.replace("@task\ndef coverage", "@task(name='coverage')\ndef measure"),
        "from __future__ import annotations\n\nimport sys\n\n" + TASKS + "\n\nassert sys\n",
        TASKS.replace(
            "@task\ndef coverage",
            "from copy import copy\n\n\n@task(name='coverage')\n@copy\ndef coverage",
        ),
    ],
    ids=["plain", "collection", "named", "imports", "decorated"],
)
def test_tasks_of_the_user_stay(with_tasks, tasks):
    folder = with_tasks(tasks)
    kept = (folder / "tasks.py").read_text()
    assert all(line in kept.splitlines() for line in tasks.splitlines())
    assert re.findall(r"^  (\S+)", invoke(folder, "--list"), re.MULTILINE)[:3] == [
        "coverage-before",
        "lint",
        "coverage.check-update",
    ]
    assert invoke(folder, "coverage-before") == "mine\n"


def test_calls_of_a_renamed_target_are_named(repository, capsys):
    files = {"Makefile": "coverage:\n\tpytest\n", "ci.sh": "make coverage\nmake coverage-x\n"}
    adopt(repository(files), defaults=True)
    said = capsys.readouterr().out
    told = "ci.sh:1: make coverage - this runs the gate now; what it did is: make coverage-before"
    assert told in said
    assert "ci.sh:2" not in said
