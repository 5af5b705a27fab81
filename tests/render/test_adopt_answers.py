"""`invoke adopt`: the answers that it shows, and where they come from."""

import pytest
import yaml

from adopting import adopt
from conftest import git, recorded_answers
from workshop.act import WORKFLOW


def test_answers_are_shown_with_the_place_where_they_were_read(repository, capsys):
    command = "pytest -m 'not slow' --cov --cov-fail-under=85"
    root = repository({"Makefile": f"test:\n\t{command}\n"})
    adopt(root, defaults=True)
    said = capsys.readouterr().out
    assert f"coverage_threshold: 85 (Makefile:2: {command})" in said
    assert "test_command: pytest -m 'not slow' (make test)" in said


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, {"branch_coverage": True, "coverage_threshold": "1", "project_name": "incident"}),
        (
            {"pyproject.toml": None, "requirements.txt": ""},
            {"project_name": "repository", "package_manager": "pip"},
        ),
    ],
)
def test_answers_that_are_not_in_the_repository_are_the_defaults(repository, files, expected):
    root = repository(files)
    adopt(root, defaults=True)
    assert {name: recorded_answers(root)[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("commands", "branch"),
    [
        ([], "trunk"),
        (
            [
                "remote add origin .",
                "fetch -q",
                "remote set-head origin trunk",
                "checkout -q -b feature",
            ],
            "trunk",
        ),
        (["checkout -q -b feature"], "feature"),
        # No answer to the question: its default is taken.
        (["checkout -q -b a#b"], "main"),
        (["branch -m master", "checkout -q --detach"], "master"),
    ],
)
def test_default_branch_is_read_from_git(repository, commands, branch):
    root = repository()
    git(root, "branch", "-m", "trunk")
    for command in commands:
        git(root, *command.split())
    adopt(root, defaults=True)
    assert recorded_answers(root)["default_branch"] == branch
    workflow = yaml.safe_load((root / WORKFLOW).read_text())
    # YAML 1.1 reads `on` as true.
    assert workflow[True]["push"]["branches"] == [branch]
