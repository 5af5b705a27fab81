"""`copier update` from every release to the template as it is.

The projects are pristine ones, edited ones and adopted ones.
"""

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import copier
import pytest

from adopting import FLOOR, adopt
from conftest import NEWEST, RELEASES, git
from copier_coverage.template import Template
from workshop.act import WORKFLOW, commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import ROOT

# The last commit with coverage_parts.py, after the last release that has it.
BEFORE_THE_PROGRAM = "18f44c4"
EARLIER = [*RELEASES, BEFORE_THE_PROGRAM]
# The last release and the first; the long run has those between.
NORMAL = [next(iter(RELEASES)), list(RELEASES)[-1]]
RELEASE = [
    release if release in NORMAL else pytest.param(release, marks=pytest.mark.long)
    for release in EARLIER
]
# Projects of these have both task runners, if nothing else was answered.
RUNNERS = {"task_runners": ["make", "invoke"]}
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
        ref = version if version == BEFORE_THE_PROGRAM else f"v{version}"
        copier.run_copy(
            str(self.template), folder, data=answers, defaults=True, vcs_ref=ref, quiet=True
        )
        commit_all(folder)
        return folder

    def release(self, changes: dict[str, str]) -> Path:
        """Return a clone of the template with a newer release that changes coverage's settings."""
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

    def update(self, project: Path, **answers: object) -> list[str]:
        """Update to the newest release; return the names of the files with a conflict."""
        commit_all(project)
        copier.run_update(project, data=answers, defaults=True, overwrite=True)
        return conflicts(project)

    def adopt(self, version: str, project: Path) -> None:
        """Adopt a release as that release did, and commit."""
        clone = self.folder / f"template-{version}"
        git(
            self.folder,
            "clone",
            "--quiet",
            "--branch",
            f"v{version}",
            str(self.template),
            str(clone),
        )
        adopts = (
            "import pathlib, sys; from copier_coverage.adopt import adopt; "
            "adopt(pathlib.Path(sys.argv[1]), defaults=True)"
        )
        subprocess.run(
            [sys.executable, "-c", adopts, project],
            cwd=clone,
            env=RenderedProject(clone).environment(),
            check=True,
            stdout=subprocess.DEVNULL,
        )
        root = Path(git(project, "rev-parse", "--show-toplevel").strip())
        set_answer(root, "_src_path", self.template)


def conflicts(project: Path) -> list[str]:
    return [
        name for name, text in files(project).items() if any(marker in text for marker in MARKERS)
    ]


def files(project: Path) -> dict[str, str]:
    found = (
        path for path in sorted(project.rglob("*")) if path.is_file() and ".git" not in path.parts
    )
    return {path.relative_to(project).as_posix(): path.read_text() for path in found}


def owned(project: Path) -> dict[str, str]:
    return {
        name: text for name, text in files(project).items() if Path(name).name not in USERS_FILES
    }


@pytest.fixture
def projects(template, tmp_path):
    return Projects(template, tmp_path)


def test_every_release_has_its_commit():
    headings = re.findall(
        r"^## (?!Unreleased)(\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert headings == list(RELEASES)
    tags = [tag.removeprefix("v") for tag in git(ROOT, "tag", "--list", "v*").split()]
    assert set(tags) <= set(headings)


@pytest.mark.parametrize("release", RELEASE)
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
        {
            "package_manager": "pip",
            "source_dir": "orders",
            "python_versions": ["3.13"],
            "branch_coverage": False,
        },
    ],
    ids=["defaults", "poetry", "pip"],
)
def test_pristine_project_becomes_a_fresh_render(projects, release, answers):
    project = projects.make(release, **answers)
    assert projects.update(project) == []
    assert owned(project) == owned(projects.make(NEWEST, "fresh", **(RUNNERS | answers)))
    names = set(files(project))
    assert "coverage_gate.py" in names
    assert "coverage_parts.py" not in names


@pytest.fixture(params=[*RELEASE, NEWEST])
def release(request):
    return request.param


@pytest.fixture
def edits(release):
    """What a user adds to the files that the template has too."""
    return EDITS if release in EARLIER else [*EDITS, JOB_AT_THE_END]


@pytest.fixture
def edited(projects, release, edits):
    """A project of each release, with the edits."""
    project = projects.make(release, python_versions=["3.12", "3.13"], **RUNNERS)
    for edit in edits:
        write(project, *edit)
    return project


def write(project: Path, name: str, old: str, new: str) -> None:
    """Replace a text that is once in a file of a project."""
    text = (project / name).read_text()
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {name}"
    (project / name).write_text(text.replace(old, new))


DEPENDENCY = 'dependencies = ["attrs>=25"]'
OMIT = 'omit = ["src/orders/generated.py"]\n'
JOB = """\
  deploy:
    needs: coverage
    runs-on: ubuntu-latest
    steps:
      - run: echo deployed
"""
TARGET = "\ndeploy: coverage-test\n\techo deployed\n"
EDITS = [
    ("pyproject.toml", "dependencies = []", DEPENDENCY),
    ("pyproject.toml", '    "pytest>=9",\n', '    "pytest>=9",\n    "ruff>=0.17",\n'),
    ("pyproject.toml", 'source_pkgs = ["orders"]\n', f'source_pkgs = ["orders"]\n{OMIT}'),
    (str(WORKFLOW), "\n  coverage:\n", f"\n{JOB}\n  coverage:\n"),
    ("Makefile", "include coverage.mk\n", f"include coverage.mk\n{TARGET}"),
    ("pyproject.toml", "sigterm = true\n", "sigterm = true\ntimid = false\n"),
]
LAST_LINE = "Add your own jobs below.\n"
# In earlier releases, a job at the end is beside a line that the update changes (CHANGELOG.md).
JOB_AT_THE_END = (str(WORKFLOW), LAST_LINE, f"{LAST_LINE}\n{JOB.replace('deploy', 'announce')}")


def test_edited_project_keeps_every_edit_when_its_threshold_is_raised(projects, edited, edits):
    assert projects.update(edited, coverage_threshold="85") == []
    for name, _, new in edits:
        assert new in (edited / name).read_text()
    # All else is what a fresh project has.
    answers = {"python_versions": ["3.12", "3.13"], "coverage_threshold": "85", **RUNNERS}
    for name, text in owned(projects.make(NEWEST, "fresh", **answers)).items():
        mine = (edited / name).read_text()
        for edit_name, old, new in edits:
            mine = mine.replace(new, old) if edit_name == name else mine
        assert mine == text, name
        assert not re.search(r"\b80\b", text)


@pytest.mark.parametrize("release", RELEASE, indirect=True)
def test_edit_beside_a_changed_line_is_a_conflict_and_not_lost(projects, release):
    project = projects.make(release)
    mine = "\techo mine\n"
    write(project, "coverage.mk", "\ncoverage-erase:\n", f"\ncoverage-erase:\n{mine}")
    assert projects.update(project) == ["coverage.mk"]
    text = (project / "coverage.mk").read_text()
    assert text.count(mine) == 1
    assert text.index("<<<<<<<") < text.index(mine) < text.index(">>>>>>>")


GONE = "These are gone; use `uv run coverage debug data` instead:\n\n- coverage_parts.py\n"


@pytest.mark.parametrize(
    ("release", "runners"),
    [(NORMAL[0], ["make", "invoke"]), (NORMAL[1], ["make"])],
    indirect=["release"],
)
def test_update_names_what_is_gone_once(projects, release, runners, capsys):
    project = projects.make(release, task_runners=runners)
    projects.update(project)
    message = capsys.readouterr().err
    assert GONE in message
    assert ("- `invoke coverage.parts`, coverage_tasks.parts\n" in message) == ("invoke" in runners)
    # A new project has its groups in the template's pyproject.toml.
    assert "[dependency-groups]" not in message
    assert message.rstrip().endswith("Then:\n\n    uv sync\n    make coverage")
    projects.update(project, coverage_threshold="85")
    assert "gone" not in capsys.readouterr().err


def test_update_of_a_new_release_has_no_message(projects, capsys):
    project = projects.make(NEWEST)
    projects.update(project, coverage_threshold="85")
    assert "coverage_parts.py" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "folder", "lines"),
    [
        (
            {"backend/Makefile": "all:\n"},
            "backend/",
            [
                "which backend/pyproject.toml must have",
                f'    coverage = ["{FLOOR}"]\n',
                '    cd "backend"\n    uv sync\n    make coverage\n',
            ],
        ),
        (
            {"poetry.lock": ""},
            "",
            [
                "    [tool.poetry.group.coverage.dependencies]\n",
                f'    coverage = "{FLOOR.removeprefix("coverage")}"\n',
                "    poetry lock\n    poetry install\n    make coverage\n",
            ],
        ),
    ],
    ids=["below", "poetry"],
)
def test_update_of_an_adopted_project_shows_the_lines_that_it_lacks(
    projects, repository, files, folder, lines, capsys
):
    root = repository(files, folder=folder or ".")
    projects.adopt("0.3.0", root / folder)
    capsys.readouterr()
    assert projects.update(root) == []
    message = capsys.readouterr().err
    assert GONE.replace("uv run", "poetry run" if "poetry.lock" in files else "uv run") in message
    assert f'uv run invoke adopt "{(root / folder).resolve()}"' in message
    for line in lines:
        assert line in message
    names = {path.name for path in (root / folder).iterdir()}
    assert {"coverage_gate.py", "coverage.mk"} <= names
    assert "coverage_parts.py" not in names
    # What the message shows by hand is what adopting does.
    commit_all(root)
    adopt(
        root / folder, defaults=True, template=Template(projects.template, str(projects.template))
    )
    assert git(root, "diff", "--cached", "--name-only") == f"{folder}pyproject.toml\n"
    groups = tomllib.loads((root / folder / "pyproject.toml").read_text())["dependency-groups"]
    assert groups["coverage"] == [FLOOR]
    assert {"include-group": "coverage"} in groups["dev"]


def test_edited_project_of_the_last_release_runs_after_the_update(projects):
    """Its Makefile and tasks.py are still those of 0.3.0: they call the stages by the old names."""
    release = next(iter(RELEASES))
    folder = projects.make(release)
    for name, old, new in [*EDITS[1:3], EDITS[4]]:
        write(folder, name, old, new)
    assert projects.update(folder) == []
    project = RenderedProject(folder)
    project.install()
    assert "python -m coverage run -m pytest" in project.check("make test")
    project.check("make coverage-combine coverage-report coverage-gate")
    assert project.total() == 100
    assert "threshold 80%: passed" in project.check("make coverage")
    assert project.check("make deploy").endswith("deployed\n")
    assert "threshold 80%: passed" in project.check("uv run invoke coverage")
    assert "python -m coverage run -m pytest" in project.check("uv run invoke test")
    assert "src/orders/__init__.py" in project.check("uv run coverage debug data")


@pytest.fixture
def user(projects):
    """Return a function that runs a command below a project as its user does, with a uvx.

    That calls Copier as this environment has it, in place of the registry's newest.
    """
    bin_folder = projects.folder / "bin"
    bin_folder.mkdir()
    (bin_folder / "uvx").write_text('#!/bin/sh\nexec "$@"\n')
    (bin_folder / "uvx").chmod(0o755)
    path = f"{bin_folder}:{RenderedProject(projects.folder).environment()['PATH']}"

    def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return RenderedProject(folder).run(command, folder / "backend", PATH=path)

    return run


def set_answer(project: Path, key: str, value: object) -> None:
    """Change what a project recorded of the template, and commit."""
    answers = project / ".copier-answers.yml"
    text = re.sub(rf"^{key}: .*", f"{key}: {value}", answers.read_text(), flags=re.MULTILINE)
    answers.write_text(text)
    commit_all(project)


def test_task_says_whether_there_is_a_newer_release(projects, user):
    project = projects.make(NEWEST, working_directory="backend")
    assert "up-to-date" in user("make coverage-check-update", project).stdout
    set_answer(project, "_commit", f"v{NORMAL[0]}")
    assert NEWEST in user("make coverage-check-update", project).stdout


@pytest.mark.parametrize(
    "stage", ["make coverage-", "invoke coverage.", "just coverage-", "poe coverage-"]
)
def test_task_updates_and_fails_if_a_conflict_is_left(projects, user, stage):
    """A newer release changes two lines, and the user one of them."""
    runner = stage.partition(" ")[0]
    project = projects.make(NEWEST, working_directory="backend", task_runners=[runner])
    newer = projects.release({"precision = 2": "precision = 3", "branch = true": "branch = false"})
    mine = project / "backend" / "pyproject.toml"
    mine.write_text(mine.read_text().replace("precision = 2", "precision = 1"))
    set_answer(project, "_src_path", newer)
    process = user(f"{stage}update", project)
    assert process.returncode == 2, process.stdout
    assert "backend/pyproject.toml" in process.stdout
    assert "leftover conflict marker" in process.stdout
    assert "branch = false" in mine.read_text()


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


@pytest.mark.parametrize(
    "settings", [MINE, "\n[tool.coverage.run]\nsigterm = true\nomit = ['a.py']\n"]
)
def test_adopted_project_is_updated_without_a_conflict(projects, settings):
    project = projects.folder / "project"
    mine = {
        "pyproject.toml": f"[project]\nname = 'orders'\n{settings}",
        "orders/__init__.py": "",
        "test_orders.py": "",
        "Makefile": "all:\n",
    }
    for name, text in mine.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    commit_all(project)
    template = Template(projects.template, str(projects.template))
    adopt(project, defaults=True, template=template, data={"coverage_threshold": "80"})
    adopted = (project / "pyproject.toml").read_text()
    assert "threshold = 80\n" in adopted

    newer = projects.release(
        {
            "relative_files = true\n": "relative_files = true\ntimid = false\n",
            "precision = 2": "precision = 3",
        }
    )
    set_answer(project, "_src_path", newer)
    assert projects.update(project, coverage_threshold="85") == []
    updated = (project / "pyproject.toml").read_text()
    before = updated.replace("timid = false\n", "").replace("precision = 3", "precision = 2")
    assert before.replace("threshold = 85\n", "threshold = 80\n") == adopted
    assert tomllib.loads(updated)["tool"]["coverage"]["run"]["timid"] is False
    assert all(
        (project / name).read_text().startswith(mine[name])
        for name in ("Makefile", "orders/__init__.py")
    )
    assert "threshold = 85\n" in updated
    assert "--fail-under=85" in (project / WORKFLOW).read_text()


def test_beside_another_template(projects):
    """The tasks of a project with an answers file of another name ask for that one."""
    folder = projects.folder / "project"
    folder.mkdir()
    theirs = "_src_path: theirs\nproject_name: orders\n"
    (folder / ".copier-answers.yml").write_text(theirs)
    name = ".copier-answers.coverage.yml"
    runners = {
        "make": "coverage.mk",
        "invoke": "coverage_tasks.py",
        "just": "coverage.just",
        "poe": "coverage_poe.toml",
    }
    data = {"project_name": "orders", "task_runners": list(runners)}
    copier.run_copy(
        str(projects.template), folder, answers_file=name, data=data, defaults=True, quiet=True
    )
    assert (folder / ".copier-answers.yml").read_text() == theirs
    assert "coverage_threshold" in (folder / name).read_text()
    for task_file in runners.values():
        assert f"copier update --defaults --answers-file {name}" in (folder / task_file).read_text()
    commit_all(folder)
    copier.run_update(
        folder,
        answers_file=name,
        data={"coverage_threshold": "85"},
        defaults=True,
        overwrite=True,
        quiet=True,
    )
    assert (folder / ".copier-answers.yml").read_text() == theirs
    assert "threshold = 85\n" in (folder / "pyproject.toml").read_text()
