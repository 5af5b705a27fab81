"""The command, in a folder whose code leaves a mark when it is run: none of it is."""

import os
import sys
from pathlib import Path

import pytest
from test_command import typed

from adopting import PYPROJECT
from conftest import git
from workshop.act import commit_all
from workshop.rendering import ROOT

MAKEFILE = "test:\n\tpytest\n\tcoverage report --fail-under=80 || true # \x1b[31m\n"
MODULES = ("yaml", "rich", "copier", "invoke", "repo_review", "tomlkit", "jinja2", "coverage")
COMMAND = Path(sys.executable).with_name("copier-coverage")


@pytest.fixture
def hostile(tmp_path):
    """A repository with modules, settings of Invoke and Copier, and a plugin, that leave a mark."""
    folder = tmp_path / "hostile"
    mark = f"open({str(tmp_path / 'mark')!r}, 'a').write(__file__)\n"
    names = [*MODULES, "tasks", "setup", "noxfile", "conftest", "sitecustomize", "src/hostile/a"]
    files = {f"{name}.py": mark for name in names} | {
        "src/hostile/__init__.py": mark,
        "tests/test_a.py": f"import pytest\n{mark}",
        "tasks.py": f"import invoke\n{mark}",
        "invoke.yaml": f"run: {{shell: touch {tmp_path / 'mark'}}}\n",
        "copier.yml": f"_tasks: [touch {tmp_path / 'mark'}]\n",
        "evil.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
        "evil.dist-info/entry_points.txt": "[repo_review.checks]\nx = setup:x\n",
        "pyproject.toml": PYPROJECT,
        "Makefile": MAKEFILE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    commit_all(folder)
    return folder


@pytest.mark.parametrize("command", [[COMMAND], [sys.executable, "-P", "-m", "invoke"]])
def test_audit_runs_nothing_of_it(hostile, tmp_path, command):
    folder = hostile if command[0] == COMMAND else ROOT
    process = typed(*command, "audit", "." if folder == hostile else hostile, folder=folder)
    assert process.returncode == 3, process.stdout
    assert "Makefile:3" in process.stdout
    assert "\x1b" not in process.stdout
    assert not (tmp_path / "mark").exists()


def test_adopt_runs_nothing_of_it(hostile, tmp_path):
    options = ("--defaults", "--template", str(ROOT))
    process = typed(COMMAND, "adopt", ".", *options, folder=hostile)
    assert process.returncode == 0, process.stdout
    assert "coverage_gate.py" in git(hostile, "status", "--porcelain")
    assert "\x1b" not in process.stdout
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("path", ["gh:owner/repository", "Makefile", "nowhere"])
def test_audit_takes_a_directory_and_fetches_nothing(hostile, path):
    process = typed(COMMAND, "audit", path, folder=hostile)
    assert process.returncode == 1
    assert "Clone the repository, and name the directory of the project" in process.stdout
    assert "Traceback" not in process.stdout


def test_audit_says_which_file_it_cannot_read(hostile):
    (hostile / "Makefile").unlink()
    (hostile / "Makefile").write_text("\n" * 1_000_000)
    process = typed(COMMAND, "audit", ".", folder=hostile)
    assert process.returncode == 1
    assert "Makefile has more than 1 MB or 20,000 lines" in process.stdout
    assert "Traceback" not in process.stdout
    assert os.linesep * 5 not in process.stdout
