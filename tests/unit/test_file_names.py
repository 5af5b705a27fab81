"""What combining makes of a name in data, and which file of the source is meant by it."""

from pathlib import Path
from types import SimpleNamespace

import pytest

import coverage_gate

PATHS = '[tool.coverage.paths]\nsource = ["src", "*/src", "*/site-packages"]\n'
OWN = 'own = ["src/app/src", "src/app/src", "*/src/app/src"]\n'
SOURCES = (
    "a/two/a.py",
    "b/two/a.py",
    "src/app/a.py",
    "src/app/b.py",
    "src/app/src/app/a.py",
    "src/other/a.py",
)


@pytest.fixture
def paths(tmp_path, monkeypatch):
    """Return a function that writes the settings of an otherwise complete project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coverage_gate, "ROOT", tmp_path)
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    for name in SOURCES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()

    def write(paths: str) -> None:
        settings = f"[tool.coverage.run]\nrelative_files = true\n\n{paths}"
        Path("pyproject.toml").write_text(settings)

    return write


@pytest.mark.parametrize(
    ("name", "taken", "with_entry"),
    [
        ("src/app/b.py", "src/app/b.py", "src/app/b.py"),
        ("/ci/src/app/b.py", "src/app/b.py", "src/app/b.py"),
        (r"C:\ci\src\app\b.py", "src/app/b.py", "src/app/b.py"),
        ("/ci/.venv/lib/site-packages/app/b.py", "src/app/b.py", "src/app/b.py"),
        ("src/app/src/app/a.py", "src/app/a.py", "src/app/src/app/a.py"),
        ("/ci/src/app/src/app/a.py", "src/app/a.py", "src/app/src/app/a.py"),
        ("tests/test_a.py", "tests/test_a.py", "tests/test_a.py"),
    ],
)
def test_combining_takes_a_file_for_another_unless_an_entry_says_which(
    paths, name, taken, with_entry
):
    paths(PATHS)
    assert coverage_gate.combined_names([name, "src/app/b.py"])[name] == taken
    paths(PATHS.replace("source =", f"{OWN}source ="))
    assert coverage_gate.combined_names([name, "src/app/b.py"])[name] == with_entry


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("src/app/a.py", ["src/app/a.py"]),
        ("/ci/src/app/src/app/a.py", ["src/app/src/app/a.py"]),
        ("/ci/.venv/lib/site-packages/other/a.py", ["src/other/a.py"]),
        (r"C:\ci\src\app\b.py", ["src/app/b.py"]),
        ("/ci/.venv/lib/site-packages/app/a.py", ["src/app/a.py"]),
        # Nobody can tell.
        ("/ci/.venv/lib/site-packages/two/a.py", ["a/two/a.py", "b/two/a.py"]),
        ("/usr/lib/python3.11/json/decoder.py", []),
    ],
)
def test_file_that_is_meant_has_the_longest_common_end_and_the_shortest_path(name, meant):
    assert coverage_gate.files_meant(name, SOURCES) == meant


def test_file_of_the_project_is_named_from_its_root(paths):
    paths(PATHS)
    assert coverage_gate.from_root(f"{Path.cwd()}/src/app/a.py") == "src/app/a.py"


def test_file_that_may_be_either_of_two_is_refused(paths, monkeypatch):
    paths('[tool.coverage.paths]\nsource = ["a", "*/site-packages"]\n')
    name = "/ci/.venv/lib/site-packages/two/a.py"
    monkeypatch.setattr(coverage_gate, "digests", lambda: SOURCES)
    data = SimpleNamespace(measured_files=lambda: {name})
    monkeypatch.setattr(coverage_gate, "read_data", lambda path: data)
    Path(".coverage.local.1").touch()
    with pytest.raises(SystemExit, match=r"is it a/two/a\.py or b/two/a\.py"):
        coverage_gate.check_files()


def test_file_of_another_copy_of_the_project_on_the_same_machine_is_refused(
    paths, monkeypatch, tmp_path
):
    """As jobs of GitLab's shell runners leave them: it would count beside the source's own."""
    paths('[tool.coverage.paths]\nsource = ["src", "src", "*/builds/1/src"]\n')
    name = tmp_path.with_name("copy") / "src" / "app" / "b.py"
    name.parent.mkdir(parents=True)
    name.touch()
    monkeypatch.setattr(coverage_gate, "digests", lambda: SOURCES)
    data = SimpleNamespace(measured_files=lambda: {str(name)})
    monkeypatch.setattr(coverage_gate, "read_data", lambda path: data)
    Path(".coverage.local.1").touch()
    with pytest.raises(SystemExit, match=r"own0 = \[\"src/app\", \"\*/src/app\""):
        coverage_gate.check_files()


def test_what_only_begins_like_the_source_is_not_in_it(paths, monkeypatch):
    """As git names it: app.egg-info, where it was asked for what is below app."""
    paths(PATHS)
    ignored = "src.egg-info/\0src/app/generated.py\0"
    monkeypatch.setattr(coverage_gate, "git", lambda *words, errors: ignored)
    monkeypatch.setattr(coverage_gate, "repository", Path)
    Path(".git").mkdir()
    monkeypatch.setattr(coverage_gate, "source_places", lambda: {"src"})
    Path("src").mkdir(exist_ok=True)
    coverage_gate.other_code.cache_clear()
    assert coverage_gate.other_code() == ["src/app/generated.py"]
    coverage_gate.other_code.cache_clear()
