"""`invoke adopt`: the user's justfile."""

import subprocess
import sys
from pathlib import Path

import pytest

from adopting import refused
from copier_coverage.adopt import adopt
from copier_coverage.adopt.just import recipe_names, rename_recipes

JUST = Path(sys.executable).with_name("just")
JUSTFILE = """\
# What CI runs.
all: lint coverage

lint:
    true

# Ours
[no-cd]
coverage *ARGS: lint
    echo mine {{ARGS}}

alias cov := coverage
"""


def just(root: Path, *arguments: str) -> str:
    """Run just; return what it printed."""
    return subprocess.run([JUST, *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["justfile", "Justfile", ".justfile"])
def test_recipes_of_the_user_stay_under_another_name(repository, name, capsys):
    root = repository({name: JUSTFILE})
    adopt(root, defaults=True)
    text = (root / name).read_text()
    assert text == JUSTFILE.replace("coverage *ARGS", "coverage-before *ARGS") + "\nimport 'coverage.just'\n"
    assert [path.name for path in root.iterdir() if path.name.lower().endswith("justfile")] == [name]
    assert f"{name}: recipe coverage is now coverage-before, as coverage.just has one" in capsys.readouterr().out
    assert just(root, "coverage-before", "1") == "mine 1\n"
    assert {"all", "lint", "coverage-before", "coverage", "coverage-gate"} <= set(just(root, "--summary").split())
    # The recipe that is run by `just` alone is still the user's.
    assert (
        "coverage_gate.py" in subprocess.run([JUST, "-n"], cwd=root, check=True, capture_output=True, text=True).stderr
    )
    assert (
        "coverage_gate.py"
        in subprocess.run([JUST, "-n", "cov"], cwd=root, check=True, capture_output=True, text=True).stderr
    )


@pytest.mark.parametrize("line", ["import 'coverage.just'", 'import "./coverage.just"', "import? 'coverage.just'"])
def test_justfile_that_imports_it_is_not_changed(repository, line):
    root = repository({"justfile": f"{line}\n\nall:\n    true\n"})
    adopt(root, defaults=True)
    assert (root / "justfile").read_text() == f"{line}\n\nall:\n    true\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("coverage:", "coverage-before:"),
        ("@coverage:", "@coverage-before:"),
        ("coverage *args: test", "coverage-before *args: test"),
        ("coverage args=':' other='a b': test", "coverage-before args=':' other='a b': test"),
        ("coverage := '1'", "coverage := '1'"),
        ("export coverage := '1'", "export coverage := '1'"),
        ("set coverage := true", "set coverage := true"),
        ("# coverage: all", "# coverage: all"),
        ("all: lint coverage", "all: lint coverage"),
        ("alias coverage := all", "alias coverage-before := all"),
        ("coverage:\n\nall: coverage", "coverage-before:\n\nall: coverage"),
        ("coverage:\ncoverage-before:", "coverage-before-2:\ncoverage-before:"),
        ("coverage-report:\nall: lint coverage-report", "coverage-report-before:\nall: lint coverage-report-before"),
        (
            "coverage-report:\nall: (coverage-report 'coverage-report')",
            "coverage-report-before:\nall: (coverage-report-before 'coverage-report')",
        ),
        (
            "coverage-report:\nall: a && coverage-report # coverage-report",
            "coverage-report-before:\nall: a && coverage-report-before # coverage-report",
        ),
        (
            "coverage-report:\nall: a \\\n  coverage-report",
            "coverage-report-before:\nall: a \\\n  coverage-report-before",
        ),
        (
            "coverage-report:\nall:\n    just coverage-report",
            "coverage-report-before:\nall:\n    just coverage-report-before",
        ),
        (
            "coverage-report:\nall:\n    {{just_executable()}} coverage-report",
            "coverage-report-before:\nall:\n    {{just_executable()}} coverage-report-before",
        ),
        ("coverage-report:\nall:\n    cat coverage-report", "coverage-report-before:\nall:\n    cat coverage-report"),
        ("coverage-report:\nalias r := coverage-report", "coverage-report-before:\nalias r := coverage-report-before"),
        (
            "coverage: lint\n    just coverage-report\n\ncoverage-report: coverage",
            "coverage-before: lint\n    just coverage-report-before\n\ncoverage-report-before: coverage-before",
        ),
        ("coverage:\n    true\n\n    just coverage", "coverage-before:\n    true\n\n    just coverage-before"),
        ("help := '''\ncoverage: all\n'''\ncoverage:", "help := '''\ncoverage: all\n'''\ncoverage-before:"),
        ("coverage:\n    echo '''\nall:\n    true", "coverage-before:\n    echo '''\nall:\n    true"),
    ],
)
def test_recipe_is_found_in_every_way_of_writing_it(before, after):
    template = {"coverage", "coverage-report"}
    theirs = recipe_names(before)
    kept = {"coverage": "coverage-before-2" if "coverage-before" in theirs else "coverage-before"}
    kept["coverage-report"] = "coverage-report-before"
    assert rename_recipes(before, {name: kept[name] for name in template & theirs}) == after


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"justfile": "import 'a.just'\n", "a.just": "coverage:\n    true\n"},
            "a.just defines `coverage`, which coverage.just also defines. Rename it and commit.",
        ),
        ({"justfile": "mod coverage\n", "coverage/mod.just": ""}, "justfile defines `coverage`, which coverage.just"),
    ],
)
def test_recipe_that_just_would_find_twice_is_refused(repository, files, message):
    assert message in refused(repository(files))
