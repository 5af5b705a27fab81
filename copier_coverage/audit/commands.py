"""Checks of commands: in workflows, Makefiles, task files and scripts."""

import re

from copier_coverage.audit.check import Check
from copier_coverage.audit.repository import Command

# Commands whose exit code says something of the tests or the total.
MEASURES = r"(coverage (run|combine|report|html|xml|json|lcov)\b|(^|[\s;&\"'-])pytest( |$|[\"']))"
GATE = r"(coverage report\b[^|;&]*--fail-under|--cov-fail-under)"


class CommandCheck(Check):
    """A check of commands."""

    family = "gate-commands"

    def saw(self, commands: list[Command], pattern: str, instead: str) -> str:
        """Return the report on the commands that match a pattern."""
        return self.report((command for command in commands if re.search(pattern, command.text)), instead)


class GC101(CommandCheck):
    """No number is cut out of the report's table"""

    why = "`coverage report | grep TOTAL | awk '{print $4}'` reads the branches, or another file's line."

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            r"coverage report\b.*\|\s*(grep|awk|sed|tail|cut)\b",
            "Gate with `coverage report --fail-under=N`; for people, take numbers from `coverage json`.",
        )


class GC102(CommandCheck):
    """No exit code of coverage is swallowed"""

    why = "`|| true`, Make's leading `-` and Invoke's `warn=True` turn a red gate green."

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            rf"{MEASURES}.*(\|\|\s*(true|:|echo|exit 0)|;\s*(true|exit 0|echo)\b|warn\s*=\s*True)|^\t@?-@?\s*.*{MEASURES}",
            "Let the command's exit code be the last word.",
        )


class GC103(CommandCheck):
    """The gate's exit code is not hidden by a pipe"""

    why = "In `coverage report --fail-under=80 | tee log` the exit code is that of `tee`, without pipefail."

    def check(self, gate_commands: list[Command]) -> str:
        commands = [command for command in gate_commands if not command.pipefail]
        return self.saw(
            commands, GATE + r"[^|]*\|(?!\|)", "Gate without a pipe, or set `shell: bash`, which has pipefail."
        )


class GC104(CommandCheck):
    """Nothing is combined a second time after pytest-cov"""

    why = "pytest-cov has combined: plain `coverage combine` fails, or replaces the data by a late process's."

    def check(self, gate_commands: list[Command], gate_addopts: str) -> str:
        by_pytest_cov = {
            command.group
            for command in gate_commands
            if re.search(r"\bpytest\b", command.text)
            and "coverage run" not in command.text
            and re.search(r"--cov(\s|=|$)", f"{command.text} {gate_addopts}")
            and "COVERAGE_FILE=" not in command.text
        }
        named = {command.group for command in gate_commands if re.search(r"COVERAGE_FILE\b", command.text)}
        commands = [command for command in gate_commands if command.group in by_pytest_cov - named]
        return self.saw(
            commands,
            r"coverage combine(?!.*--append)",
            "Run pytest-cov with COVERAGE_FILE=.coverage.NAME, so that it leaves a part; or run `coverage run -m pytest`.",
        )


class GC105(CommandCheck):
    """The gate is no part of another command"""

    why = 'In `echo "$(coverage report --fail-under=80)"`, `if` and `&`, the gate\'s exit code is dropped.'

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            rf"(\$\(|`)[^)`]*{GATE}|\bif\b((?!\bthen\b).)*{GATE}|{GATE}(\d?>&\d|[^|;&])*&(?![&\d])",
            "Gate in a step, or a recipe line, of its own.",
        )


class GC106(CommandCheck):
    """The gate counts everything"""

    why = "`--include`, `--omit` and `--ignore-errors` at the gate change what is counted, where nobody looks."

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            rf"(?=.*coverage report\b.*{'--fail-under'}).*(--include|--omit|--ignore-errors|\s-i\b)",
            "Say in the settings what counts.",
        )


class GC107(CommandCheck):
    """No rounded total is compared"""

    why = "`coverage report --format=total` prints 80 for 79.5."

    def check(self, gate_commands: list[Command]) -> str:
        return self.saw(
            gate_commands,
            r"\$\(.*coverage report\b.*--format[= ]total",
            "Gate with `coverage report --fail-under=N`, which rounds nothing up.",
        )


class GC108(CommandCheck):
    """pytest-cov's threshold is not without effect"""

    why = "`--cov-fail-under` is ignored without `--cov`, and with `--no-cov`."

    def check(self, gate_commands: list[Command], gate_addopts: str) -> str:
        commands = [
            command
            for command in gate_commands
            if not re.search(r"--cov(\s|=|$)", f"{command.text} {gate_addopts}") or "--no-cov" in gate_addopts
        ]
        return self.saw(commands, "--cov-fail-under", "Add --cov, or gate with `coverage report --fail-under=N`.")
