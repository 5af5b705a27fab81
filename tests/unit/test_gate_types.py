"""Settings of each wrong type: refused by their names, before the tests run."""

import tomllib
from pathlib import Path

import pytest
from coverage.config import CoverageConfig

import coverage_gate

VALUES = {
    "boolean": "true",
    "int": "1",
    "float": "1.5",
    "": '"x"',
    "list": '["thread"]',
    "numbers": "[1]",
    "lists": "[[]]",
    "table": "{a = 1}",
    "tables": "[{}]",
    "date": "2024-01-01",
    "nan": "nan",
}
# What coverage takes for another.
ALIKE = {"regexlist": {"list"}, "file": {""}, "int": {"boolean"}}
ALIKE["float"] = {"boolean", "int", "nan"}
OPTIONS = {where: (*kind, "")[0] for _, where, *kind in CoverageConfig.CONFIG_FILE_OPTIONS}
GATE = {"collector": '"coverage"', "test_command": '"-m pytest"', "threshold": "80"}


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch, unmeasured):
    """A project whose tests do not run: to reach them is enough."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(coverage_gate, "ROOT", tmp_path)
    # It asks git.
    monkeypatch.setattr(coverage_gate, "other_code", list)
    monkeypatch.setattr(coverage_gate, "command_for_tests", lambda *given: 1 / 0)
    (tmp_path / "src").mkdir()


def refusal(text: str, stage: str = "test") -> str:
    """Return with which message a stage refuses a pyproject.toml; none if the tests ran."""
    Path("pyproject.toml").write_text(text)
    with pytest.raises(SystemExit) as refused:
        coverage_gate.main([stage])
    return "" if str(refused.value).startswith("ZeroDivisionError") else str(refused.value)


def settings(section: str, key: str, value: str) -> str:
    """Return a pyproject.toml with one setting of a value."""
    tables = {"coverage-gate": dict(GATE), "coverage.run": {"source": '["src"]'}}
    tables.setdefault(section, {})[key] = value
    lines = []
    for name, table in tables.items():
        lines += [f"[tool.{name}]", *(f"{key} = {value}" for key, value in table.items())]
    return "\n".join(lines)


@pytest.mark.parametrize("option", [option for option in OPTIONS if "_crash" not in option])
def test_value_of_a_type_that_coverage_cannot_use_is_refused_by_its_name(option):
    own = OPTIONS[option]
    section, key = option.split(":")
    for kind, value in VALUES.items():
        told = refusal(settings(f"coverage.{section}", key, value))
        assert (key in told) == (kind != own and kind not in ALIKE.get(own, ())), (value, told)


@pytest.mark.parametrize("value", ["1", '"x"', "[]", "[1]", "[[]]", '["*"]', "{}", "2024-01-01"])
def test_paths_that_are_no_list_of_directories_are_refused(value):
    assert "[tool.coverage.paths]" in refusal(settings("coverage.paths", "all", value))


@pytest.mark.parametrize(
    "key", ["collector", "test_command", "threshold", "changed_lines", "goals"]
)
@pytest.mark.parametrize("kind", ["boolean", "list", "lists", "tables", "date", "nan"])
def test_setting_of_the_gate_of_a_wrong_type_is_refused(key, kind):
    assert key in refusal(settings("coverage-gate", key, VALUES[kind])).lower()


@pytest.mark.parametrize("key", GATE)
def test_setting_of_the_gate_that_is_missing_is_named(key):
    text = settings("coverage-gate", key, "").replace(f"{key} = \n", "")
    assert key in refusal(text).lower()


def test_collector_that_does_not_exist_is_refused():
    told = refusal(settings("coverage-gate", "collector", '"pytest"'))
    assert told == "[tool.coverage-gate] collector: choose one of coverage, pytest-cov, command."


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind != "table"])
@pytest.mark.parametrize(
    "name",
    ["tool", "tool.coverage", "tool.coverage-gate", "tool.coverage.run", "tool.coverage.html"],
)
def test_table_that_is_none_is_refused(name, kind):
    parent, _, key = name.rpartition(".")
    header = f"[{parent}]\n" if parent else ""
    gate = "".join(f"coverage-gate.{key} = {value}\n" for key, value in GATE.items())
    own = f"[tool]\n{gate}" if name.startswith("tool.coverage.") else ""
    own = f"{header}{gate}" if name == "tool.coverage" else f"{own}{header}"
    told = refusal(f"{own}{key} = {VALUES[kind]}\n")
    assert told.startswith("pyproject.toml: write tool")
    assert told.endswith("as a table.")


@pytest.mark.parametrize("text", ["[", "a = 1\na = 1", "\0"])
def test_file_that_is_no_toml_is_refused(text):
    assert refusal(text).startswith("pyproject.toml is not TOML: ")


@pytest.mark.parametrize(
    ("plugins", "message"),
    [('["missing"]', "ModuleNotFoundError: No module named 'missing' ("), ('[""]', "ValueError: ")],
)
def test_plugin_that_fails_is_no_traceback(plugins, message):
    data = coverage_gate.CoverageData(".coverage")
    data.add_lines({"src/app.py": [1]})
    data.write()
    coverage_gate.write_state(source={})
    told = refusal(settings("coverage.run", "plugins", plugins), "report")
    assert told.startswith(message)
    assert told.endswith("Run all stages again: python coverage_gate.py")


def test_settings_for_pytest_cov_are_those_of_the_project_without_paths(monkeypatch):
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    coverage_gate.STATE.parent.mkdir()
    own = settings("coverage.run", "omit", r"""['*/"a"/*', 'b\c']""")
    own += '\n[tool.coverage.plugin.rules]\n"a b" = [1, true, {c = "d"}]\n'
    Path("pyproject.toml").write_text(f'{own}[tool.coverage.paths]\nall = ["src", "*/src"]\n')
    assert coverage_gate.settings_for_tests("coverage") == "pyproject.toml"
    changed = Path(coverage_gate.settings_for_tests("pytest-cov")).read_text()
    assert tomllib.loads(changed)["tool"] == {"coverage": tomllib.loads(own)["tool"]["coverage"]}


def test_directory_with_special_characters_is_left_out(tmp_path, monkeypatch):
    root = tmp_path / "a[b]$HOME"
    monkeypatch.setattr(coverage_gate, "ROOT", root)
    monkeypatch.setattr(coverage_gate, "other_code", lambda: ["src/build", "src/made.py"])
    coverage_gate.STATE.parent.mkdir()
    Path("pyproject.toml").write_text(settings("coverage.run", "branch", "true"))
    monkeypatch.setenv("COVERAGE_RCFILE", "pyproject.toml")
    cov = coverage_gate.Coverage(config_file=coverage_gate.settings_for_tests("coverage"))
    places = [f"{tmp_path}/a?b?$HOME/{name}" for name in ("src/build/*", "src/made.py")]
    assert cov.get_option("run:omit") == places
