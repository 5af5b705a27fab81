"""The command copier-coverage, as users install it."""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from adopting import PYPROJECT
from conftest import git
from workshop.act import commit_all
from workshop.rendered import FOREIGN
from workshop.rendering import ROOT

BIN = "Scripts" if os.name == "nt" else "bin"


def typed(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a person's shell would, in a folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.run(command, cwd=folder, env=env, check=False, text=True, **pipes)


@pytest.fixture
def users(tmp_path):
    """A user's repository, with a Makefile that swallows the exit code of its gate."""
    folder = tmp_path / "users"
    (folder / "src" / "incident").mkdir(parents=True)
    (folder / "src" / "incident" / "__init__.py").touch()
    (folder / "test_incident.py").touch()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "Makefile").write_text("check:\n\tcoverage report --fail-under=80 || true\n")
    commit_all(folder)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The command of a wheel that was built, and installed into an empty environment."""
    folder = tmp_path_factory.mktemp("wheel")
    for command in (
        ["uv", "build", "--quiet", "--wheel", "--out-dir", folder, ROOT],
        ["uv", "venv", "--quiet", folder / "environment"],
        ["uv", "pip", "install", "--quiet", "--python", folder / "environment", next],
    ):
        if command[-1] is next:
            command[-1] = next(folder.glob("*.whl"))
        process = typed(*command, folder=folder)
        assert process.returncode == 0, process.stdout
    return folder / "environment" / BIN / "copier-coverage"


def test_says_its_version(installed, tmp_path):
    assert (
        typed(installed, "--version", folder=tmp_path).stdout
        == f"copier-coverage {version('copier-coverage')}\n"
    )


def test_audits(installed, users):
    process = typed(installed, "audit", ".", folder=users)
    assert process.returncode == 3
    assert "Makefile:2: coverage report --fail-under=80 || true" in process.stdout
    (users / "Makefile").write_text("check:\n\tcoverage report --fail-under=80\n")
    assert typed(installed, "audit", ".", folder=users).returncode == 0


def test_adopts_the_template_that_it_is_given(installed, users, template):
    process = typed(
        installed, "adopt", ".", "--defaults", "--template", str(template), folder=users
    )
    assert process.returncode == 0, process.stdout
    assert "coverage_gate.py" in git(users, "status", "--porcelain")


def test_wheel_that_does_not_say_where_its_template_is_asks_for_it(installed, users):
    process = typed(installed, "adopt", ".", "--defaults", folder=users)
    assert process.returncode == 1
    assert "copier-coverage adopt PATH --template ADDRESS" in process.stdout
    assert git(users, "status", "--porcelain") == ""


@pytest.mark.parametrize("address", ["{}", "git+file://{}"])
def test_adopts_the_template_of_the_clone_or_address_that_it_was_installed_from(
    users, template, address
):
    command = ["uvx", "--quiet", "--from", address.format(template), "copier-coverage"]
    process = typed(*command, "adopt", ".", "--defaults", folder=users)
    assert process.returncode == 0, process.stdout
    assert "coverage_gate.py" in git(users, "status", "--porcelain")
    answers = (users / ".copier-answers.yml").read_text()
    assert str(template) in answers
