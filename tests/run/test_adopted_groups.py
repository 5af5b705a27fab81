"""`invoke adopt`: the dependency groups `coverage` and `dev`, installed."""

import pytest

from adopting import PYPROJECT, adopt, total_by_next_commands
from conftest import git
from workshop.act import commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE

# Four statements, of which the tests run three.
CODE = "def here():\n    return 1\n\n\ndef never():\n    return 2\n"
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


PDM = f"""{PYPROJECT.replace("hatchling.build", "pdm.backend").replace("hatchling", "pdm-backend")}
[tool.pdm.dev-dependencies]
test = ["coverage==7.10.7", "pytest"]
"""
HATCH = f"""{PYPROJECT}
[tool.hatch.envs.default]
dependencies = ["coverage[toml]==7.10.7", "pytest"]

[tool.hatch.envs.default.scripts]
test = "pytest {{args}}"
"""


@pytest.mark.parametrize(
    ("manager", "pyproject"),
    [("uv", UV), ("poetry", POETRY), ("pdm", PDM), ("hatch", HATCH), ("pip", PIP)],
    ids=["(uv-groups)", "(poetry-groups)", "(pdm-groups)", "(hatch-groups)", "(pip-groups)"],
)
def test_next_commands_lead_to_the_gate_and_its_job_installs_coverage_alone(
    repository, tmp_path, capsys, manager, pyproject
):
    """A developer installs everything, and a job `coverage`; together they need a solution."""
    files = {
        "src/incident/__init__.py": CODE,
        "tests/test_a.py": "from incident import here\n\n\ndef test_a():\n    assert here() == 1\n",
        ".gitignore": ".venv/\n.pdm-python\n__pycache__/\n",
        "pyproject.toml": pyproject,
    }
    root = repository(files | ({"requirements.txt": ""} if manager == "pip" else {}))
    words = TEMPLATE.managers[manager]
    project = RenderedProject(root, manager)
    if words["lock"]:
        project.check(f"{manager} lock")
        commit_all(root)
    adopt(root, defaults=True, data={"coverage_threshold": "75"})
    assert f"package_manager: {manager}" in (root / ".copier-answers.yml").read_text()
    assert total_by_next_commands(root, capsys.readouterr().out, manager) == 75
    gate = f"{words['python']} coverage_gate.py gate"
    assert project.run(gate).returncode == 0
    assert project.run(gate, COVERAGE_FAIL_UNDER="75.01").returncode == 2

    commit_all(root)
    git(tmp_path, "clone", "--quiet", str(root), "job")
    job = RenderedProject(tmp_path / "job", manager)
    check = [words["check_lock"]] if words["lock_file"] else []
    install = " && ".join([*words["prepare"], *check, *words["install_coverage"]])
    for command, code in (
        (install, 0),
        (f"{words['python']} -c 'import coverage'", 0),
        (f"{words['python']} -c 'import pytest'", 1),
    ):
        process = job.run(command, **words["environment"])
        assert process.returncode == code, process.stdout
