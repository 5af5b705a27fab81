"""What counts as behind: by numbers of versions, and by the calendar of Python."""

from datetime import date

import pytest
from packaging.version import Version

from workshop.index import newest
from workshop.outdated import actions, is_behind, pythons, supported_pythons


@pytest.mark.parametrize(
    ("ours", "newest", "behind"),
    [
        ("9", "9.2.0", False),
        ("9", "10.0", True),
        ("0.49", "0.49.3", False),
        ("0.49", "0.50.0", True),
        ("7.17.4", "7.17.4", False),
        ("7.17.4", "7.17.5", True),
        ("26.3", "25.9", False),
    ],
)
def test_version_is_behind_in_the_numbers_that_it_has(ours, newest, behind):
    assert is_behind(ours, Version(newest)) is behind


@pytest.mark.parametrize(
    ("today", "oldest", "newest"),
    [
        (date(2026, 9, 30), "3.10", "3.14"),
        (date(2026, 10, 31), "3.10", "3.15"),
        (date(2026, 11, 1), "3.11", "3.15"),
        (date(2027, 11, 1), "3.12", "3.16"),
    ],
)
def test_supported_pythons_follow_the_calendar(today, oldest, newest):
    found = supported_pythons(today)
    assert (found[0], found[-1]) == (oldest, newest)


def test_python_that_ended_is_behind():
    assert not pythons(date(2026, 11, 1)).behind
    assert pythons(date(2027, 11, 1)).behind


def test_newest_file_is_neither_yanked_nor_a_prerelease():
    names = ["a-1.9.tar.gz", "a-1.10-py3-none-any.whl", "a-2.0rc1.tar.gz", "a-3.0.tar.gz", "a.exe"]
    files = [{"filename": name, "yanked": name == "a-3.0.tar.gz"} for name in names]
    assert newest(files)["filename"] == "a-1.10-py3-none-any.whl"


def test_action_has_its_tag_and_where_to_look():
    (checkout,) = (entry for entry in actions() if entry.what == "actions/checkout")
    assert checkout.ours.startswith("v")
    assert checkout.newest == "see github.com/actions/checkout/releases"
