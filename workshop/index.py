"""What the package index serves."""

import json
import urllib.parse
import urllib.request
from typing import Any

from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from workshop.rendered import package_index

# https://packaging.python.org/en/latest/specifications/simple-repository-api/
SIMPLE = "application/vnd.pypi.simple.v1+json"


def files(name: str) -> list[dict[str, Any]]:
    """Return the files of a package: `filename`, `url` and the rest.

    Raises:
        urllib.error.URLError: the package index cannot be reached, or does not have it.
    """
    address = f"{package_index().rstrip('/')}/{name}/"
    request = urllib.request.Request(address, headers={"Accept": SIMPLE})
    with urllib.request.urlopen(request) as page:
        found: list[dict[str, Any]] = json.load(page)["files"]
    return [file | {"url": urllib.parse.urljoin(address, file["url"])} for file in found]


def newest(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a file of the newest release, which is neither yanked nor a prerelease."""
    kept = [file for file in found if not file.get("yanked") and not version(file).is_prerelease]
    return max(kept, key=version)


def version(file: dict[str, Any]) -> Version:
    """Return the version that a file has by its name; 0 for a file of an older kind."""
    filename = file["filename"]
    if filename.endswith(".tar.gz"):
        return parse_sdist_filename(filename)[1]
    return parse_wheel_filename(filename)[1] if filename.endswith(".whl") else Version("0")
