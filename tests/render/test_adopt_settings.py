"""`invoke adopt`: the user's settings, wherever they are, and the template's in one place."""

import re

import pytest

from adopting import INI, PYPROJECT, SETTINGS, adopt, coverage_settings, gate_settings, refused
from conftest import recorded_answers
from workshop.act import commit_all


def test_settings_are_merged_in_place(repository, capsys):
    root = repository({"pyproject.toml": PYPROJECT + SETTINGS})
    adopt(root, defaults=True)
    text = (root / "pyproject.toml").read_text()
    removed = [
        line for line in (PYPROJECT + SETTINGS).splitlines() if line not in text.splitlines()
    ]
    assert removed == ['patch = ["subprocess"]', "fail_under = 90  # since May"]
    said = capsys.readouterr().out
    assert "run.patch also has _exit" in said
    assert "report.fail_under = 90 removed: the gate has it on its command line" in said
    assert recorded_answers(root)["coverage_threshold"] == "90"
    settings = coverage_settings(root)
    assert settings["run"]["omit"] == ["*/generated.py"]
    assert settings["run"]["source"] == ["src"]
    assert settings["report"]["skip_covered"] is True
    # The user decides what counts.
    assert "exclude_also" not in settings["report"]
    # The comment is still above its table.
    assert "# For people.\n[tool.coverage.report]\n" in text


@pytest.mark.parametrize(
    "mine",
    [
        "",
        "[tool.coverage-gate]\nthreshold = 75 # before\ngoals = ['a']\n",
        "[tool]\ncoverage-gate.threshold = 75\ncoverage-gate.goals = ['a']\n",
        (
            "[tool.coverage.run]\nbranch = true\n\n[tool.a]\nb = 1\n\n"
            "[tool.coverage-gate]\ngoals = ['a']\nthreshold = 75\n"
        ),
    ],
)
def test_settings_of_the_gate_follow_the_answers(repository, mine, capsys):
    root = repository(
        {"pyproject.toml": f"{PYPROJECT}\n{mine}", "ci.sh": "coverage report --fail-under=85\n"}
    )
    adopt(root, defaults=True)
    gate = {"collector": "coverage", "test_command": "-m pytest", "threshold": 85}
    assert gate_settings(root) == gate | ({"goals": ["a"]} if mine else {})
    told = "pyproject.toml: coverage-gate.threshold = 85, was 75: it follows the answers"
    assert (told in capsys.readouterr().out) == ("75" in mine)


def test_settings_of_the_gate_follow_answers_that_changed(repository):
    root = repository()
    adopt(root, defaults=True)
    answers = root / ".copier-answers.yml"
    changed = answers.read_text().replace("coverage_threshold: '80'", "coverage_threshold: '92.5'")
    changed = re.sub(r"_commit: .*", "_commit: v0.3.9", changed)
    answers.write_text(changed)
    commit_all(root)
    adopt(root, defaults=True)
    assert gate_settings(root)["threshold"] == 92.5
    # Only `copier update` changes what the next update starts from.
    assert answers.read_text() == changed


@pytest.mark.parametrize(
    ("name", "ini", "left"),
    [
        (".coveragerc", INI, None),
        (
            "setup.cfg",
            "[metadata]\nkeywords = a\n" + INI.replace("[r", "[coverage:r"),
            "[metadata]\nkeywords = a\n# Ours\n",
        ),
        (
            "tox.ini",
            INI.replace("[r", "[coverage:r") + "[tox]\nenvlist = py\n",
            "# Ours\n[tox]\nenvlist = py\n",
        ),
    ],
)
def test_settings_of_another_file_move_to_pyproject(repository, name, ini, left):
    root = repository({name: ini})
    adopt(root, defaults=True)
    settings = coverage_settings(root)
    assert settings["run"]["omit"] == ["*/a.py", "*/b.py"]
    assert settings["run"]["branch"] is True
    assert settings["report"]["exclude_lines"] == ["pragma: no cover", r"def __repr__\("]
    assert recorded_answers(root)["coverage_threshold"] == "91.5"
    assert "# not b" in (root / "pyproject.toml").read_text()
    assert ((root / name).read_text() if left else (root / name).exists()) == (left or False)


@pytest.mark.parametrize(
    ("files", "sources"),
    [
        ({}, ["alpha"]),
        ({"Makefile": "test:\n\tpytest --cov=alpha --cov=beta\n"}, ["alpha", "beta"]),
        (
            {"tox.ini": "[testenv]\ncommands = coverage run --source=alpha,beta -m pytest\n"},
            ["alpha", "beta"],
        ),
        ({"pytest.ini": "[pytest]\naddopts = --cov=alpha --cov=beta\n"}, ["alpha", "beta"]),
        ({".coveragerc": "[run]\nsource = .\n"}, ["alpha", "beta"]),
        ({".coveragerc": "[run]\nsource = beta\n"}, ["beta"]),
        ({"pyproject.toml": "[project]\nname = 'site'\nversion = '1'\n"}, ["alpha", "beta"]),
    ],
)
def test_all_packages_that_were_measured_are_measured(repository, files, sources):
    named = {
        "pyproject.toml": PYPROJECT.replace("incident", "alpha"),
        "src/incident/__init__.py": None,
    }
    root = repository({**named, "alpha/__init__.py": "", "beta/__init__.py": "", **files})
    adopt(root, defaults=True)
    settings = coverage_settings(root)
    assert settings["run"]["source"] == sources
    assert settings["run"].get("source_pkgs", sources) == sources
    assert ("beta" in settings["paths"]) == (sources == ["alpha", "beta"])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {".coveragerc": "[DEFAULT]\na = 1\n[run]\nbranch = true\n"},
            "move coverage's settings to [tool.coverage]",
        ),
        ({".coveragerc": "[run]\nbranch\n"}, ".coveragerc cannot be read"),
        (
            {"setup.cfg": "[coverage:run]\n", "tox.ini": "[coverage:run]\n"},
            "setup.cfg and tox.ini have settings",
        ),
        (
            {"pytest.ini": "[pytest]\naddopts = --cov --cov-config=cov.ini\n"},
            "take coverage's settings from cov.ini",
        ),
    ],
)
def test_settings_that_cannot_be_merged_are_refused(repository, files, message):
    assert message in refused(repository(files))


def test_command_with_a_moved_file_is_named(repository, capsys):
    root = repository(
        {".coveragerc": INI, "Makefile": "test:\n\tcoverage report --rcfile=.coveragerc\n"}
    )
    adopt(root, defaults=True)
    told = (
        "Makefile:2: coverage report --rcfile=.coveragerc - the settings are now in pyproject.toml"
    )
    assert told in capsys.readouterr().out
