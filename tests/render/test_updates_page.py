"""The files of docs/updates.md: their schemas, and that each pin has one owner."""

import json
import subprocess
import sys
from pathlib import Path

import copier
import pytest
import yaml
from test_rendered_files import finds_nothing

from conftest import NEWEST
from pages import sections
from workshop.act import commit_all, real_actions, used_actions
from workshop.rendering import ROOT, TEMPLATE, render

FILES = {
    name: text
    for section in sections("updates.md").values()
    for name, text in section.files.items()
}
SCHEMAS = {
    ".github/dependabot.yml": "vendor.dependabot",
    ".github/workflows/template.yml": "vendor.github-workflows",
    "renovate.json": "vendor.renovate",
}


@pytest.fixture
def written(tmp_path):
    """A folder with the files of the page."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_files_follow_their_schemas(written):
    assert FILES.keys() == SCHEMAS.keys()
    for name, schema in SCHEMAS.items():
        finds_nothing("check-jsonschema", "--builtin-schema", schema, written / name)


def test_linters_find_nothing(written):
    files = [written / name for name in FILES if name.endswith(".yml")]
    finds_nothing("yamllint", "--strict", "--config-file", ROOT / ".yamllint", *files)
    workflow = written / ".github/workflows/template.yml"
    finds_nothing("actionlint", workflow)
    finds_nothing("zizmor", "--offline", "--no-progress", "--persona", "auditor", *files)
    for action, ref, _ in used_actions(workflow):
        assert ref == real_actions()[action]["sha"]


def pinned_files(folder: Path, **answers: object) -> set[str]:
    """Return the files of a render that name an action, by their path."""
    root = render(folder, **answers)
    files = (path for path in (root / ".github").rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix() for path in files if "uses: " in path.read_text()}


def test_bots_leave_the_pins_of_the_template_alone(tmp_path):
    pinned = pinned_files(tmp_path / "own")
    pinned |= pinned_files(tmp_path / "joined", existing=True, workflow="join", package_name="a")
    actions, floors = json.loads(FILES["renovate.json"])["packageRules"]
    patterns = actions["matchFileNames"]
    assert actions["enabled"] is False
    for name in pinned:
        assert name in patterns or f"{Path(name).parent.as_posix()}/**" in patterns, name
    assert floors["matchDepNames"] == sorted(TEMPLATE.floors)
    *_, github = yaml.safe_load(FILES[".github/dependabot.yml"])["updates"]
    # With `directory: /`, Dependabot looks into no local action.
    assert {*github["exclude-paths"]} == {name for name in pinned if "/workflows/" in name}


@pytest.mark.parametrize(("version", "code"), [("0.3.0", 2), (NEWEST, 0)])
def test_weekly_check_fails_when_there_is_a_newer_release(template, tmp_path, version, code):
    copier.run_copy(str(template), tmp_path, vcs_ref=f"v{version}", defaults=True, quiet=True)
    commit_all(tmp_path)
    steps = yaml.safe_load(FILES[".github/workflows/template.yml"])["jobs"]["check"]["steps"]
    pipx, run, *command = steps[-1]["run"].split()
    assert (pipx, run) == ("pipx", "run")
    command[0] = str(Path(sys.executable).with_name(command[0]))
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == code
