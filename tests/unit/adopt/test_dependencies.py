"""The dependency groups `coverage` and `dev`."""

import tomllib

import pytest

from adopting import FLOOR, PYPROJECT, with_dependencies
from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit

VERSION = FLOOR.partition(">=")[2]
COVERAGE = {"include-group": "coverage"}
TASKS = "from invoke import task\n"


def dependency_groups(edit: Edit) -> dict:
    """Return the dependency groups of an edited pyproject.toml."""
    return tomllib.loads(edit.text)["dependency-groups"]


def groups_of_poetry(edit: Edit) -> dict:
    """Return the dependencies of each group, in Poetry's form before PEP 735."""
    groups = tomllib.loads(edit.text)["tool"]["poetry"]["group"]
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
        ("[tool.pdm.dev-dependencies]\ntest = ['pytest']\n", [COVERAGE, "invoke>=3"]),
        ("[tool.hatch.envs.test]\ndependencies = ['pytest']\n", [COVERAGE, "pytest", "invoke>=3"]),
    ],
    ids=["groups", "dev", "extras", "requirements", "comment", "uv", "pdm", "hatch"],
)
def test_tests_get_what_they_need(project, lines, group):
    files = {
        "requirements-dev.txt": "-r requirements/more.txt\npytest>=9 # runs them\n",
        "requirements/more.txt": "attrs\n",
        "tests/test_a.py": "import pytest\n",
        "tasks.py": TASKS,
    }
    edit = with_dependencies(project({**files, "pyproject.toml": f"{PYPROJECT}\n{lines}"}))
    groups = dependency_groups(edit)
    assert groups["coverage"] == [FLOOR]
    assert groups["dev"] == group


@pytest.mark.parametrize("name", ["dependency-groups.test", "dependency-groups.Dev"])
def test_group_is_found_in_every_way_of_writing_it(project, name):
    edit = with_dependencies(project({"pyproject.toml": f"{name} = ['pytest']\n{PYPROJECT}"}))
    groups = dependency_groups(edit)
    own = [COVERAGE, {"include-group": "test"}] if "test" in groups else ["pytest", COVERAGE]
    assert groups.get("Dev", groups.get("dev")) == own
    assert groups["coverage"] == [FLOOR]


@pytest.mark.parametrize(
    "lines",
    [
        "dependency-groups = {test = ['pytest']}\n",
        "dependency-groups.test = ['pytest']\na = 1\ndependency-groups.docs = []\n",
    ],
)
def test_groups_in_a_form_that_cannot_be_added_to_are_refused(project, lines):
    with pytest.raises(Refusal, match="write the dependency groups as one table"):
        with_dependencies(project({"pyproject.toml": lines + PYPROJECT}))


def test_project_of_requirements_only_can_be_installed(project):
    files = {
        "requirements.txt": "django\ngit+https://example.org/a\n",
        "requirements-dev.txt": "pytest\n",
    }
    edit = with_dependencies(
        project(
            {
                **files,
                "pyproject.toml": None,
                "src/incident/__init__.py": None,
                "app/__init__.py": "",
            }
        )
    )
    pyproject = tomllib.loads(edit.text)
    assert pyproject["dependency-groups"]["dev"] == [COVERAGE, "django", "pytest"]
    assert pyproject["project"]["name"] == "repository"
    assert pyproject["tool"]["setuptools"]["packages"] == []
    left = "requirements.txt: cannot add 'git+https://example.org/a' to the `dev` group: "
    assert edit.left == [f"{left}not a PEP 508 requirement"]
    added = "pyproject.toml: added a minimal [project] table, needed to install the `dev` group"
    assert edit.changes == [added]


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (
            "coverage = ['coverage[toml]']",
            {"coverage": ["coverage[toml]", FLOOR], "dev": [COVERAGE]},
        ),
        ("coverage = ['coverage>=7.18']", {"coverage": ["coverage>=7.18"], "dev": [COVERAGE]}),
        (
            "Coverage = ['a']\ndev = ['pytest', {include-group = 'Coverage'}]",
            {
                "Coverage": ["a", FLOOR],
                "dev": ["pytest", {"include-group": "Coverage"}],
            },
        ),
        # A group that includes itself could not be installed.
        (
            "coverage = [{include-group = 'dev'}]\ndev = ['pytest']",
            {
                "coverage": [{"include-group": "dev"}, FLOOR],
                "dev": ["pytest", FLOOR],
            },
        ),
    ],
    ids=["lower", "higher", "capital", "circle"],
)
def test_group_coverage_of_the_user_stays(project, lines, groups):
    edit = with_dependencies(
        project(
            {
                "pyproject.toml": f"{PYPROJECT}\n[dependency-groups]\n{lines}\n",
                "tests/test_a.py": "unittest",
            }
        )
    )
    assert dependency_groups(edit) == groups


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
def test_group_coverage_has_the_plugins_of_the_settings(project, plugin, files, requirement):
    edit = with_dependencies(project({".coveragerc": f"[run]\nplugins = {plugin}\n", **files}))
    assert dependency_groups(edit)["coverage"] == [FLOOR, requirement]


@pytest.mark.parametrize("name", ["plugins/__init__.py", "plugins.py", "src/plugins.py"])
def test_plugin_of_the_project_itself_is_not_installed(project, name):
    edit = with_dependencies(project({".coveragerc": "[run]\nplugins = plugins.mine\n", name: ""}))
    assert dependency_groups(edit)["coverage"] == [FLOOR]


def test_groups_of_poetry_are_written_as_they_are(project):
    group = (
        "[tool.poetry.group.test.dependencies]\n"
        "pytest = '^8'\ncoverage = '^6'\ncovdefaults = {version = '^2'}\n"
    )
    lint = "[tool.poetry.group.dev.dependencies]\nruff = '*'\n"
    settings = "[tool.coverage.run]\nplugins = ['covdefaults']\n"
    pyproject = f"[tool.poetry]\nname = 'incident'\n\n{lint}\n{group}\n{settings}"
    edit = with_dependencies(project({"pyproject.toml": pyproject, "tasks.py": TASKS}))
    groups = groups_of_poetry(edit)
    assert groups["coverage"] == {"coverage": f">={VERSION}", "covdefaults": {"version": "^2"}}
    assert groups["test"] == {
        "pytest": "^8",
        "coverage": f">={VERSION}",
        "covdefaults": {"version": "^2"},
    }
    assert groups["dev"] == {"ruff": "*", "invoke": ">=3"}
    assert "dependency-groups" not in edit.text


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        (
            "group.dev.dependencies]\npytest = '*'\ncoverage = '^7.10'",
            {"pytest": "*", "coverage": "^7.10"},
        ),
        (
            "group.dev.dependencies]\npytest = '*'\ncoverage = '~7.10'",
            {"pytest": "*", "coverage": f">={VERSION}"},
        ),
        ("group.docs.dependencies]\nsphinx = '*'", {"pytest": ">=9"}),
        ("dev-dependencies]\npytest = '*'", None),
    ],
    ids=["allowed", "held-back", "other", "oldest-form"],
)
def test_every_group_of_poetry_gets_a_group_coverage_beside_it(project, lines, groups):
    edit = with_dependencies(
        project({"pyproject.toml": f"[tool.poetry]\nname = 'incident'\n\n[tool.poetry.{lines}\n"})
    )
    found = groups_of_poetry(edit)
    assert found["coverage"] == {"coverage": f">={VERSION}"}
    assert found.get("dev") == groups


@pytest.mark.parametrize(
    ("python", "coverage"),
    [
        ("^3.11", {"version": f">={VERSION}", "extras": ["toml"]}),
        (
            "^3.9",
            [
                {
                    "version": f">={VERSION}",
                    "extras": ["toml"],
                    "markers": "python_version >= '3.11'",
                },
                {"version": "*", "extras": ["toml"], "markers": "python_version < '3.11'"},
            ],
        ),
    ],
)
def test_group_of_poetry_keeps_extras_when_its_version_is_raised(project, python, coverage):
    group = (
        "[tool.poetry.group.dev.dependencies]\n"
        "pytest = '^8'\ncoverage = {version = '^6', extras = ['toml']}\n"
    )
    lines = (
        "[tool.poetry]\nname = 'incident'\n\n"
        f"[tool.poetry.dependencies]\npython = '{python}'\n\n{group}"
    )
    edit = with_dependencies(project({"pyproject.toml": lines}))
    groups = groups_of_poetry(edit)
    assert groups["dev"]["coverage"] == coverage
    assert groups["dev"]["pytest"] == "^8"
    both = coverage if isinstance(coverage, list) else [coverage]
    own = (
        groups["coverage"]["coverage"]
        if isinstance(coverage, list)
        else [{"version": groups["coverage"]["coverage"]}]
    )
    assert own == [{key: value for key, value in item.items() if key != "extras"} for item in both]
    assert "the gate needs that version" in edit.changes[0]


def test_older_pythons_are_not_asked_for_what_they_cannot_have(project):
    edit = with_dependencies(
        project({"pyproject.toml": PYPROJECT.replace("3.11", "3.9"), "tasks.py": TASKS})
    )
    groups = dependency_groups(edit)
    assert groups["coverage"] == [f"{FLOOR}; python_version >= '3.11'"]
    assert "invoke>=3; python_version >= '3.11'" in groups["dev"]


@pytest.mark.parametrize(
    ("oldest", "marker"), [("3.11", ""), ("3.9", "; python_version >= '3.11'")]
)
def test_gate_of_changed_lines_needs_diff_cover_too(project, oldest, marker):
    pyproject = PYPROJECT.replace("3.11", oldest)
    edit = with_dependencies(project({"pyproject.toml": pyproject}), changed_lines_threshold="90")
    own = [f"{FLOOR}{marker}", f"diff-cover>=11{marker}"]
    assert dependency_groups(edit)["coverage"] == own


@pytest.mark.parametrize(
    ("mine", "kept"),
    [
        (["coverage[toml]"], ["coverage[toml]"]),
        (["coverage>=7.10,<8"], ["coverage>=7.10,<8"]),
        (["coverage>=7.18"], ["coverage>=7.18"]),
        (["coverage==7.10.7"], [FLOOR]),
        (["coverage[toml]~=7.10.0"], [f"coverage[toml]>={VERSION}"]),
        (["coverage==7.6; python_version < '3.11'"], ["coverage==7.6; python_version < '3.11'"]),
        (["coverage<7; python_version >= '3.11'"], [f"{FLOOR}; python_version >= '3.11'"]),
    ],
)
def test_coverage_of_the_user_stays_unless_it_holds_the_gate_back(project, mine, kept):
    groups = (
        f"[project.optional-dependencies]\nother = {mine}\n\n"
        f"[dependency-groups]\ndev = {['pytest', *mine]}\n"
    )
    edit = with_dependencies(project({"pyproject.toml": f"{PYPROJECT}\n{groups}", "uv.lock": ""}))
    pyproject = tomllib.loads(edit.text)
    assert pyproject["dependency-groups"]["dev"] == ["pytest", *kept, COVERAGE]
    assert pyproject["project"]["optional-dependencies"]["other"] == kept
    told = f"{mine[0]!r} is now {kept[0]!r}: the gate needs that version"
    assert edit.changes == ([f"pyproject.toml: {told}"] if mine != kept else [])


def test_older_pythons_keep_the_coverage_that_they_have(project):
    pyproject = (
        PYPROJECT.replace("3.11", "3.9")
        + "\n[dependency-groups]\ndev = ['coverage==7.10.7', 'pytest']\n"
    )
    edit = with_dependencies(project({"pyproject.toml": pyproject}))
    lines = [
        f"{FLOOR}; python_version >= '3.11'",
        "coverage==7.10.7; python_version < '3.11'",
    ]
    assert dependency_groups(edit)["dev"] == [*lines, "pytest", COVERAGE]


def test_pip_keeps_what_is_installed_apart(project):
    """uv and Poetry resolve all groups at once; pip, those that are installed."""
    groups = (
        "[dependency-groups]\ndev = ['pytest', 'coverage==7.10.7']\nold = ['coverage==7.10.7']\n"
    )
    edit = with_dependencies(
        project({"pyproject.toml": f"{PYPROJECT}\n{groups}", "requirements.txt": ""}),
        package_manager="pip",
    )
    found = dependency_groups(edit)
    assert found["dev"] == ["pytest", FLOOR, COVERAGE]
    assert found["old"] == ["coverage==7.10.7"]


def test_groups_of_pdm_stay_where_they_are(project):
    """PDM installs, and resolves, them together with the group `dev`."""
    own = "[tool.pdm.dev-dependencies]\ntest = ['pytest<9', 'coverage==7.10.7']\n"
    files = {"pyproject.toml": f"{PYPROJECT}\n{own}"}
    edit = with_dependencies(project(files))
    assert dependency_groups(edit) == {"coverage": [FLOOR], "dev": [COVERAGE]}
    pdm = tomllib.loads(edit.text)["tool"]["pdm"]
    assert pdm["dev-dependencies"]["test"] == ["pytest<9", FLOOR]
    other = with_dependencies(project(files | {"uv.lock": ""}), package_manager="uv")
    assert dependency_groups(other)["dev"] == [COVERAGE, "pytest<9"]


def test_pdm_locks_older_pythons_apart_and_needs_no_settings(project):
    older = PYPROJECT.replace("3.11", "3.9") + "\n[tool.pdm]\ndistribution = true\n"
    edit = with_dependencies(project({"pyproject.toml": older}))
    assert dependency_groups(edit)["coverage"] == [f"{FLOOR}; python_version >= '3.11'"]
    assert "[tool.uv]" not in edit.text


def test_hatch_is_not_required_where_it_is_the_package_manager(project):
    own = "[tool.hatch.envs.default]\ndependencies = ['pytest<9']\nscripts.test = 'pytest'\n"
    files = {"pyproject.toml": f"{PYPROJECT}\n{own}", "tests/test_a.py": "import pytest\n"}
    edit = with_dependencies(project(files))
    assert dependency_groups(edit)["dev"] == [COVERAGE]
    own = with_dependencies(project(files), test_command="-m pytest", collector="coverage")
    assert dependency_groups(own)["dev"] == [COVERAGE]
    other = with_dependencies(project(files | {"uv.lock": ""}), package_manager="uv")
    assert dependency_groups(other)["dev"] == [COVERAGE, "hatch"]


@pytest.mark.parametrize(
    ("lines", "required"),
    [
        ("[tool.poetry]\nname = 'incident'\n", ">=2.2"),
        ("[tool.poetry]\nname = 'incident'\nrequires-poetry = '>=2.0'\n", ">=2.0"),
        ("[tool.poetry]\nname = 'incident'\n[dependency-groups]\ndev = []\n", None),
        # Groups in the form that earlier releases read, too.
        ("[tool.poetry]\nname = 'incident'\n[tool.poetry.group.a.dependencies]\na = '*'\n", None),
        ("[tool.poetry.dependencies]\npython = '^3.11'\n", None),
    ],
)
def test_poetry_that_reads_the_new_groups_is_required(project, lines, required):
    edit = with_dependencies(project({"pyproject.toml": lines}))
    assert tomllib.loads(edit.text)["tool"]["poetry"].get("requires-poetry") == required
    told = "pyproject.toml: requires a release of Poetry that reads [dependency-groups]"
    assert (told in edit.changes) == (required == ">=2.2")


def test_pinned_coverage_of_the_project_itself_is_named(project):
    pyproject = PYPROJECT.replace('version = "1"', 'version = "1"\ndependencies = ["coverage<7"]')
    edit = with_dependencies(project({"pyproject.toml": pyproject}))
    low = f"keeps coverage below {VERSION}, which the gate needs"
    assert edit.left == [f"pyproject.toml:4: 'coverage<7' {low}: write {FLOOR!r}"]
    assert '"coverage<7"' in edit.text


def test_coverage_pinned_in_a_file_is_not_taken_over(project):
    edit = with_dependencies(project({"requirements-dev.txt": "coverage==7.10.7\npytest\n"}))
    assert dependency_groups(edit) == {
        "coverage": [FLOOR],
        "dev": [COVERAGE, "pytest"],
    }
    assert edit.left == []


def test_uv_resolves_for_the_pythons_of_the_gate_where_it_has_not_yet(project):
    older = {"pyproject.toml": PYPROJECT.replace("3.11", "3.9") + "\n[tool.uv]\npackage = true\n"}
    line = "[tool.uv]\nenvironments = [\"python_version >= '3.11'\"]\npackage = true\n"
    assert line in with_dependencies(project(older)).text
    locked = older | {"uv.lock": ""}
    assert "environments" not in with_dependencies(project(locked)).text
    assert "environments" not in with_dependencies(project(older), package_manager="pip").text


def test_coverage_is_exempt_from_a_cooldown(project):
    cooldown = f'{PYPROJECT}\n[tool.uv]\nexclude-newer = "1 week"\n'
    edit = with_dependencies(project({"pyproject.toml": cooldown}))
    assert f"{cooldown}exclude-newer-package = {{ coverage = false }}\n" in edit.text
    there = cooldown + "exclude-newer-package = { a = false }\n"
    edit = with_dependencies(project({"pyproject.toml": there}))
    assert "add `coverage = false` to exclude-newer-package" in edit.left[0]


def test_project_does_not_require_itself(project):
    own = {
        "pyproject.toml": PYPROJECT.replace("incident", "poethepoet") + "[tool.poe.tasks]\na = 'b'"
    }
    assert "poethepoet>=" not in with_dependencies(project(own)).text


def test_plugin_in_a_folder_of_the_project_is_not_required(project):
    plugin = '\n[tool.coverage.run]\nplugins = ["pragmas"]\n'
    files = {"pyproject.toml": PYPROJECT + plugin}
    assert '"pragmas"' in with_dependencies(project(files)).text.partition("dependency-groups")[2]
    own = with_dependencies(project(files | {"tasks/pragmas.py": ""})).text
    assert '"pragmas"' not in own.partition("dependency-groups")[2]


LOCKED = "[testenv]\nrunner = uv-venv-runner\n"


@pytest.mark.parametrize(
    ("name", "text", "command", "programs"),
    [
        ("tox.ini", LOCKED, "tox run -e py", ["tox", "tox-uv"]),
        ("tox.ini", f"[tox]\nrequires = tox-uv-bare\n{LOCKED}", "tox run -e py", ["tox"]),
        ("tox.ini", "[testenv]\n", "tox run -e py", ["tox"]),
        ("noxfile.py", "import nox_poetry\n", "nox -s tests", ["nox", "nox-poetry"]),
        ("noxfile.py", "import nox\n", "nox -s tests", ["nox"]),
    ],
)
def test_runner_comes_with_what_its_file_needs(project, name, text, command, programs):
    own = project({name: text})
    groups = dependency_groups(with_dependencies(own, test_command=command, collector="command"))
    assert groups["dev"] == [COVERAGE, *programs]


@pytest.mark.parametrize(
    ("python", "coveralls"),
    [
        (">=3.11", {"version": ">=4.0.2", "markers": "python_version < '4'"}),
        (
            ">=3.10",
            [
                {
                    "version": ">=4.0.2",
                    "markers": "python_version < '4' and python_version >= '3.11'",
                },
                {"version": "*", "markers": "python_version < '3.11'"},
            ],
        ),
    ],
)
def test_what_allows_no_coverage_of_the_gate_is_raised(project, python, coveralls):
    text = (
        "[tool.poetry]\nname = 'incident'\n\n"
        f"[tool.poetry.dependencies]\npython = '{python}'\n\n"
        "[tool.poetry.group.dev.dependencies]\ncoveralls = '^3.3.1'\n"
    )
    edit = with_dependencies(project({"pyproject.toml": text}))
    assert groups_of_poetry(edit)["dev"]["coveralls"] == coveralls
    own = f"{PYPROJECT}\n[dependency-groups]\ndev = ['coveralls~=3.3', 'coveralls']\n"
    edit = with_dependencies(project({"pyproject.toml": own}))
    assert dependency_groups(edit)["dev"][:2] == ["coveralls>=4.0.2", "coveralls"]
