"""The message at the end of `copier copy`: what is left to do, and the commands to type next."""

import re
import shutil

import copier
import pytest

from workshop.act import WORKFLOW
from workshop.rendered import RenderedProject
from workshop.rendering import SAMPLES, copy_template


@pytest.fixture
def copied(tmp_path, capsys, monkeypatch):
    """Return a function that copies onto a repository with files, and returns the message."""
    template = copy_template(tmp_path / "template")
    monkeypatch.chdir(tmp_path)

    def copy(*names, **answers):
        for name in names:
            (tmp_path / "project" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "project" / name).write_text("mine\n")
        copier.run_copy(str(template), "project", data=answers, defaults=True)
        return capsys.readouterr().err

    return copy


def commands(message):
    """Return the commands that a message ends with."""
    return [
        line.strip()
        for line in re.findall(r"(?:^    .+\n|^\n)+\Z", message, re.MULTILINE)[0].splitlines()
        if line
    ]


@pytest.mark.parametrize("folder", ["", "backend/"])
def test_message_of_an_existing_repository_has_what_is_left(copied, tmp_path, folder):
    message = copied(
        f"{folder}pyproject.toml", f"{folder}src/orders/__init__.py", f"{folder}Makefile"
    )
    project = tmp_path / "project" / folder
    # An absolute path: the command is typed in a clone of the template.
    assert f'invoke adopt "{project}"' in message
    assert '    source_pkgs = ["orders"]\n' in message
    assert commands(message)[-1] == "make coverage"


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (["pyproject.toml"], ["pyproject.toml"]),
        (["setup.cfg"], ["pyproject.toml"]),
        (["pyproject.toml", "GNUmakefile"], ["GNUmakefile", "pyproject.toml"]),
        (
            ["pyproject.toml", "tasks.py", ".gitignore"],
            ["tasks.py", ".gitignore", "pyproject.toml"],
        ),
        (["pyproject.toml", "coverage.mk"], ["coverage.mk", "pyproject.toml"]),
        (["pyproject.toml", str(WORKFLOW)], [str(WORKFLOW), "pyproject.toml"]),
        (
            ["backend/pyproject.toml", "backend/Makefile"],
            ["backend/Makefile", "backend/pyproject.toml"],
        ),
        (["pyproject.toml", "Justfile"], ["Justfile", "pyproject.toml"]),
        (["pyproject.toml", "coverage_gate.py"], ["coverage_gate.py", "pyproject.toml"]),
    ],
)
def test_only_files_that_were_there_are_named(copied, names, left):
    assert re.findall(r"^- ([^ ]+):", copied(*names), re.MULTILINE) == left


@pytest.mark.parametrize(
    ("names", "left"),
    [
        ([], []),
        (["README.md"], []),
        (
            ["Makefile", "tasks.py", "justfile", ".gitignore"],
            ["Makefile", "tasks.py", "justfile", ".gitignore"],
        ),
    ],
)
def test_only_files_that_were_there_are_named_in_a_new_project(copied, names, left):
    message = copied(*names, task_runners=["make", "invoke", "just"])
    assert re.findall(r"^- ([^ ]+):", message, re.MULTILINE) == left


def test_pipeline_that_is_there_gets_what_the_message_names(copied):
    message = copied("pyproject.toml", ".gitlab-ci.yml")
    assert "- .gitlab-ci.yml: add `.gitlab/ci/coverage.yml` to `include`" in message
    assert "`- !reference [.upload-coverage, script]`" in message
    assert "\n    coverage:\n      needs: [test]\n" in message


def test_workflow_and_pipeline_that_are_joined_are_named_without_a_gap(copied):
    providers = ["github", "gitlab"]
    message = copied("pyproject.toml", ".gitlab-ci.yml", ci_providers=providers, workflow="join")
    assert "docs/join-workflow.md of copier-coverage shows\n- .gitlab-ci.yml: add" in message


def test_second_copy_of_a_new_project_leaves_nothing_to_do(copied):
    copied()
    assert "\n- " not in copied()


def test_everything_that_the_stages_need_is_named(copied):
    message = copied("pyproject.toml", "tasks.py", "Makefile", collector="pytest-cov", shards=2)
    for name in ("coverage", "invoke", "pytest-cov", "pytest-split"):
        assert f'"{name}>=' in message
    assert "coverage_poe.toml" not in message


def test_existing_tasks_for_poe_get_an_include(copied):
    message = copied("pyproject.toml", task_runners=["poe"])
    assert '    [tool.poe]\n    include = "coverage_poe.toml"\n' in message
    assert '"poethepoet>=' in message


@pytest.mark.parametrize(
    ("runners", "command"),
    [
        ([], "uv run python coverage_gate.py"),
        (["make", "poe"], "make coverage"),
        (["invoke"], "uv run invoke coverage"),
        (["just"], "just coverage"),
        (["poe"], "uv run poe coverage"),
    ],
)
def test_commands_end_with_the_first_task_runner_or_the_program(copied, runners, command):
    assert commands(copied(task_runners=runners))[-1] == command


@pytest.mark.parametrize(
    ("name", "lacks"), [("requirements.txt", True), ("setup.py", False), ("pyproject.toml", False)]
)
def test_message_names_what_a_repository_lacks_that_nothing_installs(copied, name, lacks):
    assert ("a [project] and a [build-system]" in copied(name)) == lacks


@pytest.mark.parametrize("git", [".git/HEAD", ".git"], ids=["repository", "worktree"])
def test_git_repository_is_made_once_and_at_the_root(copied, git):
    """The workflow and the answers are at the root; a repository in the folder would lack them."""
    start = ['cd "project"', "git init -b main", 'cd "backend"', "uv sync", "make coverage"]
    assert commands(copied(working_directory="backend")) == start
    assert "git init" not in copied(git, working_directory="backend")


def test_message_followed_by_hand_leads_to_the_total(copied, tmp_path):
    """A project with a setup.cfg and requirements.

    Its manager reads the group of dependencies of pyproject.toml alone.
    """
    project = RenderedProject(tmp_path / "project", "pip")
    message = copied(
        "setup.cfg", "pyproject.toml", "requirements.txt", "Makefile", "src/incident/__init__.py"
    )
    (project.folder / "setup.cfg").write_text(
        "[metadata]\nname = incident\nversion = 1\n[options]\npackage_dir = =src\n"
    )
    settings = re.search(
        r"^    \[dependency-groups\]\n(    .*\n|\n)+?(?=^Then:)", message, re.MULTILINE
    )[0]
    assert '"coverage>=' in settings
    # The message leaves to the user what the tests need.
    settings = settings.replace("dev = [", 'dev = ["pytest", ')
    (project.folder / "pyproject.toml").write_text(
        re.sub("^    ", "", settings, flags=re.MULTILINE)
    )
    (project.folder / "Makefile").write_text("include coverage.mk\n")
    shutil.copytree(SAMPLES / "incident", project.folder, dirs_exist_ok=True)
    output = project.check("\n".join(["set -e", *commands(message)]))
    assert re.search("^TOTAL .* 92.67%$", output, re.MULTILINE)
