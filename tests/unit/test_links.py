"""Each file of this repository that a page links to or names is there, and each heading."""

import re
from pathlib import Path

import pytest

from workshop.rendering import ROOT

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\]\((?!\w+:)([^)\s]*)\)")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# A file in one of these directories, or a module of tests.
NAMED = re.compile(r"`((?:copier_coverage|docs|includes|tests|workshop)/[\w./-]+|test_\w+\.py)`")
# How GitHub makes an anchor of a heading.
NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {NOT_IN_ANCHORS.sub("", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_have_their_targets(page):
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_are_named_are_there(page):
    modules = {path.name for path in ROOT.glob("tests/**/test_*.py")}
    for name in NAMED.findall(page.read_text(encoding="utf-8")):
        assert name in modules or (ROOT / name).exists(), name


def test_index_has_every_page():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in ROOT.glob("docs/*.md"):
        assert f"]({page.name})" in index or page.name == "README.md", page.name
