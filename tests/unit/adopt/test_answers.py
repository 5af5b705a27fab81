"""Answers to the template's questions, as they are read from a repository's files."""

import pytest

from adopting import PYPROJECT
from copier_coverage.adopt import answers
from workshop.rendering import TEMPLATE

VARIABLE = """\
x:
jobs:
  a:
    env: {MIN: 92}
    steps:
      - run: coverage report --fail-under="$MIN"
"""

MATRIX = """\
on: push
jobs:
  lint:
    strategy: {matrix: {python: ["3.15"]}}
    steps: [{run: ruff check}]
  test:
    strategy: {matrix: {python-version: ["3.10", "3.11", "pypy3.11"], include: [{py: 3.13}]}}
    steps: [{run: pytest}]
"""

POE = """\
[tool.poe.tasks]
test = "pytest src"
check = ["test", { cmd = "coverage report --fail-under=88" }]
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"manage.py": "", "requirements.txt": "django\n"},
            {"test_command": "manage.py test", "package_manager": None},
        ),
        (
            {"Makefile": "test:\n\tpython -m unittest discover -s tests\n"},
            {"test_command": "-m unittest discover -s tests"},
        ),
        (
            {"tox.ini": "[testenv]\ncommands = pytest -v {posargs} src\n"},
            {"test_command": "tox run -e py", "collector": "command"},
        ),
        ({"tests/test_a.py": "import unittest\n"}, {"test_command": "-m unittest"}),
        ({"tests/test_a.py": "import pytest\n"}, {"test_command": "-m pytest"}),
        (
            {"pytest.ini": "[pytest]\naddopts = --cov=incident --cov-fail-under=70\n"},
            {"collector": "pytest-cov"},
        ),
        (
            {"pytest.ini": "[pytest]\naddopts = --cov=incident --cov-fail-under=70\n"},
            {"coverage_threshold": "70"},
        ),
        (
            {"Makefile": "a:\n\tpylint --fail-under=9 a\nb:\n\tpytest --cov-fail-under=85\n"},
            {"coverage_threshold": "85"},
        ),
        (
            {"Makefile": "MIN := 95\na:\n\tpytest --cov --cov-fail-under=$(MIN)\n"},
            {"coverage_threshold": "95"},
        ),
        (
            {"ci.sh": "diff-cover coverage.xml --fail-under=99\n"},
            {"coverage_threshold": answers.NO_THRESHOLD},
        ),
        (
            {"ci.sh": "interrogate --fail-under 95 && coverage report --fail-under 90\n"},
            {"coverage_threshold": "90"},
        ),
        ({"ci.sh": 'coverage report --fail-under="${MIN:-90}"\n'}, {"coverage_threshold": "90"}),
        ({"wait.sh": 'while [ "$n" -lt 10 ]; do true; done\n'}, {"coverage_threshold": "1"}),
        ({".github/workflows/ci.yml": VARIABLE}, {"coverage_threshold": "92"}),
        (
            {".github/workflows/ci.yml": VARIABLE.replace('"$MIN"', "${{ env.MIN }}")},
            {"coverage_threshold": "92"},
        ),
        (
            {
                ".github/workflows/ci.yml": VARIABLE.replace(
                    "x:", "defaults: {run: {working-directory: a}}"
                )
            },
            {"coverage_threshold": "1"},
        ),
        (
            {".github/workflows/ci.yml": "jobs:\n  a:\n    <<: {steps: [{run: pytest src}]}\n"},
            {"test_command": "-m pytest src"},
        ),
        (
            {"ci.sh": 'coverage report\nif [ "$TOTAL" -lt 75 ]; then exit 1; fi\n'},
            {"coverage_threshold": "75"},
        ),
        (
            {".github/workflows/ci.yml": MATRIX},
            {"python_versions": ["3.11", "3.13"]},
        ),
        (
            {"pyproject.toml": f"{PYPROJECT}[tool.coverage.run]\nplugins = ['covdefaults']\n"},
            {"coverage_threshold": "100", "branch_coverage": True},
        ),
        (
            {"pyproject.toml": PYPROJECT.replace("3.11", "3.13")},
            {"python_versions": ["3.13", "3.14", "3.15"]},
        ),
        (
            {
                "pyproject.toml": PYPROJECT.replace(
                    "\n\n", '\nclassifiers = ["Programming Language :: Python :: 3.12"]\n\n', 1
                )
            },
            {"python_versions": ["3.12"]},
        ),
        (
            {"pyproject.toml": "", "setup.py": "setup(python_requires='>=3.11,<3.13')"},
            {"python_versions": ["3.11", "3.12"]},
        ),
        (
            {
                "pyproject.toml": (
                    "[tool.poetry]\nname = 'a'\n[tool.poetry.dependencies]\npython = '^3.14'\n"
                )
            },
            {"python_versions": ["3.14", "3.15"]},
        ),
        (
            {"tests/test_a.py": "def test_a(): ...\n", "requirements-test.txt": "pytest\n"},
            {"test_command": "-m pytest"},
        ),
        (
            {"pyproject.toml": None, "requirements.txt": ""},
            {"project_name": "repository", "package_manager": None},
        ),
        ({"pyproject.toml": '[tool.poetry]\nname = "incident"\n'}, {"package_manager": "poetry"}),
        ({"src/other/__init__.py": ""}, {"package_name": "incident", "source_dir": "src"}),
        ({"Makefile": "test:\n\tpytest --cov=src\n"}, {"branch_coverage": False}),
        ({"Makefile": "test:\n\tpytest --cov=src --cov-branch\n"}, {"branch_coverage": True}),
        # None: the question's default is taken.
        ({}, {"branch_coverage": None, "coverage_threshold": "1", "project_name": "incident"}),
        ({}, {"task_runners": []}),
        ({"GNUmakefile": ""}, {"task_runners": ["make"]}),
        ({"tasks.py": "import invoke\n"}, {"task_runners": ["invoke"]}),
        ({"tasks/__init__.py": "import invoke\n"}, {"task_runners": ["invoke"]}),
        ({"tasks.py": "import celery\n"}, {"task_runners": []}),
        ({".justfile": ""}, {"task_runners": ["just"]}),
        ({"pyproject.toml": f"{PYPROJECT}\n{POE}"}, {"task_runners": ["poe"]}),
        (
            {"pyproject.toml": f"{PYPROJECT}\n[tool.poe]\ninclude = 'a.toml'\n"},
            {"task_runners": ["poe"]},
        ),
        (
            {
                "Makefile": "",
                "justfile": "",
                "tasks.py": "import invoke\n",
                "pyproject.toml": f"{PYPROJECT}\n{POE}",
            },
            {"task_runners": ["make", "invoke", "just", "poe"]},
        ),
        (
            {"pyproject.toml": f"{PYPROJECT}\n{POE}"},
            {"coverage_threshold": "88", "test_command": "-m pytest src"},
        ),
    ],
)
def test_answers_are_read_from_the_files(project, files, expected):
    found = answers.read(project(files).repository, TEMPLATE).values
    assert {name: found.get(name) for name in expected} == expected


SCRIPT = "\n[tool.hatch.envs.default.scripts]\ntest = 'pytest'\n"


@pytest.mark.parametrize(
    ("files", "manager"),
    [
        ({"pyproject.toml": f"{PYPROJECT}\n[tool.pdm.dev-dependencies]\ntest = []\n"}, "pdm"),
        ({"pyproject.toml": f"{PYPROJECT}\n[tool.pdm]\ndistribution = false\n"}, "pdm"),
        ({"Makefile": "test:\n\tpdm run pytest\n"}, "pdm"),
        ({"pyproject.toml": PYPROJECT + SCRIPT}, "hatch"),
        ({"hatch.toml": "[envs.hatch-test]\nextra-dependencies = ['attrs']\n"}, "hatch"),
        ({"Makefile": "test:\n\tCI=1 hatch test\n"}, "hatch"),
        # A build backend is no package manager.
        ({"pyproject.toml": PYPROJECT.replace("hatchling", "pdm.backend")}, None),
        ({"pyproject.toml": f"{PYPROJECT}\n[tool.pdm.version]\nsource = 'scm'\n"}, None),
        ({"pyproject.toml": PYPROJECT}, None),
        # Nor is what has environments for something else, or what is run once.
        ({"pyproject.toml": PYPROJECT + SCRIPT, "tox.ini": "[testenv]\ncommands = pytest\n"}, None),
        ({"pyproject.toml": PYPROJECT + SCRIPT.replace("test", "types")}, None),
        ({"Makefile": "test:\n\tuvx hatch test\n"}, None),
        # A lock file tells.
        ({"pyproject.toml": PYPROJECT + SCRIPT, "uv.lock": ""}, "uv"),
    ],
)
def test_manager_is_what_runs_the_tests_or_has_settings_there(project, files, manager):
    found = answers.read(project(files).repository, TEMPLATE).values
    assert found.get("package_manager") == manager


def test_threshold_is_read_with_its_place(project):
    files = {"Makefile": "test:\n\tpytest --cov --cov-fail-under=85\n"}
    place = "Makefile:2: pytest --cov --cov-fail-under=85"
    assert answers.coverage_threshold(project(files)) == ("85", place)


def test_highest_of_several_thresholds_holds_and_all_are_named(project):
    makefile = "test:\n\tpytest --cov --cov-fail-under=85\n\ttest $$total -lt 99\n"
    settings = "[report]\nfail_under = 70\n"
    found = answers.coverage_threshold(project({"Makefile": makefile, ".coveragerc": settings}))
    place = "Makefile:2: pytest --cov --cov-fail-under=85"
    assert found == ("85", f"{place}; the highest, beside 70 in fail_under in the settings")


def test_each_answer_is_said_with_its_place(project):
    read = answers.read(project({"Makefile": "", "uv.lock": ""}).repository, TEMPLATE)
    assert read.values.keys() == read.places.keys()
    said = {"task_runners: make (Makefile)", "package_manager: uv (uv.lock)"}
    assert said <= {*read.said()}
