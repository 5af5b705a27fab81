"""Stand-ins for GitHub's actions: what the real ones do, as far as the workflow relies on it."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from workshop.act import STAND_INS, WORKFLOW, real_actions, refuse_unknown_inputs, used_actions
from workshop.rendering import render

ACTIONS = sorted(folder.name for folder in STAND_INS.iterdir() if folder.is_dir())


def definition(action: str) -> dict:
    return yaml.safe_load((STAND_INS / action / "action.yml").read_text())


@pytest.fixture
def play(tmp_path):
    """Return a function that plays a stand-in with inputs, as a runner does.

    It has a workspace and a store.
    """
    for name in ("workspace", "store", "temp"):
        (tmp_path / name).mkdir()

    def run(action: str, **given: str) -> subprocess.CompletedProcess[str]:
        given = {name.replace("_", "-"): value for name, value in given.items()}
        inputs = {
            name: str(input.get("default", ""))
            for name, input in definition(action)["inputs"].items()
        } | given
        (step,) = definition(action)["runs"]["steps"]
        env = os.environ | {
            "INPUTS": json.dumps(inputs),
            "VERSION": inputs.get("python-version", ""),
            "ARTIFACT_STORE": str(tmp_path / "store"),
            "GITHUB_ACTION_PATH": str(STAND_INS / action),
            "GITHUB_ENV": str(tmp_path / "env"),
            "GITHUB_PATH": str(tmp_path / "path"),
            "GITHUB_WORKSPACE": str(tmp_path / "workspace"),
            "RUNNER_TEMP": str(tmp_path / "temp"),
        }
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=tmp_path / "workspace",
            env=env,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


@pytest.fixture
def workspace(tmp_path, play):
    """A workspace with two parts, two reports and a folder in which one file is hidden."""
    folder = tmp_path / "workspace"
    (folder / "htmlcov").mkdir()
    for name in (
        ".coverage.1",
        ".coverage.2",
        "a.xml",
        "b.xml",
        "htmlcov/index.html",
        "htmlcov/.gitignore",
    ):
        (folder / name).write_text(name)
    return folder


def names(tmp_path, artifact="artifact"):
    """Return the names of the files in an artifact, or nothing if there is none."""
    if not (tmp_path / "store" / f"{artifact}.zip").exists():
        return set()
    with zipfile.ZipFile(tmp_path / "store" / f"{artifact}.zip") as archive:
        return set(archive.namelist())


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("action", ACTIONS)
def test_inputs_and_defaults_are_those_of_the_real_action(action):
    (real,) = (real for name, real in real_actions().items() if name.endswith(f"/{action}"))
    for name, played in definition(action)["inputs"].items():
        assert real["inputs"][name]["default"] == played.get("default"), name
        assert real["inputs"][name]["required"] == played.get("required", False), name


def test_stand_ins_are_of_the_releases_that_the_template_pins(tmp_path):
    for action, ref, _ in used_actions(render(tmp_path) / WORKFLOW):
        assert real_actions()[action]["sha"] == ref, (
            f"{action}: look at what is new, then fix tests/actions"
        )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "include-hidden-files: true",
            "include-hidden: true",
            "actions/upload-artifact has no input ['include-hidden']",
        ),
        ("pattern: coverage-data-*", "run-id: 1", "does not support ['run-id']"),
    ],
)
def test_input_that_the_action_or_its_stand_in_lacks_is_refused(tmp_path, old, new, reason):
    workflow = render(tmp_path) / WORKFLOW
    text = workflow.read_text()
    assert old in text
    workflow.write_text(text.replace(old, new))
    with pytest.raises(ValueError) as error:
        refuse_unknown_inputs(workflow)
    assert reason in str(error.value)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".coverage.*", {".coverage.1", ".coverage.2"}),
        (".coverage.1", {".coverage.1"}),
        ("htmlcov/", {".gitignore", "index.html"}),
        ("htmlcov", {".gitignore", "index.html"}),
        ("a.xml", {"a.xml"}),
        ("*.xml\n!b.xml", {"a.xml"}),
        ("htmlcov\na.xml\n", {"htmlcov/.gitignore", "htmlcov/index.html", "a.xml"}),
        ("**/index.html", {"htmlcov/index.html"}),
    ],
)
def test_upload_takes_what_the_path_names(play, workspace, tmp_path, path, found):
    process = play("upload-artifact", path=path, include_hidden_files="true")
    assert process.returncode == 0, process.stdout
    assert names(tmp_path) == found


@pytest.mark.parametrize("path", [".coverage.*", ".coverage.1", "htmlcov/.gitignore"])
def test_upload_leaves_hidden_files_out_unless_asked_for(play, workspace, tmp_path, path):
    assert play("upload-artifact", path=path, if_no_files_found="error").returncode == 1
    assert names(tmp_path) == set()
    assert play("upload-artifact", path=path, include_hidden_files="true").returncode == 0


def test_upload_leaves_a_hidden_file_of_a_folder_out(play, workspace, tmp_path):
    assert play("upload-artifact", path="htmlcov").returncode == 0
    assert names(tmp_path) == {"index.html"}


@pytest.mark.parametrize(
    ("behaviour", "code"), [("warn", 0), ("ignore", 0), ("error", 1), ("fail", 1)]
)
def test_upload_of_nothing(play, workspace, tmp_path, behaviour, code):
    process = play("upload-artifact", path="none", if_no_files_found=behaviour)
    assert process.returncode == code
    assert names(tmp_path) == set()
    assert "No files were found" in process.stdout or behaviour == "fail"


def test_second_upload_under_one_name_fails_unless_it_overwrites(play, workspace, tmp_path):
    assert play("upload-artifact", path="a.xml", name="parts").returncode == 0
    process = play("upload-artifact", path="b.xml", name="parts")
    assert process.returncode == 1
    assert "409" in process.stdout
    assert names(tmp_path, "parts") == {"a.xml"}
    assert play("upload-artifact", path="b.xml", name="parts", overwrite="true").returncode == 0
    assert names(tmp_path, "parts") == {"b.xml"}


@pytest.mark.parametrize(
    ("action", "name"), [("upload-artifact", "overwrite"), ("download-artifact", "merge-multiple")]
)
def test_input_that_is_neither_true_nor_false_fails(play, workspace, action, name):
    process = play(action, path="a.xml", **{name: "yes"})
    assert process.returncode == 1
    assert "YAML 1.2" in process.stdout


@pytest.fixture
def stored(play, workspace):
    """Two artifacts of one part each, and one of reports; the workspace is empty."""
    for number in "12":
        name = f"parts-{number}"
        play("upload-artifact", path=f".coverage.{number}", name=name, include_hidden_files="true")
    play("upload-artifact", path="a.xml", name="reports")
    for path in workspace.rglob("*"):
        if path.is_file():
            path.unlink()


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({}, {"parts-1/.coverage.1", "parts-2/.coverage.2", "reports/a.xml"}),
        ({"merge_multiple": "true"}, {".coverage.1", ".coverage.2", "a.xml"}),
        ({"pattern": "parts-*"}, {"parts-1/.coverage.1", "parts-2/.coverage.2"}),
        ({"pattern": "parts-*", "merge_multiple": "true"}, {".coverage.1", ".coverage.2"}),
        (
            {"pattern": "parts-*", "merge_multiple": "true", "path": "below"},
            {"below/.coverage.1", "below/.coverage.2"},
        ),
        # Since v5, a pattern that only one artifact has makes no folder for it.
        ({"pattern": "parts-1"}, {".coverage.1"}),
        ({"pattern": "none-*"}, set()),
        ({"name": "reports", "path": "below"}, {"below/a.xml"}),
    ],
)
def test_download_puts_the_artifacts_where_it_is_told(play, workspace, stored, inputs, found):
    process = play("download-artifact", **inputs)
    assert process.returncode == 0, process.stdout
    assert files(workspace) == found


def test_download_of_a_name_that_no_artifact_has_fails(play, stored):
    process = play("download-artifact", name="none")
    assert process.returncode == 1
    assert "Artifact not found for name: none" in process.stdout


def test_download_of_an_artifact_that_was_changed_fails(play, stored, tmp_path):
    with (tmp_path / "store" / "parts-1.zip").open("ab") as file:
        file.write(b"changed")
    process = play("download-artifact", pattern="parts-*")
    assert process.returncode == 1
    assert "'parts-1' digest validation failed" in process.stdout


@pytest.mark.parametrize("action", ["setup-uv", "setup-python"])
def test_set_up_fails_without_the_version_of_python(play, tmp_path, action):
    assert play(action, python_version="3.11").returncode == 0
    assert (
        "3.11" in (tmp_path / "env").read_text()
        if action == "setup-uv"
        else (tmp_path / "path").exists()
    )
    process = play(action, python_version="3.99")
    assert process.returncode != 0
    assert "No interpreter found for Python 3.99" in process.stdout
