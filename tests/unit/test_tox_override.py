"""The test stage has tox install coverage and pass variables on, wherever its settings are."""

import pytest

import coverage_gate

DEPS = f"deps+=coverage>={coverage_gate.OLDEST}"
BASES = ("testenv", "env_run_base", "tool.tox.env_run_base")


@pytest.mark.parametrize(
    ("name", "text", "own"),
    [
        ("tox.ini", "[testenv:a]\npassenv = HOME\ndeps = a\n", ("testenv:a", "pass_env", "deps")),
        ("setup.cfg", "[testenv:a]\nset_env = A=1\n", ("testenv:a", "set_env")),
        ("tox.toml", "[env.a]\ndeps = []\n", ("env.a", "deps")),
        ("pyproject.toml", "[tool.tox.env.a]\nset_env = {}\n", ("tool.tox.env.a", "set_env")),
        (
            "pyproject.toml",
            "[tool.tox]\nlegacy_tox_ini = '''\n[testenv:a]\npass_env = A\n'''\n",
            ("testenv:a", "pass_env"),
        ),
    ],
)
def test_sections_that_have_their_own_are_told_too(tmp_path, monkeypatch, name, text, own):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / name).write_text(text)
    said = coverage_gate.tox_override({"COVERAGE_FILE": "/a/.coverage.local"}).split(";")
    values = {"pass_env": "COVERAGE_*", "deps": DEPS.partition("+=")[2]}
    values["set_env"] = "COVERAGE_FILE=/a/.coverage.local"
    section, *keys = own
    expected = {f"{base}.{key}+={value}" for base in BASES for key, value in values.items()}
    assert set(said) == expected | {f"{section}.{key}+={values[key]}" for key in keys}


def test_what_the_user_told_tox_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    variables = {"COVERAGE_FILE": "a", "TOX_OVERRIDE": "testenv.x=1"}
    assert coverage_gate.tox_override(variables).startswith("testenv.x=1;testenv.")
