"""Audit and adopt read hostile files: they refuse with a reason, or go on, and soon."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from invoke import Context, Exit

from copier_coverage.adopt import answers
from copier_coverage.adopt.command_line import parse
from copier_coverage.adopt.justfile import recipe_names
from copier_coverage.adopt.settings import blocks, sections
from copier_coverage.adopt.test_command import with_values
from copier_coverage.audit import findings
from copier_coverage.audit.check import quoted
from copier_coverage.errors import Refusal
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository
from copier_coverage.project.requirements import lines_of
from copier_coverage.project.unread import unread
from copier_coverage.tasks import audit
from workshop.rendering import TEMPLATE

WORKFLOW = ".github/workflows/ci.yml"
STEPS = "on: push\njobs:\n  test:\n    steps:\n"
BOMB = "x: &a0 [x, x, x, x]\n" + "".join(
    f"x{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 20)
)
SECRET = "coverage report --fail-under=80 || true\n"
# Processor time, which other processes do not take.
SECONDS = 10


@pytest.fixture(autouse=True)
def soon():
    """Each test ends soon."""
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


def said(root: Path) -> str:
    """Return what audit and adopt say after reading a repository, or with which they refuse."""
    try:
        read = answers.read(Repository(root), TEMPLATE)
        return "\n".join([*findings(root).values(), *read.said()])
    except Refusal as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("Makefile", "\n" * 1_000_000, "Move what a tool generates to a file of another name"),
        ("Makefile", "#" * 10_000_000, "Move what a tool generates to a file of another name"),
        (WORKFLOW, "\n" * 1_000_000, "Move what a tool generates to a file of another name"),
        (WORKFLOW, f"{BOMB}on: push\njobs: *a19\n", "Split it, or write it without them"),
        (WORKFLOW, f"{BOMB}on: *a19\njobs: {{}}\n", "Split it, or write it without them"),
        (WORKFLOW, "on: &a [*a]\njobs: {}\n", "Split it, or write it without them"),
        (WORKFLOW, "[" * 5_000 + "]" * 5_000, ""),
        (WORKFLOW, "on: " + "[" * 500 + "]" * 500, "Split it, or write it without them"),
        (WORKFLOW, STEPS + "      - run: x\n" * 2_001, "Split it into several workflows"),
    ],
    ids=range(9),
)
def test_what_would_take_too_long_is_refused_with_the_file_and_what_to_do(
    project, name, text, message
):
    root = project({name: text}).repository.root
    told = said(root)
    assert message in told
    assert not message or name in told


@pytest.mark.parametrize(
    "text",
    [
        "on: 2024-13-45\n",
        "on: 0x_\n",
        f"on: 0x{'F' * 10_000}\njobs: {{}}\n",
        "on: push\n---\non: push\n",
        "on: !!python/object/apply:os.system [touch marker]\n",
        "? [a, b]\n: c\n",
        "on: push\non: push\njobs: {}\n",
        "\x00",
        "\ufeffon: push\r\njobs: {}\r\n",
    ],
)
def test_workflow_that_github_does_not_take_is_passed_over(project, text, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    root = project({WORKFLOW: text}).repository.root
    assert "workflow: own" in said(root)
    assert not Path("marker").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "a = " + "[" * 5_000),
        ("pyproject.toml", f"a = 0x{'F' * 10_000}\n"),
        ("pyproject.toml", "\x00"),
        ("noxfile.py", "\x00"),
        ("noxfile.py", "# \udce9\n"),
        ("noxfile.py", "a = " + "(" * 5_000),
        ("noxfile.py", "a = " + "-" * 100_000 + "1\n"),
        ("noxfile.py", "@nox.session(" + "1+" * 5_000 + "1)\ndef tests(s): pass\n"),
        ("tox.ini", "[tox]\nenvlist = py3.{0-999999999}\n[testenv]\n"),
        ("tox.ini", f"[tox]\nenvlist = {'{a,b}' * 60}\n[testenv]\n"),
        ("tox.ini", f"[tox]\nenvlist = py3{'1' * 10_000}\n[testenv]\n"),
        ("tasks.py", f"c.run({' ' * 40}\n" * 19_000),
        ("Makefile", "a \\\n" * 19_000),
        ("Makefile", "test:\n\t" + "pip install " * 75_000),
        ("Makefile", "test:\n" + "\tcoverage combine\n\tpytest --cov\n" * 1_500),
        ("Makefile", "test:\n\tcoverage report --fail-under=80 " + "1>&1 " * 390),
        (WORKFLOW, STEPS + f"      - run: python {'cov' * 630}\n" * 9),
        (WORKFLOW, STEPS + f"      - run: {'pytest ' * 60_000}\n"),
        (WORKFLOW, STEPS + f"      - run: x\n        working-directory: {'a' * 5_000}\n"),
        (WORKFLOW, STEPS + '      - run: x\n        working-directory: "a\\0"\n'),
    ],
    ids=range(20),
)
def test_what_cannot_be_understood_is_passed_over_soon(project, name, text):
    root = project({name: ""}).repository.root
    (root / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert "project_name: " in said(root)


@pytest.mark.parametrize("place", ["file", "folder"])
@pytest.mark.parametrize("name", ["Makefile", "tox.ini", "scripts/test.sh", WORKFLOW, "noxfile.py"])
def test_nothing_is_read_behind_a_link_out_of_the_repository(project, tmp_path, name, place):
    root = project({}).repository.root
    (root / ".git").mkdir()
    outside = tmp_path / "outside" / name
    outside.parent.mkdir(parents=True)
    text = f"{STEPS}      - run: {SECRET}" if name == WORKFLOW else f"test:\n\t{SECRET}"
    outside.write_text(text)
    link = root / name
    if place == "folder" and "/" in name:
        link, outside = link.parent, outside.parent
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside)
    told = said(root)
    assert "|| true" not in told
    assert "coverage report" not in told


@pytest.mark.parametrize("target", ["/proc/self/environ", "/dev/zero", "pyproject.toml", "fifo"])
def test_file_that_is_no_file_of_the_repository_is_refused_or_not_there(project, target):
    root = project({"pyproject.toml": None}).repository.root
    (root / ".git").mkdir()
    os.mkfifo(root / "fifo")
    (root / "pyproject.toml").symlink_to(target)
    told = said(root)
    refused = "environ, outside of the repository. Replace the symlink with a regular file"
    assert refused in told if "proc" in target else "project_name: " in told


def test_no_folder_outside_is_walked_through(project, tmp_path, monkeypatch):
    members = ["../*", "/*", "**/**/**", "", "a**", "outside/*", "\x00"]
    text = f'[project]\nname = "a"\n[tool.uv.workspace]\nmembers = {json.dumps(members)}\n'
    made = project({"pyproject.toml": text, "src/incident/__init__.py": None})
    assert made.pyproject
    root = made.repository.root
    (root / ".git").mkdir()
    for name in ("one/src/one/__init__.py", "one/pyproject.toml", "tests/test_a.py"):
        (tmp_path / "outside" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "outside" / name).write_text("import hypothesis\n")
    (root / "outside").symlink_to(tmp_path / "outside")
    (root / "test-outside").symlink_to(tmp_path / "outside")
    (root / "test_outside.py").symlink_to(tmp_path / "outside/tests/test_a.py")
    assert Project(Repository(root), TEMPLATE).members() == []
    assert not Project(Repository(root), TEMPLATE).mentions("hypothesis")


UNENDING = "did not find expected node content"
SETTINGS = "[tool.coverage.run]\nsource = ['src']\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (WORKFLOW, b"on: push\njobs: [\n", " is not YAML: did not find expected node content in"),
        (WORKFLOW, b"on: &a [*b]\n", " is not YAML: found undefined alias in line 1. Fix it."),
        (WORKFLOW, b"on: push\n---\non: push\n", " is not YAML: but found another document in"),
        (WORKFLOW, b"on: !!timestamp x\n", " is not YAML: "),
        (WORKFLOW, b"on: !!bool x\n", " is not YAML: "),
        (WORKFLOW, b"on: !!int ''\n", " is not YAML: "),
        (WORKFLOW, b"on: 0x_\n", " is not YAML: "),
        (WORKFLOW, b"on: \0\n", " is not YAML: unacceptable character"),
        (WORKFLOW, b"on: push\n# \xe9\n", ":2 is not UTF-8. Save it as UTF-8."),
        ("pyproject.toml", b"a = [\n", " cannot be read: Invalid value"),
        ("pyproject.toml", b"\n# \xe9\n", ":2 is not UTF-8. Save it as UTF-8."),
        ("pyproject.toml", b"\xef\xbb\xbfa = 1\n", " cannot be read: Invalid statement "),
        ("hatch.toml", b"a.b = 1\na.b.c = 2\n", " cannot be read: "),
        (".coveragerc.toml", b"a = 1\na = 2\n", " cannot be read: "),
        (".coveragerc", b"a = 1\n", " cannot be read: there is no section above line 1. Fix it."),
        ("setup.cfg", b"[a]\n= b\n", " cannot be read: line 2 is no key, and no section. Fix it."),
        ("tox.ini", b"[a]\n# \xe9\n", ":2 is not UTF-8. Save it as UTF-8."),
        ("pytest.ini", b"[a]\nb = %(b)s\n", ""),
        (WORKFLOW, b"\xef\xbb\xbfon: push\r\njobs: {}\r\n", ""),
        ("Makefile", b"# \xe9\n", ""),
    ],
    ids=range(20),
)
def test_audit_names_each_file_that_it_cannot_read(project, capsys, name, content, message):
    root = project({name: ""}).repository.root
    (root / name).write_bytes(content)
    told = audited(root, capsys, 1 if message else 0)
    assert f"{name}{message}" in told if message else "All checks passed" in told
    assert "All checks passed" not in told or not message


def audited(root: Path, capsys: pytest.CaptureFixture[str], code: int) -> str:
    """Run the audit; return what it printed."""
    try:
        audit(Context(), str(root))
    except Exit as ended:
        assert ended.code == code
    else:
        assert code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("link", ["Makefile", "ci", ".github", WORKFLOW, "tox.ini"])
@pytest.mark.parametrize("target", ["outside", "itself", "nothing"])
def test_audit_names_each_link_that_it_does_not_follow(project, tmp_path, capsys, link, target):
    root = project({"pyproject.toml": SETTINGS}).repository.root
    (root / ".git").mkdir()
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "outside").mkdir()
    places = {"outside": tmp_path / "outside", "itself": root / link, "nothing": "gone"}
    (root / link).symlink_to(places[target])
    told = audited(root, capsys, 1)
    assert f"{link} is a symlink to nothing in the repository." in told


def test_workflows_are_found_without_git(project):
    folder = project({WORKFLOW: "on: [\n"}, folder="below").folder
    assert unread(folder) == [f"{WORKFLOW} is not YAML: {UNENDING} in line 2. Fix it."]


def test_no_more_of_a_file_is_read_than_a_person_writes(project):
    root = project({"Makefile": ""}).repository.root
    os.truncate(root / "Makefile", 1 << 38)
    assert "Makefile has more than 1 MB" in said(root)


def test_lines_end_as_python_has_them(project):
    repository = project({"pyproject.toml": None}).repository
    (repository.root / "Makefile").write_bytes(b"a\rb\r\nc\n")
    assert repository.read("Makefile") == "a\nb\nc\n"


def test_python_code_behind_a_byte_order_mark_is_read(project):
    code = "\ufeffimport nox\n@nox.session\ndef tests(s): s.run('pytest')\n"
    assert "test_command: nox -s tests" in said(project({"noxfile.py": code}).repository.root)


def test_findings_come_before_what_cannot_be_read(project, capsys):
    files = {"pyproject.toml": SETTINGS, "Makefile": f"test:\n\t{SECRET}", WORKFLOW: "a: [\n"}
    told = audited(project(files).repository.root, capsys, 3)
    assert "GC102" in told
    assert f"{WORKFLOW} is not YAML" in told


@pytest.mark.parametrize("name", ["pyproject.toml", "tox.ini", "Makefile", WORKFLOW])
@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_what_is_no_file_is_not_read(project, capsys, name, make):
    root = project({"pyproject.toml": None}).repository.root
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    make(root / name)
    is_directory = make == Path.mkdir and name in ("Makefile", WORKFLOW)
    told = audited(root, capsys, 0 if is_directory else 1)
    assert is_directory or f"{name} is not a regular file. Replace it with one" in told
    assert "project_name: " in said(root)


@pytest.mark.parametrize(
    ("job", "commands"), [("true", 2), ("false", 0)], ids=["in a job", "elsewhere"]
)
def test_lines_of_a_repository_are_no_commands_of_github(
    project, capsys, monkeypatch, job, commands
):
    monkeypatch.setenv("GITHUB_ACTIONS", job)
    made = project({"Makefile": f"test:\n\t{SECRET.rstrip()} # {'x' * 30} ::error::evil\n"})
    told = audited(made.repository.root, capsys, 3)
    lines = [line.strip() for line in told.splitlines()]
    assert len(re.findall(r"(?m)^::(?:stop-commands::)?\w{64}(?:::)?$", told)) == commands
    if commands:
        token = lines[0].removeprefix("::stop-commands::")
        assert lines.index(f"::{token}::") > max(n for n, s in enumerate(lines) if "evil" in s)


def test_commands_stay_stopped_after_an_error(project, capsys, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = audited(project({"Makefile": "\n" * 30_000}).repository.root, capsys, 1)
    assert re.fullmatch(r"::stop-commands::\w{64}\n", told)


def test_nothing_is_expanded_without_end(project):
    bomb = "".join(f"V{n} = {f'$(V{n + 1})' * 60}\n" for n in range(100))
    many = "".join(f"A{n} = $(A{n + 1})\n" for n in range(15_000))
    long = f"B = {'b' * 1_990}\n" + f"\techo {'$(B)' * 400}\n" * 200
    made = project({"Makefile": f"{bomb}{many}test:\n\tpytest $(V0) $(A0)\n{long}"})
    assert len(with_values(made.repository.read("Makefile") or "")) < 3_000_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".coveragerc", "[run]\n" + "".join(f"key{n} = 1\n" for n in range(19_000))),
        ("setup.py", "\n" * 19_000 + " " * 900_000),
        ("tasks.py", "c.run('pytest --cov-fail-under=8')\n" * 19_000),
        ("Makefile", "test:\n\t" + "$(" * 400_000),
        ("Makefile", "test:\n" + "\tpytest --cov-fail-under=$(A)\n" * 9_000 + "# \n" * 10_000),
        (".gitlab-ci.yml", "a:\n" + "  - [" * 200_000),
        (".gitlab-ci.yml", "? [a]\n: {script: pytest}\n"),
        (
            WORKFLOW,
            STEPS + "      - uses: actions/upload-artifact@v4\n        with: {path: .coverage}\n"
            "      - run: coverage report\n" * 990,
        ),
        (WORKFLOW, STEPS + f"      - run: x # {'x' * 400}\n" * 1_990),
    ],
    ids=range(9),
)
def test_time_grows_with_the_length_only(project, name, text):
    assert said(project({name: text}).repository.root)


def test_table_with_a_long_list_is_merged_soon():
    items = "".join(f'    "a[{n}/*.py", # ]\n' for n in range(9_000))
    text = f'x = """\n[\n"""\nomit = [\n{items}]\ny = "\\"[" # [\nz = {{ a = "]" }}\n'
    assert [*blocks(text)[0]] == ["x", "omit", "y", "z"]
    table = "# \n" * 19_000 + "[tool.coverage.run]\na = 1\n"
    assert sections(f"{table}# b\n[c]\n") == {"coverage.run": table}


@pytest.mark.parametrize("name", ["other", "other.py"])
def test_package_behind_a_link_is_not_the_projects(project, tmp_path, name):
    made = project({"src/incident/__init__.py": None, "src/own.py": ""})
    (made.folder / ".git").mkdir()
    (tmp_path / "outside" / "other").mkdir(parents=True)
    (tmp_path / "outside" / "other" / "__init__.py").touch()
    (tmp_path / "outside" / "other.py").touch()
    (made.folder / "src" / name).symlink_to(tmp_path / "outside" / name)
    assert made.packages() == {"own": "src"}


def test_line_with_control_characters_is_no_command():
    assert parse("pytest \x1b[31m") is None
    assert parse("pytest été")


def test_place_is_one_line_without_marks_or_control_characters():
    assert quoted("a\n# b") == "- `` a\\n# b ``\n"
    assert quoted("a``b") == "- ``` a``b ```\n"
    assert quoted("\x1b[31m") == "- `` \\x1b[31m ``\n"


def test_line_of_a_justfile_is_read_soon():
    assert recipe_names("a" * 40_000) == set()


def test_requirements_that_include_each_other_are_read_once(project):
    files = {f"r{n}.txt": f"a{n}\n" + f"-r r{n + 1}.txt\n-r r0.txt\n" * 100 for n in range(200)}
    found = lines_of(project(files), "r0.txt")
    assert found[:3] == ["a0", "a1", "a2"]
    assert len(found) < 100


def test_files_that_are_named_elsewhere_are_not_read(project, tmp_path):
    (tmp_path / "outside.txt").write_text("coverage<5\n")
    made = project({"requirements-test.txt": f"-r ../outside.txt\n-r {tmp_path}/outside.txt\n"})
    assert "coverage<5" not in repr(made.repository.read("../outside.txt"))
    assert made.repository.read(f"{tmp_path}/outside.txt") is None
