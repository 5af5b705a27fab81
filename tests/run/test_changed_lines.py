"""`coverage_gate.py changed`, with diff-cover: the lines that a branch changes, in two projects.

The branch adds `pay` to services.py: 8 statements in lines 31 to 38, of which 34 and 35 are missed.
"""

import os

import pytest

from conftest import SERVICES, change_settings, git
from workshop.act import commit_all, run_workflow
from workshop.rendered import RenderedProject
from workshop.rendering import render_sample

MODELS = "src/incident/models.py"
AUTHOR = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
FAILED = "Changed lines 75.00%, threshold 90%: failed, 15.00 points below\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The sample incident with diff-cover, after all stages."""
    folder = tmp_path_factory.mktemp("changed") / "incident"
    project = RenderedProject(render_sample("incident", folder, changed_lines_threshold="90"))
    project.install()
    project.check("uv run python coverage_gate.py")
    return project


@pytest.fixture
def branch(request, gate):
    """Return the root of a repository with a branch, and the path of the project in there."""
    folder = getattr(request, "param", "incident/")
    root = gate.folder.parent if folder else gate.folder
    services = gate.folder / SERVICES
    text = services.read_text()
    start, end = text.index("def pay("), text.index("def ship(")
    services.write_text(text[:start] + text[end:])
    commit_all(root)
    git(root, "switch", "--quiet", "--create", "topic")
    services.write_text(text)
    commit_all(root)
    gate("report")
    return root, folder


def commit(root, name, text):
    """Commit a file with a text on the branch that is checked out."""
    (root / name).write_text(text)
    commit_all(root)


@pytest.mark.parametrize("branch", ["", "incident/"], indirect=True, ids=["root", "folder"])
def test_changed_lines_below_the_threshold_are_named(gate, branch):
    _, folder = branch
    process = gate("changed", GITHUB_ACTIONS="")
    assert process.returncode == 2
    assert process.stdout.endswith(f"{FAILED}  {folder}{SERVICES}:34-35\n")
    # GitHub shows it beside the change.
    summary = gate.folder / "summary.md"
    output = gate("changed", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary)).stdout
    assert summary.read_text() == f"### ❌ {FAILED}- {folder}{SERVICES}:34-35\n\n"
    assert output.endswith(
        f"\n::warning file={folder}{SERVICES},line=34,endLine=35::No test ran this.\n"
    )


def test_changed_lines_that_reach_the_threshold_pass(gate, branch):
    change_settings(gate.folder, "changed_lines = 90", "changed_lines = 75")
    assert gate("changed").returncode == 0


def test_only_what_the_branch_changed_counts(gate, branch):
    """As GitHub checks out a pull request: merged with main, which has moved on since then."""
    root, folder = branch
    models = (gate.folder / MODELS).read_text()
    git(root, "switch", "--quiet", "main")
    commit(root, "notes.py", "NOTES = 1\n")
    git(root, "switch", "--quiet", "--detach")
    git(root, *AUTHOR, "merge", "--quiet", "--no-edit", "topic")
    merged = git(root, "rev-parse", "HEAD").strip()
    git(root, "switch", "--quiet", "main")
    commit(root, folder + MODELS, models.replace("    country: str\n", ""))
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    git(root, "switch", "--quiet", "--detach", merged)
    process = gate("changed -- origin/main")
    assert process.stdout.endswith(f"{FAILED}  {folder}{SERVICES}:34-35\n")


def test_lines_are_those_of_the_work_tree(gate, branch):
    """What is not committed moves lines; the tests ran with it."""
    _, folder = branch
    services = gate.folder / SERVICES
    services.write_text("\n\n" + services.read_text())
    gate("erase test combine report")
    assert gate("changed").stdout.endswith(f"{FAILED}  {folder}{SERVICES}:36-37\n")


def test_new_file_counts_once_git_knows_it(gate, branch):
    root, folder = branch
    new = "src/incident/new.py"
    (gate.folder / new).write_text("NEW = 1\n")
    gate("erase test combine report")
    assert f"Not known to git, so left out: {folder}{new}. To" in gate("changed").stdout
    git(root, "add", "--intent-to-add", folder + new)
    process = gate("changed")
    assert process.stdout.endswith(f"  {folder}{new}:1\n  {folder}{SERVICES}:34-35\n")


def test_outside_of_a_repository_git_has_the_reason(gate):
    process = gate("changed")
    assert process.returncode == 1
    assert "failed. fatal: not a git repository" in process.stdout


def test_change_of_no_measured_file_passes(gate, branch):
    root, _ = branch
    git(root, "branch", "--force", "main", "HEAD")
    commit(root, "notes.py", "NOTES = 1\n")
    summary = gate.folder.parent / "summary.md"
    process = gate("changed", GITHUB_STEP_SUMMARY=str(summary))
    assert process.returncode == 0
    assert process.stdout.endswith(": none that can run in a measured file.\n")
    assert summary.read_text() == f"### ✅ {process.stdout}\n"


def test_report_that_names_other_files_is_refused(gate, branch):
    """diff-cover finds no line of them, and passes."""
    _, folder = branch
    gate.coverage("xml", COVERAGE_RCFILE="pyproject.toml")
    process = gate("changed")
    assert process.returncode == 1
    assert f"coverage.xml does not have the changed {folder}{SERVICES}." in process.stdout
    assert gate("report changed").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_file_whose_name_xml_escapes_is_found(gate, branch):
    root, folder = branch
    name = f"{folder}src/incident/a<b.py"
    commit(root, name, "A = 1\n")
    output = gate("erase test combine report changed").stdout
    assert f"\n  {name}:1\n" in output


def test_base_that_is_not_there_is_refused(gate, branch):
    root, _ = branch
    process = gate("changed -- origin/develop")
    assert process.returncode == 1
    assert "origin/develop" in process.stdout
    assert process.stdout.endswith("with its history; on GitHub, by fetch-depth: 0.\n")
    # As in a clone without the history.
    alone = git(root, *AUTHOR, "commit-tree", "-m", "alone", "HEAD^{tree}").strip()
    assert gate(f"changed -- {alone}").stdout.startswith(f"No common commit with {alone}. Fetch it")
    git(root, "branch", "-m", "main", "trunk")
    process = gate("changed")
    assert process.stdout == "Name a branch: python coverage_gate.py changed -- develop\n"
    assert process.returncode == 1


def test_project_without_a_threshold_for_changed_lines_is_refused(gate):
    change_settings(gate.folder, "changed_lines = 90\n", "")
    process = gate("changed")
    assert process.returncode == 1
    assert process.stdout.endswith(
        "Run: copier update --defaults --data changed_lines_threshold=90\n"
    )


def test_pull_request_is_gated_by_its_changed_lines(tmp_path):
    """It adds a module that no test imports; the total is far above its threshold."""
    answers = {"changed_lines_threshold": "90", "python_versions": ["3.11"]}
    folder = render_sample("matrix", tmp_path / "matrix", coverage_threshold="50", **answers)
    module = folder / "src" / "matrix" / "never.py"
    text = module.read_text()
    module.unlink()
    commit_all(folder)
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    module.write_text(text)
    run = run_workflow(RenderedProject(folder), base="main")
    (step,) = run.failed()
    assert step.name == "Check the changed lines", str(run)
    assert "Changed lines 0.00%, threshold 90%: failed, 90.00 points below" in step.output
    assert "exit status 2" in step.output
    assert "src/matrix/never.py,line=" in step.output
