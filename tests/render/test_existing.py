"""A plain `copier copy` onto an existing repository: no file of the user is touched."""

import re
import tomllib

import copier
import pytest

from conftest import RUNNERS, recorded_answers
from workshop.act import WORKFLOW
from workshop.rendering import TEMPLATE, copy_template, render

USERS_FILES = (
    "pyproject.toml",
    "Makefile",
    "tasks.py",
    "justfile",
    "README.md",
    ".gitignore",
    *TEMPLATE.owned_files,
)


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine\n")


@pytest.mark.parametrize("working_directory", [".", "backend"])
def test_no_file_of_the_user_is_touched(tmp_path, working_directory):
    names = [str(WORKFLOW), *(f"{working_directory}/{name}" for name in USERS_FILES)]
    write(tmp_path, *names)
    render(tmp_path, existing=True, working_directory=working_directory, task_runners=RUNNERS)
    assert {(tmp_path / name).read_text() for name in names} == {"mine\n"}
    # Besides these, the answers alone.
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == len(names) + 1


@pytest.mark.parametrize(
    "name",
    [
        "pyproject.toml",
        "setup.py",
        "requirements.txt",
        "requirements/dev.txt",
        "orders/__init__.py",
        "backend/pyproject.toml",
        "src/pyproject.toml",
    ],
)
def test_repository_with_a_project_gets_no_starter(tmp_path, name):
    write(tmp_path, name)
    render(tmp_path, task_runners=RUNNERS)
    assert recorded_answers(tmp_path)["existing"] is True
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"backend-ci.yml", "Makefile", "tasks.py", "justfile", *TEMPLATE.owned_files} <= found
    assert "README.md" not in found
    assert len(list(tmp_path.rglob("__init__.py"))) == name.count("__init__.py")
    assert not any(name.startswith("test_") for name in found)
    assert not [path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            [],
            {
                "existing": False,
                "working_directory": ".",
                "package_manager": "uv",
                "source_dir": "src",
            },
        ),
        (["pyproject.toml", "poetry.lock"], {"existing": True, "package_manager": "poetry"}),
        (["pyproject.toml", "uv.lock", "requirements.txt"], {"package_manager": "uv"}),
        (["pyproject.toml", "pdm.lock", "requirements.txt"], {"package_manager": "pdm"}),
        # What hatch.toml has may be for building alone.
        (["pyproject.toml", "hatch.toml"], {"package_manager": "uv"}),
        (["pyproject.toml", "requirements-dev.txt"], {"package_manager": "pip"}),
        (["pyproject.toml", "requirements/dev.txt"], {"package_manager": "pip"}),
        (["setup.py"], {"existing": True, "package_manager": "pip"}),
        (
            ["backend/pyproject.toml", "backend/poetry.lock"],
            {"working_directory": "backend", "package_manager": "poetry"},
        ),
        (
            ["backend/pyproject.toml", "other/pyproject.toml"],
            {"existing": False, "working_directory": "."},
        ),
        (
            ["pyproject.toml", "src/orders/__init__.py"],
            {"source_dir": "src", "package_name": "orders"},
        ),
        (
            ["pyproject.toml", "orders/__init__.py", "tests/__init__.py"],
            {"source_dir": "orders", "package_name": "orders"},
        ),
        (
            ["pyproject.toml", "orders/__init__.py", "scripts/__init__.py"],
            {"source_dir": "orders", "package_name": "orders"},
        ),
        (
            ["backend/pyproject.toml", "backend/api/__init__.py"],
            {"source_dir": "api", "package_name": "api"},
        ),
        (["pyproject.toml", "Makefile"], {"task_runners": ["make"]}),
        (["pyproject.toml", "GNUmakefile"], {"task_runners": ["make"]}),
        (["pyproject.toml", "tasks.py"], {"task_runners": ["invoke"]}),
        (["pyproject.toml", "Makefile", "tasks.py"], {"task_runners": ["make", "invoke"]}),
        (["pyproject.toml", "justfile"], {"task_runners": ["just"]}),
        (
            ["pyproject.toml", ".justfile", "tasks.py", "makefile"],
            {"task_runners": ["make", "invoke", "just"]},
        ),
        (["pyproject.toml"], {"task_runners": []}),
    ],
)
def test_defaults_are_read_off_the_destination(tmp_path, names, expected):
    write(tmp_path, *names)
    render(tmp_path)
    assert {name: recorded_answers(tmp_path)[name] for name in expected} == expected


def test_project_in_a_folder_that_is_answered_is_not_replaced(tmp_path):
    """Nobody reads a folder off the destination where there are several, or where it is deeper."""
    write(tmp_path, "services/api/pyproject.toml", "services/api/src/orders/__init__.py")
    with pytest.raises(ValueError, match="--data existing=true"):
        render(tmp_path, working_directory="services/api")
    assert [path.name for path in tmp_path.iterdir()] == ["services"]
    render(tmp_path, working_directory="services/api", existing=True)
    assert (tmp_path / "services" / "api" / "pyproject.toml").read_text() == "mine\n"
    assert recorded_answers(tmp_path)["package_name"] == "orders"
    render(tmp_path / "new", working_directory="services/api")
    render(tmp_path / "new", working_directory="services/api")


def test_project_is_not_replaced_whatever_is_answered(tmp_path):
    write(tmp_path, "pyproject.toml")
    with pytest.raises(ValueError, match="--data existing=true"):
        render(tmp_path, existing=False)
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject.toml"]


def test_folder_without_a_project_is_refused(tmp_path):
    write(tmp_path, "backend/pyproject.toml")
    with pytest.raises(ValueError, match="There is no project in bakcend"):
        render(tmp_path, existing=True, working_directory="bakcend")
    assert [path.name for path in tmp_path.iterdir()] == ["backend"]


@pytest.mark.parametrize("folder", ["[x]", "[", "a*", "a?"])
def test_folder_named_like_a_pattern_is_looked_into(tmp_path, folder):
    write(tmp_path / folder, "pyproject.toml", "coverage_gate.py")
    render(tmp_path / folder)
    assert recorded_answers(tmp_path / folder)["existing"] is True
    assert {
        (tmp_path / folder / name).read_text() for name in ("pyproject.toml", "coverage_gate.py")
    } == {"mine\n"}


@pytest.mark.parametrize("name", ["GNUmakefile", "makefile", "Justfile", ".justfile"])
def test_other_names_of_a_makefile_and_a_justfile_count(tmp_path, name):
    """A Makefile beside it would never be read, and just refuses two."""
    write(tmp_path, name)
    for _ in ("first", "second"):
        render(tmp_path, task_runners=["make" if "make" in name else "just"])
        found = [
            path.name
            for path in tmp_path.iterdir()
            if path.name.lower().endswith(("makefile", "justfile"))
        ]
        assert found == [name]


def test_package_of_tasks_gets_no_module_of_the_same_name_beside_it(tmp_path):
    write(tmp_path, "pyproject.toml", "src/orders/__init__.py", "tasks/__init__.py")
    render(tmp_path, task_runners=["invoke"])
    assert (tmp_path / "coverage_tasks.py").exists()
    assert not (tmp_path / "tasks.py").exists()


def test_second_copy_writes_what_it_records(tmp_path):
    template = copy_template(tmp_path / "template")
    project = tmp_path / "project"
    write(project, "pyproject.toml", "Makefile", "tasks.py")
    for threshold, manager, command in (
        ("80", "uv", "uvx copier"),
        ("90", "poetry", "pipx run copier"),
    ):
        data = {
            "coverage_threshold": threshold,
            "package_manager": manager,
            "task_runners": ["make", "invoke"],
        }
        copier.run_copy(
            str(template), project, data=data, defaults=True, overwrite=True, quiet=True
        )
        for name in (".copier-answers.yml", str(WORKFLOW)):
            assert re.search(rf"\b{threshold}\b", (project / name).read_text()), name
        for name in ("coverage.mk", "coverage_tasks.py"):
            assert f"{command} update" in (project / name).read_text(), name
    assert {
        (project / name).read_text() for name in ("pyproject.toml", "Makefile", "tasks.py")
    } == {"mine\n"}


def test_answers_of_another_template_are_not_overwritten(tmp_path):
    """Copier takes its answers file without asking, another template's too."""
    write(tmp_path, "pyproject.toml")
    theirs = tmp_path / ".copier-answers.yml"
    theirs.write_text("_src_path: theirs\nproject_name: orders\n")
    with pytest.raises(ValueError, match=r"-a \.copier-answers\.coverage\.yml"):
        render(tmp_path, coverage_threshold="92.5")
    assert theirs.read_text() == "_src_path: theirs\nproject_name: orders\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_copy_goes_on_where_this_template_left_its_answers(tmp_path):
    render(tmp_path, coverage_threshold="92.5")
    render(tmp_path)
    assert recorded_answers(tmp_path)["coverage_threshold"] == "92.5"


def test_settings_of_an_existing_project_have_no_exclusions_of_ours(tmp_path):
    render(tmp_path, existing=True)
    settings = tomllib.loads((tmp_path / "pyproject.toml").read_text())
    assert list(settings) == ["tool"]
    # The user decides what counts: more exclusions would change the total.
    assert "exclude_also" not in settings["tool"]["coverage"]["report"]


def test_gate_refuses_until_the_settings_are_there(tmp_path, install_sample):
    """Without `source`, what no test imports would not count: 92.67% would be true of less."""
    project = install_sample("incident")
    settings = project.folder / "pyproject.toml"
    complete = settings.read_text()
    try:
        settings.write_text(complete.partition("[tool.coverage.run]")[0])
        process = project.run("make coverage")
    finally:
        settings.write_text(complete)
    assert process.returncode != 0
    assert "No source: " in process.stdout
