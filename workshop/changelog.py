"""What releases of coverage newer than the template's floor report about lost data."""

import io
import re
import tarfile
import tomllib
import urllib.request

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rich.console import Console

from workshop.index import files, newest
from workshop.rendering import ROOT

# How its changelog names a loss.
LOSS = re.compile(
    r"\b(los[est]\w*|missing|discard\w*|skipp?\w*|drop\w*|corrupt\w*)\b", re.IGNORECASE
)


def changelog() -> str:
    """Return the changelog of the newest release of coverage that the package index serves.

    Raises:
        urllib.error.URLError: the package index cannot be reached.
    """
    sdists = [file for file in files("coverage") if file["filename"].endswith(".tar.gz")]
    with urllib.request.urlopen(newest(sdists)["url"]) as page:
        content = io.BytesIO(page.read())
    with tarfile.open(fileobj=content) as archive:
        name = next(name for name in archive.getnames() if name.endswith("/CHANGES.rst"))
        file = archive.extractfile(name)
        assert file
        return file.read().decode()


def losses(text: str, newer: SpecifierSet) -> dict[str, list[str]]:
    """Return the entries of a changelog that report a loss, by release.

    Args:
        text: the changelog.
        newer: the releases to look at.
    """
    found = {}
    for section in re.split(r"^Version (?=\d)", text, flags=re.MULTILINE)[1:]:
        version = section.split()[0]
        entries = re.findall(
            r"^- ((?:.+\n)(?:(?:  .*)?\n)*?)(?=^\S|\n\S|\Z)", section, re.MULTILINE
        )
        if version in newer and (lost := [entry for entry in entries if LOSS.search(entry)]):
            found[version] = [" ".join(entry.split()) for entry in lost]
    return found


def newer_losses() -> bool:
    """Print what releases newer than the floor report about lost data; return if there is any."""
    # This repository's own is the template's; test_same_facts.py compares them.
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    floor = Requirement(settings["dependency-groups"]["coverage"][0])
    (version,) = (specifier.version for specifier in floor.specifier)
    found = losses(changelog(), SpecifierSet(f">{version}"))
    console = Console(soft_wrap=True)
    for release, entries in found.items():
        console.print(f"[bold]coverage {release}[/bold]")
        for entry in entries:
            console.print(f"  {entry}", markup=False, highlight=False)
    if not found:
        console.print(f"No release after {version} reports lost data.")
    return bool(found)
