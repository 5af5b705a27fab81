"""GitLab: what is rendered for which answers, and what no run of the pipeline can show."""

import re
import shlex

import copier
import pytest
import yaml

from conftest import MANAGERS, recorded_answers
from workshop.gitlab import PIPELINE
from workshop.rendering import TEMPLATE, copy_template, render

INCLUDED = ".gitlab/ci/coverage.yml"
MINE = "test:\n  script: [pytest]\n"


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """The pipeline of a project with four test jobs."""
    folder = tmp_path_factory.mktemp("pipeline")
    render(folder, ci_providers=["gitlab"], python_versions=["3.13", "3.11"], shards=2)
    return yaml.safe_load((folder / PIPELINE).read_text())


@pytest.mark.parametrize(
    ("providers", "names"),
    [
        (["github"], {".github"}),
        (["gitlab"], {".gitlab-ci.yml"}),
        (["github", "gitlab"], {".github", ".gitlab-ci.yml"}),
    ],
)
def test_each_provider_has_its_file_and_no_other(tmp_path, providers, names):
    render(tmp_path, ci_providers=providers)
    assert {path.name for path in tmp_path.glob(".git[hl]*")} == names
    # A question that only GitHub has.
    assert ("operating_systems" in recorded_answers(tmp_path)) == ("github" in providers)


def test_new_project_is_for_github(tmp_path):
    assert recorded_answers(render(tmp_path))["ci_providers"] == ["github"]


def test_no_provider_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Choose at least one"):
        render(tmp_path, ci_providers=[])


def test_more_jobs_than_a_job_can_need_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"That makes 55 jobs, .* GitLab runs at most 50"):
        render(tmp_path / "a", ci_providers=["gitlab"], shards=11)
    render(tmp_path / "b", ci_providers=["github"], shards=11)


def repository(folder, *names):
    """Write a project, with more files."""
    for name in ("pyproject.toml", *names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MINE if name == str(PIPELINE) else "")
    return folder


@pytest.mark.parametrize(
    ("names", "providers", "workflow"),
    [
        ([str(PIPELINE)], ["gitlab"], "join"),
        ([str(PIPELINE), ".github/workflows/ci.yml"], ["github"], "own"),
        ([], ["github"], "own"),
    ],
)
def test_defaults_follow_the_repository(tmp_path, names, providers, workflow):
    answers = recorded_answers(render(repository(tmp_path, *names)))
    assert answers["ci_providers"] == providers
    assert answers["workflow"] == workflow


def test_pipeline_that_is_there_is_not_touched(tmp_path):
    for _ in ("first", "second"):
        render(repository(tmp_path, str(PIPELINE)))
        assert (tmp_path / PIPELINE).read_text() == MINE
        assert ".measure-coverage:" in (tmp_path / INCLUDED).read_text()
    assert not (tmp_path / ".github").exists()


def test_second_pipeline_is_refused(tmp_path):
    with pytest.raises(ValueError, match="GitLab reads no other; give: join"):
        render(repository(tmp_path, str(PIPELINE)), workflow="own")
    assert len(list(tmp_path.iterdir())) == 2


def test_new_project_keeps_a_pipeline_that_is_there(tmp_path):
    (tmp_path / PIPELINE).write_text(MINE)
    render(tmp_path, ci_providers=["gitlab"])
    assert (tmp_path / PIPELINE).read_text() == MINE
    assert (tmp_path / "coverage_gate.py").exists()


def test_existing_project_without_a_pipeline_gets_one_that_another_copy_writes_again(tmp_path):
    template = copy_template(tmp_path / "template")
    project = repository(tmp_path / "project")
    for version in ("3.12", "3.13"):
        data = {"ci_providers": ["gitlab"], "python_versions": [version]}
        copier.run_copy(
            str(template), project, data=data, defaults=True, overwrite=True, quiet=True
        )
        assert f'PYTHON_VERSION: ["{version}"]' in (project / PIPELINE).read_text()
    assert "default_branch" not in recorded_answers(project)


def test_name_of_a_job_has_every_dimension_of_the_matrix(pipeline):
    job = pipeline["test"]
    assert job["parallel"]["matrix"] == [{"PYTHON_VERSION": ["3.11", "3.13"], "SHARD": ["1", "2"]}]
    assert job["variables"]["JOB"] == "$PYTHON_VERSION-$SHARD"
    assert job["variables"]["GATE_NAME"] == "$CI_COMMIT_SHA.$CI_JOB_ID.$JOB"
    assert job["variables"]["GATE_JOBS"] == "$CI_NODE_TOTAL"
    assert job["script"][1:] == [
        "mkdir -p coverage-data/$JOB",
        "mv .coverage.* .coverage-gate coverage-data/$JOB",
    ]
    assert job["artifacts"]["paths"] == ["coverage-data/"]


def test_gate_is_last_plain_and_its_reports_are_there_whatever_it_decides(pipeline):
    job = pipeline["coverage"]
    assert job["needs"] == ["test"]
    assert "allow_failure" not in str(pipeline)
    assert job["script"][:2] == [
        "export COVERAGE_RCFILE=pyproject.toml COVERAGE_FILE=.coverage",
        "unset COVERAGE_FAIL_UNDER COVERAGE_FORCE_CONFIG",
    ]
    assert job["script"][-2:] == [
        "uv run coverage report --fail-under=80",
        "uv run python coverage_gate.py goals",
    ]
    assert "changed" not in str(job)
    assert job["artifacts"]["when"] == "always"
    assert job["artifacts"]["reports"] == {
        "coverage_report": {"coverage_format": "cobertura", "path": "coverage.xml"}
    }
    # Only test jobs have a cache. Of a pipeline that was joined, the gate would inherit one.
    assert job["cache"] == [] and pipeline["test"]["cache"]


def test_changed_lines_are_checked_before_the_total_in_every_pipeline(tmp_path):
    """A pipeline that was joined may be one of branches, which know no merge request."""
    render(tmp_path, ci_providers=["gitlab"], changed_lines_threshold="90")
    job = yaml.safe_load((tmp_path / PIPELINE).read_text())["coverage"]
    base = '"${CI_MERGE_REQUEST_DIFF_BASE_SHA:-origin/$CI_DEFAULT_BRANCH}"'
    assert job["script"][-3] == f"uv run python coverage_gate.py changed -- {base}"
    # With 0, GitLab fetches all branches.
    assert job["variables"]["GIT_DEPTH"] == "0"


def test_pipelines_are_those_of_the_default_branch_and_of_merge_requests(pipeline):
    assert [rule["if"] for rule in pipeline["workflow"]["rules"]] == [
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    ]


@pytest.mark.parametrize(
    ("line", "total"),
    [
        ("TOTAL                     142      7      8      4  92.67%", "92.67"),
        ("TOTAL      198     10  95%", "95"),
        ("TOTAL      198     10    100.00%", "100.00"),
        ("Coverage failure: total of 95.00 is less than fail-under=95.01", None),
        ("Coverage 95.00%, threshold 95.01%: failed, 0.01 points below", None),
        ("src/total.py      10      0  100.00%", None),
    ],
)
def test_coverage_expression_finds_the_total_and_nothing_else(pipeline, line, total):
    found = re.search(pipeline["coverage"]["coverage"].strip("/"), line)
    assert (found and found[1]) == total


@pytest.mark.parametrize("manager", MANAGERS)
@pytest.mark.parametrize("answers", [{}, {"existing": True, "workflow": "join"}])
def test_package_manager_is_pinned_and_the_gate_installs_coverage_alone(tmp_path, manager, answers):
    render(tmp_path, ci_providers=["gitlab"], package_manager=manager, **answers)
    words = TEMPLATE.managers[manager]
    text = (tmp_path / (INCLUDED if answers else PIPELINE)).read_text()
    _, test, gate = re.split(r"^(?=test:|coverage:|\.measure)", text, flags=re.MULTILINE)
    jobs = {gate: words["install_coverage"]} | ({} if answers else {test: words["install"]})
    for job, install in jobs.items():
        requirement = shlex.quote(f"{words.get('package', manager)}=={words['version']}")
        assert f"    - pip install {requirement}\n" in job
        assert all(f"    - {command}\n" in job for command in install)


def test_gates_of_two_projects_have_names_of_their_own(tmp_path):
    answers = {"existing": True, "workflow": "join", "package_name": "a"}
    for name, folder in (("coverage", "one"), ("coverage-two", "two")):
        render(
            tmp_path / name,
            workflow_name=name,
            working_directory=folder,
            ci_providers=["gitlab"],
            **answers,
        )
        text = (tmp_path / name / ".gitlab" / "ci" / f"{name}.yml").read_text()
        jobs = re.findall(r"^\S+(?=:$)", text, re.MULTILINE)
        assert jobs == [f".measure-{name}", f".upload-{name}", name]
        assert f'paths: ["{folder}/coverage-data/"]' in text
