"""Real projects, adopted: they pass by one command, with their own total, and nothing is lost."""

import json
import re
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from adopting import adopt, gate_settings
from conftest import git, recorded_answers
from copier_coverage.adopt.verify import ranges
from copier_coverage.project.settings import coverage_settings, listed
from workshop.act import commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import ROOT, TEMPLATE

ROW = re.compile(
    r"^\| ([\w-]+) ([\d.]+) \| .* \| `(.*)` \| ([\d.]+) \| ([\d.]+) \| (.*?) ?\|$", re.MULTILINE
)
ROWS = ROW.findall((ROOT / "docs" / "adopted-projects.md").read_text())

# For the measurement before, what the tests of a project need that tox installs.
NEEDED = {
    "itsdangerous": "pytest freezegun",
    "tblib": "pytest pytest-benchmark twisted",
    "django-axes": "-r requirements.txt",
}

pytestmark = pytest.mark.long


@dataclass
class Adopted:
    """A project that was adopted, with its report before and after.

    Attributes:
        project: the project, its last commit but one as it came.
        said: what adopt printed.
        exit_code: that of the command that runs all stages, the last one that adopt names.
        before: coverage's report by its own settings.
        after: coverage's report by that command.
        row: its row of the documentation.
    """

    project: RenderedProject
    said: str
    exit_code: int
    before: dict
    after: dict
    row: tuple[str, ...]


def download(name: str, version: str, cache: Path) -> Path:
    """Return a source distribution; what an earlier run has downloaded is taken again."""
    stem = f"{name.replace('-', '_')}-{version}.tar.gz"
    if not (cache / stem).exists():
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            name,
        ]
        subprocess.run([*command, "--dest", cache, f"{name}=={version}"], check=True)
    return cache / stem


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: f"({row[0]})")
def adopted(request, tmp_path_factory):
    name, version, command, *_ = request.param
    folder = tmp_path_factory.mktemp(name)
    with tarfile.open(download(name, version, request.config.cache.mkdir("sdists"))) as archive:
        archive.extractall(folder, filter="data")
    root = next(folder.iterdir())
    commit_all(root)
    invoke = [Path(sys.executable).with_name("invoke"), "adopt", root, "--defaults"]
    said = subprocess.run(invoke, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    commit_all(root)
    answers = recorded_answers(root)
    project = RenderedProject(root, answers["package_manager"])
    project.install()
    commands = [line.strip() for line in said.partition("\nNext\n")[2].splitlines()]
    exit_code = project.run(
        commands[commands.index('git commit --all -m "Adopt copier-coverage"') - 1]
    ).returncode
    after = json.loads((root / "coverage.json").read_text())

    project.run(stage_of(project, "coverage erase"))
    git(root, "checkout", "--quiet", "HEAD~1")
    run = TEMPLATE.managers[project.manager]["run"].replace("uv run", "uv run --no-sync")
    python = TEMPLATE.managers[project.manager]["python"].replace("uv run", "uv run --no-sync")
    run = run if command.startswith("coverage") or project.manager != "pip" else ""
    # What tox installs in an environment of its own.
    if name in NEEDED:
        project.check(f"{python} -m ensurepip && {python} -m pip install -q {NEEDED[name]}")
    project.check(f"{run}{command}")
    if list(root.glob(".coverage.*.*")):
        project.check(f"{python} -m coverage combine")
    project.check(f"{python} -m coverage json -o before.json --fail-under=0")
    before = json.loads((root / "before.json").read_text())
    git(root, "checkout", "--quiet", "--force", "-")
    return Adopted(project, said, exit_code, before, after, request.param)


def stage_of(project: RenderedProject, command: str) -> str:
    return TEMPLATE.managers[project.manager]["run"] + command


def test_all_stages_pass(adopted):
    """Or the gate fails, where the project's own would: pyflakes' plugin asks for 100%."""
    total = adopted.after["totals"]["percent_covered"]
    threshold = float(gate_settings(adopted.project.folder)["threshold"])
    assert adopted.exit_code == (0 if total >= threshold else 2)
    assert (total >= threshold) == (adopted.row[0] != "pyflakes")


def test_total_is_that_of_its_own_settings_or_each_line_is_explained(adopted):
    *_, before, after, why = adopted.row
    assert f"{adopted.before['totals']['percent_covered']:.2f}" == before
    assert f"{adopted.after['totals']['percent_covered']:.2f}" == after
    more, less = (
        differences(adopted.after, adopted.before),
        differences(adopted.before, adopted.after),
    )
    # The gate job of CI does not have what git ignores, so nothing is measured there.
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin"],
        cwd=adopted.project.folder,
        input="\n".join(adopted.before["files"]),
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    ).stdout.split()
    assert [line for line in less.split("; ") if line and line.split()[0] not in ignored] == []
    assert all(name in why.replace("\\", "") for name in ignored)
    assert more == why.replace("\\", "").partition(": ")[2]


def differences(one: dict, other: dict) -> str:
    """Return the lines that ran by one report and not by the other."""
    found = []
    for file, report in sorted(one["files"].items()):
        lines = set(report["executed_lines"]) - set(
            other["files"].get(file, {}).get("executed_lines", [])
        )
        if lines:
            found.append(f"{file} {ranges(lines)}")
    return "; ".join(found)


def test_no_line_is_lost(adopted):
    root = adopted.project.folder
    said = [line.strip("✔ ") for line in adopted.said.splitlines()]
    patch = git(root, "diff", "--unified=0", "--no-renames", "HEAD~1", "HEAD")
    for file in re.split(r"^diff --git ", patch, flags=re.MULTILINE)[1:]:
        name = re.match(r"a/(\S+)", file)[1]
        added = [
            line[1:]
            for line in file.splitlines()
            if line.startswith("+") and not line.startswith("+++")
        ]
        for line in file.splitlines():
            if re.match(r"-(?!-- )\s*\S", line) and line[1:] not in added:
                changes = [change for change in said if change.startswith(f"{name}:")]
                words = {word for change in changes for word in re.findall(r"[\w-]+", change)}
                moved = any("moved to pyproject.toml" in change for change in changes)
                assert moved or set(re.findall(r"[\w-]+", line[1:])) & words, f"{name}: {line}"


def test_each_setting_stays_or_its_change_was_printed(adopted):
    root = adopted.project.folder
    after = coverage_settings(root)["pyproject.toml"]
    git(root, "checkout", "--quiet", "HEAD~1")
    before = next(iter(coverage_settings(root).values()), {})
    git(root, "checkout", "--quiet", "-")
    for table, keys in before.items():
        for key, value in keys.items():
            now = after.get(table, {}).get(key, "")
            # An INI file has true for True.
            same = str(listed(now)).lower() == str(listed(value)).lower()
            assert same or f"{table}.{key} " in adopted.said


def test_adopting_again_changes_nothing(adopted, tmp_path):
    git(tmp_path, "clone", "--quiet", str(adopted.project.folder), "again")
    root = tmp_path / "again"
    adopt(root, defaults=True)
    assert git(root, "diff", "--cached") == ""
