"""This repository is its own first user."""

from copier_coverage.self_render import drift


def test_root_is_what_the_template_renders_for_it():
    assert drift() == [], "run: uv run invoke self-render (pyproject.toml is mended by hand)"
