"""Versions that are allowed and demanded, as adopt compares them."""

import pytest
from packaging.specifiers import SpecifierSet

from copier_coverage.adopt.requirement import allows, demands, poetry_specifier


@pytest.mark.parametrize(
    ("specifier", "is_allowed", "is_demanded"),
    [
        ("", True, False),
        (">=7", True, False),
        (">=7.17.3", True, True),
        (">7.18", True, True),
        ("~=7.10", True, False),
        ("~=7.18.0", True, True),
        ("==7.18.*", True, True),
        ("==7.10.7", False, False),
        ("<7.17", False, False),
        (">=7.18,<7.18.1", True, True),
        ("!=7.17.3", True, False),
        ("===mine", False, False),
    ],
)
def test_versions_are_compared_with_the_oldest_that_the_gate_takes(
    specifier, is_allowed, is_demanded
):
    assert allows(SpecifierSet(specifier), "7.17.3") == is_allowed
    assert demands(SpecifierSet(specifier), "7.17.3") == is_demanded


@pytest.mark.parametrize(
    ("constraint", "specifier"),
    [
        ("*", ""),
        ("^7.10", ">=7.10,<8"),
        ("~7.10.2", ">=7.10.2,==7.10.*"),
        ("~7", ">=7,==7.*"),
        ("7.10.7", "==7.10.7"),
        ("7.*", "==7.*"),
        (">=7.10, <8", ">=7.10,<8"),
        ("^7 || ^8", None),
    ],
)
def test_constraint_of_poetry_is_read_as_poetry_does(constraint, specifier):
    assert poetry_specifier(constraint) == (None if specifier is None else SpecifierSet(specifier))
