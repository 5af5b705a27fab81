"""The jobs of docs/recipes.md in a workflow that act runs, in a project below the root.

In place of an upload, a step shows what would be uploaded; a repository here takes the badge.
"""

import re

import pytest

from conftest import git
from pages import sections
from workshop.act import WORKFLOW, real_actions, run_workflow
from workshop.rendered import RenderedProject
from workshop.rendering import render_sample

UPLOAD = re.compile(r"uses: (\S+)@\S+\n +with:\n(?: {10}.*\n)+")
PUSHED_TO = '"$GITHUB_SERVER_URL/$GITHUB_REPOSITORY"'


def shown(upload: re.Match[str]) -> str:
    """Return a step that shows the first lines of the file in place of one that uploads it."""
    return "run: head -n 20 coverage.xml\n" if upload[1] not in real_actions() else upload[0]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The run of a workflow with the jobs, on a push; its badge is in the repository `badges`."""
    folder = tmp_path_factory.mktemp("recipes")
    answers = {"working_directory": "services/api", "python_versions": ["3.11"]}
    project = RenderedProject(render_sample("incident", folder / "incident", **answers))
    git(folder, "init", "--quiet", "--bare", "badges")
    ends = [text for recipe in sections("recipes.md").values() for text in recipe.ends.values()]
    jobs = UPLOAD.sub(shown, "\n".join(["", *ends]))
    assert jobs.count("run: head") == 3
    assert jobs.count(PUSHED_TO) == 1
    # act knows neither.
    jobs = re.sub(r"\n +code-quality: .*", "", jobs)
    jobs = jobs.replace("github.event.repository.default_branch", "'main'")
    # The jobs that upload have a checkout, or run nothing of ours, and need no default directory.
    jobs = jobs.replace("run: head", "working-directory: .\n        run: head")
    with (project.folder / WORKFLOW).open("a") as workflow:
        workflow.write(jobs.replace(PUSHED_TO, str(folder / "badges")))
    run = run_workflow(project)
    run.badges = folder / "badges"
    return run


def test_badge_has_the_total(run):
    assert run.exit_code == 0, str(run)
    assert "coverage: 92.67%" in git(run.badges, "show", "badge:coverage.svg")


@pytest.mark.parametrize("job", ["github-coverage", "codecov", "coveralls"])
def test_report_is_there_to_be_uploaded(run, job):
    (upload,) = (step for step in run.named("Upload the report") if step.job == job)
    assert 'filename="services/api/src/incident/' in upload.output, str(run)
