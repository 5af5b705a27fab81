"""Requirements as PEP 508 and Poetry write them, and whether they allow what the gate needs."""

import re

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from copier_coverage.project.requirements import is_requirement, name_of

# The gate's tools need this Python; a project for older ones too has other versions there.
OLDEST_PYTHON = "3.11"
NEWER = f"python_version >= '{OLDEST_PYTHON}'"
OLDER = f"python_version < '{OLDEST_PYTHON}'"
# Earlier releases allow no coverage that the gate can use.
# Source: https://github.com/TheKevJames/coveralls-python/blob/master/CHANGELOG.md
BESIDE_COVERAGE = ("coveralls>=4.0.2; python_version < '4'",)
# Versions far above any that a requirement excludes by accident.
FUTURE = "9999"


def text_of(requirement: Requirement) -> str:
    """Return a requirement as a text that needs no escapes in TOML."""
    return str(requirement).replace('"', "'")


def floor_of(requirement: Requirement) -> str:
    """Return the lowest version that a requirement of the template allows."""
    return next(iter(requirement.specifier)).version


def allows(specifier: SpecifierSet, floor: str) -> bool:
    """Return whether a specifier allows some version from the floor on."""
    named = [part.version.removesuffix(".*") for part in specifier]
    candidates = [floor, FUTURE, *named, *(f"{version}.1" for version in named)]
    return any(reaches(version, floor) and specifier.contains(version) for version in candidates)


def demands(specifier: SpecifierSet, floor: str) -> bool:
    """Return whether a specifier allows no version below the floor."""
    lower = [
        part.version.removesuffix(".*")
        for part in specifier
        if part.operator in (">=", ">", "==", "~=")
    ]
    return any(reaches(version, floor) for version in lower)


def reaches(version: str, floor: str) -> bool:
    """Return whether a version is the floor or a later one."""
    try:
        return Version(version) >= Version(floor)
    except InvalidVersion:
        return False


def applies(marker: Marker | None, pythons: list[str]) -> bool:
    """Return whether a requirement with a marker counts on one of these Pythons.

    Other conditions are taken as true.
    """
    if marker is None or "python" not in str(marker):
        return True
    return any(
        marker.evaluate({"python_version": version, "python_full_version": f"{version}.0"})
        for version in pythons
    )


def holds_back(item: object, floor: Requirement, pythons: list[str]) -> bool:
    """Return whether a group's item cannot be installed beside a requirement of the template."""
    if not is_requirement(item) or name_of(item) != floor.name:
        return False
    there = Requirement(item)
    return applies(there.marker, pythons) and not allows(there.specifier, floor_of(floor))


def raised(item: str, floor: Requirement, supports_older: bool) -> list[str]:
    """Return what takes the place of an item that holds a requirement of the template back.

    Its extras and its marker stay; Pythons that cannot have the new version keep the old one.
    """
    new = Requirement(item)
    new.specifier = floor.specifier
    if not supports_older:
        return [text_of(new)]
    old = Requirement(item)
    new.marker, old.marker = with_marker(new.marker, NEWER), with_marker(old.marker, OLDER)
    return [text_of(new), text_of(old)]


def with_marker(marker: Marker | None, condition: str) -> Marker:
    """Return a marker with one more condition."""
    return Marker(f"({marker}) and {condition}" if marker else condition)


def poetry_specifier(constraint: object) -> SpecifierSet | None:
    """Return a version constraint of Poetry's as a specifier; None if it has no such form.

    Source of the operators: https://python-poetry.org/docs/dependency-specification/
    """
    parts = []
    for text in str(constraint).replace(" ", "").split(","):
        if match := re.fullmatch(r"\^(\d+)(\.\d+)*", text):
            parts += [f">={text[1:]}", f"<{int(match[1]) + 1}"]
        elif re.fullmatch(r"~\d+(\.\d+)*", text):
            numbers = text[1:].split(".")
            parts += [f">={text[1:]}", f"=={'.'.join(numbers[:2])}.*"]
        elif re.fullmatch(r"\d[\w.*]*", text):
            parts.append(f"=={text}")
        elif text != "*":
            parts.append(text)
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier:
        return None
