"""`collector: command`: the tests run by the user's own command, whatever starts them.

The sample `commands` has six statements: one runs in a child process only, and one never.
"""

import shutil

import pytest

from conftest import change_settings
from workshop.rendered import RenderedProject
from workshop.rendering import SAMPLES, render_sample

TOTAL = 100 * 5 / 6
# The sample has a configuration for each that needs one.
TOOLS = [
    *("django", "hatch", "nox[uv]", "pdm", "poethepoet", "pytest-cov", "tox", "tox-uv"),
    "zope.testrunner",
]
COMMANDS = [
    "tox run -e py",
    "tox run -e py-new",
    "tox run -e own",
    "tox run -e coverage",
    "nox -s tests",
    "hatch test",
    "hatch run check",
    "pdm run check",
    "poe check",
    "make check",
    "scripts/test",
    "python ./tests/check.py",
    "zope-testrunner --path=tests --tests-pattern=test_commands",
    "python manage.py test tests --parallel 2",
    "coverage run -m pytest",
    "pytest --cov --cov-report=xml --cov-fail-under=80",
    "cd tests && PYTHONPATH=. python -m unittest test_commands",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The sample, installed, with every tool that runs its tests."""
    folder = tmp_path_factory.mktemp("commands") / "commands"
    project = RenderedProject(render_sample("commands", folder, collector="command"))
    shutil.copytree(SAMPLES / "commands", folder, dirs_exist_ok=True)
    tools = "".join(f'    "{tool}",\n' for tool in TOOLS)
    change_settings(folder, '    "pytest>=9",\n', f'    "pytest>=9",\n{tools}')
    with (folder / "pyproject.toml").open("a") as settings:
        settings.write((SAMPLES / "commands" / "tools.toml").read_text())
    project.install()
    return project


def run(project, command, stages=""):
    """Run stages of the project with its tests run by a command; return the finished process."""
    settings = project.folder / "pyproject.toml"
    before = settings.read_text()
    change_settings(project.folder, 'test_command = "pytest"', f'test_command = "{command}"')
    try:
        return project.run(f"uv run python coverage_gate.py {stages}")
    finally:
        settings.write_text(before)


@pytest.mark.parametrize("command", COMMANDS)
def test_total_is_that_of_all_processes(project, command):
    process = run(project, command)
    assert process.returncode == 0, process.stdout
    assert f"\n{command}\n" in process.stdout
    assert project.total() == pytest.approx(TOTAL)


@pytest.mark.parametrize(
    "command",
    [
        "zope-testrunner --path=tests --tests-pattern=no_such_module",
        "python -m unittest discover -s scripts",
        "python -c 'import commands' && pytest -q --deselect tests/test_commands.py || :",
    ],
)
def test_command_that_runs_no_test_is_refused(project, command):
    process = run(project, command, "erase test")
    assert process.returncode == 1, process.stdout
    assert "No test ran. See test_command in [tool.coverage-gate]." in process.stdout


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        ("without_coverage", "No data: no process of the tests measured the source."),
        ("old_coverage", ": coverage 7.13.0 can lose lines."),
    ],
)
def test_environment_without_a_good_coverage_is_refused(project, session, reason):
    command = f"nox -s {session}"
    process = run(project, command, "erase test")
    assert process.returncode == 1, process.stdout
    assert f"{reason} Install coverage>=" in process.stdout
    assert f"where `{command}` runs the tests." in process.stdout


def test_exit_code_of_the_command_is_that_of_the_stage(project):
    assert run(project, "pytest --no-such-option", "erase test").returncode == 4


def test_arguments_are_passed_on(project):
    process = run(project, "pytest", "erase test -- -k 'here or nothing'")
    assert "1 passed, 1 deselected" in process.stdout, process.stdout
