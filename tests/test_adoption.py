"""`invoke adopt` on repositories that exist: nothing is lost, nothing is half done, and the gate is true at once."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from conftest import git
from copier_coverage.adopt import adopt
from copier_coverage.adopt.ini import to_toml
from copier_coverage.audit import findings
from copier_coverage.projects import Project
from copier_coverage.rendering import ROOT, SAMPLES
from copier_coverage.workflow_run import WORKFLOW, commit_all

PYPROJECT = """\
[project]
name = "incident"
version = "1"
requires-python = ">=3.11"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""
SETTINGS = """
[tool.coverage.run]
# Only what we ship.
omit = ["*/generated.py"]
patch = ["subprocess"]
branch = true

# For people.
[tool.coverage.report]
fail_under = 90  # since May
skip_covered = true
"""


@pytest.fixture
def repository(tmp_path):
    """A function that makes a git repository of files; the package `incident` is in each."""

    def make(files: dict[str, str] | None = None, folder: str = ".") -> Path:
        root = tmp_path / "repository"
        all_files = {f"{folder}/src/incident/__init__.py": "", f"{folder}/pyproject.toml": PYPROJECT, **(files or {})}
        for name, text in all_files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        commit_all(root)
        return root

    return make


def answers(root: Path, name: str = ".copier-answers.yml") -> dict:
    return yaml.safe_load((root / name).read_text())


def coverage_settings(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())["tool"]["coverage"]


def refused(path: Path, **options: bool) -> str:
    """Adopt where it must be refused, with nothing changed; return the message."""
    before = git(path, "stash", "create") if (path / ".git").exists() else ""
    with pytest.raises(SystemExit) as error:
        adopt(path, defaults=True, **options)
    assert before == (git(path, "stash", "create") if (path / ".git").exists() else "")
    return str(error.value)


def test_total_is_true_by_one_command(tmp_path, repository, capsys):
    """The incident's own code and tests, with the old recipe around: 8% by that, 92.67% from here."""
    recipe = "coverage:\n\tpytest --cov\n\tcoverage report | grep TOTAL | awk '{print $$4}'\n"
    sample = {
        path.relative_to(SAMPLES / "incident").as_posix(): path.read_text()
        for path in (SAMPLES / "incident").rglob("*.py")
    }
    requirements = {"requirements-dev.txt": "pytest>=9\n", "Makefile": recipe}
    requirements["pyproject.toml"] = f"{PYPROJECT}\n[tool.coverage.run]\nbranch = true\n"
    root = repository(sample | requirements | {"uv.lock": "version = 1\nrevision = 3\nrequires-python = '>=3.11'\n"})
    adopt(root, defaults=True)
    assert "GC101" in capsys.readouterr().out
    project = Project(root)
    project.install()
    process = project.run("make coverage")
    assert process.returncode == 0, process.stdout
    assert project.total() == 100 * (135 + 4) / (142 + 8)
    assert "awk" in (root / "Makefile").read_text()


def test_settings_are_merged_in_place(repository, capsys):
    root = repository({"pyproject.toml": PYPROJECT + SETTINGS})
    adopt(root, defaults=True)
    text = (root / "pyproject.toml").read_text()
    removed = [line for line in (PYPROJECT + SETTINGS).splitlines() if line not in text.splitlines()]
    assert removed == ['patch = ["subprocess"]', "fail_under = 90  # since May"]
    said = capsys.readouterr().out
    assert "run.patch also has _exit" in said
    assert "report.fail_under = 90 removed: the gate has it on its command line" in said
    assert answers(root)["coverage_threshold"] == "90"
    settings = coverage_settings(root)
    assert settings["run"]["omit"] == ["*/generated.py"]
    assert settings["run"]["source"] == ["src"]
    assert settings["report"]["skip_covered"] is True
    # What counts is the user's to say.
    assert "exclude_also" not in settings["report"]
    # The comment still stands above its table.
    assert "# For people.\n[tool.coverage.report]\n" in text


@pytest.mark.parametrize(
    ("mine", "key", "value"),
    [
        ("[tool.coverage.run]\nparallel = false\n", "run.parallel", True),
        ("[tool.coverage.run]\nconcurrency = ['gevent']\n", "run.concurrency", ["gevent", "thread", "multiprocessing"]),
        ("[tool.coverage.run]\nsource = ['.']\n", "run.source", ["src"]),
        ("[tool.coverage.run]\nsource = ['incident', 'tests']\n", "run.source", ["incident", "tests"]),
        ("[tool.coverage.report]\nprecision = 0\n", "report.precision", 2),
        ("[tool.coverage.report]\nprecision = 3\n", "report.precision", 3),
        ("[tool.coverage.report]\nignore_errors = true\n", "report.ignore_errors", None),
        ("[tool.coverage.report]\nexclude_also = ['pass$']\n", "report.exclude_also", ["pass$"]),
        ("[tool.coverage.paths]\nmine = ['src', 'lib']\n", "paths.mine", ["src", "lib"]),
        ("[tool.coverage.html]\ndirectory = 'out'\n", "html.directory", None),
        ("[tool.coverage]\nrun.omit = ['a.py']\n", "run.omit", ["a.py"]),
        ("[tool.coverage]\nrun.omit = ['a.py']\n", "run.sigterm", True),
        ("[tool.coverage.run]\nomit = ['a.py']", "run.omit", ["a.py"]),
        (
            "[tool.coverage.report]\nomit = ['a']\n[tool.a]\n[tool.coverage.run]\nomit = [\n'b', # c\n]\n",
            "run.omit",
            ["b"],
        ),
    ],
)
def test_key_of_the_user_stays_unless_it_breaks_the_gate(repository, mine, key, value):
    root = repository({"pyproject.toml": f"{PYPROJECT}\n{mine}"})
    adopt(root, defaults=True)
    table, _, option = key.partition(".")
    assert coverage_settings(root).get(table, {}).get(option) == value
    assert findings(root) == {}


INI = """\
# Ours
[run]
omit =
    */a.py
    # not b
    */b.py
branch = yes

[report]
exclude_lines =
    pragma: no cover
    def __repr__\\(
fail_under = 91.5
"""


@pytest.mark.parametrize(
    ("name", "ini", "left"),
    [
        (".coveragerc", INI, None),
        (
            "setup.cfg",
            "[metadata]\nkeywords = a\n" + INI.replace("[r", "[coverage:r"),
            "[metadata]\nkeywords = a\n# Ours\n",
        ),
        ("tox.ini", INI.replace("[r", "[coverage:r") + "[tox]\nenvlist = py\n", "# Ours\n[tox]\nenvlist = py\n"),
    ],
)
def test_settings_of_another_file_move_to_pyproject(repository, name, ini, left):
    root = repository({name: ini})
    adopt(root, defaults=True)
    settings = coverage_settings(root)
    assert settings["run"]["omit"] == ["*/a.py", "*/b.py"]
    assert settings["run"]["branch"] is True
    assert settings["report"]["exclude_lines"] == ["pragma: no cover", r"def __repr__\("]
    assert answers(root)["coverage_threshold"] == "91.5"
    assert "# not b" in (root / "pyproject.toml").read_text()
    assert ((root / name).read_text() if left else (root / name).exists()) == (left or False)


def test_ini_file_becomes_toml_that_means_the_same():
    text = to_toml(INI)
    assert tomllib.loads(text)["tool"]["coverage"] == {
        "run": {"omit": ["*/a.py", "*/b.py"], "branch": True},
        "report": {"exclude_lines": ["pragma: no cover", r"def __repr__\("], "fail_under": 91.5},
    }
    assert text.startswith("# Ours\n")


def test_targets_of_the_makefile_stay_under_another_name(repository):
    makefile = "all: lint coverage\n\nlint:\n\ttrue\n\ncoverage: lint\n\tpytest\n\ncoverage-html: coverage\n\ttrue\n"
    root = repository({"Makefile": makefile})
    adopt(root, defaults=True)
    text = (root / "Makefile").read_text()
    assert text == (
        "all: lint coverage\n\nlint:\n\ttrue\n\ncoverage-before: lint\n\tpytest\n\n"
        "coverage-html-before: coverage-before\n\ttrue\n\ninclude coverage.mk\n"
    )
    process = subprocess.run(
        ["make", "-n", "coverage-before", "coverage-gate"], cwd=root, check=True, capture_output=True, text=True
    )
    assert process.stderr == ""
    assert "--fail-under=80" in process.stdout


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
    ("line", "kept"),
    [
        ("coverage test:", "coverage-before test:"),
        ("coverage:: test", "coverage-before:: test"),
        ("coverage : FOO = 1", "coverage-before : FOO = 1"),
        ("coverage := 1", "coverage := 1"),
        ("all: coverage", "all: coverage"),
        ("# coverage: all", "# coverage: all"),
    ],
)
def test_target_is_found_in_every_way_of_writing_it(repository, line, kept):
    root = repository({"Makefile": f"{line}\n\ntest:\n\ttrue\n"})
    adopt(root, defaults=True)
    assert (root / "Makefile").read_text() == f"{kept}\n\ntest:\n\ttrue\n\ninclude coverage.mk\n"
    process = subprocess.run(["make", "-n", "coverage-gate"], cwd=root, check=True, capture_output=True, text=True)
    assert process.stderr == ""


@pytest.mark.parametrize(
    "tasks",
    [
        TASKS,
        f"{TASKS}\n\nns = Collection(lint, coverage)\n".replace("import", "import Collection,"),
        TASKS.replace("@task\ndef coverage", "@task(name='coverage')\ndef measure"),
        "from __future__ import annotations\n\nimport sys\n\n" + TASKS + "\n\nassert sys\n",
    ],
    ids=["plain", "collection", "named", "imports"],
)
def test_tasks_of_the_user_stay(repository, tasks):
    root = repository({"tasks.py": tasks})
    adopt(root, defaults=True)
    kept = (root / "tasks.py").read_text()
    assert all(line in kept.splitlines() for line in tasks.splitlines())
    invoke = Path(sys.executable).with_name("invoke")
    listed = subprocess.run([invoke, "--list"], cwd=root, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"^  (\S+)", listed, re.MULTILINE)[:3] == ["coverage-before", "lint", "coverage.check-update"]
    mine = subprocess.run([invoke, "coverage-before"], cwd=root, check=True, capture_output=True, text=True).stdout
    assert mine == "mine\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"manage.py": "", "requirements.txt": "django\n"},
            {"test_command": "manage.py test", "package_manager": "pip"},
        ),
        (
            {"Makefile": "test:\n\tpython -m unittest discover -s tests\n"},
            {"test_command": "-m unittest discover -s tests"},
        ),
        ({"tox.ini": "[testenv]\ncommands = pytest -v {posargs} src\n"}, {"test_command": "-m pytest src"}),
        ({"tests/test_a.py": "import unittest\n"}, {"test_command": "-m unittest"}),
        ({"tests/test_a.py": "import pytest\n"}, {"test_command": "-m pytest"}),
        ({"pytest.ini": "[pytest]\naddopts = --cov=incident --cov-fail-under=70\n"}, {"collector": "pytest-cov"}),
        ({"pytest.ini": "[pytest]\naddopts = --cov=incident --cov-fail-under=70\n"}, {"coverage_threshold": "70"}),
        ({"ci.sh": 'if [ "$TOTAL" -lt 75 ]; then exit 1; fi\n'}, {"coverage_threshold": "75"}),
        ({"pyproject.toml": PYPROJECT.replace("3.11", "3.13")}, {"python_versions": ["3.13", "3.14", "3.15"]}),
        (
            {
                "pyproject.toml": PYPROJECT.replace(
                    "\n\n", '\nclassifiers = ["Programming Language :: Python :: 3.12"]\n\n', 1
                )
            },
            {"python_versions": ["3.12"]},
        ),
        ({"pyproject.toml": '[tool.poetry]\nname = "incident"\n'}, {"package_manager": "poetry"}),
        ({"src/other/__init__.py": ""}, {"package_name": "incident", "source_dir": "src"}),
        ({"Makefile": "test:\n\tpytest --cov=src\n"}, {"branch_coverage": False}),
        ({"Makefile": "test:\n\tpytest --cov=src --cov-branch\n"}, {"branch_coverage": True}),
        ({}, {"branch_coverage": True, "coverage_threshold": "80", "project_name": "incident"}),
    ],
)
def test_answers_are_read_from_the_repository(repository, files, expected):
    root = repository(files)
    adopt(root, defaults=True)
    assert {name: answers(root)[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("lines", "group"),
    [
        ("[dependency-groups]\ntest = ['pytest']\n", [{"include-group": "test"}, "coverage>=7.17.3", "invoke>=3"]),
        ("[dependency-groups]\ndev = ['ruff', 'pytest']\n", ["ruff", "pytest", "coverage>=7.17.3", "invoke>=3"]),
        (
            "[project.optional-dependencies]\ntests = ['pytest']\n",
            ["incident[tests]", "coverage>=7.17.3", "invoke>=3"],
        ),
        ("", ["attrs", "pytest>=9", "coverage>=7.17.3", "invoke>=3"]),
    ],
    ids=["groups", "dev", "extras", "requirements"],
)
def test_tests_get_what_they_need(repository, lines, group):
    files = {
        "requirements-dev.txt": "-r requirements/more.txt\npytest>=9 # runs them\n",
        "requirements/more.txt": "attrs\n",
    }
    root = repository({**files, "pyproject.toml": f"{PYPROJECT}\n{lines}", "tests/test_a.py": "import pytest\n"})
    adopt(root, defaults=True)
    assert tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]["dev"] == group


@pytest.mark.parametrize(
    ("python", "coverage"),
    [
        ("^3.11", ">=7.17.3"),
        (
            "^3.9",
            [
                {"version": ">=7.17.3", "markers": "python_version >= '3.11'"},
                {"version": "*", "markers": "python_version < '3.11'"},
            ],
        ),
    ],
)
def test_group_of_poetry_is_written_as_poetry_has_it(repository, python, coverage, capsys):
    group = "[tool.poetry.group.dev.dependencies]\npytest = '^8'\ncoverage = '^6'\n"
    lines = f"[tool.poetry]\nname = 'incident'\n\n[tool.poetry.dependencies]\npython = '{python}'\n\n{group}"
    root = repository({"pyproject.toml": lines})
    adopt(root, defaults=True)
    poetry = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["poetry"]
    assert poetry["group"]["dev"]["dependencies"]["coverage"] == coverage
    assert poetry["group"]["dev"]["dependencies"]["pytest"] == "^8"
    assert "was ^6: the gate needs that version" in capsys.readouterr().out


def test_older_pythons_are_not_asked_for_what_they_cannot_have(repository):
    root = repository({"pyproject.toml": PYPROJECT.replace("3.11", "3.9")})
    adopt(root, defaults=True)
    assert "coverage>=7.17.3; python_version >= '3.11'" in (root / "pyproject.toml").read_text()


def test_pinned_coverage_is_told(repository, capsys):
    root = repository({"pyproject.toml": f"{PYPROJECT}\n[dependency-groups]\ndev = ['coverage==7.10.7', 'pytest']\n"})
    adopt(root, defaults=True)
    assert "'coverage==7.10.7' keeps coverage below 7.17.3" in capsys.readouterr().out


def test_workflow_of_the_user_is_kept(repository, capsys):
    root = repository({str(WORKFLOW): "on: push\njobs: {}\n"})
    adopt(root, defaults=True)
    assert (root / WORKFLOW).with_name("backend-ci-before.yml").read_text() == "on: push\njobs: {}\n"
    assert "coverage_parts.py --legs" in (root / WORKFLOW).read_text()
    assert "Move the jobs that you need from backend-ci-before.yml" in capsys.readouterr().out


def test_line_endings_and_bytes_of_the_user_stay(repository):
    root = repository()
    mine = {
        "pyproject.toml": (PYPROJECT + SETTINGS).replace("\n", "\r\n").encode(),
        "Makefile": b"# caf\xe9\nall:\n\ttrue\n",
    }
    for name, content in mine.items():
        (root / name).write_bytes(content)
    commit_all(root)
    adopt(root, defaults=True)
    text = (root / "pyproject.toml").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"sigterm = true\r\n" in text
    assert (root / "Makefile").read_bytes() == mine["Makefile"] + b"\ninclude coverage.mk\n"


def test_project_in_a_folder_below_the_root(repository):
    root = repository({"backend/Makefile": "all:\n\ttrue\n"}, folder="backend")
    adopt(root / "backend", defaults=True)
    assert answers(root)["working_directory"] == "backend"
    assert (root / "backend" / "Makefile").read_text().endswith("include coverage.mk\n")
    assert 'paths: ["backend/**"' in (root / WORKFLOW).read_text()
    assert "parallel = true" in (root / "backend" / "pyproject.toml").read_text()


def test_beside_another_template(repository):
    theirs = "_src_path: theirs\n"
    root = repository({".copier-answers.yml": theirs})
    adopt(root, defaults=True)
    assert (root / ".copier-answers.yml").read_text() == theirs
    assert answers(root, ".copier-answers.coverage.yml")["existing"] is True


def test_twice_changes_nothing(repository, template, capsys):
    root = repository(
        {"pyproject.toml": PYPROJECT + SETTINGS, "Makefile": "coverage:\n\ttrue\n", "tasks.py": "A = 1\n"}
    )
    adopt(root, defaults=True, template=template)
    commit_all(root)
    adopt(root, defaults=True, template=template)
    assert "Nothing to change" in capsys.readouterr().out
    assert git(root, "status", "--porcelain") == ""


def test_all_of_it_can_be_undone(repository, capsys):
    root = repository({".coveragerc": INI, "Makefile": "coverage:\n\ttrue\n"})
    adopt(root, defaults=True)
    assert git(root, "status", "--porcelain")
    undo = re.search(r"To undo all of it: git (.*)$", capsys.readouterr().out, re.MULTILINE)[1]
    git(root, *undo.split())
    assert git(root, "status", "--porcelain") == ""


def test_dry_run_shows_the_patch_and_changes_nothing(repository, capsys):
    root = repository()
    adopt(root, dry_run=True, defaults=True)
    assert "+include coverage.mk" in capsys.readouterr().out
    assert git(root, "status", "--porcelain", "--ignored") == ""


def test_dirty_tree_is_refused(repository):
    root = repository()
    (root / "new.py").write_text("A = 1\n")
    assert "new.py\nCommit or stash them first" in refused(root)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"coverage.mk": "mine:\n"}, "coverage.mk is there, and not from this template"),
        ({".coveragerc.toml": ""}, "move its tables"),
        ({".coveragerc": INI, "pyproject.toml": PYPROJECT + SETTINGS}, "both have settings of coverage"),
        ({"pyproject.toml": "[tool.coverage]\nrun = {branch = true}\n"}, "write coverage's settings as tables"),
        ({"pyproject.toml": "[tool.coverage\n"}, "cannot be read"),
    ],
)
def test_what_cannot_be_merged_is_refused(repository, files, message):
    assert message in refused(repository(files))


def test_folder_without_git_is_refused(tmp_path):
    assert "is in no git repository" in refused(tmp_path)
    with pytest.raises(SystemExit, match="is no folder"):
        adopt(tmp_path / "none", defaults=True)


def test_task_adopts(repository):
    command = [Path(sys.executable).with_name("invoke"), "adopt", repository(), "--defaults"]
    process = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "coverage_parts.py" in process.stdout
    assert "make coverage" in process.stdout
