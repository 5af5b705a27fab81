"""The five stages, really run: every package manager, both collectors, every task runner, in pairs.

The sample incident has 142 statements, 7 of them missed, and 8 branches, 4 of them missed.
"""

import contextlib
import os
import re
import shutil
import struct
import subprocess

import pytest

from conftest import RUNNERS, projects
from workshop.proof.catalogue.samples import INCIDENT, runs_copy
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE, render

if os.name != "nt":
    import fcntl
    import pty
    import termios

STAGES = ("erase", "test", "combine", "report", "gate")

GATE = "uv run python coverage_gate.py"
LEAVE_WITH_7 = """\
import pytest

def test_leaves_with_a_code_of_its_own():
    pytest.exit("the suite ends here", returncode=7)
"""


def test_total_is_true_and_the_gate_decides_by_it(incident, runner):
    process = incident.run(incident.stage(runner))
    assert process.returncode == 0, process.stdout
    assert incident.total() == INCIDENT
    assert process.stdout.count("TOTAL") == 1
    assert "Processes: 1 measured; each left its data." in process.stdout
    for report in ("htmlcov/index.html", "coverage.xml", "coverage.json"):
        assert (incident.folder / report).exists()
    process = incident.run(incident.stage(runner, "gate"), COVERAGE_FAIL_UNDER="93")
    assert process.returncode == 2, process.stdout


def test_failing_suite_never_passes(incident, runner, add_test):
    add_test(incident, LEAVE_WITH_7)
    process = incident.run(incident.stage(runner), COVERAGE_FAIL_UNDER="1")
    assert "the suite ends here" in process.stdout
    assert "coverage combine" not in process.stdout
    # Make has one code for every failure, and prints the command's.
    assert process.returncode == (2 if runner == "make" else 7)
    assert "Error 7" in process.stdout or runner == "invoke"


@pytest.mark.parametrize("uv_incident", projects(("uv", "pytest-cov")), indirect=True)
@pytest.mark.parametrize("addopts", ["--cov-fail-under=99", "--cov-config=tox.ini"])
def test_options_of_pytest_cov_decide_nothing(uv_incident, addopts):
    """Only the gate does: one process of one job has no total yet."""
    settings = uv_incident.folder / "pyproject.toml"
    complete = settings.read_text()
    try:
        settings.write_text(f'{complete}\n[tool.pytest.ini_options]\naddopts = "{addopts}"\n')
        process = uv_incident.run(GATE)
    finally:
        settings.write_text(complete)
    assert process.returncode == 0, process.stdout
    assert uv_incident.total() == INCIDENT


@pytest.mark.parametrize("uv_incident", projects(("uv", "pytest-cov")), indirect=True)
def test_tests_that_leave_no_data_are_refused(uv_incident):
    settings = uv_incident.folder / "pyproject.toml"
    complete = settings.read_text()
    try:
        settings.write_text(f'{complete}\n[tool.pytest.ini_options]\naddopts = "--no-cov"\n')
        process = uv_incident.run(f"{GATE} test")
    finally:
        settings.write_text(complete)
    assert process.returncode == 1
    assert "No data: the tests left no data file" in process.stdout


CHANGES = pytest.mark.parametrize(
    ("more", "refused"), [("  # A comment", False), ("; MORE = 1", True)]
)
CHANGED = "from incident import settings"
REFUSAL = "/src/incident/services.py, which is not src/incident/services.py. Install"


@CHANGES
def test_copy_that_a_test_runs_is_refused_if_it_is_other_code(uv_incident, add_test, more, refused):
    """Its data names it as the source: from where the process started."""
    (test,) = runs_copy("services", CHANGED, f"{CHANGED}{more}").values()
    add_test(uv_incident, test)
    process = uv_incident.run(f"{GATE} test")
    assert process.returncode == refused, process.stdout
    assert (REFUSAL in process.stdout) == refused


@CHANGES
def test_copy_that_the_tests_import_is_refused_if_it_is_other_code(
    uv_incident, tmp_path, more, refused
):
    """As the environment of one worktree has the source of another."""
    copy = shutil.copytree(uv_incident.folder / "src", tmp_path / "src")
    services = copy / "incident" / "services.py"
    services.write_text(services.read_text().replace(CHANGED, f"{CHANGED}{more}"))
    process = uv_incident.run(f"{GATE} test", PYTHONPATH=str(copy))
    assert process.returncode == refused, process.stdout
    assert (REFUSAL in process.stdout) == refused


def test_each_stage_alone_and_twice_does_no_harm(uv_incident):
    for stage in STAGES:
        uv_incident.check(f"{GATE} {stage}")
        again = uv_incident.run(f"{GATE} {stage}")
        if stage == "combine":
            assert "No data to combine" in again.stdout
            assert again.returncode != 0
        else:
            assert again.returncode == 0, again.stdout
    assert uv_incident.total() == INCIDENT


@pytest.mark.parametrize("stage", ["combine", "report", "gate"])
def test_stage_with_nothing_to_work_on_says_so_and_fails(install_sample, stage):
    project = install_sample("incident")
    project.check(f"{GATE} erase")
    process = project.run(f"{GATE} {stage}")
    assert process.returncode == 1
    assert "No data to" in process.stdout
    first = "test" if stage == "combine" else "test combine"
    assert f"First run: python coverage_gate.py {first}\n" in process.stdout


def test_arguments_go_to_the_tests(incident, runner):
    manager = TEMPLATE.managers[incident.manager]
    run = manager.get("run_with_dashes", manager["run"])
    test = {
        "make": "make test ARGS='-k \"large or label\"'",
        "invoke": f"{run}invoke test -- -k 'large or label'",
    }
    assert "2 passed, 4 deselected" in incident.check(test[runner])


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """The starter with all entry points, installed."""
    folder = tmp_path_factory.mktemp("starter") / "orders"
    answers = {"task_runners": RUNNERS, "coverage_threshold": "100"}
    project = RenderedProject(render(folder, **answers))
    project.install()
    return project


@pytest.mark.parametrize(
    ("all_stages", "some_tests", "erase"),
    [
        ("just coverage", "just test -k 'name and not child'", "just coverage-erase"),
        (
            "uv run poe coverage",
            "uv run poe test -k 'name and not child'",
            "uv run poe coverage-erase",
        ),
        (GATE, f"{GATE} test -- -k 'name and not child'", f"{GATE} erase"),
    ],
    ids=["just", "poe", "none"],
)
def test_other_entry_points(starter, all_stages, some_tests, erase):
    assert "Coverage 100.00%, threshold 100%: passed, 0.00 points above" in starter.check(
        all_stages
    )
    assert "1 passed, 1 deselected" in starter.check(some_tests)
    starter.check(erase)
    assert {path.name for path in starter.folder.glob(".coverage*")} == {".coverage-gate"}


SLOW = """\
import time


def test_slow():
    print("started", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no such terminal on Windows")
@pytest.mark.parametrize(
    "tests",
    [
        "make test ARGS=-s",
        "uv run invoke test -- -s",
        "just test -s",
        "uv run poe test -s",
        f"{GATE} test -- -s",
    ],
    ids=["make", "invoke", "just", "poe", "none"],
)
def test_tests_have_the_terminal(starter, add_test, tests):
    """They have its colours and width, and Ctrl-C ends with the lines of pytest."""
    add_test(starter, SLOW)
    output = typed_in_terminal(starter, tests, width=137)
    green = "\x1b[32m"
    assert f"{green}=" in output
    assert any(len(re.sub(r"\x1b\[\d*m", "", line)) == 137 for line in output.splitlines())
    _, _, after = output.partition("^C")
    assert "KeyboardInterrupt" in after and "no tests ran" in after
    assert "Traceback" not in after and "coverage_gate.py" not in after


def typed_in_terminal(project, command, width):
    """Run a command in a terminal of a width, press Ctrl-C once a test runs; return the output."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    process = subprocess.Popen(
        ["setsid", "--ctty", "sh", "-c", command],
        cwd=project.folder,
        env=project.environment() | {"TERM": "xterm"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    output = ""
    with contextlib.suppress(OSError):  # The terminal is closed.
        while text := os.read(main, 65536).decode(errors="replace"):
            output += text
            if "started" in output and "^C" not in output:
                os.write(main, b"\x03")
                output += os.read(main, 65536).decode(errors="replace")
    process.wait(timeout=60)
    os.close(main)
    return output


@pytest.mark.parametrize(
    "lists", ["make", "make help", "just", "uv run poe", "uv run invoke --list"]
)
def test_targets_are_listed(starter, lists):
    listed = starter.run(lists).stdout
    for name in ("test", "coverage", "erase", "combine", "report", "gate", "update"):
        assert name in listed


@pytest.mark.parametrize(
    ("manager", "source_dir"),
    [("uv", "orders"), ("poetry", "services/api")],
)
def test_starter_of_any_layout_is_installed_and_passes(tmp_path, manager, source_dir):
    answers = {"project_name": "Order Service", "package_name": "orders", "source_dir": source_dir}
    project = RenderedProject(
        render(tmp_path, package_manager=manager, coverage_threshold="100", **answers), manager
    )
    project.install()
    project.check("make coverage-test coverage-combine coverage-gate")
