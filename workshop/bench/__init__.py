"""Measure what the gate costs, and write docs/performance.md and its plot."""

import datetime
import tempfile
from pathlib import Path

from workshop.bench import combine, library, results, starter, workflow
from workshop.bench.page import page
from workshop.bench.plot import plot
from workshop.rendering import ROOT

PARTS = {
    "starter": starter.PART,
    "networkx": library.PART,
    "combine": combine.PART,
    "workflow": workflow.PART,
}
PAGE = ROOT / "docs" / "performance.md"
STORED = PAGE.with_suffix(".json")


def bench(only: str = "", rounds: int = 5) -> None:
    """Measure all parts, or one, and write the page; what was not measured stays as it was.

    Args:
        only: the name of a part.
        rounds: how often each command is measured; 0 writes the page again without measuring.

    Raises:
        ValueError: there is no such part.
    """
    if only and only not in PARTS:
        raise ValueError(f"{only!r} is none of {', '.join(PARTS)}")
    if rounds:
        for name in [only] if only else PARTS:
            measure(name, rounds)
    write_page()


def measure(name: str, rounds: int) -> None:
    """Measure one part, and store its result with those of the others."""
    print(f"{name}:", flush=True)
    today = datetime.date.today().isoformat()
    with tempfile.TemporaryDirectory() as folder:
        result = PARTS[name].result(Path(folder), rounds, today)
    stored = results.read(STORED) | {name: result}
    results.write(STORED, stored)


def write_page() -> None:
    """Write the page and its plot from the stored results."""
    stored = results.read(STORED)
    PAGE.write_text(page(PARTS, stored), "utf-8")
    plot(stored, PAGE.with_suffix(".svg"))
