"""The step for the settings."""

import re
import tomllib

import pytest

from adopting import ANSWERS, INI, PYPROJECT
from copier_coverage.adopt import answers
from copier_coverage.adopt.ini import to_toml
from copier_coverage.adopt.settings import (
    merged,
    move_to_pyproject,
    refuse_other_file,
    split,
    with_omitted,
    with_options,
    with_packages,
)
from copier_coverage.errors import Refusal
from workshop.rendering import TEMPLATE

# What INI has.
MOVED = {
    "run": {"omit": ["*/a.py", "*/b.py"], "branch": True},
    "report": {"exclude_lines": ["pragma: no cover", r"def __repr__\("], "fail_under": 91.5},
}
SETTINGS = TEMPLATE.render_file("pyproject.toml.jinja", **ANSWERS)


def settings(text: str) -> dict:
    """Return coverage's settings in a pyproject.toml."""
    return tomllib.loads(text)["tool"]["coverage"]


@pytest.mark.parametrize(
    ("mine", "key", "value"),
    [
        ("[tool.coverage.run]\nparallel = false\n", "run.parallel", True),
        (
            "[tool.coverage.run]\nconcurrency = ['gevent']\n",
            "run.concurrency",
            ["gevent", "thread", "multiprocessing"],
        ),
        ("[tool.coverage.run]\nsource = ['.']\n", "run.source", ["src"]),
        (
            "[tool.coverage.run]\nsource = ['incident', 'tests']\n",
            "run.source",
            ["incident", "tests"],
        ),
        ("[tool.coverage.report]\nprecision = 0\n", "report.precision", 2),
        ("[tool.coverage.report]\nprecision = 3\n", "report.precision", 3),
        ("[tool.coverage.report]\nignore_errors = true\n", "report.ignore_errors", None),
        ("[tool.coverage.report]\nexclude_also = ['pass$']\n", "report.exclude_also", ["pass$"]),
        ("[tool.coverage.paths]\nmine = ['lib', 'src']\n", "paths.mine", ["lib", "src"]),
        ("[tool.coverage.html]\ndirectory = 'out'\n", "html.directory", None),
        ("[tool.coverage]\nrun.omit = ['a.py']\n", "run.omit", ["a.py"]),
        ("[tool.coverage]\nrun.omit = ['a.py']\n", "run.sigterm", True),
        ("[tool.coverage.run]\nomit = ['a.py']", "run.omit", ["a.py"]),
        ("[ tool.coverage.run ]\nomit = ['a.py']\n", "run.omit", ["a.py"]),
        ("[tool.'coverage'.run]\nomit = ['a.py']\n", "report.precision", 2),
        (
            "[tool.coverage]\nrun.omit = ['a.py']\n[tool.coverage.report]\nsort = 'miss'\n",
            "report.precision",
            2,
        ),
        (
            '[tool.coverage.report]\nexclude_also = ["""\n[a]\n"""]\n',
            "report.exclude_also",
            ["[a]\n"],
        ),
        ("[tool.coverage.run]\ninclude = ['src/*']\n", "report.include", ["src/*"]),
        (
            (
                "[tool.coverage.report]\nomit = ['a']\n[tool.a]\n"
                "[tool.coverage.run]\nomit = [\n'b', # c\n]\n"
            ),
            "run.omit",
            ["b"],
        ),
    ],
)
def test_key_of_the_user_stays_unless_it_breaks_the_gate(mine, key, value):
    table, _, option = key.partition(".")
    edit = merged(f"{PYPROJECT}\n{mine}", SETTINGS)
    assert settings(edit.text).get(table, {}).get(option) == value
    # What is merged once is not merged again.
    assert merged(edit.text, SETTINGS) == type(edit)(edit.text)


@pytest.mark.parametrize(
    "mine",
    [
        "",
        "[tool.coverage-gate]\nthreshold = 75 # before\ngoals = ['a']\n",
        "[tool]\ncoverage-gate.threshold = 75\ncoverage-gate.goals = ['a']\n",
        (
            "[tool.coverage.run]\nbranch = true\n\n[tool.a]\nb = 1\n\n"
            "[tool.coverage-gate]\ngoals = ['a']\nthreshold = 75\n"
        ),
    ],
)
def test_settings_of_the_gate_follow_the_answers(mine):
    edit = merged(f"{PYPROJECT}\n{mine}", SETTINGS)
    gate = tomllib.loads(edit.text)["tool"]["coverage-gate"]
    threshold = {"threshold": int(ANSWERS["coverage_threshold"])}
    assert gate.items() >= (threshold | ({"goals": ["a"]} if mine else {})).items()
    told = "pyproject.toml: coverage-gate.threshold = 80, was 75: it follows the answers"
    assert edit.changes == ([told] if "75" in mine else [])


@pytest.mark.parametrize(
    "mine", ["coverage.run.omit = ['a']\n", "coverage-gate = {threshold = 80}\n"]
)
def test_settings_that_are_no_tables_are_refused(mine):
    with pytest.raises(Refusal, match="write coverage's settings as tables"):
        merged(f"{PYPROJECT}\n[tool]\n{mine}", SETTINGS)


@pytest.mark.parametrize(
    ("ini", "option", "value"),
    [
        ("[run]\nOmit = */a.py\n", "run.omit", ["*/a.py"]),
        ("[html]\ntitle = 100%\n", "html.title", "100%"),
        ("[xml]\npackage_depth = ${DEPTH-9}\n", "xml.package_depth", "${DEPTH-9}"),
    ],
)
def test_value_of_an_ini_file_means_the_same(ini, option, value):
    table, _, key = option.partition(".")
    assert settings(to_toml(ini, ".coveragerc"))[table][key] == value


def test_ini_file_becomes_toml_that_means_the_same():
    text = to_toml(INI, ".coveragerc")
    assert settings(text) == MOVED
    assert text.startswith("# Ours\n")


@pytest.mark.parametrize(
    ("name", "ini", "left"),
    [
        (".coveragerc", INI, None),
        (
            "setup.cfg",
            "[metadata]\nkeywords = a\n" + INI.replace("[r", "[coverage:r"),
            "[metadata]\nkeywords = a\n# Ours\n",
        ),
        (
            "tox.ini",
            INI.replace("[r", "[coverage:r") + "[tox]\nenvlist = py\n",
            "# Ours\n[tox]\nenvlist = py\n",
        ),
    ],
)
def test_settings_of_another_file_move_to_pyproject(project, name, ini, left):
    repository = project({name: ini}).repository
    move_to_pyproject(repository)
    assert settings(repository.read("pyproject.toml")) == MOVED
    assert "# not b" in repository.read("pyproject.toml")
    assert repository.read(name) == left


@pytest.mark.parametrize(
    ("files", "sources"),
    [
        ({}, ["alpha"]),
        ({"Makefile": "test:\n\tpytest --cov=alpha --cov=beta\n"}, ["alpha", "beta"]),
        (
            {"tox.ini": "[testenv]\ncommands = coverage run --source=alpha,beta -m pytest\n"},
            ["alpha", "beta"],
        ),
        ({"pytest.ini": "[pytest]\naddopts = --cov=alpha --cov=beta\n"}, ["alpha", "beta"]),
        ({"Makefile": "test:\n\tpytest --cov=alpha --cov tests\n"}, ["alpha", "tests"]),
        ({".coveragerc": "[run]\nsource = .\n"}, ["alpha", "beta"]),
        ({".coveragerc": "[run]\nsource = beta\n"}, ["beta"]),
        ({"pyproject.toml": "[project]\nname = 'site'\nversion = '1'\n"}, ["alpha", "beta"]),
    ],
)
def test_all_packages_that_were_measured_are_measured(project, files, sources):
    flat = {"alpha/__init__.py": "", "beta/__init__.py": "", "src/incident/__init__.py": None}
    measured = project({"pyproject.toml": PYPROJECT.replace("incident", "alpha"), **flat, **files})
    first = answers.read(measured.repository, TEMPLATE).values["source_dir"]
    template = TEMPLATE.render_file("pyproject.toml.jinja", **ANSWERS | {"source_dir": first})
    text = with_packages(template, measured.others(), measured.counted_tests())
    if measured.settings:
        text = merged(to_toml(measured.repository.read(".coveragerc"), ".coveragerc"), text).text
    found = settings(text)
    assert found["run"]["source"] == sources
    assert ("beta" in found["paths"]) == (sources == ["alpha", "beta"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {".coveragerc": "[DEFAULT]\na = 1\n[run]\nbranch = true\n"},
            "move coverage's settings to [tool.coverage]",
        ),
        ({".coveragerc": "[run]\nbranch\n"}, ".coveragerc cannot be read"),
        (
            {"setup.cfg": "[coverage:run]\n", "tox.ini": "[coverage:run]\n"},
            "setup.cfg and tox.ini have settings",
        ),
        (
            {"pytest.ini": "[pytest]\naddopts = --cov --cov-config=cov.ini\n"},
            "take coverage's settings from cov.ini",
        ),
    ],
)
def test_settings_that_cannot_be_merged_are_refused(project, files, message):
    own = project(files)
    with pytest.raises(Refusal, match=re.escape(message)):
        refuse_other_file(own.addopts)
        move_to_pyproject(own.repository)


def test_options_of_the_command_that_leave_files_out_become_settings():
    options = {"omit": ["a/*", "b.py"], "include": ["c/*"], "source": ["d"]}
    found = settings(merged(PYPROJECT, with_options(SETTINGS, options)).text)
    assert (found["run"]["omit"], found["report"]["include"]) == (["a/*", "b.py"], ["c/*"])
    mine = f"{PYPROJECT}\n[tool.coverage.run]\nomit = ['mine.py']\n"
    found = settings(merged(mine, with_options(SETTINGS, options)).text)
    assert found["run"]["omit"] == ["mine.py"]


def test_comment_stays_with_its_section():
    ini = "[coverage:run]\nbranch = 1\n# of run\n\n# of other\n\n[other]\na = 1\n"
    own, others = split("tox.ini", ini)
    assert own == "[coverage:run]\nbranch = 1\n# of run\n"
    assert others == "\n# of other\n\n[other]\na = 1\n"


@pytest.mark.parametrize(("plugin", "source"), [("covdefaults", ["one"]), ("other", None)])
def test_covdefaults_does_not_measure_everything_beside_a_module(plugin, source):
    module = TEMPLATE.render_file(
        "pyproject.toml.jinja", **ANSWERS | {"source_dir": "one.py", "package_name": "one"}
    )
    text = merged(f'[tool.coverage.run]\nplugins = ["{plugin}"]\n', module).text
    assert tomllib.loads(text)["tool"]["coverage"]["run"].get("source") == source


@pytest.mark.parametrize("own", ["", 'omit = ["b.py"]\n', 'omit = "b.py"\n'])
def test_files_that_never_counted_are_omitted_beside_others(own):
    edit = with_omitted(f"[tool.coverage.run]\nbranch = true\n{own}", ["a.py"])
    run = tomllib.loads(edit.text)["tool"]["coverage"]["run"]
    assert run == {"branch": True, "omit": [*(["b.py"] if own else []), "a.py"]}
    assert "run.omit also has a.py" in edit.changes[0]


@pytest.mark.parametrize("own", ['"*/src", "src", "*/a"', '"*/src", "*/a"'])
def test_paths_begin_with_the_directory_itself(own):
    edit = merged(f"[tool.coverage.paths]\nours = [{own}]\n", SETTINGS)
    paths = tomllib.loads(edit.text)["tool"]["coverage"]["paths"]["ours"]
    assert paths == ["src", "*/src", "*/a", "*/site-packages"]
    assert "paths.ours begins with src" in edit.changes[0]
