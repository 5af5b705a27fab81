"""Random projects through the whole pipeline: the total is the one by design.

A refusal is followed, and then the total must be true.
"""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workshop.random_projects import RandomProject, random_project
from workshop.rendered import FOREIGN

NORMAL, LONG = range(24), range(24, 300)


@pytest.fixture(scope="session")
def python(install_sample) -> Path:
    """The Python of an environment with what the tests need."""
    folder = install_sample("incident").folder / ".venv"
    return folder / ("Scripts" if os.name == "nt" else "bin") / "python"


def measured(project: RandomProject, python: Path) -> subprocess.CompletedProcess[str]:
    """Run the test stage as each job does, and the others as the gate job does."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    env["PYTHONPATH"] = str(project.folder / "src")

    def stages(arguments: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        command = [python, "coverage_gate.py", *arguments]
        environment = env | variables
        return subprocess.run(
            command, cwd=project.folder, env=environment, text=True, check=False, **pipes
        )

    total = str(len(project.jobs))
    for number, tests in enumerate(project.jobs):
        paths = [f"tests/{name}.py" for name in tests]
        name = f"c0ffee.1.{number}"
        process = stages(["test", "--", "-q", *paths], GATE_NAME=name, GATE_JOBS=total)
        if process.returncode:
            return process
        delivered = project.folder / "coverage-data" / str(number)
        delivered.mkdir(parents=True)
        for path in [*project.folder.glob(".coverage.*"), project.folder / ".coverage-gate"]:
            shutil.move(path, delivered)
    return stages(["collect", "combine", "report", "gate"], GATE_NAME="c0ffee")


def with_entries(project: RandomProject, process: subprocess.CompletedProcess[str]) -> None:
    """Do what a refusal says: put entries first in [tool.coverage.paths]."""
    heading = "[tool.coverage.paths]\n"
    entries = process.stdout.partition("Put this first in [tool.coverage.paths]:\n")[2]
    settings = project.folder / "pyproject.toml"
    settings.write_text(settings.read_text().replace(heading, heading + entries))
    shutil.rmtree(project.folder / "coverage-data")
    for path in project.folder.glob(".coverage.*"):
        path.unlink()


def assert_true(project: RandomProject, process: subprocess.CompletedProcess[str]) -> None:
    """Assert that the total is the true one, or that the program says what is missing."""
    assert process.returncode in (0, 2), f"{project.kinds}\n{process.stdout}"
    report = json.loads((project.folder / "coverage.json").read_bytes())
    found = report["totals"]["percent_covered"]
    if "killed" in project.kinds and found <= project.total:
        assert "killed, or still running" in process.stdout, process.stdout
        return
    assert math.isclose(found, project.total), f"{project.kinds} {project.total}\n{process.stdout}"
    assert process.returncode == (0 if found >= 50 else 2)


@pytest.mark.parametrize(
    "seed", [*NORMAL, *(pytest.param(seed, marks=pytest.mark.long) for seed in LONG)]
)
def test_total_is_the_one_by_design(tmp_path, python, seed):
    project = random_project(seed, tmp_path / "project", killed=seed % 6 == 5)
    process = measured(project, python)
    if "Put this first in [tool.coverage.paths]" in process.stdout:
        with_entries(project, process)
        process = measured(project, python)
    assert_true(project, process)
