"""Checks of commands: in workflows, Makefiles, task files and scripts."""

import re
from itertools import groupby

from copier_coverage.audit.check import Check
from copier_coverage.project.commands import (
    GATE,
    MEASURES,
    PYTEST,
    REPORTS,
    THRESHOLD,
    WITH_COV,
    Command,
)
from copier_coverage.project.settings import Settings, in_force, threshold


class CommandCheck(Check):
    """A check of commands."""

    family = "gate-commands"

    def saw(self, commands: list[Command], pattern: str, instead: str) -> str:
        """Return the report on the commands that match a pattern."""
        return self.report(
            (command for command in commands if re.search(pattern, command.text)), instead
        )


class GC101(CommandCheck):
    """No number is cut out of the report's table"""

    why = (
        "`coverage report | grep TOTAL | awk '{print $4}'` reads the branches, "
        "or another file's line."
    )

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            [command for command in gate_commands if "GITHUB_STEP_SUMMARY" not in command.text],
            r"coverage report\b.*\|\s*(grep|awk|sed|tail|cut)\b",
            (
                "Gate with `coverage report --fail-under=N`; "
                "for people, take numbers from `coverage json`."
            ),
        )


class GC102(CommandCheck):
    """No exit code of coverage is swallowed"""

    why = (
        "`|| true`, a leading `-` in Make, tox and Hatch, Invoke's `warn=True`, nox's "
        "`success_codes` and tox's `ignore_outcome` turn a red gate green."
    )

    def check(self, gate_commands: list[Command]) -> str:
        groups = {c.group for c in gate_commands if re.search(MEASURES, c.text)}
        ignored = re.compile(r"ignore_outcome\s*=\s*(?i:true|1|yes)")
        swallowed = re.compile(
            rf"{MEASURES}.*"
            r"(\|\|\s*(true|:|echo|exit 0)|;\s*(true|exit 0|echo)\b|warn\s*=\s*True"
            r"|success_codes\s*=\s*(?!\[0\]))"
            rf"|^\s*(commands\w*\s*=\s*)?@?-@?\s*(?!-).*{MEASURES}"
        )
        found = [
            command
            for command in gate_commands
            if swallowed.search(command.text)
            or (command.group in groups and ignored.match(command.text))
        ]
        return self.report(found, "Let the command's exit code be the last word.")


class GC103(CommandCheck):
    """The gate's exit code is not hidden by a pipe"""

    why = (
        "In `coverage report --fail-under=80 | tee log` the exit code is that of `tee`, "
        "without pipefail."
    )

    def check(self, gate_commands: list[Command]) -> str:
        commands = [command for command in gate_commands if not command.pipefail]
        return self.saw(
            commands,
            GATE + r"[^|]*\|(?!\|)",
            "Gate without a pipe, or set `shell: bash`, which has pipefail.",
        )


class GC104(CommandCheck):
    """Nothing is combined a second time after pytest-cov"""

    why = (
        "pytest-cov has combined: "
        "plain `coverage combine` fails, or replaces all data by that of a late process."
    )

    def check(self, gate_commands: list[Command], gate_addopts: str) -> str:
        commands = []
        by_path = sorted(gate_commands, key=lambda command: command.path)
        for path, of_path in groupby(by_path, key=lambda command: command.path):
            in_path = list(of_path)
            by_group = sorted(in_path, key=lambda command: command.group)
            for _, of_group in groupby(by_group, key=lambda command: command.group):
                in_group = list(of_group)
                if any("coverage combine" in command.text for command in in_group):
                    commands += in_group if is_second(path, in_group, in_path, gate_addopts) else []
        return self.saw(
            commands,
            r"coverage combine(?!.*--append)",
            (
                "Run pytest-cov with COVERAGE_FILE=.coverage.NAME, so that it leaves a data file; "
                "or run `coverage run -m pytest`."
            ),
        )


def is_second(path: str, group: list[Command], others: list[Command], gate_addopts: str) -> bool:
    """Return whether what is combined in a group of commands, pytest-cov has combined before.

    Args:
        path: the path of its file.
        group: the commands.
        others: all commands of the file.
        gate_addopts: pytest's options.
    """
    together = group
    if not any(re.search(rf"coverage run|{PYTEST}", other.text) for other in together):
        # A target that combines only: what it combines, another target has measured.
        # (A job combines what it downloads: each other job's data, under its own name.)
        in_workflow = path.startswith(".github/")
        together = [] if in_workflow else others
    by_pytest_cov = any(
        re.search(PYTEST, other.text)
        and "coverage run" not in other.text
        and re.search(WITH_COV, f"{other.text} {gate_addopts}")
        for other in together
    )
    named = any("COVERAGE_FILE" in f"{other.text} {other.variables}" for other in together)
    return by_pytest_cov and not named


class GC105(CommandCheck):
    """The gate is no part of another command"""

    why = (
        'In `echo "$(coverage report --fail-under=80)"`, `if` and `&`, '
        "the gate's exit code is dropped."
    )

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            rf"(\$\(|`)[^)`]*{GATE}|\bif\b((?!\bthen\b).)*{GATE}|{GATE}(>&\d|[^|;&])*+&(?![&\d])",
            "Gate in a step, or a recipe line, of its own.",
        )


class GC106(CommandCheck):
    """The gate counts everything"""

    why = (
        "`--include`, `--omit` and `--ignore-errors` at the gate change what is counted, "
        "where nobody looks."
    )

    def check(self, gate_commands: list[Command], gate_settings: dict[str, Settings]) -> str:
        gates = REPORTS if threshold(in_force(gate_settings)) else GATE
        return self.saw(
            gate_commands,
            rf"(?m)^(?=.*{gates}).*coverage .*(--include|--omit|--ignore-errors|\s-i\b)",
            "Say in the settings what counts.",
        )


class GC107(CommandCheck):
    """No rounded total is compared"""

    why = "`coverage report --format=total` prints 80 for 79.5."

    def check(self, gate_commands: list[Command]) -> str:
        compared = {
            c.group
            for c in gate_commands
            if re.search(r"\s-(lt|le|gt|ge|eq|ne)\s|\(\(|<|\bbc\b", c.text)
        }
        return self.saw(
            [command for command in gate_commands if command.group in compared],
            r"\$\(.*coverage report\b.*--format[= ]total",
            "Gate with `coverage report --fail-under=N`, which rounds nothing up.",
        )


class GC108(CommandCheck):
    """pytest-cov's threshold is not without effect"""

    why = "`--cov-fail-under` is ignored without `--cov`, and with `--no-cov`."

    def check(self, gate_commands: list[Command], gate_addopts: str) -> str:
        def has_no_effect(words: str) -> bool:
            words = f"{words} {gate_addopts}"
            return (
                not re.search(WITH_COV, words) or re.search(r"--no-cov\b(?!-)", words) is not None
            )

        # In Python code, the options of one command may stand on several lines.
        lines: dict[str, list[str]] = {}
        for command in gate_commands:
            if command.path.endswith(".py"):
                lines.setdefault(command.group, []).append(command.text)
        without = {group for group, texts in lines.items() if has_no_effect(" ".join(texts))}
        commands = [
            command
            for command in gate_commands
            if "--cov-fail-under" in command.text
            and (
                command.group in without if command.group in lines else has_no_effect(command.text)
            )
        ]
        return self.saw(
            commands,
            f"--cov-{THRESHOLD}",
            "Add --cov, or gate with `coverage report --fail-under=N`.",
        )
