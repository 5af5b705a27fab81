"""Adopting a hostile git repository: no hook or program of it is run, nothing else is written."""

import os
import shutil
import subprocess

import pytest

from adopting import adopt, refused
from conftest import git
from copier_coverage.adopt.undo import undo
from copier_coverage.console import visible
from copier_coverage.errors import Refusal
from copier_coverage.project.repository import Repository, find
from workshop.act import commit_all

HOOKS = ("post-index-change", "post-checkout", "reference-transaction", "post-applypatch")
MAKEFILE = "test:\n\tpytest\n"
PROGRAMS = (
    *("core.fsmonitor", "diff.external", "filter.own.clean", "filter.own.smudge"),
    *("filter.own.process", "diff.own.textconv", "diff.own.command", "gpg.program"),
)


@pytest.fixture
def hostile(repository, tmp_path):
    """A repository with hooks, and with programs for its files, that all leave a mark."""
    root = repository({".gitattributes": "* filter=own diff=own\n", "Makefile": MAKEFILE})
    marks = tmp_path / "marks"
    marks.mkdir()
    for name in HOOKS:
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {marks}/{name}\n")
        hook.chmod(0o755)
    for name in PROGRAMS:
        git(root, "config", name, f"sh -c 'touch {marks}/{name}; cat'")
    git(root, "config", "filter.own.required", "true")
    os.utime(root / "Makefile", (1, 1))
    return root


def test_adopting_and_undoing_run_none_of_them(hostile, tmp_path):
    assert list((tmp_path / "marks").iterdir()) == []
    adopt(hostile, defaults=True)
    assert (hostile / "coverage_gate.py").exists()
    undo(hostile)
    assert not (hostile / "coverage_gate.py").exists()
    assert list((tmp_path / "marks").iterdir()) == []


def test_git_itself_would_run_them(hostile, tmp_path):
    subprocess.run(["git", "status"], cwd=hostile, check=False)
    assert {"core.fsmonitor", "filter.own.process"} & {
        path.name for path in (tmp_path / "marks").iterdir()
    }


def test_no_program_of_a_submodule_is_run(repository, tmp_path):
    mark = tmp_path / "mark"
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("x\n")
    commit_all(other)
    root = repository({"Makefile": MAKEFILE})
    allowed = ("-c", "protocol.file.allow=always")
    git(root, *allowed, "submodule", "--quiet", "add", str(other), "below")
    commit_all(root)
    git(root, "config", "submodule.recurse", "true")
    git(root / "below", "config", "core.fsmonitor", f"touch {mark}; false")
    adopt(root, defaults=True)
    (root / "below" / "file").unlink()
    undo(root)
    assert not mark.exists()
    git(root, "restore", "--worktree", ".")
    assert mark.exists()


def test_no_missing_object_is_fetched(repository, tmp_path):
    root = repository()
    tree = git(root, "rev-parse", "HEAD:src").strip()
    (root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    (root / ".git" / "index").unlink()
    mark = tmp_path / "mark"
    for name, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": str(root),
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": f"touch {mark}; git-upload-pack",
    }.items():
        git(root, "config", name, value)
    with pytest.raises(Refusal, match="unable to read tree"):
        find(root)
    assert not mark.exists()
    subprocess.run(["git", "status"], cwd=root, check=False)
    assert mark.exists()


def test_work_tree_elsewhere_is_refused(repository, tmp_path):
    root = repository()
    git(root, "config", "core.worktree", str(tmp_path))
    with pytest.raises(Refusal, match=r"git config --unset core\.worktree"):
        find(root)


@pytest.mark.parametrize("name", ["pyproject.toml", "Makefile", ".gitignore", "src"])
def test_nothing_is_written_behind_a_link(repository, tmp_path, name):
    root = repository({"Makefile": MAKEFILE, ".gitignore": "x\n"})
    outside = tmp_path / "outside"
    (root / name).rename(outside)
    (root / name).symlink_to(outside)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    text = outside.read_bytes() if outside.is_file() else b""
    commit_all(root)
    message = refused(root)
    assert (
        "outside of the repository" in message
        or "There is no directory" in message
        or ("symlink" in message)
    )
    assert text == (outside.read_bytes() if outside.is_file() else b"")
    assert before == {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [".github", ".github/workflows", "coverage_gate.py/x"])
def test_file_in_place_of_a_directory_is_named(repository, name):
    root = repository({name: "", "Makefile": MAKEFILE})
    assert name.partition("/x")[0] in refused(root)


def test_link_that_leads_nowhere_is_not_replaced(repository):
    root = repository({"Makefile": MAKEFILE})
    for name in ("coverage_gate.py", ".copier-answers.yml"):
        (root / name).symlink_to("/nowhere")
    commit_all(root)
    assert "coverage_gate.py exists but was not generated" in refused(root)
    git(root, "rm", "--quiet", "coverage_gate.py")
    commit_all(root)
    adopt(root, defaults=True)
    assert (root / ".copier-answers.yml").is_symlink()


@pytest.mark.parametrize("name", ["pyproject.toml", ".gitignore", "src"])
def test_link_to_itself_is_named(repository, name):
    root = repository({"Makefile": MAKEFILE})
    shutil.rmtree(root / "src") if name == "src" else (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(name)
    commit_all(root)
    assert name in refused(root)


def test_patch_that_cannot_be_written_is_taken_back(repository):
    root = repository({"Makefile": MAKEFILE})
    (root / ".git" / "info" / "exclude").write_text(".github\n")
    (root / ".github").write_text("in the way\n")
    before = {path.name for path in root.iterdir()}
    assert "Nothing was changed. Fix that, and adopt again." in refused(root)
    assert {path.name for path in root.iterdir()} == before
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE"])
def test_variables_of_another_repository_are_refused(repository, monkeypatch, name):
    root = repository()
    monkeypatch.setenv(name, "elsewhere")
    with pytest.raises(Refusal, match=f"unset {name}"):
        find(root)


def test_workflow_that_cannot_be_read_is_named(repository, capsys):
    root = repository({"Makefile": MAKEFILE, ".github/workflows/ci.yml": "on: [\n"})
    adopt(root, defaults=True, dry_run=True)
    assert ".github/workflows/ci.yml is not YAML" in capsys.readouterr().out


def test_names_with_control_characters_do_not_reach_the_terminal(repository, capsys):
    names = ("a\x1b[31mred.mk", "new\nline.mk", "-dash.mk", "::error::x.mk", "\u202eturn.mk")
    makefile = f"{MAKEFILE}\t# \x1b[31m\n\tcoverage report --fail-under=8 || true # \x1b[31m\n"
    root = repository({"Makefile": makefile, "été.mk": "", **dict.fromkeys(names, MAKEFILE)})
    (root / "Makefile").write_text(f"{makefile}# changed\n")
    with pytest.raises(Refusal, match="uncommitted changes"):
        find(root)
    commit_all(root)
    adopt(root, defaults=True, dry_run=True)
    printed = "".join(capsys.readouterr())
    assert "\x1b" not in printed
    assert r"\x1b[31m" in printed
    assert "été" in visible("été")


def test_find_does_not_look_into_links(repository, tmp_path):
    root = repository({"pyproject.toml": None, "tests/test_incident.py": None})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "pyproject.toml").touch()
    (root / "link").symlink_to(tmp_path / "outside")
    commit_all(root)
    assert find(root) == Repository(root, default_branch="main")
