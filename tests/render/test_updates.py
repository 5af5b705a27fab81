"""Which files are the user's: what `copier copy` onto a folder and `copier update` leave alone."""

import copier
import jinja2
import pytest

from conftest import RUNNERS
from workshop.act import commit_all
from workshop.rendering import copy_template, render

STARTER_FILES = (
    ".gitignore",
    "Makefile",
    "README.md",
    "justfile",
    "tasks.py",
    "src/project/__init__.py",
    "tests/test_project.py",
)


@pytest.mark.parametrize("name", STARTER_FILES)
def test_copy_leaves_a_file_of_the_user_alone(tmp_path, name):
    mine = tmp_path / name
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine\n")
    render(tmp_path, project_name="project", task_runners=RUNNERS)
    assert mine.read_text() == "mine\n"


def test_update_changes_the_threshold_and_no_starter_file(tmp_path):
    template = copy_template(tmp_path / "template")
    commit_all(template)
    project = tmp_path / "project"
    runners = {"task_runners": RUNNERS}
    copier.run_copy(str(template), project, data=runners, defaults=True, vcs_ref="HEAD", quiet=True)
    changed, deleted = STARTER_FILES[::2], STARTER_FILES[1::2]
    for name in changed:
        (project / name).write_text("mine\n")
    for name in (*deleted, "coverage.mk"):
        (project / name).unlink()
    commit_all(project)

    answers = {"coverage_threshold": "85"}
    copier.run_update(
        project, data=answers, defaults=True, overwrite=True, vcs_ref="HEAD", quiet=True
    )
    assert all((project / name).read_text() == "mine\n" for name in changed)
    assert not any((project / name).exists() for name in deleted)
    for name in ("pyproject.toml", ".github/workflows/backend-ci.yml"):
        text = (project / name).read_text()
        assert "85" in text
        assert "<<<<<<<" not in text


def test_misspelt_name_in_the_template_stops_the_rendering(tmp_path):
    template = copy_template(tmp_path / "template")
    with (template / "template" / "[[ working_directory ]]" / "pyproject.toml.jinja").open(
        "a"
    ) as file:
        file.write("[[ coverage_treshold ]]\n")
    with pytest.raises(jinja2.UndefinedError, match="coverage_treshold"):
        copier.run_copy(str(template), tmp_path / "project", defaults=True, quiet=True)
