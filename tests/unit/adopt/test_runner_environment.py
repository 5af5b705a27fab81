"""The step for environments of Hatch and nox: text in, text out."""

import pytest

from adopting import FLOOR
from copier_coverage.adopt.runner_environment import add_coverage

GROUPS = '[envs.test]\ndependency-groups = ["tests"]\n'
ENVIRONMENT = '[envs.default]\ndependencies = ["pytest"]\n'
MANY = '[envs.hatch-test]\nextra-dependencies = [\n    "pytest",\n]\n'
SESSION = """\
import nox


@nox.session
def tests(session):
    session.install("-e", "."{more})
    session.run("pytest")
"""


@pytest.mark.parametrize(
    ("name", "command", "before", "after"),
    [
        (
            "hatch.toml",
            "hatch run cov",
            ENVIRONMENT,
            ENVIRONMENT.replace('"pytest"', f'"pytest", "{FLOOR}"'),
        ),
        (
            "hatch.toml",
            "hatch test",
            MANY,
            MANY.replace('"pytest",', f'"pytest",\n    "{FLOOR}",'),
        ),
        ("hatch.toml", "hatch run test:cov", GROUPS, GROUPS.replace('"]', '", "coverage"]')),
        (
            "pyproject.toml",
            "hatch run test:cov",
            ENVIRONMENT.replace("envs.default", "tool.hatch.envs.test"),
            ENVIRONMENT.replace("envs.default", "tool.hatch.envs.test").replace(
                '"pytest"', f'"pytest", "{FLOOR}"'
            ),
        ),
        (
            "noxfile.py",
            "nox -s tests",
            SESSION.format(more=', "pytest"'),
            SESSION.format(more=f', "pytest", "{FLOOR}"'),
        ),
        (
            "noxfile.py",
            "nox -s tests",
            SESSION.replace('"."', '".[test]"').format(more=""),
            SESSION.replace('"."', f'".[test]", "{FLOOR}"').format(more=""),
        ),
        (
            "noxfile.py",
            "nox -s tests",
            SESSION.format(more=',\n        "pytest é",\n    '),
            SESSION.format(more=f',\n        "pytest é", "{FLOOR}",\n    '),
        ),
    ],
)
def test_coverage_is_installed_where_it_is_missing(project, name, command, before, after):
    own = project({"pyproject.toml": None} | {name: before})
    add_coverage(own, command, FLOOR)
    repository = own.repository
    assert repository.read(name) == after
    assert f"{name}: " in repository.changes[0]


@pytest.mark.parametrize(
    ("name", "command", "text"),
    [
        ("hatch.toml", "hatch run cov", ENVIRONMENT.replace('"pytest"', '"pytest-cov"')),
        ("hatch.toml", "hatch run test:cov", ENVIRONMENT),
        ("hatch.toml", "hatch run cov", f'{ENVIRONMENT}dependency-groups = ["dev"]\n'),
        ("hatch.toml", "hatch run cov", "[envs.default]\n"),
        ("noxfile.py", "nox -s tests", SESSION.format(more=', "coverage"')),
        ("noxfile.py", "nox -s tests", SESSION.format(more=', "-r", "requirements.txt"')),
        ("noxfile.py", "nox -s other", SESSION.format(more=', "pytest"')),
        ("noxfile.py", "tox run -e py", SESSION.format(more=', "pytest"')),
    ],
)
def test_all_else_stays(project, name, command, text):
    own = project({name: text, "requirements.txt": "coverage\n"})
    add_coverage(own, command, FLOOR)
    repository = own.repository
    assert (repository.read(name), repository.changes) == (text, [])


def test_environments_are_found_where_hatch_takes_them_from(project):
    text = ENVIRONMENT.replace("envs", "tool.hatch.envs")
    own = project({"pyproject.toml": text, "hatch.toml": "[build]\n"})
    add_coverage(own, "hatch run cov", FLOOR)
    assert own.repository.read("pyproject.toml") != text


LOCKED = """\
[dependency-groups]
tests = ["pytest"]
coverage = ["coverage"]

[tool.tox.env_run_base]
runner = "uv-venv-lock-runner"
dependency_groups = ["tests"]
"""


@pytest.mark.parametrize("runner", ["uv-venv-lock-runner", "uv-venv-runner"])
def test_groups_of_tox_that_are_locked_include_coverage(project, runner):
    text = LOCKED.replace("uv-venv-lock-runner", runner)
    own = project({"pyproject.toml": text})
    add_coverage(own, "tox run -e py", FLOOR)
    repository = own.repository
    include = ', { include-group = "coverage" }' if "lock" in runner else ""
    assert repository.read("pyproject.toml") == text.replace('"pytest"', f'"pytest"{include}')


@pytest.mark.parametrize(
    ("factors", "more", "included"),
    [
        ("", "", True),
        ("new: ", "", True),
        ("old, py-new: ", "", True),
        ("old: ", "", False),
        ("", ', "coverage"', False),
    ],
)
def test_groups_of_tox_ini_that_are_locked_include_coverage(project, factors, more, included):
    text = f'[dependency-groups]\ntests = ["pytest"{more}]\ncoverage = ["coverage"]\n'
    tox = f"[testenv]\nrunner = uv-venv-lock-runner\ndependency_groups =\n    {factors}tests\n"
    own = project({"pyproject.toml": text, "tox.ini": tox})
    add_coverage(own, "tox run -e py-new", FLOOR)
    include = ', { include-group = "coverage" }' if included else ""
    after = text.replace(f'"pytest"{more}', f'"pytest"{more}{include}')
    assert own.repository.read("pyproject.toml") == after


@pytest.mark.parametrize(
    ("pin", "after"),
    [("coverage==7.13.4 # why", FLOOR), ("coverage>=7", "coverage>=7"), ("coveralls==1", None)],
)
def test_pin_in_a_file_that_tox_installs_is_raised(project, pin, after):
    tox = "[testenv]\ndeps =\n    -r requirements/test.txt\n"
    own = project({"tox.ini": tox, "requirements/test.txt": f"pytest\n{pin}\n"})
    add_coverage(own, "tox run -e py", FLOOR)
    assert own.repository.read("requirements/test.txt") == f"pytest\n{after or pin}\n"
    told = "requirements/test.txt:2: 'coverage==7.13.4' is now"
    assert bool(own.repository.changes) == ("7.13" in pin)
    assert all(change.startswith(told) for change in own.repository.changes)
