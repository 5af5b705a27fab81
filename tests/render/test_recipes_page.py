"""The blocks of docs/recipes.md in a rendered workflow: the linters find nothing in them."""

from pathlib import Path

import pytest
import yaml
from test_rendered_files import finds_nothing

from pages import sections
from workshop.act import WORKFLOW, real_actions, used_actions
from workshop.rendering import ROOT, render

RECIPES = sections("recipes.md")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A rendered project with all recipes."""
    folder = render(tmp_path_factory.mktemp("recipes"))
    for recipe in RECIPES.values():
        for name, text in recipe.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        for name, text in recipe.ends.items():
            with (folder / name).open("a") as file:
                file.write(f"\n{text}")
    return folder


def workflows(project: Path) -> list[Path]:
    return sorted((project / WORKFLOW.parent).iterdir())


def test_page_has_a_job_for_each_service(project):
    added = yaml.safe_load((project / WORKFLOW).read_text())["jobs"].keys() - {"test", "coverage"}
    assert added == {"badge", "github-coverage", "codecov", "coveralls"}


def test_linters_find_nothing(project, tmp_path):
    files = workflows(project)
    finds_nothing("actionlint", *files)
    finds_nothing("yamllint", "--strict", "--config-file", ROOT / ".yamllint", *files)
    finds_nothing("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    tagged = {action for file in files for action, *_ in used_actions(file)} - {*real_actions()}
    policies = dict.fromkeys(sorted(tagged), "ref-pin") | {"*": "hash-pin"}
    rules = {"rules": {"unpinned-uses": {"config": {"policies": policies}}}}
    settings = tmp_path / "zizmor.yml"
    settings.write_text(yaml.safe_dump(rules))
    options = ("--offline", "--no-progress", "--persona", "auditor", "--config", settings)
    finds_nothing("zizmor", *options, *files)


def test_known_actions_are_those_of_the_template(project):
    for file in workflows(project):
        for action, ref, inputs in used_actions(file):
            if action in real_actions():
                assert ref == real_actions()[action]["sha"], file
                assert set(inputs) <= set(real_actions()[action]["inputs"]), file


def test_only_the_comment_has_a_token_that_a_fork_reaches(project):
    """A workflow for pull requests has a token that writes only where none of them comes."""
    jobs = yaml.safe_load((project / WORKFLOW).read_text())["jobs"]
    writing = {
        name
        for name, job in jobs.items()
        if {"contents", "pull-requests"}
        & {scope for scope, right in job.get("permissions", {}).items() if right == "write"}
    }
    assert writing == {"badge"}
    assert "github.event_name == 'push'" in jobs["badge"]["if"]
    comment = yaml.safe_load((project / ".github/workflows/coverage-comment.yml").read_text())
    assert comment["permissions"] == {}
    assert "checkout" not in str(comment)
    assert list(comment[True]) == ["workflow_run"]
    own = yaml.safe_load((project / WORKFLOW).read_text())["name"]
    assert comment[True]["workflow_run"]["workflows"] == [own]
