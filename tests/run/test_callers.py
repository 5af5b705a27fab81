"""The stages do the same for all callers: other folders, parallel Make, foreign settings."""

import json
import re
import shutil

import pytest
from coverage.config import CoverageConfig

from conftest import change_settings
from pages import sections
from workshop.act import commit_all
from workshop.proof.catalogue.samples import INCIDENT
from workshop.rendered import RenderedProject

FOREIGN_SETTINGS = {
    "COVERAGE_FILE": "elsewhere/.coverage",
    "COVERAGE_RCFILE": "no-such-file.toml",
    "COVERAGE_CORE": "no-such-core",
    "COVERAGE_FORK": "no-such-patch",
    "COVERAGE_EXECV": "no-such-patch",
    "COVERAGE_FORCE_CONFIG": "tests/foreign.toml",
    "PYTEST_ADDOPTS": "--deselect tests/test_incident.py",
}


@pytest.fixture
def project(install_sample):
    project = install_sample("incident")
    project.check("uv run coverage erase")
    (project.folder / "tests" / "foreign.toml").write_text(FOREIGN_CONFIGURATION)
    return project


TRUE_TOTAL = re.compile("^TOTAL .* 92.67%( .*)?$", flags=re.MULTILINE)

FOREIGN_CONFIGURATION = """\
[tool.coverage.run]
parallel = false
[tool.coverage.report]
omit = ["*"]
"""


def measure_all(project, variable):
    """Return the variable with which each later Python process overwrites .coverage."""
    if variable == "COVERAGE_PROCESS_START":
        return {variable: "tests/foreign.toml"}
    configuration = CoverageConfig()
    configuration.data_file = str(project.folder / ".coverage")
    return {variable: configuration.serialize()}


def gate_with(project, runner, variables):
    """Run the stages test to gate, each alone, with variables; return what the gate printed."""
    for stage in ("test", "combine", "gate"):
        process = project.run(project.stage(runner, stage), **variables)
        assert process.returncode == 0, process.stdout
        assert "Traceback" not in process.stdout
    return process.stdout


def test_what_the_shell_exports_changes_nothing(project, runner):
    assert TRUE_TOTAL.search(gate_with(project, runner, FOREIGN_SETTINGS))


@pytest.mark.parametrize("variable", ["COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"])
def test_measurement_of_every_process_is_refused(project, variable):
    process = project.run(project.stage("invoke", "gate"), **measure_all(project, variable))
    assert process.returncode == 1
    assert "Unset COVERAGE_PROCESS_START" in process.stdout


@pytest.mark.parametrize("setting", ["WARN", "DRY", "ASYNCHRONOUS", "DISOWN"])
def test_invoke_settings_do_not_hide_a_failure(project, setting):
    variables = {f"INVOKE_RUN_{setting}": "1", "COVERAGE_FAIL_UNDER": "93"}
    project.check(project.stage("invoke"))
    assert project.run(project.stage("invoke", "gate"), **variables).returncode == 2


@pytest.mark.parametrize("flags", ["n", "i", "ks --no-print-directory"])
def test_make_flags_do_not_hide_a_failure(project, flags):
    project.check(project.stage("make"))
    variables = {"MAKEFLAGS": flags, "COVERAGE_FAIL_UNDER": "93"}
    process = project.run(project.stage("make", "gate"), **variables)
    assert process.returncode == 2
    assert ("needs a Make without -n and -i" in process.stdout) == (flags in "ni")


def test_settings_file_of_another_name_is_not_in_force(project):
    shadow = project.folder / ".coveragerc"
    shadow.write_text("[report]\nomit = *\n")
    try:
        process = project.run(project.stage("invoke"))
    finally:
        shadow.unlink()
    assert process.returncode == 0, process.stdout
    assert project.total() == INCIDENT


def test_make_from_another_folder(project, tmp_path):
    process = project.run(f"make -C {project.folder} coverage", folder=tmp_path)
    assert process.returncode == 0, process.stdout
    assert project.total() == INCIDENT


def test_invoke_from_a_folder_below(project):
    process = project.run(project.stage("invoke"), folder=project.folder / "src" / "incident")
    assert process.returncode == 0, process.stdout
    assert project.total() == INCIDENT


@pytest.mark.parametrize(
    "goals",
    [
        "coverage",
        "coverage-erase coverage-test coverage-combine coverage-report coverage-gate",
        "all",
    ],
)
def test_parallel_make_keeps_the_order(project, goals):
    makefile = project.folder / "Makefile"
    rendered = makefile.read_text()
    makefile.write_text(rendered + "\nall: test-nothing coverage\ntest-nothing:\n\t@echo nothing\n")
    try:
        process = project.run(f"make -j 4 {goals}")
    finally:
        makefile.write_text(rendered)
    assert process.returncode == 0, process.stdout
    assert project.total() == INCIDENT


def test_folder_with_a_space(project, runner, tmp_path):
    moved = RenderedProject(tmp_path / "order service")
    shutil.copytree(project.folder, moved.folder, ignore=shutil.ignore_patterns(".venv"))
    process = moved.run(moved.stage(runner))
    assert process.returncode == 0, process.stdout
    assert moved.total() == INCIDENT


CALLERS = sections("callers.md")


def written(project, files, folder):
    """Return a copy of a project with files of a page in it, all committed."""
    ignored = shutil.ignore_patterns(".venv", ".git")
    copy = RenderedProject(shutil.copytree(project.folder, folder, ignore=ignored))
    for name, text in files.items():
        (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (copy.folder / name).write_text(text)
    commit_all(copy.folder)
    return copy


def command_lines(caller):
    """Return what the page tells to type; of VS Code, what its task types."""
    tasks = caller.files.get(".vscode/tasks.json", '{"tasks": []}')
    return caller.commands + [task["command"] for task in json.loads(tasks)["tasks"]]


@pytest.mark.parametrize("name", CALLERS)
def test_page_of_other_callers_has_the_same_total_and_a_gate_that_fails(project, tmp_path, name):
    caller = CALLERS[name]
    copy = written(project, caller.files, tmp_path / "incident")
    every_stage, *one_stage = command_lines(caller)
    process = copy.run(every_stage)
    assert process.returncode == 0, process.stdout
    assert TRUE_TOTAL.search(process.stdout)
    assert copy.total() == INCIDENT
    for command in one_stage:
        process = copy.run(command)
        assert process.returncode == 0, process.stdout
        assert "1 passed" in process.stdout and " deselected" in process.stdout, process.stdout
    change_settings(copy.folder, "threshold = 80", "threshold = 93")
    commit_all(copy.folder)  # pre-commit sets aside what is not staged.
    process = copy.run(every_stage)
    assert process.returncode != 0
    assert "Coverage 92.67%, threshold 93%: failed" in process.stdout, process.stdout
