"""Every render is clean in the eyes of the linters: nothing to change, no finding."""

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from allpairspy import AllPairs

from conftest import COLLECTORS, MANAGERS, recorded_answers
from copier_coverage.audit import findings
from workshop.act import WORKFLOW
from workshop.rendering import ROOT, render

UNUSUAL = {
    "project_name": "The 2nd Order-Service.app",
    "package_name": "the_second_order_service_of_the_company",
    "python_versions": ["3.12"],
    "source_dir": "services/orders/source",
    "test_command": "-m pytest -x --import-mode=importlib tests/unit",
    "coverage_threshold": "92.67",
}
FLAT = {"package_name": "orders", "source_dir": "orders"}

CHOICES = {
    "texts": [{}, UNUSUAL, FLAT],
    "package_manager": MANAGERS,
    "task_runners": [["make"], [], ["make", "invoke"], ["invoke", "just", "poe"]],
    "collector": [*COLLECTORS, "command"],
    "branch_coverage": [True, False],
    "operating_systems": [
        ["ubuntu-latest"],
        ["ubuntu-24.04-arm", "macos-latest", "windows-latest"],
        ["windows-latest"],
    ],
    "changed_lines_threshold": ["0", "90"],
    "shards": [1, 3],
    "working_directory": [".", "backend", "services/api"],
    "existing": [False, True],
    "workflow": ["own", "join"],
    "ci_providers": [["github"], ["gitlab"], ["github", "gitlab"]],
}


@pytest.fixture(scope="module")
def renders(tmp_path_factory):
    """A folder with a render for each pair of choices."""
    folder = tmp_path_factory.mktemp("renders")
    for number, (texts, *values) in enumerate(AllPairs(list(CHOICES.values()))):
        answers = dict(zip(list(CHOICES)[1:], values, strict=True)) | texts
        if answers["collector"] == "command":
            answers |= {"shards": 1, "test_command": "tox run -e py"}
        if not answers["existing"]:
            answers["workflow"] = "own"
        render(folder / f"project{number}", **answers)
    return folder


def finds_nothing(*command: str | Path) -> None:
    """Run a linter; fail with its findings if it has any."""
    process = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.returncode == 0, process.stdout


def workflows(renders: Path) -> list[Path]:
    found = sorted(renders.glob(f"*/{WORKFLOW.parent}/*.yml"))
    assert {path.name for path in found} == {"backend-ci.yml", "coverage.yml"}
    return found


@pytest.mark.parametrize("length", ["88", "120"])
def test_ruff_format_changes_nothing(renders, length):
    finds_nothing("ruff", "format", "--check", "--isolated", "--line-length", length, renders)


def test_ruff_finds_nothing(renders):
    # Not E501: how long a test command is, is up to the user.
    finds_nothing("ruff", "check", "--isolated", "--extend-select", "B,I,PTH,RUF,SIM,UP,W", renders)


def test_yamllint_finds_nothing(renders):
    finds_nothing("yamllint", "--strict", "--config-file", ROOT / ".yamllint", renders)


def test_actionlint_and_shellcheck_find_nothing(renders):
    finds_nothing("actionlint", *workflows(renders))


def test_zizmor_finds_nothing(renders):
    actions = sorted(renders.glob("*/.github/actions/*/action.yml"))
    assert actions
    files = [*workflows(renders), *actions]
    finds_nothing("zizmor", "--offline", "--no-progress", "--persona", "auditor", *files)


def test_audit_finds_nothing(renders):
    for project in renders.iterdir():
        assert findings(working_directory(project)) == {}, project


def test_workflow_follows_its_schema(renders):
    finds_nothing(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows(renders)
    )


def test_pipeline_follows_its_schema(renders):
    found = [*renders.glob("*/.gitlab-ci.yml"), *renders.glob("*/.gitlab/ci/*.yml")]
    assert {path.name for path in found} == {".gitlab-ci.yml", "coverage.yml"}
    # GitLab's own tag, !reference, is none of YAML's.
    transform = ("--data-transform", "gitlab-ci")
    finds_nothing("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *transform, *found)


def test_no_line_has_trailing_space_or_lacks_its_end(renders):
    for file in renders.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert text.endswith("\n") and not text.endswith("\n\n"), file
            assert not any(line != line.rstrip() for line in text.splitlines()), file


def test_no_jinja_is_left(renders):
    for file in renders.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert "[[ " not in text and "{%" not in text and " ]]" not in text, file


def test_no_exit_code_is_swallowed(renders):
    for file in renders.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            for word in ("|| true", "warn=True", "continue-on-error", "| tee", "awk"):
                assert word not in text, file


def working_directory(project: Path) -> Path:
    """Return the folder of the Python project in a render."""
    return project / recorded_answers(project)["working_directory"]


def test_default_render_is_short(tmp_path):
    """What a reviewer reads for the first time; the program is the same in every project."""
    files = [path for path in render(tmp_path).rglob("*") if path.is_file()]
    assert len(files) <= 11
    own = [path for path in files if path.name != "coverage_gate.py"]
    assert sum(len(path.read_text().splitlines()) for path in own) <= 270


@pytest.mark.parametrize("name", ["coverage.mk", "coverage_tasks.py"])
def test_entry_point_is_short_and_leaves_the_stages_to_the_program(tmp_path, name):
    text = (render(tmp_path, task_runners=["make", "invoke"]) / name).read_text()
    assert len(text.splitlines()) <= 27
    assert "coverage_gate.py" in text
    assert "coverage run" not in text and "fail-under" not in text


def test_justfile_is_formatted(renders):
    files = [*renders.rglob("justfile"), *renders.rglob("coverage.just")]
    assert files
    for file in files:
        finds_nothing("just", "--unstable", "--fmt", "--check", "--justfile", file)


def test_pyproject_is_what_was_asked_for(tmp_path):
    project = tomllib.loads((render(tmp_path, **UNUSUAL) / "pyproject.toml").read_text())
    assert project["project"]["name"] == "the-2nd-order-service.app"
    assert project["project"]["requires-python"] == ">=3.12"
    assert project["tool"]["coverage"]["run"]["source"] == ["services/orders/source"]
    # The gate takes its threshold from the command line: with one here, reports would decide too.
    assert "fail_under" not in project["tool"]["coverage"]["report"]


def test_actions_are_pinned_once(renders):
    pins = (ROOT / "includes" / "actions.jinja").read_text()
    for workflow in workflows(renders):
        for line in workflow.read_text().splitlines():
            if "uses:" in line:
                assert json.dumps(line.partition("uses: ")[2]) in pins
