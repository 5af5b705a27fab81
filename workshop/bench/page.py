"""Write docs/performance.md from the results."""

from collections.abc import Iterable, Mapping

from workshop.bench.part import Part
from workshop.bench.results import Aim, Result, Row

HEADS = {"cpu": "CPU", "wall": "wall", "memory": "peak memory"}
# By quantity: the head of its column, what its unit is worth, and the format.
COLUMNS = {
    "cpu": ("CPU s", 1, ".2f"),
    "wall": ("wall s", 1, ".2f"),
    "memory": ("peak MB", 10**6, ".0f"),
}
INTRODUCTION = """\
# What the gate costs

Written by `uv run invoke bench`, which also draws the plot; the rounds are in `performance.json`.

All numbers are medians of whole processes. CPU time is that of a command and of all that it
starts, user and system; peak memory is that of the largest process. Each round runs every command
of a case once, in turn, so a slow minute slows all of them. One more round, not counted, comes
first. A ratio is a ratio of medians of one run; an aim is reached if the ratios of CPU and of wall
time both are, where both are given.

![What the gate costs](performance.svg)
"""


def page(parts: Mapping[str, Part], results: Mapping[str, Result]) -> str:
    """Return the page, with a section for each part that was measured."""
    sections = [section(parts[name], results[name]) for name in parts if name in results]
    return "\n".join([INTRODUCTION, *sections])


def section(part: Part, result: Result) -> str:
    """Return the section of a part."""
    rounds = f"{len(result.rows[0].rounds)} rounds"
    blocks = [
        f"## {part.title}",
        part.about,
        f"Measured: {result.date}, {rounds}. {result.machine}. {result.versions}.",
    ]
    if part.aims:
        blocks.append(aim_table(part.aims, result))
    blocks += [cost_table(result.rows), command_table(result.rows)]
    return "\n\n".join(blocks) + "\n"


def aim_table(aims: Iterable[Aim], result: Result) -> str:
    """Return a table of aims, their ratios and whether they are reached."""
    rows = []
    for aim in aims:
        ratios = result.ratios(aim)
        found = [f"{HEADS[name]} {ratio:.2f}" for name, ratio in ratios.items()]
        reached = "yes" if result.reached(aim) else "**no**"
        rows.append([label(*aim.work), base(aim), ", ".join(found), f"≤ {aim.limit:g}", reached])
    return table(["work", "compared with", "ratio", "aim", "reached"], rows)


def label(case: str, name: str) -> str:
    """Return the words for a command in a case."""
    return f"{case}: {name}"


def base(aim: Aim) -> str:
    """Return the words for what an aim compares with, without what the work says already."""
    (case, name), (other, compared) = aim.work, aim.base
    if case == other:
        return compared
    return other if name == compared else label(other, compared)


def cost_table(rows: list[Row]) -> str:
    """Return a table of the medians of each row."""
    quantities = [name for name in COLUMNS if name in rows[0].rounds[0]]
    found = []
    for row in rows:
        numbers = [number(name, row.median(name)) for name in quantities]
        found.append([row.case, row.name, *numbers])
    heads = [COLUMNS[name][0] for name in quantities]
    return table(["case", "what", *heads], found)


def command_table(rows: list[Row]) -> str:
    """Return a table of what ran, with the case where that makes a difference."""
    cases: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        cases.setdefault((row.name, row.how), []).append(row.case)
    names = [name for name, _ in cases]
    found = []
    for (name, how), where in cases.items():
        found.append([label(", ".join(where), name) if names.count(name) > 1 else name, how])
    return table(["what", "command"], found)


def number(quantity: str, value: float) -> str:
    """Return a value of a quantity in the unit of its column."""
    _, unit, format_ = COLUMNS[quantity]
    return format(value / unit, format_)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
