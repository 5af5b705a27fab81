"""The published fix loses all data to a late process; test_demo.py has the rest."""

import pytest

from conftest import projects
from workshop.incident import COMBINE, FAIL_UNDER, TESTS, by_uv


@pytest.fixture(params=projects(("uv", "pytest-cov")))
def collected(request, install_sample):
    """The sample incident, after pytest-cov ran its tests."""
    project = install_sample("incident", *request.param)
    project.check("uv run coverage erase")
    project.check(by_uv(TESTS))
    return project


def test_published_fix_replaces_the_data_by_a_late_file(collected):
    # A process that outlived the tests leaves one more data file, of next to nothing.
    collected.check("uv run coverage run -m incident.settings")
    process = collected.run(by_uv(COMBINE, FAIL_UNDER))
    assert process.returncode == 2
    assert "total of 16.00 is less than fail-under=80.00" in process.stdout
