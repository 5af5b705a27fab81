"""This repository is the first user of its own template: its root has what that renders for it."""

import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import yaml

from workshop.rendering import ROOT, render

# The template's files that this repository's root has too.
OWNED = (".github/workflows/backend-ci.yml", "coverage_gate.py", "coverage_tasks.py")


def render_for(root: Path, destination: Path) -> Path:
    """Render the template into destination with the answers in root, and return destination."""
    answers = yaml.safe_load((root / ".copier-answers.yml").read_text(encoding="utf-8"))
    return render(destination, **answers)


def coverage_settings(pyproject: Path) -> list[dict[str, Any]]:
    """Return the tables [tool.coverage-gate] and [tool.coverage] of a pyproject.toml."""
    tool = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]
    return [tool["coverage-gate"], tool["coverage"]]


def drift(root: Path = ROOT) -> list[str]:
    """Return the files in root that differ from what the template renders for it."""
    with tempfile.TemporaryDirectory() as folder:
        rendered = render_for(root, Path(folder))
        differing = [
            name for name in OWNED if (rendered / name).read_bytes() != (root / name).read_bytes()
        ]
        if coverage_settings(rendered / "pyproject.toml") != coverage_settings(
            root / "pyproject.toml"
        ):
            differing.append("pyproject.toml")
    return differing


def self_render(root: Path = ROOT) -> None:
    """Write the files that the template owns to root; pyproject.toml is left to the maintainer."""
    with tempfile.TemporaryDirectory() as folder:
        rendered = render_for(root, Path(folder))
        for name in OWNED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(rendered / name, root / name)
