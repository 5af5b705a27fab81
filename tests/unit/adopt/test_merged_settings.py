"""The step for the settings: text in, text out."""

import tomllib

import pytest

from adopting import ANSWERS, INI, PYPROJECT
from copier_coverage.adopt.ini import to_toml
from copier_coverage.adopt.settings import merged
from copier_coverage.errors import Refusal
from workshop.rendering import TEMPLATE

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
        ("[tool.coverage.paths]\nmine = ['src', 'lib']\n", "paths.mine", ["src", "lib"]),
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
    assert tomllib.loads(text)["tool"]["coverage"] == {
        "run": {"omit": ["*/a.py", "*/b.py"], "branch": True},
        "report": {"exclude_lines": ["pragma: no cover", r"def __repr__\("], "fail_under": 91.5},
    }
    assert text.startswith("# Ours\n")
