"""`invoke adopt` on existing repositories: nothing lost, nothing half done, a true gate at once."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from adopting import INI, PYPROJECT, SETTINGS, adopt, gate_settings, refused
from conftest import git, recorded_answers
from copier_coverage.adopt.undo import undo
from copier_coverage.errors import Refusal
from copier_coverage.template import Template
from workshop.act import WORKFLOW, commit_all
from workshop.proof.catalogue.samples import INCIDENT
from workshop.rendered import RenderedProject
from workshop.rendering import ROOT, SAMPLES


def test_total_is_true_by_one_command(tmp_path, repository, capsys):
    """The incident's own code and tests, with the old recipe: 8% by that, 92.67% from here."""
    recipe = "coverage:\n\tpytest --cov\n\tcoverage report | grep TOTAL | awk '{print $$4}'\n"
    sample = {
        path.relative_to(SAMPLES / "incident").as_posix(): path.read_text()
        for path in (SAMPLES / "incident").rglob("*.py")
    }
    requirements = {"requirements-dev.txt": "pytest>=9\n", "Makefile": recipe}
    requirements["pyproject.toml"] = f"{PYPROJECT}\n[tool.coverage.run]\nbranch = true\n"
    root = repository(
        sample
        | requirements
        | {"uv.lock": "version = 1\nrevision = 3\nrequires-python = '>=3.11'\n"}
    )
    adopt(root, defaults=True)
    assert "GC101" in capsys.readouterr().out
    project = RenderedProject(root)
    project.install()
    process = project.run("make coverage")
    assert process.returncode == 0, process.stdout
    assert project.total() == INCIDENT
    assert "awk" in (root / "Makefile").read_text()


CI = ".github/workflows/ci.yml"
TESTS = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
"""
OLD_GATE = """\
  coverage:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - run: coverage combine && coverage report
"""


def test_workflow_that_runs_no_tests_is_kept(repository):
    root = repository({str(WORKFLOW): "on: push\njobs: {}\n"})
    adopt(root, defaults=True)
    assert (root / WORKFLOW).read_text() == "on: push\njobs: {}\n"
    own = root / WORKFLOW.with_name("backend-ci-gate.yml")
    assert "coverage_gate.py collect" in own.read_text()
    assert recorded_answers(root)["workflow_name"] == "backend-ci-gate"


def test_workflow_that_runs_the_tests_is_joined(repository):
    root = repository({CI: TESTS})
    adopt(root, defaults=True)
    assert git(root, "diff", "--cached", "--numstat", CI).split()[:2] == ["9", "0"]
    added = {name for name in git(root, "diff", "--cached", "--name-only").split() if "." in name}
    assert {name for name in added if name.startswith(".github/")} == {
        CI,
        ".github/actions/measure-coverage/action.yml",
        ".github/actions/upload-coverage/action.yml",
        ".github/workflows/coverage.yml",
    }
    assert recorded_answers(root)["workflow"] == "join"
    commit_all(root)
    adopt(root, defaults=True)
    assert git(root, "diff", "--cached") == ""


@pytest.mark.parametrize("replace_gate", [False, True])
def test_old_gate_is_named_or_replaced(repository, capsys, replace_gate):
    root = repository({CI: TESTS + OLD_GATE})
    adopt(root, defaults=True, replace_gate=replace_gate)
    said = capsys.readouterr().out
    text = (root / CI).read_text()
    assert ("coverage combine" in text) == (not replace_gate)
    assert ("ci.yml:7: coverage - delete it: the gate does this" in said) == (not replace_gate)
    assert ("\n  coverage-gate:\n" in text) == (not replace_gate)


PIPELINE = """\
test:
  image: python:3.13
  script:
    - pip install -e . pytest
    - python -m pytest -q
"""


def test_pipeline_that_runs_the_tests_is_joined(repository):
    root = repository({".gitlab-ci.yml": PIPELINE})
    adopt(root, defaults=True)
    assert git(root, "diff", "--cached", "--numstat", ".gitlab-ci.yml").split()[:2] == ["10", "0"]
    added = git(root, "diff", "--cached", "--name-only", "--diff-filter=A").split()
    assert ".gitlab/ci/coverage.yml" in added
    assert not any(name.startswith(".github/") for name in added)
    answers = recorded_answers(root)
    expected = {"ci_providers": ["gitlab"], "workflow": "join", "python_versions": ["3.13"]}
    assert {name: answers[name] for name in expected} == expected
    assert gate_settings(root)["test_command"] == "-m pytest -q"
    commit_all(root)
    adopt(root, defaults=True)
    assert git(root, "diff", "--cached") == ""


def test_pipeline_that_cannot_be_changed_is_left_to_do(repository, capsys):
    text = PIPELINE.replace("test:\n", "test:\n  extends: .python\n").replace("test:", "coverage:")
    root = repository({".gitlab-ci.yml": text})
    adopt(root, defaults=True)
    assert (root / ".gitlab-ci.yml").read_text() == text
    # Another name than that of a job which is there: GitLab would take both for one.
    gate = "coverage-gate"
    assert (root / ".gitlab" / "ci" / f"{gate}.yml").exists()
    said = capsys.readouterr().out
    assert f"add `.gitlab/ci/{gate}.yml` to `include`" in said
    assert f"`- !reference [.upload-{gate}, script]`" in said


def test_workflow_of_its_own_can_be_asked_for(repository):
    root = repository({CI: TESTS})
    adopt(root, defaults=True, data={"workflow": "own"})
    assert (root / CI).read_text() == TESTS
    assert (root / WORKFLOW).exists()


def test_workflow_that_cannot_be_joined_is_refused(repository):
    assert "No workflow runs the tests." in refused(repository(), data={"workflow": "join"})


def test_line_endings_and_bytes_of_the_user_stay(repository):
    root = repository()
    mine = {
        "pyproject.toml": (PYPROJECT + SETTINGS).replace("\n", "\r\n").encode(),
        "Makefile": b"# caf\xe9\nall:\n\ttrue\n",
    }
    for name, content in mine.items():
        (root / name).write_bytes(content)
    commit_all(root)
    adopt(root, defaults=True)
    text = (root / "pyproject.toml").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"sigterm = true\r\n" in text
    assert (root / "Makefile").read_bytes() == mine["Makefile"] + b"\ninclude coverage.mk\n"


def test_project_in_a_folder_below_the_root(repository):
    root = repository({"backend/Makefile": "all:\n\ttrue\n"}, folder="backend")
    adopt(root / "backend", defaults=True)
    assert recorded_answers(root)["working_directory"] == "backend"
    assert (root / "backend" / "Makefile").read_text().endswith("include coverage.mk\n")
    assert 'paths: ["backend/**"' in (root / WORKFLOW).read_text()
    assert "parallel = true" in (root / "backend" / "pyproject.toml").read_text()


def test_beside_another_template(repository):
    theirs = "_src_path: theirs\n"
    root = repository({".copier-answers.yml": theirs})
    adopt(root, defaults=True)
    assert (root / ".copier-answers.yml").read_text() == theirs
    assert recorded_answers(root, ".copier-answers.coverage.yml")["existing"] is True


def test_other_templates_with_both_names_are_refused(repository):
    names = (".copier-answers.yml", ".copier-answers.coverage.yml")
    assert "belong to other templates" in refused(
        repository(dict.fromkeys(names, "_src_path: theirs\n"))
    )


def test_twice_changes_nothing(repository, template, capsys):
    files = {
        "pyproject.toml": PYPROJECT + SETTINGS + "\n[tool.poe.tasks]\ncoverage = 'true'\n",
        "Makefile": "coverage:\n\ttrue\n",
        "tasks.py": "from invoke import task\n",
        "justfile": "coverage:\n    true\n",
    }
    root = repository(files)
    adopt(root, defaults=True, template=Template(template, str(template)))
    with (root / WORKFLOW).open("a") as workflow:
        workflow.write("  mine:\n    runs-on: ubuntu-latest\n    steps: [{run: echo}]\n")
    commit_all(root)
    # Without `defaults`: nothing is asked where the answers are.
    adopt(root, template=Template(template, str(template)))
    assert "Nothing to do: the gate is already set up." in capsys.readouterr().out
    assert git(root, "status", "--porcelain") == ""


def test_all_of_it_can_be_undone(repository, capsys):
    root = repository({".coveragerc": INI, "Makefile": "coverage:\n\ttrue\n"})
    adopt(root, defaults=True)
    assert git(root, "status", "--porcelain")
    undo = re.search(r"To undo everything: git (.*)$", capsys.readouterr().out, re.MULTILINE)[1]
    git(root, *undo.split())
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize("committed", [False, True])
def test_it_is_undone_by_one_command(repository, committed):
    root = repository({".coveragerc": INI, "Makefile": "coverage:\n\ttrue\n"})
    before = git(root, "ls-files", "--stage")
    adopt(root, defaults=True)
    if committed:
        commit_all(root)
        (root / "z.txt").write_text("")
        commit_all(root)
    undo(root)
    after = git(root, "ls-files", "--stage").splitlines()
    assert [line for line in after if "z.txt" not in line] == before.splitlines()
    assert git(root, "status", "--porcelain") == ""


def test_what_changed_since_is_not_undone(repository):
    root = repository({"Makefile": "all:\n\ttrue\n"})
    adopt(root, defaults=True)
    (root / "Makefile").write_text("mine:\n")
    with pytest.raises(Refusal, match=r"would be lost:\nMakefile\n"):
        undo(root)
    assert (root / "Makefile").read_text() == "mine:\n"


def test_what_cannot_be_undone_is_refused(repository):
    root = repository()
    with pytest.raises(Refusal, match=r"there is nothing to undo"):
        undo(root)
    adopt(root, defaults=True)
    commit_all(root)
    (root / "pyproject.toml").write_text("")
    with pytest.raises(Refusal, match="has uncommitted changes"):
        undo(root)
    commit_all(root)
    with pytest.raises(Refusal, match="Later commits changed the same lines"):
        undo(root)
    assert git(root, "status", "--porcelain") == ""


def test_dry_run_shows_the_patch_and_changes_nothing(repository, capsys):
    root = repository({"Makefile": "all:\n\ttrue\n"})
    adopt(root, dry_run=True, defaults=True)
    assert "+include coverage.mk" in capsys.readouterr().out
    assert git(root, "status", "--porcelain", "--ignored") == ""


def test_dirty_tree_is_refused(repository):
    root = repository()
    (root / "pyproject.toml").write_text("")
    with pytest.raises(Refusal, match=r"M pyproject.toml\nCommit or stash them first"):
        adopt(root, defaults=True)


def test_untracked_file_that_is_not_in_the_way_stays(repository):
    root = repository()
    (root / "notes.txt").write_text("mine\n")
    adopt(root, defaults=True)
    assert git(root, "status", "--porcelain", "--untracked-files=all").endswith("?? notes.txt\n")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"coverage.mk": "mine:\n"}, "coverage.mk exists but was not generated by this template"),
        (
            {"coverage_gate.py": "A = 1\n"},
            "coverage_gate.py exists but was not generated by this template",
        ),
        (
            {"coverage_parts.py": "# Rendered by copier-coverage\n"},
            "First run `copier update`, and commit.",
        ),
        ({".coveragerc.toml": ""}, "move its tables"),
        ({".copier-answers.yml": "a: [\n"}, ".copier-answers.yml cannot be read"),
        (
            {"src/incident/__init__.py": None},
            "There is no directory 'src' to measure",
        ),
        (
            {".coveragerc": INI, "pyproject.toml": PYPROJECT + SETTINGS},
            "have settings of coverage, which reads .coveragerc only",
        ),
        (
            {"pyproject.toml": "[tool.coverage]\nrun = {branch = true}\n"},
            "write coverage's settings as tables",
        ),
        ({"pyproject.toml": "[tool.coverage\n"}, "cannot be read"),
    ],
)
def test_what_cannot_be_merged_is_refused(repository, files, message):
    assert message in refused(repository(files))


@pytest.mark.parametrize(
    "lines",
    [
        "[color]\nui = always\n",
        "[diff]\nnoprefix = true\n",
        "[diff]\nexternal = true\n",
        "[core]\nautocrlf = true\n",
    ],
)
def test_git_as_the_user_likes_it_changes_nothing(repository, monkeypatch, tmp_path, lines):
    (tmp_path / "gitconfig").write_text(f"[user]\nname = a\nemail = a@example.org\n{lines}")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    root = repository({"Makefile": "all:\n\ttrue\n"})
    adopt(root, defaults=True)
    assert "include coverage.mk" in (root / "Makefile").read_text()
    assert (root / "coverage_gate.py").exists()


def test_what_the_user_ignores_is_there_all_the_same(repository):
    root = repository(
        {".gitignore": "coverage*\n*.mk\n", "Makefile": "all:\n", "tasks.py": "import invoke\n"}
    )
    adopt(root, defaults=True)
    added = git(root, "diff", "--cached", "--name-only").split()
    assert {"coverage.mk", "coverage_gate.py", "coverage_tasks.py"} <= set(added)


def test_ignored_file_of_the_user_is_not_written_over(repository):
    root = repository({".gitignore": "coverage_*\n"})
    (root / "coverage_gate.py").write_text("mine\n")
    assert "coverage_gate.py exists but is not tracked by git. Commit or move it first." in refused(
        root
    )
    assert (root / "coverage_gate.py").read_text() == "mine\n"


@pytest.mark.parametrize("dry_run", [False, True])
def test_link_to_another_place_is_refused(repository, tmp_path, dry_run):
    root = repository()
    (tmp_path / "shared.mk").write_text("all:\n")
    (root / "Makefile").symlink_to(tmp_path / "shared.mk")
    commit_all(root)
    assert "Makefile is a symlink to" in refused(root, dry_run=dry_run)
    assert (tmp_path / "shared.mk").read_text() == "all:\n"


@pytest.mark.parametrize("content", [b"all:\r\n\ttrue\n", b"all:\n\techo a\rb\n"])
def test_mixed_line_endings_are_refused(repository, content):
    root = repository()
    (root / "Makefile").write_bytes(content)
    commit_all(root)
    assert "Makefile has mixed line endings" in refused(root)


def test_there_can_be_a_gate_for_each_project_of_a_repository(repository, capsys):
    other = {"pyproject.toml": PYPROJECT, "incident/__init__.py": "", "test_incident.py": ""}
    root = repository({f"other/{name}": text for name, text in other.items()}, folder="backend")
    assert f"is below:\n  {root / 'backend'}\n" in refused(root)
    for folder in ("backend", "other"):
        adopt(root / folder, defaults=True)
        assert git(root, "diff", "--cached", "--name-only", "--diff-filter=M").split() == [
            f"{folder}/pyproject.toml"
        ]
        commit_all(root)
    assert recorded_answers(root)["working_directory"] == "backend"
    assert recorded_answers(root, ".copier-answers.coverage.yml")["working_directory"] == "other"
    names = {path.name for path in (root / WORKFLOW).parent.iterdir()}
    assert names == {"backend-ci.yml", "backend-ci-other.yml"}
    changed_later = "coverage_threshold=TOTAL --answers-file .copier-answers.coverage.yml"
    assert capsys.readouterr().out.count(changed_later) == 1


def test_repository_without_a_commit_is_refused(tmp_path):
    git(tmp_path, "init", "--quiet")
    with pytest.raises(Refusal, match="has no commit yet"):
        adopt(tmp_path, defaults=True)


def test_folder_without_git_is_refused(tmp_path):
    assert "not a git repository" in refused(tmp_path)
    with pytest.raises(Refusal, match="is not a directory"):
        adopt(tmp_path / "none", defaults=True)


def test_task_adopts(repository):
    root = repository()
    invoke = [Path(sys.executable).with_name("invoke"), "adopt", root]
    given = ["--data", "coverage_threshold=77.5", "--data", "task_runners=[just]"]
    for options, code, said in (
        (["--defaults", "--data", "shards"], 1, "--data shards: write NAME=VALUE"),
        (["--defaults", *given], 0, "coverage_gate.py"),
        (["--undo"], 0, "Undone: nothing of it was committed."),
    ):
        command = [*invoke, *options]
        process = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        output = process.stdout + process.stderr
        assert (process.returncode, said in output) == (code, True), output
        if given[0] in options and code == 0:
            assert gate_settings(root)["threshold"] == 77.5
            assert recorded_answers(root)["task_runners"] == ["just"]
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, "uv run python coverage_gate.py"),
        ({"Makefile": "", "tasks.py": "import invoke\n"}, "make coverage"),
        ({"tasks.py": "import invoke\n"}, "uv run invoke coverage"),
        ({"justfile": ""}, "just coverage"),
        ({"pyproject.toml": f"{PYPROJECT}\n[tool.poe.tasks]\na = 'true'\n"}, "uv run poe coverage"),
        (
            {
                "pyproject.toml": f"{PYPROJECT}\n[tool.poe.tasks]\na = 'true'\n",
                "requirements.txt": "",
            },
            "python -m poethepoet coverage",
        ),
        ({"requirements.txt": ""}, "python coverage_gate.py"),
    ],
)
def test_next_commands_end_with_the_runner_that_is_there(repository, files, command, capsys):
    adopt(repository(files), defaults=True)
    done, left, following = re.split("\n(?:Left for you|Next)\n", capsys.readouterr().out)
    assert "\nDone\n" in done
    assert "copier update" in left
    lines = [line.strip() for line in following.splitlines()]
    assert lines[lines.index('git commit --all -m "Adopt copier-coverage"') - 1] == command


PDM = f"{PYPROJECT}\n[tool.pdm]\ndistribution = true\n"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({"poetry.lock": ""}, ["poetry lock", "poetry install"]),
        ({"pyproject.toml": PDM}, ["pdm install"]),
        ({"pdm.lock": ""}, ["pdm lock --update-reuse --group :all", "pdm install"]),
        (
            {"pyproject.toml": PDM.replace("3.11", "3.9")},
            [
                "pdm lock --group :all --python '>=3.11'",
                "pdm lock --group :all --append --python '<3.11'",
                "pdm install",
            ],
        ),
    ],
)
def test_next_commands_lock_again_where_installing_does_not(repository, files, commands, capsys):
    root = repository(files)
    adopt(root, defaults=True)
    lines = [line.strip() for line in capsys.readouterr().out.partition("\nNext\n")[2].splitlines()]
    assert lines[1 : len(commands) + 1] == commands
    ignored = (root / ".gitignore").read_text().splitlines()
    assert (".pdm-python" in ignored) == (commands[-1] == "pdm install")


def test_environments_of_hatch_install_the_groups(repository):
    """In the file that Hatch takes them from."""
    own = "[envs.default]\nscripts.test = 'pytest'\n"
    root = repository({"hatch.toml": own})
    adopt(root, defaults=True)
    assert "package_manager: hatch" in (root / ".copier-answers.yml").read_text()
    text = (root / "hatch.toml").read_text()
    assert text.startswith(f'{own}dependency-groups = ["dev"]\n')
    assert '\n[envs.coverage]\ndetached = true\ndependency-groups = ["coverage"]\n' in text
    assert "envs" not in (root / "pyproject.toml").read_text()


def test_only_a_runner_that_is_there_gets_an_entry_point(repository):
    root = repository({"justfile": ""})
    adopt(root, defaults=True)
    names = {path.name for path in root.iterdir() if path.is_file()}
    assert {"coverage_gate.py", "coverage.just"} <= names
    assert not names & {
        "Makefile",
        "coverage.mk",
        "tasks.py",
        "coverage_tasks.py",
        "coverage_poe.toml",
    }
