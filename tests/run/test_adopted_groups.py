"""`invoke adopt`: the dependency groups `coverage` and `dev`, installed."""

import pytest

from adopting import PYPROJECT, adopt
from workshop.act import commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE

UV = f"""{PYPROJECT}
[project.optional-dependencies]
all = ["coverage==7.10.7"]

[dependency-groups]
dev = ["coverage[toml]<7.15", "pytest"]
old = ["coverage~=7.10.0"]
"""
POETRY = """\
[tool.poetry]
name = "incident"
version = "1"
description = ""
authors = []
packages = [{include = "incident", from = "src"}]

[tool.poetry.dependencies]
python = "^3.11"

[tool.poetry.group.dev.dependencies]
pytest = ">=9"
coverage = {version = "^6", extras = ["toml"]}

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"

[tool.coverage.run]
plugins = ["covdefaults"]
"""
PIP = f"""{PYPROJECT}
[dependency-groups]
dev = ["coverage==7.10.7", "pytest"]
"""


@pytest.mark.parametrize(
    ("manager", "pyproject"),
    [("uv", UV), ("poetry", POETRY), ("pip", PIP)],
    ids=["(uv-groups)", "(poetry-groups)", "(pip-groups)"],
)
def test_both_groups_can_be_installed(repository, manager, pyproject):
    """A job installs `coverage` alone, a developer everything; together they need a solution."""
    files = {
        "src/incident/__init__.py": "A = 1\n",
        "tests/test_a.py": "import incident\n\n\ndef test_a():\n    assert incident.A\n",
    }
    root = repository(
        files
        | {"pyproject.toml": pyproject}
        | ({"requirements.txt": ""} if manager == "pip" else {})
    )
    adopt(root, defaults=True)
    commit_all(root)
    assert f"package_manager: {manager}" in (root / ".copier-answers.yml").read_text()
    only = RenderedProject(root, manager)
    words = TEMPLATE.managers[manager]
    lock = ["poetry lock"] if manager == "poetry" else []
    only.check(" && ".join([*words["prepare"], *lock, *words["install_coverage"]]))
    only.check(f"{words['python']} -c 'import coverage'".replace("uv run", "uv run --no-sync"))
    assert only.run(
        f"{words['python']} -c 'import pytest'".replace("uv run", "uv run --no-sync")
    ).returncode
    project = RenderedProject(root, manager)
    project.install()
    process = project.run(f"{words['python']} coverage_gate.py")
    assert process.returncode == 0, process.stdout
    assert project.total() == 100
