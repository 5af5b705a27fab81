"""What the benchmark found, and the arithmetic on it; nothing here runs anything."""

import json
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workshop.bench.measure import Command, Measurement

CPU_AND_WALL = ("cpu", "wall")


@dataclass
class Row:
    """One command in one case, such as `make coverage` in the case of uv.

    Attributes:
        case: the case.
        name: the name of the command.
        how: the command line, or what it is, in Markdown.
        rounds: what each round measured.
    """

    case: str
    name: str
    how: str
    rounds: list[Measurement]

    def median(self, quantity: str) -> float:
        """Return the median of a quantity over the rounds, in its unit."""
        return statistics.median(measurement[quantity] for measurement in self.rounds)


@dataclass(frozen=True)
class Aim:
    """A limit for the ratio of two medians.

    Attributes:
        work: the case and the command that has the limit.
        base: the case and the command that it is compared with.
        limit: the largest ratio that reaches the aim.
        quantities: those whose ratios must all reach it.
    """

    work: tuple[str, str]
    base: tuple[str, str]
    limit: float
    quantities: tuple[str, ...] = CPU_AND_WALL


@dataclass
class Result:
    """What one part of the benchmark found in one run.

    Attributes:
        date: the day of the run, as 2026-11-25.
        machine: the machine, in words.
        versions: the versions of the programs, in words.
        rows: its rows.
    """

    date: str
    machine: str
    versions: str
    rows: list[Row] = field(default_factory=list)

    def row(self, case: str, name: str) -> Row:
        """Return the row of a command in a case."""
        return next(row for row in self.rows if (row.case, row.name) == (case, name))

    def ratios(self, aim: Aim) -> dict[str, float]:
        """Return the ratio of the medians of each quantity that an aim is about."""
        work, base = self.row(*aim.work), self.row(*aim.base)
        return {name: work.median(name) / base.median(name) for name in aim.quantities}

    def reached(self, aim: Aim) -> bool:
        """Return whether all ratios, with the two decimals that are printed, keep to the limit."""
        return all(round(ratio, 2) <= aim.limit for ratio in self.ratios(aim).values())


def rows_of(
    case: str,
    commands: Iterable[Command],
    measured: dict[str, list[Measurement]],
) -> list[Row]:
    """Return the rows of the commands of one case."""
    return [Row(case, each.name, f"`{each.script}`", measured[each.name]) for each in commands]


def read(path: Path) -> dict[str, Result]:
    """Return the results in a file by the name of their part; none if there is no file."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text("utf-8"))
    for result in found.values():
        result["rows"] = [Row(**row) for row in result["rows"]]
    return {name: Result(**result) for name, result in found.items()}


def write(path: Path, results: dict[str, Result]) -> None:
    """Write the results to a file."""
    found = {name: asdict(result) for name, result in results.items()}
    for result in found.values():
        for row in result["rows"]:
            row["rounds"] = [rounded(measurement) for measurement in row["rounds"]]
    # A line for each row.
    text = json.dumps(found).replace('{"case"', '\n{"case"')
    path.write_text(f"{text}\n", "utf-8")


def rounded(measurement: Measurement) -> Measurement:
    """Return a measurement with its times to the millisecond."""
    return {name: round(value, 3) for name, value in measurement.items()}
