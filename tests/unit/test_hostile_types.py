"""Settings and workflows of every wrong type: audit passes over them, adopt names the key."""

import copy
import datetime
import random
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml

from adopting import NEW, with_dependencies
from copier_coverage.adopt.poe import with_coverage_poe
from copier_coverage.adopt.runner_environment import add_coverage
from copier_coverage.adopt.settings import merged
from copier_coverage.adopt.workflow import joined, workflow_with_tests
from copier_coverage.audit import findings
from copier_coverage.errors import Refusal
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository, refuse_bad_toml
from copier_coverage.project.requirements import reachable
from copier_coverage.project.shape import (
    ITEMS,
    KINDS,
    LIST,
    TABLES,
    TEXT_OR_TEXTS,
    TEXTS,
    matches,
)
from workshop.rendering import TEMPLATE

HERE = Path(__file__).parent / "hostile"
VALID = tomllib.loads((HERE / "pyproject.toml").read_text())
WORKFLOW = yaml.safe_load((HERE / "workflow.yml").read_text())
WRONG = (3, "x", [3], [{"a": 1}], {"a": 3}, datetime.date(2020, 1, 1))
COMMANDS = ("hatch run test", "hatch test", "tox run -e py")
POE = "[tool.poe.tasks]\ncoverage = 'x'\n"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in there."""
    items = enumerate(value) if isinstance(value, list) else ()
    for key, item in value.items() if isinstance(value, dict) else items:
        yield (*path, key)
        yield from places(item, (*path, key))


def spoiled(value: dict[Any, Any], number: int) -> dict[Any, Any]:
    """Return a value with something wrong in several places; other ones for each number."""
    chance = random.Random(number)
    new = copy.deepcopy(value)
    for *path, last in chance.sample(list(places(value)), 4):
        place = new
        for key in path:
            place = place[key] if isinstance(place, dict) and key in place else {}
        if isinstance(place, dict):
            place[last] = chance.choice(WRONG)
    return new


def adopt(root: Path) -> None:
    """Read the answers, and do the steps of adopt that need no git."""
    repository = Repository(root)
    refuse_bad_toml(repository, "pyproject.toml")
    project = Project(repository, TEMPLATE)
    with_dependencies(project)
    merged(repository.read("pyproject.toml") or "", NEW)
    with_coverage_poe(repository.read("pyproject.toml") or "", POE, {})
    if name := workflow_with_tests(project):
        joined(repository.read(name) or "", name, "coverage", project, True)
    for command in COMMANDS:
        add_coverage(Project(repository, TEMPLATE), command, "coverage>=7.17")


@pytest.mark.parametrize("number", range(16))
def test_settings_of_wrong_types_are_passed_over_or_refused(project, number):
    made = project({"pyproject.toml": tomlkit.dumps(spoiled(VALID, number))})
    findings(made.folder)
    try:
        adopt(made.folder)
    except Refusal as refusal:
        assert "and commit" in str(refusal)


@pytest.mark.parametrize("number", range(16))
def test_workflow_with_wrong_types_is_passed_over(project, number):
    text = yaml.safe_dump(spoiled(WORKFLOW, number)).replace("true:", "on:", 1)
    made = project({".github/workflows/ci.yml": text})
    findings(made.folder)
    adopt(made.folder)


@pytest.mark.parametrize("name", ["pyproject.toml", "hatch.toml"])
def test_each_key_of_a_wrong_type_is_named_with_the_right_one(project, name):
    valid = VALID if name == "pyproject.toml" else VALID["tool"]["hatch"]
    for pattern, kind in KINDS[name].items():
        if pattern.startswith("tool.coverage."):
            continue  # They are coverage's own.
        path, _ = next(matches(valid, pattern.split(".")))
        wrong = next(value for value in WRONG if not kind.has(value))
        for key in reversed(path):
            wrong = {key: wrong}
        repository = project({name: tomlkit.dumps(wrong)}).repository
        with pytest.raises(Refusal) as error:
            refuse_bad_toml(repository, name)
        assert f"{'.'.join(path)} must be {kind.name}. Fix it" in str(error.value)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (TEXTS, ["a"], ["a", 3]),
        (TEXTS, [], "a"),
        (TEXT_OR_TEXTS, "a", ["a", {"b": "c"}]),
        (ITEMS, ["a", {"include-group": "b"}], ["a", {"include-group": 3}]),
        (TABLES, [{"a": "b"}], ["a"]),
        (LIST, [{"a": 1}, 3], {"a": 1}),
    ],
)
def test_items_of_lists_are_looked_at(kind, right, wrong):
    assert kind.has(right)
    assert not kind.has(wrong)


def test_many_groups_and_requirements_are_read_soon(project):
    groups = "".join(f"g{n} = [{{include-group = 'g{n + 1}'}}]\n" for n in range(6_000))
    own = "".join(f"    'a{n}',\n" for n in range(6_000))
    text = f"[dependency-groups]\ndev = [\n    {{include-group = 'g0'}},\n{own}]\n{groups}"
    made = project({"pyproject.toml": text, "setup.py": f"#{' ' * 900_000}\n"})
    start = time.process_time()
    assert len(reachable(made, [])) == 12_001
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text",
    [
        "[metadata]\nname\nclassifiers\n[options]\npackage_dir\npython_requires\n",
        "[tool:pytest]\naddopts\n[pytest]\naddopts\n[coverage:run]\nsource\n[run]\nplugins\n",
        "[metadata]\nname\n  below\n[testenv]\n",
        "[tox]\nenvlist\n[testenv]\n[testenv:a{b,c]\n[testenv:py{3-1}]\n",
        "[coverage:report]\nfail_under = much\n[report]\nfail_under\n",
        "[metadata\nname = x\n",
        "name = x\n",
        "[DEFAULT]\nname\n[metadata]\n[metadata]\nname = 1\nname = 2\n",
    ],
)
def test_ini_files_of_every_shape_are_read(project, text):
    names = ("setup.cfg", "tox.ini", ".coveragerc", "pytest.ini")
    made = project({**dict.fromkeys(names, text), "pyproject.toml": None})
    findings(made.folder)
    adopt(made.folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[project]\nname = "\xe9"\n', "pyproject.toml:2 is not UTF-8. Save it as UTF-8"),
        ("[project]\n".encode("utf-16"), "pyproject.toml:1 is not UTF-8. Save it as UTF-8"),
        (b"\xef\xbb\xbf[project]\n", "Save it without a byte order mark"),
        (b"a = " + b"[" * 5_000, "too deep"),
        (b"a = [", "cannot be read"),
        (b"tool = 3\n", "tool must be a table. Fix it and commit."),
    ],
)
def test_settings_that_cannot_be_read_are_refused_with_what_to_do(project, content, message):
    repository = project({}).repository
    (repository.folder / "pyproject.toml").write_bytes(content)
    with pytest.raises(Refusal, match=r"pyproject\.toml") as error:
        refuse_bad_toml(repository, "pyproject.toml")
    assert message in str(error.value)
    findings(repository.folder)


@pytest.mark.parametrize("content", [b"# \xe9\r\na = 1\r\n", b"\xef\xbb\xbfa = 1\r\n"])
def test_bytes_that_adopt_does_not_change_stay(project, content):
    repository = project({}).repository
    (repository.folder / "tox.ini").write_bytes(content)
    repository.write("tox.ini", (repository.read("tox.ini") or "") + "b = 2\n")
    assert (repository.folder / "tox.ini").read_bytes() == content + b"b = 2\r\n"
