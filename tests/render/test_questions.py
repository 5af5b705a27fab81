"""The questions: defaults that work, and answers that are refused before anything is written."""

import re
from pathlib import Path

import copier
import pytest
import yaml

from adopting import gate_settings
from conftest import RUNNERS, recorded_answers
from workshop.act import WORKFLOW
from workshop.rendering import ROOT, copy_template, render

TEXT_QUESTIONS = (
    "project_name",
    "package_name",
    "source_dir",
    "test_command",
    "coverage_threshold",
    "changed_lines_threshold",
)
DANGEROUS_TEXTS = (
    "a\nb",
    "a\n",
    'a"b',
    "a'b",
    "${{ a }}",
    "$(a)",
    "`a`",
    "a\0b",
    "a\\b",
    "a;b",
    "a|b",
    "a#b",
    "[[ 1 ]]",
)


def refused(destination: Path, **answers: object) -> str:
    """Render with answers that must be refused, with nothing written; return the message."""
    with pytest.raises(ValueError) as error:
        render(destination, **answers)
    assert not destination.exists()
    return str(error.value)


def test_defaults_follow_the_folder(tmp_path):
    project = render(tmp_path / "order service!")
    assert 'name = "order-service"' in (project / "pyproject.toml").read_text()
    assert (project / "src" / "order_service" / "__init__.py").exists()


@pytest.mark.parametrize("folder", ["2024", "...", "Ünï", "-x-"])
def test_defaults_are_valid_for_any_folder(tmp_path, folder):
    render(tmp_path / folder)


def test_template_needs_no_trust():
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & questions.keys()


@pytest.mark.parametrize("question", TEXT_QUESTIONS)
@pytest.mark.parametrize("text", DANGEROUS_TEXTS)
def test_text_that_could_break_out_of_a_file_is_refused(tmp_path, question, text):
    assert question in refused(tmp_path / "project", **{question: text})


@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        ("0.8", "give percent, not a fraction"),
        (0.8, "give percent, not a fraction"),
        ("0", "below 1 percent"),
        ("101", "more than 100 percent"),
        ("100.01", "more than 100 percent"),
        ("eighty", "for example: 80"),
        ("nan", "for example: 80"),
        ("80%", "for example: 80"),
        ("-1", "for example: 80"),
        # No number in TOML.
        ("080", "for example: 80"),
    ],
)
def test_threshold_that_is_no_percentage_is_refused(tmp_path, threshold, reason):
    assert reason in refused(tmp_path / "project", coverage_threshold=threshold)


@pytest.mark.parametrize(
    ("threshold", "reason"),
    [
        ("0.8", "give percent, not a fraction"),
        ("100.01", "more than 100 percent"),
        ("ninety", "for example: 90"),
        ("090", "for example: 90"),
    ],
)
def test_threshold_of_changed_lines_that_is_no_percentage_is_refused(tmp_path, threshold, reason):
    assert reason in refused(tmp_path / "project", changed_lines_threshold=threshold)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("order-service", "for example: order_service"),
        ("1order", "no digit in front"),
        ("bestellungé", "letters, digits"),
        ("class", "is a Python keyword"),
        ("None", "is a Python keyword"),
        ("coverage", "for example: coverage_app"),
        ("coverage_gate", "for example: coverage_gate_app"),
        ("tests", "for example: tests_app"),
    ],
)
def test_package_that_cannot_be_imported_is_refused(tmp_path, name, reason):
    assert reason in refused(tmp_path / "project", package_name=name)


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("/src", "relative to the project"),
        ("C:/src", "relative to the project"),
        ("C:\\src", "relative to the project"),
        ("../src", "inside the project"),
        ("src/../..", "inside the project"),
        (".", "measures the tests too"),
        ("tests", "not of the tests"),
        ("test/unit", "not of the tests"),
        ("src/", "none at the end"),
        ("", "for example: src"),
    ],
)
def test_source_folder_that_measures_something_else_is_refused(tmp_path, folder, reason):
    assert reason in refused(tmp_path / "project", source_dir=folder)


@pytest.mark.parametrize("versions", [[], ["3.9"], ["3.11", "4.0"]])
def test_python_versions_that_are_none_or_not_supported_are_refused(tmp_path, versions):
    assert "3.1" in refused(tmp_path / "project", python_versions=versions)


@pytest.mark.parametrize(
    ("runners", "owned", "starters"),
    [
        ([], set(), set()),
        (["make"], {"coverage.mk"}, {"Makefile"}),
        (["invoke"], {"coverage_tasks.py"}, {"tasks.py"}),
        (["just"], {"coverage.just"}, {"justfile"}),
        (["poe"], {"coverage_poe.toml"}, set()),
        (
            ["make", "invoke", "just", "poe"],
            {"coverage.mk", "coverage_tasks.py", "coverage.just", "coverage_poe.toml"},
            {"Makefile", "tasks.py", "justfile"},
        ),
    ],
)
def test_each_task_runner_has_its_entry_point_and_no_other(tmp_path, runners, owned, starters):
    project = render(tmp_path / "project", task_runners=runners)
    others = {
        ".copier-answers.yml",
        ".gitignore",
        "README.md",
        "coverage_gate.py",
        "pyproject.toml",
    }
    assert {path.name for path in project.iterdir() if path.is_file()} == others | owned | starters
    assert recorded_answers(project)["task_runners"] == runners


def test_new_project_gets_make(tmp_path):
    assert recorded_answers(render(tmp_path / "project"))["task_runners"] == ["make"]


def test_task_runner_that_is_not_offered_is_refused(tmp_path):
    assert "is not in" in refused(tmp_path / "project", task_runners=["make", "nox"])


@pytest.mark.parametrize("branch", ["main", "master", "release/1.x", "3.13", "team_a-b"])
def test_default_branch_is_where_pushes_are_tested(tmp_path, branch):
    project = render(tmp_path / "project", existing=True, default_branch=branch)
    # YAML 1.1 reads `on` as true.
    assert yaml.safe_load((project / WORKFLOW).read_text())[True]["push"]["branches"] == [branch]
    assert recorded_answers(project)["default_branch"] == branch


@pytest.mark.parametrize(
    "branch", ["", "-a", "/a", ".a", "a b", "a*", "a\n", "a,b", "a'b", "!a", "${{ a }}", 'a"b']
)
def test_default_branch_that_is_no_name_is_refused(tmp_path, branch):
    assert "for example: main" in refused(
        tmp_path / "project", existing=True, default_branch=branch
    )


def test_default_branch_of_a_new_project_is_not_asked_for(tmp_path):
    project = render(tmp_path / "project")
    assert "default_branch" not in recorded_answers(project)
    assert yaml.safe_load((project / WORKFLOW).read_text())[True]["push"]["branches"] == ["main"]


@pytest.mark.parametrize(
    ("branches", "expected"),
    [(["main"], "main"), (["master"], "master"), (["main", "master"], "main"), ([], "main")],
)
def test_default_branch_follows_the_repository(tmp_path, branches, expected):
    for branch in branches:
        head = tmp_path / ".git" / "refs" / "heads" / branch
        head.parent.mkdir(parents=True, exist_ok=True)
        head.write_text("")
    render(tmp_path, existing=True)
    assert recorded_answers(tmp_path)["default_branch"] == expected


def test_pytest_cov_with_another_test_runner_is_refused(tmp_path):
    answers = {"collector": "pytest-cov", "test_command": "manage.py test"}
    assert "needs pytest" in refused(tmp_path / "project", **answers)


@pytest.mark.parametrize(
    "command", ["tox run -e py", "cd a && PYTHONPATH=. nox -s 'tests(\"1\")'", "py\\test.bat"]
)
def test_own_command_is_kept_as_it_is(tmp_path, command):
    project = render(tmp_path / "project", collector="command", test_command=command)
    assert gate_settings(project)["test_command"] == command


@pytest.mark.parametrize("command", ["", " tox", "tox\nnox", "tox\t", "tox\x7f"])
def test_own_command_of_several_lines_is_refused(tmp_path, command):
    answers = {"collector": "command", "test_command": command}
    assert "Give one line" in refused(tmp_path / "project", **answers)


def test_module_and_namespace_are_for_existing_projects(tmp_path):
    assert "Only a module that exists" in refused(tmp_path / "project", source_dir="six.py")
    assert "use one name, for example: a_b" in refused(tmp_path / "project", package_name="a.b")


@pytest.mark.parametrize("name", ["a/b", "", "a.yml", "-a", "${{ a }}", "con", "a" * 151])
def test_name_of_a_workflow_that_is_no_file_name_is_refused(tmp_path, name):
    assert "for example: coverage" in refused(
        tmp_path / "project", workflow_name=name, existing=True
    )


def test_no_operating_system_is_refused(tmp_path):
    assert "at least one runner" in refused(tmp_path / "project", operating_systems=[])


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"shards": 0}, "for example: 1"),
        ({"shards": -2}, "for example: 1"),
        ({"shards": 52}, "260 jobs"),
        (
            {
                "shards": 129,
                "python_versions": ["3.13"],
                "operating_systems": ["macos-latest", "windows-latest"],
            },
            "258 jobs",
        ),
        ({"shards": 2, "test_command": "manage.py test"}, "Only pytest's tests can be split"),
        ({"shards": 2, "collector": "command"}, "Only pytest's tests can be split"),
    ],
)
def test_shards_that_cannot_run_are_refused(tmp_path, answers, reason):
    assert reason in refused(tmp_path / "project", **answers)


@pytest.mark.parametrize("question", ["package_manager", "collector"])
def test_choice_that_is_not_offered_is_refused(tmp_path, question):
    assert "is not in" in refused(tmp_path / "project", **{question: "other"})


@pytest.mark.parametrize(
    "command",
    [
        "--rcfile=a -m pytest",
        "--omit=a -m pytest",
        "--data-file=a -m pytest",
        "--source=a -m pytest",
        "-p -m pytest",
        "-m --omit=a pytest",
        "-m  -p pytest",
        "--omit=a manage.py test",
        "coverage run -m pytest",
        "-m coverage run -m pytest",
    ],
)
def test_options_of_coverage_run_are_refused(tmp_path, command):
    """With these, the total is true of something else."""
    message = refused(tmp_path / "project", test_command=command)
    assert "those go into [tool.coverage.run]" in message


@pytest.mark.parametrize(
    "command", ["-m pytest --omit=a", "-m  pytest", "manage.py test", "./t.py"]
)
def test_options_of_the_tests_are_kept(tmp_path, command):
    project = render(tmp_path / "project", test_command=command)
    assert gate_settings(project)["test_command"] == command


@pytest.mark.parametrize(
    ("question", "answer"), [("test_command", "--omit=a -m pytest"), ("coverage_threshold", "0.8")]
)
def test_recorded_answer_that_is_refused_is_not_replaced(tmp_path, question, answer):
    """Copier would take the default without a word."""
    project = render(tmp_path / "project", coverage_threshold="92.5")
    answers = project / ".copier-answers.yml"
    text = re.sub(
        rf"^{question}: .*", f"{question}: {answer}", answers.read_text(), flags=re.MULTILINE
    )
    answers.write_text(text)
    with pytest.raises(ValueError, match=f"'{question}'"):
        render(project)
    assert answers.read_text() == text


@pytest.mark.parametrize("workflow", ["own", "join"])
@pytest.mark.parametrize("folder", ["null", "true", "80", "0x10", "1.00"])
def test_folder_that_yaml_takes_for_something_else_is_a_text(tmp_path, folder, workflow):
    answers = {"existing": True, "working_directory": folder, "workflow": workflow}
    project = render(tmp_path, **answers)
    assert recorded_answers(project)["working_directory"] == folder
    for path in (project / ".github").rglob("*.yml"):
        text = yaml.safe_load(path.read_text())
        place = text["runs"]["steps"][0] if "runs" in text else text["defaults"]["run"]
        assert place["working-directory"] == folder


@pytest.mark.parametrize("question", ["working_directory", "source_dir", "package_name"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a" * 151, "too long"),
        ("con", "Windows cannot have"),
        ("Nul", "Windows cannot have"),
        ("LPT1", "Windows cannot have"),
    ],
)
def test_name_that_no_file_can_have_is_refused(tmp_path, question, name, reason):
    assert reason in refused(tmp_path / "project", **{question: name})


@pytest.mark.parametrize("folder", ["a/aux/b", "a/com1.txt", "a.", "a./b"])
def test_folder_that_windows_cannot_have_is_refused(tmp_path, folder):
    assert "Windows cannot have" in refused(tmp_path / "project", source_dir=folder)
    # That of an existing project is there already.
    render(tmp_path / "project", source_dir=folder, existing=True)


def test_longest_names_can_be_written(tmp_path):
    name = "a" * 150
    answers = {"package_name": name, "source_dir": name, "working_directory": name}
    render(tmp_path / "new", **answers)
    render(tmp_path / "joined", existing=True, workflow="join", workflow_name=name)


def test_name_that_the_gate_needs_is_not_the_source(tmp_path):
    project = render(tmp_path / "new", task_runners=RUNNERS)
    written = {path.name for path in project.iterdir()} - {"src"}
    ignored = {line.strip("/") for line in (project / ".gitignore").read_text().splitlines()}
    for name in written | ignored:
        if re.match("[A-Za-z_]", name):
            refused(tmp_path / "project", source_dir=name, existing=True)
            refused(tmp_path / "project", source_dir=f"{name.upper()}/a", existing=True)


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("LICENSE", {"working_directory": "LICENSE"}),
        ("backend/LICENSE", {"working_directory": "backend/LICENSE/api"}),
        ("LICENSE", {"source_dir": "LICENSE"}),
        ("lib/code", {"source_dir": "lib/code/deep"}),
        ("src/project", {"package_name": "project"}),
        ("backend/src", {"working_directory": "backend"}),
    ],
)
def test_file_in_the_place_of_a_folder_is_refused(tmp_path, file, answers):
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("")
    with pytest.raises(ValueError, match=f"{file} is a file"):
        render(tmp_path, **answers)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / file]


@pytest.mark.parametrize("command", ["-m pytest", "a\x85b", "a\u2028b", "a\ud800b"])
def test_own_command_that_is_no_line_of_a_shell_is_refused(tmp_path, command):
    answers = {"collector": "command", "test_command": command}
    assert "Give one line" in refused(tmp_path / "project", **answers)


@pytest.mark.parametrize("answers", [{"workflow": "join"}, {"workflow_name": "ci"}])
def test_workflow_of_a_new_project_has_one_name(tmp_path, answers):
    """It is not recorded, so an update would look for another file."""
    assert "xisting project" in refused(tmp_path / "project", **answers)


def test_answers_file_whose_name_is_no_word_is_refused(tmp_path):
    template = str(copy_template(tmp_path / "template"))
    project = tmp_path / "project"
    with pytest.raises(ValueError, match="use letters, digits"):
        copier.run_copy(template, project, answers_file="a;b.yml", defaults=True, quiet=True)
    assert not project.exists()
