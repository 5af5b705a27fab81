"""Draw docs/performance.svg from the results."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workshop.bench import combine, library, starter, workflow
from workshop.bench.part import GATE
from workshop.bench.results import Result

OURS, OURS_TOO, THEIRS, OTHERS, NEUTRAL = "#1b7837", "#7fbf7b", "#762a83", "#c2a5cf", "#bbbbbb"
COLORS = {
    GATE: OURS,
    starter.OURS["make"]: OURS,
    starter.OURS["invoke"]: OURS_TOO,
    starter.PYTEST_COV: THEIRS,
    starter.REFERENCE: OTHERS,
    combine.PLAIN: OTHERS,
    workflow.JOB: OURS,
    workflow.SET_UP: NEUTRAL,
}
MEGABYTE = 10**6
COLUMNS, PANEL_SIZE = 2, (5.5, 3.2)


def plot(results: Mapping[str, Result], path: Path) -> None:
    """Draw a panel for each question that was measured, as SVG, with text that stays text."""
    panels = [(draw, results[name]) for name, draw in PANELS if name in results]
    lines = -(-len(panels) // COLUMNS)
    size = (PANEL_SIZE[0] * COLUMNS, PANEL_SIZE[1] * lines)
    figure = Figure(figsize=size, layout="constrained")
    for number, (draw, result) in enumerate(panels, start=1):
        axes = figure.add_subplot(lines, COLUMNS, number)
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes, result)
    # The same results give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "bench"}):
        figure.savefig(path, metadata={"Date": None})


def bars(
    axes: Axes,
    result: Result,
    names: Sequence[str],
    cases: Sequence[str],
    quantity: str,
) -> None:
    """Draw a group of bars for each case, with a bar for each name and its value in seconds."""
    width = 0.8 / len(names)
    for number, name in enumerate(names):
        values = [result.row(case, name).median(quantity) for case in cases]
        places = [group + number * width for group in range(len(cases))]
        drawn = axes.bar(places, values, width, label=name, color=COLORS.get(name, NEUTRAL))
        axes.bar_label(drawn, fmt="%.2f", fontsize=7)
    axes.set_xticks([group + (0.8 - width) / 2 for group in range(len(cases))], cases)
    axes.legend(fontsize=8, frameon=False)


def lines(axes: Axes, result: Result, cases: Mapping[int, str], quantity: str, unit: float) -> None:
    """Draw a line for each of the two commands that combine."""
    for name, marker in ((GATE, "o"), (combine.PLAIN, "x")):
        values = [result.row(case, name).median(quantity) / unit for case in cases.values()]
        axes.plot([*cases], values, marker=marker, label=name, color=COLORS[name])
    axes.set_xscale("log")
    axes.set_xticks([*cases], [f"{number:,}" for number in cases])
    axes.minorticks_off()
    axes.legend(fontsize=8, frameon=False)


def log_seconds(axes: Axes) -> None:
    """Give a panel a logarithmic axis for seconds, with plain numbers from 0.1 to 10 at least."""
    axes.set_yscale("log")
    axes.set_ylim(0.05, max(12, axes.get_ylim()[1]))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")


def draw_starter(axes: Axes, result: Result) -> None:
    """Draw the CPU time of each command with each package manager."""
    names = (*starter.OURS.values(), starter.PYTEST_COV, starter.REFERENCE)
    bars(axes, result, names, starter.MANAGERS, "cpu")
    axes.set(title="Starter project, two tests", ylabel="CPU seconds")


def draw_library(axes: Axes, result: Result) -> None:
    """Draw the wall time of the suite alone, measured, and with all stages."""
    rows = [row for row in result.rows if row.case == library.ALL]
    values = [row.median("wall") for row in rows]
    colors = [COLORS.get(row.name, NEUTRAL) for row in rows]
    drawn = axes.barh([row.name for row in rows], values, color=colors)
    axes.bar_label(drawn, fmt="%.0f", padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set(title=f"networkx {library.VERSION}, 2,403 tests", xlabel="wall seconds")


def draw_time_by_files(axes: Axes, result: Result) -> None:
    """Draw how long combining takes, by the number of data files."""
    cases = {files: combine.case(files, combine.FEW) for files in combine.FILES}
    lines(axes, result, cases, "wall", 1)
    log_seconds(axes)
    axes.set(title=f"Time to combine, {combine.FEW} modules")
    axes.set(xlabel="data files", ylabel="wall seconds")


def draw_time_by_modules(axes: Axes, result: Result) -> None:
    """Draw how long combining takes, by the number of modules."""
    cases = {modules: combine.case(combine.FEW, modules) for modules in combine.MODULES}
    lines(axes, result, cases, "wall", 1)
    log_seconds(axes)
    axes.set(title=f"Time to combine, {combine.FEW} data files")
    axes.set(xlabel="modules", ylabel="wall seconds")


def draw_memory(axes: Axes, result: Result) -> None:
    """Draw the peak memory of combining, by the number of data files."""
    cases = {files: combine.case(files, combine.FEW) for files in combine.FILES}
    lines(axes, result, cases, "memory", MEGABYTE)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.1)
    axes.set(title=f"Memory to combine, {combine.FEW} modules")
    axes.set(xlabel="data files", ylabel="peak MB")


def draw_workflow(axes: Axes, result: Result) -> None:
    """Draw how long the job `coverage` takes, and its set-up, by the number of test jobs."""
    cases = [workflow.case(jobs) for jobs in workflow.JOBS]
    bars(axes, result, (workflow.JOB, workflow.SET_UP), cases, "wall")
    axes.set(title="Job coverage of the workflow, under act", ylabel="wall seconds")


PANELS = (
    ("starter", draw_starter),
    ("networkx", draw_library),
    ("combine", draw_time_by_files),
    ("combine", draw_memory),
    ("combine", draw_time_by_modules),
    ("workflow", draw_workflow),
)
