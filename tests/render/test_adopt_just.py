"""`invoke adopt`: the user's justfile."""

import subprocess
import sys
from pathlib import Path

import pytest

from adopting import adopt, refused

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
    return subprocess.run(
        [JUST, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("name", ["justfile", ".justfile"])
def test_recipes_of_the_user_stay_under_another_name(repository, name, capsys):
    root = repository({name: JUSTFILE})
    adopt(root, defaults=True)
    text = (root / name).read_text()
    renamed = JUSTFILE.replace("coverage *ARGS", "coverage-before *ARGS")
    renamed = renamed.replace("lint coverage", "lint coverage-before")
    renamed = renamed.replace(":= coverage", ":= coverage-before")
    assert text == f"{renamed}\nimport 'coverage.just'\n"
    assert [path.name for path in root.iterdir() if path.name.lower().endswith("justfile")] == [
        name
    ]
    assert (
        f"{name}: recipe coverage is now coverage-before, as coverage.just has one"
        in capsys.readouterr().out
    )
    assert just(root, "coverage-before", "1") == "mine 1\n"
    assert {"all", "lint", "coverage-before", "coverage", "coverage-gate"} <= set(
        just(root, "--summary").split()
    )
    assert just(root, "cov", "2") == "mine 2\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"justfile": "import 'a.just'\n", "a.just": "coverage:\n    true\n"},
            "a.just defines `coverage`, which coverage.just also defines. Rename it and commit.",
        ),
    ],
)
def test_recipe_that_just_would_find_twice_is_refused(repository, files, message):
    assert message in refused(repository(files))
