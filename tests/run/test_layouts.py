"""Adopted layouts, really run: what is measured is the project's code, wherever that is."""

import pytest

from adopting import adopt, total_by_next_commands
from copier_coverage.errors import Refusal
from workshop.act import commit_all
from workshop.rendered import RenderedProject

PYPROJECT = """\
[project]
name = "{name}"
version = "1"
requires-python = ">=3.11"

[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
{code}

[dependency-groups]
dev = ["pytest"]
"""
# Four statements, and a test that runs three of them.
CODE = "def here():\n    return 1\n\n\ndef never():\n    return 2\n"
TEST = "from {name} import here\n\n\ndef test_here():\n    assert here() == 1\n"
WORKSPACE = """\
[tool.uv.workspace]
members = ["packages/*"]

[tool.pytest]
addopts = ["--import-mode=importlib"]
"""


def member(name: str, folder: str = "") -> dict[str, str]:
    """Return the files of a project with a package."""
    return {
        f"{folder}pyproject.toml": PYPROJECT.format(name=name, code=f'packages = ["{name}"]'),
        f"{folder}{name}/__init__.py": CODE,
        f"{folder}tests/test_{name}.py": TEST.format(name=name),
    }


MODULE = {
    "pyproject.toml": PYPROJECT.format(name="six", code='py-modules = ["six"]'),
    "six.py": CODE,
    "tests/test_six.py": TEST.format(name="six"),
}
# Where the module is installed as a wheel, it is another file.
TOX = "[tox]\nenv_list = py\n[testenv]\npackage = wheel\ndeps = pytest\ncommands = pytest tests\n"
LAYOUTS = {
    "module": MODULE,
    "module-tox": MODULE | {"tox.ini": TOX},
    "namespace": {
        "pyproject.toml": PYPROJECT.format(name="ns-pkg", code='packages = ["ns.pkg"]'),
        "ns/pkg/__init__.py": CODE,
        "tests/test_pkg.py": TEST.format(name="ns.pkg"),
    },
    "two-packages": {
        "pyproject.toml": PYPROJECT.format(name="site", code='packages = ["one", "two"]'),
        "one/__init__.py": CODE,
        "two/__init__.py": CODE,
        "tests/test_one.py": TEST.format(name="one"),
        "tests/test_two.py": TEST.format(name="two"),
    },
    "workspace": {
        "pyproject.toml": WORKSPACE,
        **member("one", "packages/one/"),
        **member("two", "packages/two/"),
    },
}


def write(root, files):
    """Write a git repository of files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    commit_all(root)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_is_measured(tmp_path, capsys, layout):
    write(tmp_path / layout, LAYOUTS[layout])
    adopt(tmp_path / layout, defaults=True)
    assert total_by_next_commands(tmp_path / layout, capsys.readouterr().out) == 75


def test_each_member_can_have_a_gate_of_its_own(tmp_path, capsys):
    write(tmp_path, member("one", "one/") | member("two", "two/"))
    for name in ("one", "two"):
        adopt(tmp_path / name, defaults=True)
        assert total_by_next_commands(tmp_path / name, capsys.readouterr().out) == 75
        commit_all(tmp_path)


def test_tree_is_clean_after_the_next_commands(tmp_path, capsys):
    write(tmp_path / "module", LAYOUTS["module"])
    adopt(tmp_path / "module", defaults=True)
    total_by_next_commands(tmp_path / "module", capsys.readouterr().out)
    commit = 'git -c user.name=a -c user.email=a@example.org commit --all -m "Adopt"'
    RenderedProject(tmp_path / "module").check(commit)
    assert RenderedProject(tmp_path / "module").check("git status --porcelain") == ""


# Verify


@pytest.mark.parametrize("manager", ["uv", "pip"])
def test_before_and_after_are_compared(tmp_path, capsys, manager):
    files = member("one") | {"Makefile": "test:\n\tcoverage run --branch -m pytest\n"}
    files |= {"requirements.txt": ""} if manager == "pip" else {}
    write(tmp_path / "one", files)
    adopt(tmp_path / "one", defaults=True, verify=True)
    said = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in said if line.startswith("   ")}
    assert rows["tests"] == ["1", "1"]
    # Before, without `source`, the tests were measured too.
    assert rows["total"] == ["85.71%", "75.00%"]
    assert "  tests/test_one.py: is not in the source, so it does not count" in said
    assert "  ✔ coverage_threshold: 75 (the total, rounded down)" in said


def test_line_that_would_be_lost_is_refused(tmp_path):
    """A test that runs a line only where the gate is not."""
    files = member("one")
    files["tests/test_one.py"] += (
        "\n\ndef test_never():\n    import one, pathlib\n"
        "    if not pathlib.Path('coverage_gate.py').exists():\n        one.never()\n"
    )
    write(tmp_path / "one", files)
    with pytest.raises(Refusal, match=r"one/__init__\.py: lines 6 ran before, and not after\."):
        adopt(tmp_path / "one", defaults=True, verify=True)
    assert not (tmp_path / "one" / "coverage_gate.py").exists()
