"""Write what a proof showed: the counts in README.md, and the modes in docs/failure-modes.md.

Each mode has its symptom, cause and answer.
"""

from collections.abc import Iterable
from pathlib import Path

from workshop.proof.catalogue.mode import PASSES, Mode, Refusal, Total
from workshop.proof.pipelines import PIPELINES
from workshop.proof.proof import MISTAKE, REFUSED, RIGHT, WRONG, Cell
from workshop.rendering import ROOT

README = Path("README.md")
PAGE = Path("docs", "failure-modes.md")
BEGIN, END = "<!-- `invoke proof` writes what is between these lines. -->\n", "<!-- proof -->\n"

DIRECTIONS = {
    "G": "passes when it should fail",
    "R": "fails when it should pass",
    "R G": "both ways",
}
INTRODUCTION = """\
# How a coverage gate lies

`uv run invoke proof` runs each of these modes through five pipelines and writes this page. \
The gate is at 80%.

- **right**: the true total, as far as it is printed, and it passes or fails as it should.
- **refused**: fails without a total, where there is none or where it is below.
- **mistake**: wrong only with what the mode writes into the pipeline's commands or settings; \
right or refused as its
  author published it. It shows what the mistake does, and does not count against the pipeline.
- **wrong**: anything else.

Old recipe and published fix have the settings of the team that had the incident; \
*pytest-cov alone* has them too, with
what its documentation asks for. \
The reference practice has commands and settings of python-attrs/attrs. What the
project has, or the shell, goes into all of them. \
The commands are in `workshop/proof/pipelines.py`, the modes in
`workshop/proof/catalogue/`.

Where a mode has two jobs, reference practice and template are workflows, \
run by act (`docs/fidelity.md`); in the other
pipelines each job gates by itself.
"""


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def head(*cells: str) -> str:
    """Return the first two rows of a Markdown table."""
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def counts(cells: dict[str, dict[str, Cell]]) -> str:
    """Return a table of how often each pipeline has each verdict."""
    table = head(f"of {len(cells)} modes", *(pipeline.title for pipeline in PIPELINES))
    for verdict in (RIGHT, REFUSED, MISTAKE, WRONG):
        numbers = []
        for pipeline in PIPELINES:
            verdicts = [row[pipeline.title].verdict for row in cells.values()]
            numbers.append(str(verdicts.count(verdict)))
        table += row(verdict, *numbers)
    return table


def truth(mode: Mode) -> str:
    """Return the truth of a mode, in words."""
    if mode.at_once:
        return f"{in_words(mode.truth)}; {in_words(mode.at_once)} when the tests end"
    return in_words(mode.truth)


def in_words(truth: Total | Refusal) -> str:
    if isinstance(truth, Refusal):
        return "fails, without a total"
    return f"{'passes' if truth.exit_code == PASSES else 'fails'}, {truth.percent:.2f}%"


def overview(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return a table of the verdicts on each mode."""
    table = head("mode", "truth", *(pipeline.title for pipeline in PIPELINES))
    for mode in modes:
        verdicts = [cells[mode.id][pipeline.title].verdict for pipeline in PIPELINES]
        shown = [f"**{verdict}**" if verdict == WRONG else verdict for verdict in verdicts]
        table += row(f"[{mode.id}](#{mode.id})", truth(mode), *shown)
    return table


def section(mode: Mode, cells: dict[str, Cell]) -> str:
    """Return the section of a mode."""
    text = f"## {mode.id}\n\n{mode.symptom} ({DIRECTIONS[mode.direction].capitalize()}.)\n\n"
    text += f"- Cause: {mode.cause}\n- This template: {mode.answer}\n\n"
    text += head("pipeline", "result", "verdict")
    text += row("*truth*", truth(mode), "")
    for pipeline in PIPELINES:
        cell = cells[pipeline.title]
        text += row(pipeline.title, cell.result, cell.verdict)
    return text


def page(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return docs/failure-modes.md."""
    sections = [section(mode, cells[mode.id]) for mode in modes]
    return "\n".join([INTRODUCTION, counts(cells), overview(modes, cells), *sections])


def pages(
    modes: list[Mode], cells: dict[str, dict[str, Cell]], root: Path = ROOT
) -> dict[Path, str]:
    """Return the text of each file in root that shows a proof, by its path."""
    readme = (root / README).read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return {README: f"{before}{BEGIN}\n{counts(cells)}\n{END}{after}", PAGE: page(modes, cells)}


def write(modes: list[Mode], cells: dict[str, dict[str, Cell]], root: Path = ROOT) -> None:
    """Write the files in root that show a proof."""
    for name, text in pages(modes, cells, root).items():
        (root / name).write_text(text, encoding="utf-8")
