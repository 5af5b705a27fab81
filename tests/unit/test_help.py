"""The help of the command copier-coverage, however it is asked for."""

import pytest

from copier_coverage.command import program


@pytest.mark.parametrize(
    "options", [["--help", "adopt"], ["adopt", "--help"], ["adopt", "-h"], ["adopt", ".", "--help"]]
)
def test_help_of_a_task_is_shown_before_or_behind_its_name(options, capsys):
    program.run(["copier-coverage", *options], exit=False)
    shown = capsys.readouterr().out
    assert "Add the gate to an existing repository" in shown
    assert "--dry-run" in shown


@pytest.mark.parametrize("options", [[], ["--help"]])
def test_help_without_a_task_lists_all_and_no_options_of_invoke(options, capsys):
    program.run(["copier-coverage", *options], exit=False)
    shown = capsys.readouterr().out
    assert shown.startswith("Usage: copier-coverage <subcommand> [--options] PATH\n")
    assert "Subcommands:\n\n  adopt " in shown
    assert "--pty" not in shown
