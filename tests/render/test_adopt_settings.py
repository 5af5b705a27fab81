"""`invoke adopt`: the user's settings, wherever they are, and the template's in one place."""

import re

from adopting import INI, PYPROJECT, SETTINGS, adopt, coverage_settings, gate_settings
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


def test_settings_of_the_gate_follow_answers_that_changed(repository):
    root = repository()
    adopt(root, defaults=True)
    answers = root / ".copier-answers.yml"
    changed = answers.read_text().replace("coverage_threshold: '1'", "coverage_threshold: '92.5'")
    changed = re.sub(r"_commit: .*", "_commit: v0.3.9", changed)
    answers.write_text(changed)
    commit_all(root)
    adopt(root, defaults=True)
    assert gate_settings(root)["threshold"] == 92.5
    # Only `copier update` changes what the next update starts from.
    assert answers.read_text() == changed


def test_command_with_a_moved_file_is_named(repository, capsys):
    root = repository(
        {".coveragerc": INI, "Makefile": "test:\n\tcoverage report --rcfile=.coveragerc\n"}
    )
    adopt(root, defaults=True)
    told = (
        "Makefile:2: coverage report --rcfile=.coveragerc - the settings are now in pyproject.toml"
    )
    assert told in capsys.readouterr().out
