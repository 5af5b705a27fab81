"""What of docs/recipes.md runs on this machine: the scripts of its steps, and LCOV."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest
import yaml

from conftest import git
from pages import sections

RECIPES = sections("recipes.md")
BADGE = RECIPES["A badge without a service"]
COMMENT = RECIPES["A comment on the pull request"]


def script(text: str, job: str, name: str) -> str:
    """Return what a step of a page's block runs."""
    found = yaml.safe_load(text)
    steps = found.get("jobs", found)[job]["steps"]
    (run,) = (step["run"] for step in steps if step["name"] == name)
    return run


def run(run: str, folder, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does where a workflow names bash as its shell."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", run],
        cwd=folder,
        env=os.environ | variables,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def reports(tmp_path, installed):
    """A folder with the reports of the sample, as the artifact is downloaded."""
    (tmp_path / "reports").mkdir()
    report = (installed.folder / "coverage.json").read_text()
    (tmp_path / "reports" / "coverage.json").write_text(report)
    return tmp_path


def test_badge_has_the_total_and_a_branch_of_its_own(reports):
    (ends,) = BADGE.ends.values()
    process = run(script(ends, "badge", "Write the badge"), reports)
    assert process.returncode == 0, process.stdout
    badge = ET.parse(reports / "badge" / "coverage.svg").getroot()
    assert [text.text for text in badge.iter() if text.tag.endswith("text")] == [
        "coverage",
        "92.67%",
    ]
    git(reports, "init", "--quiet", "--bare", "orders")
    where = {"GITHUB_SERVER_URL": reports.as_uri(), "GITHUB_REPOSITORY": "orders"}
    push = script(ends, "badge", "Push the branch")
    # The second push replaces the first.
    for _ in range(2):
        process = run(push, reports / "badge", TOKEN="secret", **where)
        assert process.returncode == 0, process.stdout
        (reports / "badge" / ".git").rename(reports / f"git{os.urandom(4).hex()}")
    assert git(reports / "orders", "ls-tree", "--name-only", "badge") == "coverage.svg\n"
    assert git(reports / "orders", "rev-list", "--count", "badge") == "1\n"


def total_of_the_comment(folder) -> subprocess.CompletedProcess[str]:
    (file,) = COMMENT.files.values()
    return run(script(file, "comment", "Read the total"), folder, RUN="https://example.org/1")


def test_comment_has_the_total(reports):
    process = total_of_the_comment(reports)
    assert process.returncode == 0, process.stdout
    text = (reports / "comment.md").read_text()
    assert text == "Coverage 92.67%: [reports and missing lines](https://example.org/1)\n"


@pytest.mark.parametrize("total", ["@everyone $(touch forged)", "92.67\n@everyone", "", None, [1]])
def test_forged_report_is_no_comment(reports, total):
    totals = {"percent_covered_display": total}
    (reports / "reports" / "coverage.json").write_text(json.dumps({"totals": totals}))
    assert total_of_the_comment(reports).returncode != 0
    assert not (reports / "comment.md").exists()
    assert not (reports / "forged").exists()


def test_lcov_has_the_files_by_paths_from_the_root(installed):
    recipe = RECIPES["LCOV for editors"]
    (command,) = recipe.commands
    assert installed.run(command).returncode == 0
    (setting,) = recipe.files.values()
    (name,) = json.loads(setting)["coverage-gutters.coverageFileNames"]
    lcov = installed.folder / name
    try:
        files = re.findall(r"^SF:(.*)$", lcov.read_text(), re.MULTILINE)
    finally:
        lcov.unlink()
    assert files
    assert all((installed.folder / file).is_file() for file in files)
