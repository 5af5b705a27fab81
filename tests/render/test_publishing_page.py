"""What docs/publishing.md quotes of Copier, for a template that has some of its tags only."""

import subprocess
import sys
from pathlib import Path

import copier
import pytest

from conftest import NEWEST, RELEASES, git
from pages import DOCS
from workshop.act import commit_all

PAGE = (DOCS / "publishing.md").read_text(encoding="utf-8")
LATEST, MADE_FROM = f"v{NEWEST}", "v0.3.0"
EARLIER = [f"v{version}" for version in RELEASES]


@pytest.mark.parametrize(
    ("missing", "code", "quoted"),
    [
        ([], 0, "Current version is 0.3.0, latest version is "),
        ([LATEST], 0, "Project is up-to-date!"),
        (EARLIER, 1, f"ValueError: Unknown revision: '{MADE_FROM}'"),
        ([LATEST, *EARLIER], 1, "No git tags found in template; using HEAD as ref"),
    ],
    ids=["all", "not the newest", "not the old ones", "none"],
)
def test_check_for_a_release(template, tmp_path, missing, code, quoted):
    published = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template), str(published))
    project = tmp_path / "orders"
    copier.run_copy(str(published), project, vcs_ref=MADE_FROM, defaults=True, quiet=True)
    commit_all(project)
    if missing:
        git(published, "tag", "--delete", *missing)
    process = subprocess.run(
        [Path(sys.executable).with_name("copier"), "check-update"],
        cwd=project,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.returncode == code, process.stdout
    assert quoted in process.stdout
    assert quoted in PAGE
