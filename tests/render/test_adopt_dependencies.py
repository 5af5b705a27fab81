"""`invoke adopt`: the dependency groups `coverage` and `dev`."""

import tomllib
from pathlib import Path

import pytest

from adopting import PYPROJECT, adopt, refused
from workshop.act import commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE

COVERAGE = {"include-group": "coverage"}
TASKS = "from invoke import task\n"


def dependency_groups(root: Path) -> dict:
    """Return the dependency groups in pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]


def groups_of_poetry(root: Path) -> dict:
    """Return the dependencies of each group in pyproject.toml, in Poetry's form before PEP 735."""
    groups = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["poetry"]["group"]
    return {name: group["dependencies"] for name, group in groups.items()}


@pytest.mark.parametrize(
    ("lines", "group"),
    [
        (
            "[dependency-groups]\ntest = ['pytest']\n",
            [COVERAGE, {"include-group": "test"}, "invoke>=3"],
        ),
        (
            "[dependency-groups]\ndev = ['ruff', 'pytest']\n",
            ["ruff", "pytest", COVERAGE, "invoke>=3"],
        ),
        (
            "[project.optional-dependencies]\ntests = ['pytest']\n",
            [COVERAGE, "incident[tests]", "invoke>=3"],
        ),
        ("", [COVERAGE, "attrs", "pytest>=9", "invoke>=3"]),
        (
            "[dependency-groups]  # ours\ntest = ['pytest']\n",
            [COVERAGE, {"include-group": "test"}, "invoke>=3"],
        ),
        ("[tool.uv]\ndev-dependencies = ['pytest<9']\n", [COVERAGE, "invoke>=3"]),
        ("[tool.pdm.dev-dependencies]\ntest = ['pytest']\n", [COVERAGE, "pytest", "invoke>=3"]),
        ("[tool.hatch.envs.test]\ndependencies = ['pytest']\n", [COVERAGE, "pytest", "invoke>=3"]),
    ],
    ids=["groups", "dev", "extras", "requirements", "comment", "uv", "pdm", "hatch"],
)
def test_tests_get_what_they_need(repository, lines, group):
    files = {
        "requirements-dev.txt": "-r requirements/more.txt\npytest>=9 # runs them\n",
        "requirements/more.txt": "attrs\n",
        "tests/test_a.py": "import pytest\n",
        "tasks.py": TASKS,
    }
    root = repository({**files, "pyproject.toml": f"{PYPROJECT}\n{lines}"})
    adopt(root, defaults=True)
    groups = dependency_groups(root)
    assert groups["coverage"] == ["coverage>=7.17.3"]
    assert groups["dev"] == group


@pytest.mark.parametrize("name", ["dependency-groups.test", "dependency-groups.Dev"])
def test_group_is_found_in_every_way_of_writing_it(repository, name):
    root = repository({"pyproject.toml": f"{name} = ['pytest']\n{PYPROJECT}"})
    adopt(root, defaults=True)
    groups = dependency_groups(root)
    own = [COVERAGE, {"include-group": "test"}] if "test" in groups else ["pytest", COVERAGE]
    assert groups.get("Dev", groups.get("dev")) == own
    assert groups["coverage"] == ["coverage>=7.17.3"]


@pytest.mark.parametrize(
    "lines",
    [
        "dependency-groups = {test = ['pytest']}\n",
        "dependency-groups.test = ['pytest']\na = 1\ndependency-groups.docs = []\n",
    ],
)
def test_groups_in_a_form_that_cannot_be_added_to_are_refused(repository, lines):
    assert "write the dependency groups as one table" in refused(
        repository({"pyproject.toml": lines + PYPROJECT})
    )


def test_project_of_requirements_only_can_be_installed(repository, capsys):
    files = {
        "requirements.txt": "django\ngit+https://example.org/a\n",
        "requirements-dev.txt": "pytest\n",
    }
    root = repository(
        {**files, "pyproject.toml": None, "src/incident/__init__.py": None, "app/__init__.py": ""}
    )
    adopt(root, defaults=True)
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    assert pyproject["dependency-groups"]["dev"] == [COVERAGE, "django", "pytest"]
    assert pyproject["project"]["name"] == "repository"
    assert pyproject["tool"]["setuptools"]["packages"] == []
    said = capsys.readouterr().out
    assert (
        "requirements.txt: cannot add 'git+https://example.org/a' to the `dev` group: not a PEP 508"
        in said
    )
    assert (
        "pyproject.toml: added a minimal [project] table, needed to install the `dev` group" in said
    )


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (
            "coverage = ['coverage[toml]']",
            {"coverage": ["coverage[toml]", "coverage>=7.17.3"], "dev": [COVERAGE]},
        ),
        ("coverage = ['coverage>=7.18']", {"coverage": ["coverage>=7.18"], "dev": [COVERAGE]}),
        (
            "Coverage = ['a']\ndev = ['pytest', {include-group = 'Coverage'}]",
            {
                "Coverage": ["a", "coverage>=7.17.3"],
                "dev": ["pytest", {"include-group": "Coverage"}],
            },
        ),
        # A group that includes itself could not be installed.
        (
            "coverage = [{include-group = 'dev'}]\ndev = ['pytest']",
            {
                "coverage": [{"include-group": "dev"}, "coverage>=7.17.3"],
                "dev": ["pytest", "coverage>=7.17.3"],
            },
        ),
    ],
    ids=["lower", "higher", "capital", "circle"],
)
def test_group_coverage_of_the_user_stays(repository, lines, groups):
    root = repository(
        {
            "pyproject.toml": f"{PYPROJECT}\n[dependency-groups]\n{lines}\n",
            "tests/test_a.py": "unittest",
        }
    )
    adopt(root, defaults=True)
    assert dependency_groups(root) == groups


@pytest.mark.parametrize(
    ("plugin", "files", "requirement"),
    [
        ("covdefaults", {}, "covdefaults"),
        ("covdefaults", {"requirements-dev.txt": "pytest\ncovdefaults>=2.3\n"}, "covdefaults>=2.3"),
        ("covdefaults", {"tox.ini": "[testenv]\ndeps =\n    covdefaults<3\n"}, "covdefaults<3"),
        ("django_coverage_plugin", {}, "django-coverage-plugin"),
        (
            "django_coverage_plugin",
            {"requirements-test.in": "Django_Coverage.Plugin==3.1\n"},
            "Django_Coverage.Plugin==3.1",
        ),
        ("Cython.Coverage", {}, "cython"),
    ],
)
def test_group_coverage_has_the_plugins_of_the_settings(repository, plugin, files, requirement):
    root = repository({".coveragerc": f"[run]\nplugins = {plugin}\n", **files})
    adopt(root, defaults=True)
    assert dependency_groups(root)["coverage"] == ["coverage>=7.17.3", requirement]


@pytest.mark.parametrize("name", ["plugins/__init__.py", "plugins.py", "src/plugins.py"])
def test_plugin_of_the_project_itself_is_not_installed(repository, name):
    root = repository({".coveragerc": "[run]\nplugins = plugins.mine\n", name: ""})
    adopt(root, defaults=True)
    assert dependency_groups(root)["coverage"] == ["coverage>=7.17.3"]


def test_groups_of_poetry_are_written_as_they_are(repository):
    group = (
        "[tool.poetry.group.test.dependencies]\n"
        "pytest = '^8'\ncoverage = '^6'\ncovdefaults = {version = '^2'}\n"
    )
    lint = "[tool.poetry.group.dev.dependencies]\nruff = '*'\n"
    settings = "[tool.coverage.run]\nplugins = ['covdefaults']\n"
    pyproject = f"[tool.poetry]\nname = 'incident'\n\n{lint}\n{group}\n{settings}"
    root = repository({"pyproject.toml": pyproject, "tasks.py": TASKS})
    adopt(root, defaults=True)
    groups = groups_of_poetry(root)
    assert groups["coverage"] == {"coverage": ">=7.17.3", "covdefaults": {"version": "^2"}}
    assert groups["test"] == {
        "pytest": "^8",
        "coverage": ">=7.17.3",
        "covdefaults": {"version": "^2"},
    }
    assert groups["dev"] == {"ruff": "*", "invoke": ">=3"}
    assert "dependency-groups" not in (root / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (
            "group.dev.dependencies]\npytest = '*'\ncoverage = '^7.10'",
            {"pytest": "*", "coverage": "^7.10"},
        ),
        (
            "group.dev.dependencies]\npytest = '*'\ncoverage = '~7.10'",
            {"pytest": "*", "coverage": ">=7.17.3"},
        ),
        ("group.docs.dependencies]\nsphinx = '*'", {"pytest": ">=9"}),
        ("dev-dependencies]\npytest = '*'", None),
    ],
    ids=["allowed", "held-back", "other", "oldest-form"],
)
def test_every_group_of_poetry_gets_a_group_coverage_beside_it(repository, lines, groups):
    root = repository(
        {"pyproject.toml": f"[tool.poetry]\nname = 'incident'\n\n[tool.poetry.{lines}\n"}
    )
    adopt(root, defaults=True)
    found = groups_of_poetry(root)
    assert found["coverage"] == {"coverage": ">=7.17.3"}
    assert found.get("dev") == groups


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
def test_group_of_poetry_keeps_extras_when_its_version_is_raised(
    repository, python, coverage, capsys
):
    group = (
        "[tool.poetry.group.dev.dependencies]\n"
        "pytest = '^8'\ncoverage = {version = '^6', extras = ['toml']}\n"
    )
    lines = (
        "[tool.poetry]\nname = 'incident'\n\n"
        f"[tool.poetry.dependencies]\npython = '{python}'\n\n{group}"
    )
    root = repository({"pyproject.toml": lines})
    adopt(root, defaults=True)
    groups = groups_of_poetry(root)
    assert groups["dev"]["coverage"] == coverage
    assert groups["dev"]["pytest"] == "^8"
    both = coverage if isinstance(coverage, list) else [coverage]
    own = (
        groups["coverage"]["coverage"]
        if isinstance(coverage, list)
        else [{"version": groups["coverage"]["coverage"]}]
    )
    assert own == [{key: value for key, value in item.items() if key != "extras"} for item in both]
    assert "the gate needs that version" in capsys.readouterr().out


def test_older_pythons_are_not_asked_for_what_they_cannot_have(repository):
    root = repository({"pyproject.toml": PYPROJECT.replace("3.11", "3.9"), "tasks.py": TASKS})
    adopt(root, defaults=True)
    groups = dependency_groups(root)
    assert groups["coverage"] == ["coverage>=7.17.3; python_version >= '3.11'"]
    assert "invoke>=3; python_version >= '3.11'" in groups["dev"]


@pytest.mark.parametrize(
    ("mine", "kept"),
    [
        (["coverage[toml]"], ["coverage[toml]"]),
        (["coverage>=7.10,<8"], ["coverage>=7.10,<8"]),
        (["coverage>=7.18"], ["coverage>=7.18"]),
        (["coverage==7.10.7"], ["coverage>=7.17.3"]),
        (["coverage[toml]~=7.10.0"], ["coverage[toml]>=7.17.3"]),
        (["coverage==7.6; python_version < '3.11'"], ["coverage==7.6; python_version < '3.11'"]),
        (["coverage<7; python_version >= '3.11'"], ["coverage>=7.17.3; python_version >= '3.11'"]),
    ],
)
def test_coverage_of_the_user_stays_unless_it_holds_the_gate_back(repository, mine, kept, capsys):
    groups = (
        f"[project.optional-dependencies]\nother = {mine}\n\n"
        f"[dependency-groups]\ndev = {['pytest', *mine]}\n"
    )
    root = repository({"pyproject.toml": f"{PYPROJECT}\n{groups}", "uv.lock": ""})
    adopt(root, defaults=True)
    pyproject = tomllib.loads((root / "pyproject.toml").read_text())
    assert pyproject["dependency-groups"]["dev"] == ["pytest", *kept, COVERAGE]
    assert pyproject["project"]["optional-dependencies"]["other"] == kept
    told = f"{mine[0]!r} is now {kept[0]!r}: the gate needs that version"
    assert (told in capsys.readouterr().out) == (mine != kept)


def test_older_pythons_keep_the_coverage_that_they_have(repository):
    pyproject = (
        PYPROJECT.replace("3.11", "3.9")
        + "\n[dependency-groups]\ndev = ['coverage==7.10.7', 'pytest']\n"
    )
    root = repository({"pyproject.toml": pyproject})
    adopt(root, defaults=True)
    lines = [
        "coverage>=7.17.3; python_version >= '3.11'",
        "coverage==7.10.7; python_version < '3.11'",
    ]
    assert dependency_groups(root)["dev"] == [*lines, "pytest", COVERAGE]


def test_pip_keeps_what_is_installed_apart(repository):
    """uv and Poetry resolve all groups at once; pip, those that are installed."""
    groups = (
        "[dependency-groups]\ndev = ['pytest', 'coverage==7.10.7']\nold = ['coverage==7.10.7']\n"
    )
    root = repository({"pyproject.toml": f"{PYPROJECT}\n{groups}", "requirements.txt": ""})
    adopt(root, defaults=True)
    found = dependency_groups(root)
    assert found["dev"] == ["pytest", "coverage>=7.17.3", COVERAGE]
    assert found["old"] == ["coverage==7.10.7"]


def test_pinned_coverage_of_the_project_itself_is_named(repository, capsys):
    pyproject = PYPROJECT.replace('version = "1"', 'version = "1"\ndependencies = ["coverage<7"]')
    root = repository({"pyproject.toml": pyproject})
    adopt(root, defaults=True)
    assert (
        "'coverage<7' keeps coverage below 7.17.3, which the gate needs: raise it"
        in capsys.readouterr().out
    )
    assert '"coverage<7"' in (root / "pyproject.toml").read_text()


def test_coverage_pinned_in_a_file_is_not_taken_over(repository, capsys):
    root = repository({"requirements-dev.txt": "coverage==7.10.7\npytest\n"})
    adopt(root, defaults=True)
    assert dependency_groups(root) == {
        "coverage": ["coverage>=7.17.3"],
        "dev": [COVERAGE, "pytest"],
    }
    assert "keeps coverage below" not in capsys.readouterr().out


UV = f"""{PYPROJECT}
[project.optional-dependencies]
all = ["coverage==7.10.7"]

[dependency-groups]
dev = ["coverage[toml]<7.15", "pytest"]
old = ["coverage~=7.10.0"]
"""
POETRY = """\
[tool.poetry]
name = "incident"
version = "1"
description = ""
authors = []
packages = [{include = "incident", from = "src"}]

[tool.poetry.dependencies]
python = "^3.11"

[tool.poetry.group.dev.dependencies]
pytest = ">=9"
coverage = {version = "^6", extras = ["toml"]}

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"

[tool.coverage.run]
plugins = ["covdefaults"]
"""
PIP = f"""{PYPROJECT}
[dependency-groups]
dev = ["coverage==7.10.7", "pytest"]
"""


@pytest.mark.parametrize(
    ("manager", "pyproject"),
    [("uv", UV), ("poetry", POETRY), ("pip", PIP)],
    ids=["(uv-groups)", "(poetry-groups)", "(pip-groups)"],
)
def test_both_groups_can_be_installed(repository, manager, pyproject):
    """A job installs `coverage` alone, a developer everything; together they need a solution."""
    files = {
        "src/incident/__init__.py": "A = 1\n",
        "tests/test_a.py": "import incident\n\n\ndef test_a():\n    assert incident.A\n",
    }
    root = repository(
        files
        | {"pyproject.toml": pyproject}
        | ({"requirements.txt": ""} if manager == "pip" else {})
    )
    adopt(root, defaults=True)
    commit_all(root)
    assert f"package_manager: {manager}" in (root / ".copier-answers.yml").read_text()
    only = RenderedProject(root, manager)
    words = TEMPLATE.managers[manager]
    lock = ["poetry lock"] if manager == "poetry" else []
    only.check(" && ".join([*words["prepare"], *lock, *words["install_coverage"]]))
    only.check(f"{words['python']} -c 'import coverage'".replace("uv run", "uv run --no-sync"))
    assert only.run(
        f"{words['python']} -c 'import pytest'".replace("uv run", "uv run --no-sync")
    ).returncode
    project = RenderedProject(root, manager)
    project.install()
    process = project.run(f"{words['python']} coverage_gate.py")
    assert process.returncode == 0, process.stdout
    assert project.total() == 100
