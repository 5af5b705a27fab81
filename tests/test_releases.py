"""`copier update` from every release to the template as it stands: pristine projects, and edited ones."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import copier
import pytest

from conftest import NEWEST, RELEASES, git, recorded_answers
from copier_coverage.adopt import adopt
from copier_coverage.projects import Project
from copier_coverage.rendering import ROOT
from copier_coverage.workflow_run import WORKFLOW, commit_all

# What a project has from the beginning is the user's: a new release changes nothing of it.
USERS_FILES = {".gitignore", "Makefile", "README.md", "tasks.py", "__init__.py", "test_orders.py"}
MARKERS = ("<<<<<<<", ">>>>>>>")


@dataclass
class Projects:
    """Makes projects from the template's releases, and updates them."""

    template: Path
    folder: Path

    def make(self, version: str, name: str = "project", **answers: object) -> Path:
        folder = self.folder / name
        answers = {"project_name": "orders", **answers}
        copier.run_copy(str(self.template), folder, data=answers, defaults=True, vcs_ref=f"v{version}", quiet=True)
        commit_all(folder)
        return folder

    def release(self, changes: dict[str, str]) -> Path:
        """Return a clone of the template with a newer release, in which coverage's settings have changed."""
        newer = self.folder / "newer"
        git(self.folder, "clone", "--quiet", str(self.template), str(newer))
        settings = newer / "includes" / "coverage_settings.jinja"
        text = settings.read_text()
        for old, new in changes.items():
            assert text.count(old) == 1
            text = text.replace(old, new)
        settings.write_text(text)
        commit_all(newer)
        git(newer, "tag", f"v{int(NEWEST) + 1}")
        return newer

    def update(self, project: Path, **answers: object) -> str:
        """Update to the newest release; return the names of the files with a conflict."""
        commit_all(project)
        copier.run_update(project, data=answers, defaults=True, overwrite=True, quiet=True)
        return conflicts(project)


def conflicts(project: Path) -> list[str]:
    return [name for name, text in files(project).items() if any(marker in text for marker in MARKERS)]


def files(project: Path) -> dict[str, str]:
    found = (path for path in sorted(project.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(project).as_posix(): path.read_text() for path in found}


def owned(project: Path) -> dict[str, str]:
    return {name: text for name, text in files(project).items() if Path(name).name not in USERS_FILES}


@pytest.fixture
def projects(template, tmp_path):
    return Projects(template, tmp_path)


def test_every_release_has_its_commit():
    headings = re.findall(r"^## (?!Unreleased)(\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings == list(RELEASES)
    tags = [tag.removeprefix("v") for tag in git(ROOT, "tag", "--list", "v*").split()]
    assert set(tags) <= set(headings)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "answers",
    [
        {},
        {
            "package_manager": "poetry",
            "collector": "pytest-cov",
            "task_runners": ["make"],
            "coverage_threshold": "92.5",
        },
        {"package_manager": "pip", "source_dir": "orders", "python_versions": ["3.13"], "branch_coverage": False},
    ],
    ids=["defaults", "poetry", "pip"],
)
def test_pristine_project_becomes_a_fresh_render(projects, release, answers):
    project = projects.make(release, **answers)
    assert projects.update(project) == []
    assert owned(project) == owned(projects.make(NEWEST, "fresh", **answers))


@pytest.fixture(params=[*RELEASES, NEWEST])
def release(request):
    return request.param


@pytest.fixture
def edits(release):
    """What a user adds to the files that the template has too."""
    return EDITS if release in THRESHOLD_ENDS_THE_WORKFLOW else [*EDITS, JOB_AT_THE_END]


@pytest.fixture
def edited(projects, release, edits):
    """A project of each release, with the edits."""
    project = projects.make(release, python_versions=["3.12", "3.13"])
    for name, old, new in edits:
        text = (project / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (project / name).write_text(text.replace(old, new))
    return project


DEPENDENCY = 'dependencies = ["attrs>=25"]'
OMIT = 'omit = ["src/orders/generated.py"]\n'
JOB = """\
  deploy:
    needs: coverage
    runs-on: ubuntu-latest
    steps:
      - run: echo deployed
"""
TARGET = "deploy: coverage\n\techo deployed\n"
EDITS = [
    ("pyproject.toml", "dependencies = []", DEPENDENCY),
    ("pyproject.toml", "sigterm = true\n", f"sigterm = true\n{OMIT}"),
    (str(WORKFLOW), "\n  coverage:\n", f"\n{JOB}\n  coverage:\n"),
    ("Makefile", ".PHONY: test\n", f".PHONY: test\n{TARGET}"),
]
LAST_LINE = "Jobs of your own go below.\n"
JOB_AT_THE_END = (str(WORKFLOW), LAST_LINE, f"{LAST_LINE}\n{JOB.replace('deploy', 'announce')}")
# In these, a job at the end touches a line that an update changes (CHANGELOG.md).
THRESHOLD_ENDS_THE_WORKFLOW = ("0.1.0", "0.2.0", "0.3.0")


def test_edited_project_keeps_every_edit(projects, edited, edits):
    assert projects.update(edited) == []
    for name, _, new in edits:
        assert new in (edited / name).read_text()
    # All else is what a fresh project has.
    fresh = projects.make(NEWEST, "fresh", python_versions=["3.12", "3.13"])
    for name, text in owned(fresh).items():
        mine = (edited / name).read_text()
        for edit_name, old, new in edits:
            mine = mine.replace(new, old) if edit_name == name else mine
        assert mine == text, name


def test_raised_threshold_stands_everywhere(projects, edited, edits):
    assert projects.update(edited, coverage_threshold="85") == []
    for name, _, new in edits:
        assert new in (edited / name).read_text()
    for name in ("coverage.mk", "coverage_tasks.py", str(WORKFLOW)):
        text = (edited / name).read_text()
        assert "85" in text
        assert not re.search(r"\b80\b", text)
    assert recorded_answers(edited)["coverage_threshold"] == "85"


@pytest.mark.parametrize("runner", ["make", "invoke"])
def test_task_updates_and_says_that_a_conflict_is_left(projects, runner, request):
    """The tasks call Copier as the user's shell has it; here, this environment's, in place of the registry's newest."""
    bin_folder = projects.folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "uvx").write_text('#!/bin/sh\nexec "$@"\n')
    (bin_folder / "uvx").chmod(0o755)
    release = next(iter(RELEASES))
    path = {"PATH": f"{bin_folder}:{Project(projects.folder).environment()['PATH']}"}
    update = {"make": "make coverage-update", "invoke": "invoke coverage.update"}[runner]
    check = {"make": "make coverage-check-update", "invoke": "invoke coverage.check-update"}[runner]

    project = Project(projects.make(NEWEST, working_directory="backend"))
    assert "up-to-date" in project.run(check, project.folder / "backend", **path).stdout
    answers = project.folder / ".copier-answers.yml"
    answers.write_text(re.sub(r"_commit: .*", f"_commit: v{release}", answers.read_text()))
    assert NEWEST in project.run(check, project.folder / "backend", **path).stdout
    answers.write_text(re.sub(r"_commit: .*", f"_commit: v{NEWEST}", answers.read_text()))

    # A newer release changes a line: one that nobody has changed, and one that the user has changed too.
    newer = projects.release({"precision = 2": "precision = 3"})
    answers.write_text(re.sub(r"_src_path: .*", f"_src_path: {newer}", answers.read_text()))
    commit_all(project.folder)
    process = project.run(update, project.folder / "backend", **path)
    assert process.returncode == 0, process.stdout
    mine = project.folder / "backend" / "pyproject.toml"
    assert "precision = 3" in mine.read_text()

    git(project.folder, "checkout", "--quiet", ".")
    mine.write_text(mine.read_text().replace("precision = 2", "precision = 1"))
    commit_all(project.folder)
    process = project.run(update, project.folder / "backend", **path)
    assert process.returncode == 2, process.stdout
    assert "backend/pyproject.toml" in process.stdout
    assert "leftover conflict marker" in process.stdout


MINE = """
[tool.coverage.run]
branch = true
# Made by a machine.
omit = ["*/generated.py"]
source = ["orders", "tests"]

[tool.coverage.report]
show_missing = true
exclude_also = ["def __repr__"]
"""


@pytest.mark.parametrize("settings", ["", MINE, "\n[tool.coverage.run]\nsigterm = true\nomit = ['a.py']\n"])
def test_adopted_project_is_updated_without_a_conflict(projects, settings):
    project = projects.folder / "project"
    mine = {"pyproject.toml": f"[project]\nname = 'orders'\n{settings}", "orders/__init__.py": "", "Makefile": "all:\n"}
    for name, text in mine.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    commit_all(project)
    adopt(project, defaults=True, template=projects.template)
    adopted = (project / "pyproject.toml").read_text()

    newer = projects.release({"sigterm = true\n": "sigterm = true\ntimid = false\n", "precision = 2": "precision = 3"})
    answers = project / ".copier-answers.yml"
    answers.write_text(re.sub(r"_src_path: .*", f"_src_path: {newer}", answers.read_text()))
    assert projects.update(project, coverage_threshold="85") == []
    updated = (project / "pyproject.toml").read_text()
    assert updated.replace("timid = false\n", "").replace("precision = 3", "precision = 2") == adopted
    assert tomllib.loads(updated)["tool"]["coverage"]["run"]["timid"] is False
    assert all((project / name).read_text().startswith(mine[name]) for name in ("Makefile", "orders/__init__.py"))
    assert "85" in (project / "coverage.mk").read_text()


def test_beside_another_template(projects):
    """The tasks of a project with an answers file of another name ask for that one."""
    folder = projects.folder / "project"
    folder.mkdir()
    theirs = "_src_path: theirs\nproject_name: orders\n"
    (folder / ".copier-answers.yml").write_text(theirs)
    name = ".copier-answers.coverage.yml"
    data = {"project_name": "orders"}
    copier.run_copy(str(projects.template), folder, answers_file=name, data=data, defaults=True, quiet=True)
    assert (folder / ".copier-answers.yml").read_text() == theirs
    assert "coverage_threshold" in (folder / name).read_text()
    for task_file in ("coverage.mk", "coverage_tasks.py"):
        assert f"copier update --defaults --answers-file {name}" in (folder / task_file).read_text()
    commit_all(folder)
    copier.run_update(
        folder, answers_file=name, data={"coverage_threshold": "85"}, defaults=True, overwrite=True, quiet=True
    )
    assert (folder / ".copier-answers.yml").read_text() == theirs
    assert "85" in (folder / "coverage.mk").read_text()
