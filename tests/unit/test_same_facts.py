"""Facts that are in two places, because one of them is for another program: they are the same."""

import json
import re
import tomllib

import pytest
from packaging.version import Version

from adopting import FLOOR
from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.project.runners import JUSTFILES, MAKEFILES
from workshop.rendering import ROOT


def test_version_is_that_of_the_changelog():
    """Between two releases, it is a development version of the next one."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest, *earlier = re.findall(r"^## (\S+)", changelog, re.MULTILINE)
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    version = Version(pyproject["project"]["version"])
    if newest == "Unreleased":
        assert version.is_devrelease
        assert version > Version(earlier[0])
    else:
        assert version == Version(newest)


def test_coverage_is_that_of_new_projects():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert settings["dependency-groups"]["coverage"] == [FLOOR]


def test_oldest_python_is_that_of_joined_jobs_and_of_this_package():
    text = (ROOT / "includes" / "joined.jinja").read_text(encoding="utf-8")
    assert f"version_info >= ({OLDEST_PYTHON.replace('.', ', ')})" in text
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert pyproject["project"]["requires-python"] == f">={OLDEST_PYTHON}"


@pytest.mark.parametrize("names", [MAKEFILES, JUSTFILES])
def test_template_looks_for_the_names_that_adopt_looks_for(names):
    include = (ROOT / "includes" / "destination.jinja").read_text(encoding="utf-8")
    assert json.dumps(names) in include
