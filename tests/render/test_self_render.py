"""This repository is its own first user: its root carries what the template renders for it."""

import shutil

import pytest

from workshop.rendering import ROOT
from workshop.self_render import OWNED, drift, self_render


@pytest.fixture
def root(tmp_path):
    """A copy of the repository's root, as far as the template renders it."""
    for name in (*OWNED, ".copier-answers.yml", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_root_is_what_the_template_renders_for_it():
    assert drift() == [], "run: uv run invoke self-render (pyproject.toml is mended by hand)"


@pytest.mark.parametrize("name", OWNED)
def test_changed_file_is_found_and_written_again(root, name):
    with (root / name).open("a") as file:
        file.write("# changed by hand")
    assert drift(root) == [name]
    self_render(root)
    assert drift(root) == []


def test_changed_setting_is_found(root):
    settings = root / "pyproject.toml"
    settings.write_text(settings.read_text().replace("sigterm = true", "sigterm = false"))
    assert drift(root) == ["pyproject.toml"]
