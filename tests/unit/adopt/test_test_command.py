"""How the tests of a project run today: kept word for word, in the order of where it is written."""

import pytest

from adopting import PYPROJECT
from copier_coverage.adopt import test_command

WORKFLOW = """\
on: push
env: {{FORCE_COLOR: 1}}
jobs:
  test:
    runs-on: ubuntu-latest
    {job}
    steps:
      - run: pip install tox
      - run: {run}
"""
NOXFILE = """\
import nox


@nox.session
def lint(session):
    session.run("ruff")


@nox.session(python=["3.11", "3.12"], name="unit-tests")
def run_all(session):
    session.run("pytest")
"""
TOX = """\
[tox]
env_list =
    lint
    py{310,311}-{old,new}, py312-new, py3.13t-new, py312-{qa,main}
    docs
[testenv]
commands = pytest
"""
HATCH = """\
[envs.default.scripts]
lint = "ruff check"
test-cov = "coverage run -m pytest {args:tests}"
[envs.hatch-test]
"""
POE = """
[tool.poe.tasks]
lint = "ruff check"
test = "pytest -m 'not slow'"
"""
# What others measured is combined, as if its name were that of tests.
COMBINE = """\
env_list = ["3.12"]
[env.coverage]
commands = [["coverage", "combine"], ["coverage", "report"]]
"""
COMBINE_INI = """\
[tox]
env_list = py312, coverage-{combine,report}
[testenv:coverage-{combine,report}]
commands = coverage combine
"""
COMBINE_NOX = """\
import nox


@nox.session
def coverage(session):
    session.run("coverage", "combine")


@nox.session
def unit_tests(session):
    session.run("pytest")
"""
VENV = "venv ?= env\nbin = ${venv}/bin/\nPYTEST := $(bin)pytest # ours\ntest:\n\t$(PYTEST) -q\n"
PDM = """
[tool.pdm.scripts]
lint = "ruff check"
test = {composite = ["pytest", "mypy"]}
"""


IN_TESTS = "defaults: {run: {working-directory: ./tests}}"
CHECK = {"tests/check.py": ""}
CD_AND_CHECK = "cd tests && python check.py"
CHECKS = "check:\n\truff check\n\tmake format-check\ntest-all:\n\ttox -e a\n\ttox -e b\n"


def workflow(run: str, job: str = "") -> dict[str, str]:
    """Return a workflow with a step that runs something."""
    return {".github/workflows/ci.yml": WORKFLOW.format(run=run, job=job)}


@pytest.mark.parametrize(
    ("files", "command"),
    [
        # Workflows come first ...
        (workflow("scripts/test") | {"scripts/test": "#!/bin/sh\npytest\n"}, "scripts/test"),
        (workflow("tox run -e py") | {"Makefile": "test:\n\tpytest\n"}, "tox run -e py"),
        (workflow("pytest -m 'not slow'"), "pytest -m 'not slow'"),
        (
            workflow("|\n          make check\n          make test-all") | {"Makefile": CHECKS},
            "make test-all",
        ),
        (workflow("pytest", "env: {A: '1 2', GITHUB_TOKEN: a}"), 'A="1 2" pytest'),
        # In the folder that a step runs in, or that a line enters.
        (workflow("pytest", IN_TESTS) | CHECK, "cd tests && pytest"),
        (workflow("|\n          cd tests\n          python check.py") | CHECK, CD_AND_CHECK),
        (workflow("cd tests && python check.py") | CHECK, CD_AND_CHECK),
        (
            workflow("make test", "env: {A: b}") | {"Makefile": "test:\n\tpytest\n"},
            "A=b python -m pytest",
        ),
        (
            workflow(
                "pytest --cov --cov-report xml --no-cov-on-fail -m 'a b' t --cov=p", "env: {A: b}"
            ),
            "A=b pytest -m 'a b' t",
        ),
        (
            workflow("pytest -m 'not slow'", "env: {OS: linux, PYTHON: '3.8'}"),
            "pytest -m 'not slow'",
        ),
        # ... but not with what only GitHub can fill in, or all environments.
        (workflow("tox -e ${{ matrix.env }}") | {"tox.ini": TOX}, "tox run -e py-old,py-new"),
        (workflow("tox") | {"tox.ini": TOX}, "tox run -e py-old,py-new"),
        (workflow("tox run -f color") | {"tox.ini": TOX}, "tox run -e py-old,py-new"),
        # ... or what reports on tests that ran before.
        (workflow("tox -e coverage") | {"tox.toml": COMBINE}, "tox run -e py"),
        ({"tox.ini": COMBINE_INI}, "tox run -e py"),
        (workflow("nox -s coverage") | {"noxfile.py": COMBINE_NOX}, "nox -s unit_tests"),
        ({"noxfile.py": COMBINE_NOX}, "nox -s unit_tests"),
        (
            {"hatch.toml": "[envs.default.scripts]\ncov-combine = 'a'\nunit-tests = 'b'\n"},
            "hatch run unit-tests",
        ),
        (
            workflow("hatch run cov")
            | {"hatch.toml": "[envs.default.scripts]\ncov = 'coverage report'\ntest = 'pytest'\n"},
            "hatch run test",
        ),
        (
            workflow("nox -t tests --list-sessions") | {"noxfile.py": NOXFILE},
            "nox -s unit-tests -P python",
        ),
        (
            workflow("|\n          sh scripts/test-names\n          sh scripts/test")
            | {"scripts/test": "#!/bin/sh\npytest\n", "scripts/test-names": "#!/bin/sh\nls\n"},
            "sh scripts/test",
        ),
        (
            {".github/workflows/a-release.yml": WORKFLOW.format(run="tox -e b", job="")}
            | workflow("tox -e py"),
            "tox -e py",
        ),
        # Makefiles, with what a target depends on.
        ({"Makefile": "test: build\n\tpytest\nbuild:\n\tcc -c a.c\n"}, "make test"),
        ({"Makefile": "test:\n\t$(PYTEST) tests\n"}, "make test"),
        ({"Makefile": "a:\n\ttrue\nmy-tests:\n\ttox -e a\n\ttox -e b\n"}, "make my-tests"),
        ({"Makefile": "coverage:\n\tcc -c a.c\n\tpytest\n"}, "make coverage-before"),
        ({"Makefile": "test:\n\ttox -q\n", "tox.ini": TOX}, "tox run -e py-old,py-new"),
        ({"justfile": "test:\n    build\n    pytest\n"}, "just test"),
        ({"scripts/test": "#!/bin/sh\nset -e\npytest\n"}, "sh scripts/test"),
        ({"runtests.py": "import unittest\n"}, "python runtests.py"),
        ({"tox.ini": TOX, "noxfile.py": NOXFILE}, "tox run -e py-old,py-new"),
        ({"tox.ini": "[testenv]\ncommands = pytest {posargs: pkg tests}\n"}, "tox run -e py"),
        ({"tox.ini": "[tox]\nenvlist = lint,tests\n[testenv]\n"}, "tox run -e tests"),
        (
            {"tox.ini": "[tox]\nenv_list = 3.1{0-5}-{tests,mypy}\n[testenv]\n"},
            "tox run -e py-tests",
        ),
        ({"tox.toml": 'env_list = ["3.11", "py313"]\n'}, "tox run -e py"),
        ({"pyproject.toml": f'{PYPROJECT}[tool.tox]\nenv_list = ["py"]\n'}, "tox run -e py"),
        ({"noxfile.py": NOXFILE, "hatch.toml": HATCH}, "nox -s unit-tests -P python"),
        ({"hatch.toml": HATCH}, "hatch run test-cov"),
        (
            workflow("pytest -q --cov=pkg")
            | {"test/__init__.py": "import coverage\ncoverage.process_startup()\n"},
            "python -m pytest -q",
        ),
        ({"hatch.toml": "[envs.hatch-test]\n"}, "hatch test"),
        ({"pyproject.toml": PYPROJECT + POE}, "pytest -m 'not slow'"),
        ({"pyproject.toml": PYPROJECT + PDM}, "pdm run test"),
    ],
)
def test_own_command(project, files, command):
    tests = test_command.find(project(files))
    assert (tests.command, tests.collector) == (command, "command")


@pytest.mark.parametrize(
    ("files", "command"),
    [
        (workflow("make test-all") | {"Makefile": "test-all: cov\ncov:\n\tpytest\n"}, "-m pytest"),
        (workflow("pytest --cov=pkg", "env: {TOKEN: a}"), "-m pytest"),
        ({"Makefile": "test:\n\t@pytest a\n\tcoverage report\n"}, "-m pytest a"),
        ({"Makefile": "test:\n\tpip install a\n\tpytest a\n"}, "-m pytest a"),
        ({"Makefile": VENV}, "-m pytest -q"),
        ({"tests/test_a.py": ""}, "-m pytest"),
        ({"tests/test_a.py": "import unittest\n"}, "-m unittest"),
        ({"manage.py": ""}, "manage.py test"),
    ],
)
def test_what_coverage_runs_itself(project, files, command):
    tests = test_command.find(project(files))
    assert (tests.command, tests.collector) == (command, "coverage")


@pytest.mark.parametrize(
    ("plugin", "collector"), [("", "pytest-cov"), ("[project.entry-points.pytest11]", "coverage")]
)
def test_pytest_cov_stays_but_for_a_plugin_of_pytest(project, plugin, collector):
    files = {"pytest.ini": "[pytest]\naddopts = --cov\n", "pyproject.toml": PYPROJECT + plugin}
    assert test_command.find(project(files)).collector == collector


def test_variables_that_cannot_be_kept_are_named(project):
    job = "services: {}\n    env: {DATABASE_URL: 'postgres://localhost'}"
    tests = test_command.find(project(workflow("pytest", job)))
    assert tests.command == "-m pytest"
    left = "ci.yml:10: pytest - has DATABASE_URL, which you set where you run the gate"
    assert tests.left == (f".github/workflows/{left}",)


def test_a_step_in_the_folder_of_another_project_is_not_ours(project):
    files = workflow("pytest -x", IN_TESTS) | {"tests/pyproject.toml": PYPROJECT}
    assert test_command.find(project(files)).command == "-m pytest"


def test_what_is_not_there_is_not_guessed(project):
    assert test_command.find(project({"tests/test_incident.py": None})) is None
