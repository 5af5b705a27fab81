"""The version of the package is that of the changelog; both floors of coverage are the same."""

import re
import tomllib

from packaging.version import Version

from adopting import FLOOR
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
