"""`invoke adopt`: the dependency group `dev`."""

import tomllib

import pytest

from adopting import PYPROJECT
from copier_coverage.adopt import adopt


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
        (
            "[dependency-groups]  # ours\ntest = ['pytest']\n",
            [{"include-group": "test"}, "coverage>=7.17.3", "invoke>=3"],
        ),
        ("[tool.uv]\ndev-dependencies = ['pytest<9']\n", ["coverage>=7.17.3", "invoke>=3"]),
        ("[tool.pdm.dev-dependencies]\ntest = ['pytest']\n", ["pytest", "coverage>=7.17.3", "invoke>=3"]),
        ("[tool.hatch.envs.test]\ndependencies = ['pytest']\n", ["pytest", "coverage>=7.17.3", "invoke>=3"]),
    ],
    ids=["groups", "dev", "extras", "requirements", "comment", "uv", "pdm", "hatch"],
)
def test_tests_get_what_they_need(repository, lines, group):
    files = {
        "requirements-dev.txt": "-r requirements/more.txt\npytest>=9 # runs them\n",
        "requirements/more.txt": "attrs\n",
    }
    root = repository({**files, "pyproject.toml": f"{PYPROJECT}\n{lines}", "tests/test_a.py": "import pytest\n"})
    adopt(root, defaults=True)
    assert tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]["dev"] == group


@pytest.mark.parametrize("name", ["dependency-groups.test", "dependency-groups.Dev"])
def test_group_is_found_in_every_way_of_writing_it(repository, name):
    root = repository({"pyproject.toml": f"{name} = ['pytest']\n{PYPROJECT}"})
    adopt(root, defaults=True)
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    own = ["pytest"] if "Dev" in groups else [{"include-group": "test"}]
    assert groups.get("Dev", groups.get("dev")) == [*own, "coverage>=7.17.3", "invoke>=3"]


def test_project_of_requirements_only_can_be_installed(repository, capsys):
    files = {"requirements.txt": "django\ngit+https://example.org/a\n", "requirements-dev.txt": "pytest\n"}
    root = repository({**files, "pyproject.toml": None, "src/incident/__init__.py": None, "app/__init__.py": ""})
    adopt(root, defaults=True)
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    assert pyproject["dependency-groups"]["dev"] == ["django", "pytest", "coverage>=7.17.3", "invoke>=3"]
    assert pyproject["project"]["name"] == "repository"
    assert pyproject["tool"]["setuptools"]["packages"] == []
    assert "'git+https://example.org/a' is no requirement by PEP 508" in capsys.readouterr().out


def test_group_of_poetry_that_has_the_tests_gets_the_rest(repository):
    group = "[tool.poetry.group.test.dependencies]\npytest = '^8'\ncoverage = '^6'\n"
    lint = "[tool.poetry.group.dev.dependencies]\nruff = '*'\n"
    root = repository({"pyproject.toml": f"[tool.poetry]\nname = 'incident'\n\n{lint}\n{group}"})
    adopt(root, defaults=True)
    groups = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["poetry"]["group"]
    assert groups["test"]["dependencies"] == {"pytest": "^8", "coverage": ">=7.17.3", "invoke": ">=3"}
    assert groups["dev"]["dependencies"] == {"ruff": "*"}


@pytest.mark.parametrize(
    ("python", "coverage"),
    [
        ("^3.11", {"version": ">=7.17.3", "extras": ["toml"]}),
        (
            "^3.9",
            [
                {"version": ">=7.17.3", "extras": ["toml"], "markers": "python_version >= '3.11'"},
                {"version": "*", "extras": ["toml"], "markers": "python_version < '3.11'"},
            ],
        ),
    ],
)
def test_group_of_poetry_is_written_as_poetry_has_it(repository, python, coverage, capsys):
    group = "[tool.poetry.group.dev.dependencies]\npytest = '^8'\ncoverage = {version = '^6', extras = ['toml']}\n"
    lines = f"[tool.poetry]\nname = 'incident'\n\n[tool.poetry.dependencies]\npython = '{python}'\n\n{group}"
    root = repository({"pyproject.toml": lines})
    adopt(root, defaults=True)
    poetry = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["poetry"]
    assert poetry["group"]["dev"]["dependencies"]["coverage"] == coverage
    assert poetry["group"]["dev"]["dependencies"]["pytest"] == "^8"
    assert "the gate needs that version" in capsys.readouterr().out


def test_older_pythons_are_not_asked_for_what_they_cannot_have(repository):
    root = repository({"pyproject.toml": PYPROJECT.replace("3.11", "3.9")})
    adopt(root, defaults=True)
    assert "coverage>=7.17.3; python_version >= '3.11'" in (root / "pyproject.toml").read_text()


def test_pinned_coverage_is_told(repository, capsys):
    root = repository({"pyproject.toml": f"{PYPROJECT}\n[dependency-groups]\ndev = ['coverage==7.10.7', 'pytest']\n"})
    adopt(root, defaults=True)
    assert "'coverage==7.10.7' keeps coverage below 7.17.3" in capsys.readouterr().out


def test_coverage_pinned_in_a_file_is_not_taken_over(repository, capsys):
    root = repository({"requirements-dev.txt": "coverage==7.10.7\npytest\n"})
    adopt(root, defaults=True)
    group = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert group == ["pytest", "coverage>=7.17.3", "invoke>=3"]
    assert "keeps coverage below" not in capsys.readouterr().out
