"""Measure a project before and after adopting: no line and no test is lost, and why totals differ.

Both run in the clone that was adopted, in one environment, with the same versions of everything.
"""

import json
import math
import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from copier_coverage.adopt.gitignore import is_ignored
from copier_coverage.adopt.test_command import Tests
from copier_coverage.console import Console
from copier_coverage.errors import Refusal
from copier_coverage.project.repository import Repository

# The last line of pytest, and the line with the count of unittest and Django.
SUMMARY = re.compile(r"(?m)^(?:=+ )?((?:\d+ \w+,? )+)in [\d.:]+s?|^Ran (\d+) tests? in")
COUNTED = r"(\d+) (?:passed|failed|skipped|xfailed|xpassed|errors?)\b"
AUTHOR = ("-c", "user.name=copier-coverage", "-c", "user.email=copier-coverage@example.org")


@dataclass
class Measured:
    """What a run of the tests measured.

    Attributes:
        tests: how many tests ran; None if the output does not say.
        report: coverage's report in JSON; None if nothing was measured.
    """

    tests: int | None
    report: dict[str, Any] | None

    def lines(self, kind: str = "executed_lines") -> dict[str, set[int]]:
        """Return the lines that ran, or other ones of the report, by the name of their file."""
        files = self.report["files"] if self.report else {}
        return {name.replace("\\", "/"): {*file[kind]} for name, file in files.items()}

    def totals(self) -> dict[str, str]:
        """Return what is shown of it, by the name of the row."""
        tests = "unknown" if self.tests is None else str(self.tests)
        if self.report is None:
            return {"statements": "", "missing": "", "total": "not measured", "tests": tests}
        totals = self.report["totals"]
        return {
            "statements": str(totals["num_statements"]),
            "missing": str(totals["missing_lines"]),
            "total": f"{totals['percent_covered']:.2f}%",
            "tests": tests,
        }


@dataclass
class Comparison:
    """A project before and after adopting."""

    before: Measured
    after: Measured
    reasons: list[str]

    def threshold(self) -> str:
        """Return the total after adopting, rounded down, in percent; at least 1."""
        total = self.after.report["totals"]["percent_covered"] if self.after.report else 0
        return str(max(1, math.floor(total)))

    def never_counted(self, threshold: float) -> list[str]:
        """Return the files that no test imports, and which did not count, if they lack to it.

        Args:
            threshold: in percent; with these files, the total is below, and without them, it is
                not, as before.
        """
        if self.before.report is None or self.after.report is None:
            return []
        if self.before.report["totals"]["percent_covered"] < threshold:
            return []
        ran = self.after.lines()
        known = {own_name(name, ran) for name in self.before.lines()}
        files = [name for name in self.after.report["files"] if not ran[name] and name not in known]
        with_them, without = (percent_without(self.after.report, left) for left in ([], files))
        return files if with_them < threshold <= without else []

    def say(self, console: Console) -> None:
        """Print both side by side, and why files differ."""
        table = Table(title="Verified", title_justify="left", title_style="bold", box=None)
        for heading in ("", "before", "after"):
            table.add_column(heading, justify="right" if heading else "left")
        before = self.before.totals()
        for name, value in self.after.totals().items():
            table.add_row(f"  {name}", before[name], value)
        console.print(table)
        for reason in self.reasons:
            console.print(f"  {reason}", markup=False, highlight=False)


def percent_without(report: dict[str, Any], files: list[str]) -> float:
    """Return the total of a report without some of its files, in percent."""
    parts = ("num_statements", "num_branches"), ("covered_lines", "covered_branches")
    whole, covered = (
        sum(report["totals"].get(name, 0) for name in names)
        - sum(report["files"][file]["summary"].get(name, 0) for name in names for file in files)
        for names in parts
    )
    return 100 * covered / whole if whole else 0


def before_and_after(
    clone: Repository,
    manager: dict[str, Any],
    install: list[str],
    chosen: dict[str, Any],
    tests: Tests | None,
) -> Comparison:
    """Run the tests with the gate, and as they ran before, and compare.

    Args:
        clone: the clone of the repository, adopted and staged.
        manager: the row of the package manager.
        install: the commands that install the project.
        chosen: the answers.
        tests: how the tests ran before.

    Raises:
        Refusal: the tests fail with the gate; or fewer of them run, or lines are lost.
    """
    clone.git(*AUTHOR, "commit", "--quiet", "--no-verify", "--message", "Adopted")
    shell = Shell(clone.folder, bool(manager["prepare"]))
    # `Shell` activates the environment for each command.
    for command in [command for command in install if not command.startswith(". ")]:
        shell.must(command, "The installation")
    output = shell.must(
        f"{manager['python']} coverage_gate.py erase test combine report", "The gate"
    )
    after = Measured(count_tests(output), json.loads(shell.read("coverage.json")))
    shell.run(f"{manager['python']} coverage_gate.py erase")
    clone.git("checkout", "--quiet", "--force", "HEAD~1")
    before = measure_before(shell, manager, chosen, tests)
    comparison = Comparison(before, after, [])
    if lost := compare(comparison, clone):
        comparison.say(Console(soft_wrap=True))
        raise Refusal("\n".join(["Something would be lost; nothing was changed:", *lost]))
    return comparison


@dataclass
class Shell:
    """Runs commands in the folder of a project, as its developer types them.

    Attributes:
        folder: the folder.
        activated: whether the environment in .venv is activated first.
    """

    folder: Path
    activated: bool

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command; return the finished process, whose stdout has stderr too."""
        foreign = ("COVERAGE_", "PYTEST_", "INVOKE_", "VIRTUAL_ENV", "PYTHONPATH")
        env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        if self.activated:
            place = self.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin")
            env["PATH"] = os.pathsep.join([str(place), env["PATH"]])
        return subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            check=False,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def must(self, command: str, what: str) -> str:
        """Run a command that must succeed; return what it printed.

        Raises:
            Refusal: it failed.
        """
        process = self.run(command)
        if process.returncode:
            last = "\n".join(process.stdout.splitlines()[-30:])
            raise Refusal(f"{what} failed, and nothing was changed: {command}\n{last}")
        return process.stdout

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return (self.folder / name).read_text(encoding="utf-8")


def measure_before(
    shell: Shell, manager: dict[str, Any], chosen: dict[str, Any], tests: Tests | None
) -> Measured:
    """Run the tests as they ran before, with the project's own settings."""
    line = tests.line if tests else ""
    lines = [line] if re.search(r"coverage run|--cov\b", line) else []
    if chosen["collector"] == "command":
        lines.append(chosen["test_command"])
    else:
        # As coverage does by default; also if pytest-cov is in no list of requirements.
        source = f"--source={chosen['source_dir'].removesuffix('.py')}"
        lines.append(f"python -m coverage run {source} {chosen['test_command']}")
    run = manager["run"].replace("uv run", "uv run --no-sync")
    run = "" if manager["prepare"] else run
    for line in lines:
        process = shell.run(f"{run}sh -c {shlex.quote(line)}")
        if process.returncode in (0, 1):
            break
    counted = count_tests(process.stdout)
    python = manager["python"].replace("uv run", "uv run --no-sync")
    if list(shell.folder.glob(".coverage.*")):
        shell.run(f"{python} -m coverage combine --append")
    made = shell.run(f"{python} -m coverage json -o before.json --fail-under=0")
    report = None if made.returncode else json.loads(shell.read("before.json"))
    return Measured(counted, report)


def count_tests(output: str) -> int | None:
    """Return how many tests ran; None if the output does not say."""
    counts: list[int] = []
    for summary, number in SUMMARY.findall(re.sub(r"\x1b\[[\d;]*m", "", output)):
        counts += map(int, re.findall(COUNTED, summary) or re.findall(r"\d+", number))
    return sum(counts) if counts else None


def compare(comparison: Comparison, clone: Repository) -> list[str]:
    """Note why files differ; return what is lost without a reason: tests, and lines of files."""
    after, missing = comparison.after.lines(), comparison.after.lines("missing_lines")
    before = {own_name(name, after): ran for name, ran in comparison.before.lines().items()}
    lost = []
    for name in sorted(before.keys() | after.keys()):
        if comparison.before.report is None or before.get(name) == after.get(name):
            continue
        if name not in after:
            comparison.reasons.append(f"{name}: {why_gone(name, clone)}")
        elif gone := before.get(name, set()) & missing[name]:
            lost.append(f"{name}: lines {ranges(gone)} ran before, and not after.")
        elif name not in before:
            imported = "was not measured before" if after[name] else "no test imports it"
            comparison.reasons.append(f"{name}: counts now, {imported}")
        elif more := after[name] - before[name]:
            why = "run in processes that are measured now"
            comparison.reasons.append(f"{name}: lines {ranges(more)} {why}")
        else:
            # Of another release of coverage, or excluded.
            other = ranges(before[name] - after[name])
            comparison.reasons.append(f"{name}: lines {other} are no statements any more")
    ran, run_now = comparison.before.tests, comparison.after.tests
    if ran is not None and run_now is not None and run_now < ran:
        lost.append(f"{ran} tests ran before, {run_now} after.")
    return lost


def own_name(name: str, known: Iterable[str]) -> str:
    """Return the name in the project of a file that was measured where it is installed."""
    installed = name.rpartition("/site-packages/")[2]
    same = (other for other in known if f"/{other}".endswith(f"/{installed}"))
    return next(same, name) if installed != name else name


def why_gone(name: str, clone: Repository) -> str:
    """Return why a file does not count any more."""
    if is_ignored(clone, name):
        return "git ignores it, so it is not measured"
    return "is not in the source, so it does not count"


def ranges(lines: Iterable[int]) -> str:
    """Return numbers of lines as people write them: 3, 5-7."""
    spans: list[list[int]] = []
    for line in sorted(lines):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
