"""Write what a proof showed: the counts in README.md, and the modes in docs/failure-modes.md.

Each mode has its symptom, cause and answer.
"""

from collections.abc import Iterable
from pathlib import Path

from workshop.proof.catalogue.mode import PASSES, Mode, Refusal, Total
from workshop.proof.pipelines import PIPELINES, TEMPLATE
from workshop.proof.proof import NO_PLACE, REFUSED, RIGHT, WRONG, Cell
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

`uv run invoke proof` runs each of these modes and writes this page. The gate is at 80%.

- **right**: the true total, as far as it is printed, and it passes or fails as it should.
- **refused**: fails without a total, where there is none or where it is below.
- **wrong**: anything else.

| pipeline | source of its commands and settings |
|---|---|
| old recipe, published fix | the incident of README.md, with the settings that its team had |
| pytest-cov alone | the README of pytest-cov 7.1; settings of the same team, \
with the `patch` that its documentation asks for |
| attrs | python-attrs/attrs at c1dc5dcb, 2026-08-07: `tox.ini`, `pyproject.toml`, `ci.yml` |
| structlog | hynek/structlog at 025edaff, 2026-06-06: the same files |

attrs and structlog gate at 100%; the gate is at 80% here. \
They are run without tox, so their data is of `src` and not of
an installed package. \
The commands are in `workshop/proof/pipelines.py`, the modes in `workshop/proof/catalogue/`. \
Where a mode
has two jobs, attrs, structlog and this template are workflows, run by act \
([fidelity.md](fidelity.md)); in the other
pipelines each job gates by itself.
"""
NATURAL = """\
## Natural modes

Project and environment are as they are, and every pipeline is as its author published it.
"""
SLIPS = """\
## Slips

Somebody wrote a mistake into the commands or settings by hand. \
A pipeline without those words has *no place* for it.
The last column has the checks of `copier-coverage audit` ([audit.md](audit.md)) that find it there.
"""
DOES_NOT_SEE = "-"


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def head(*cells: str) -> str:
    """Return the first two rows of a Markdown table."""
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def counts(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return a table of how often each pipeline has each verdict on the natural modes."""
    natural = [cells[mode.id] for mode in modes if not mode.slip]
    table = head(f"of {len(natural)} modes", *(pipeline.title for pipeline in PIPELINES))
    for verdict in (RIGHT, REFUSED, WRONG):
        numbers = []
        for pipeline in PIPELINES:
            verdicts = [row[pipeline.title].verdict for row in natural]
            numbers.append(str(verdicts.count(verdict)))
        table += row(verdict, *numbers)
    return table


def rivals(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return where another pipeline is right and this template refuses."""
    found = []
    for mode in modes:
        titles = [title for title, cell in cells[mode.id].items() if cell.verdict == RIGHT]
        if not mode.slip and titles and cells[mode.id][TEMPLATE.title].verdict == REFUSED:
            found.append(f"- [{mode.id}](#{mode.id}): {', '.join(titles)}\n")
    none = "There is no mode about which another pipeline is right and this template refuses.\n"
    title = "Another pipeline is right and this template refuses about:\n\n"
    return title + "".join(found) if found else none


def truth(mode: Mode) -> str:
    """Return the truth of a mode, in words."""
    if mode.at_once:
        return f"{in_words(mode.truth)}; {in_words(mode.at_once)} when the tests end"
    return in_words(mode.truth)


def in_words(truth: Total | Refusal) -> str:
    if isinstance(truth, Refusal):
        return "fails, without a total"
    return f"{'passes' if truth.exit_code == PASSES else 'fails'}, {truth.percent:.2f}%"


def overview(
    modes: Iterable[Mode],
    cells: dict[str, dict[str, Cell]],
    audits: dict[str, list[str]] | None = None,
) -> str:
    """Return a table of the verdicts on each mode, with what the audit finds if it is given."""
    last = ["audit"] if audits is not None else []
    table = head("mode", "truth", *(pipeline.title for pipeline in PIPELINES), *last)
    for mode in modes:
        verdicts = [cells[mode.id][pipeline.title].verdict for pipeline in PIPELINES]
        shown = [f"**{verdict}**" if verdict == WRONG else verdict for verdict in verdicts]
        if audits is not None:
            shown.append(", ".join(audits[mode.id]) or DOES_NOT_SEE)
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
        if cell.verdict != NO_PLACE:
            text += row(pipeline.title, cell.result, cell.verdict)
    return text


def page(modes: list[Mode], cells: dict[str, dict[str, Cell]], audits: dict[str, list[str]]) -> str:
    """Return docs/failure-modes.md."""
    natural = [mode for mode in modes if not mode.slip]
    slips = [mode for mode in modes if mode.slip]
    sections = [section(mode, cells[mode.id]) for mode in modes]
    first = [INTRODUCTION, NATURAL, counts(modes, cells), rivals(modes, cells)]
    tables = [overview(natural, cells), SLIPS, overview(slips, cells, audits)]
    return "\n".join([*first, *tables, *sections])


def pages(
    modes: list[Mode],
    cells: dict[str, dict[str, Cell]],
    audits: dict[str, list[str]],
    root: Path = ROOT,
) -> dict[Path, str]:
    """Return the text of each file in root that shows a proof, by its path.

    Args:
        modes: the modes.
        cells: what came of them, by the mode's id and the pipeline's title.
        audits: the checks of the audit that find each slip, by the mode's id.
        root: the root of this repository.
    """
    readme = (root / README).read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    found = sum(1 for codes in audits.values() if codes)
    slips = (
        f"Of {len(audits)} slips that somebody writes into commands or settings by hand, the audit"
        f" finds {found}.\n"
    )
    text = f"{before}{BEGIN}\n{counts(modes, cells)}\n{slips}\n{END}{after}"
    return {README: text, PAGE: page(modes, cells, audits)}


def write(
    modes: list[Mode],
    cells: dict[str, dict[str, Cell]],
    audits: dict[str, list[str]],
    root: Path = ROOT,
) -> None:
    """Write the files in root that show a proof; see `pages`."""
    for name, text in pages(modes, cells, audits, root).items():
        (root / name).write_text(text, encoding="utf-8")
