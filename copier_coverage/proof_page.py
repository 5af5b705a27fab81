"""Write what a proof showed: the table in README.md, and docs/failure-modes.md with symptom, cause and answer."""

from collections.abc import Iterable
from pathlib import Path

from copier_coverage.catalogue.mode import Mode, Total
from copier_coverage.pipelines import PIPELINES
from copier_coverage.proof import REFUSED, RIGHT, WRONG, Cell
from copier_coverage.rendering import ROOT

README = Path("README.md")
PAGE = Path("docs", "failure-modes.md")
BEGIN, END = "<!-- `invoke proof` writes what is between these lines. -->\n", "<!-- proof -->\n"

DIRECTIONS = {"G": "green when it should be red", "R": "red when it should be green", "R G": "both ways"}
INTRODUCTION = """\
# How a coverage gate lies

`uv run invoke proof` runs each of these modes through five pipelines and writes this page. The gate is at 80%.

- **right**: the true total, as far as it is printed, and the true colour.
- **refused**: red without a total, where there is none or where it is below.
- **wrong**: anything else.

Old recipe, published fix and *pytest-cov alone* have the settings of the team that had the incident; the reference
practice has commands and settings of python-attrs/attrs. What a mode's author wrote by hand goes into those four;
what the project has, or the shell, goes into all of them. The commands are in `copier_coverage/pipelines.py`, the
modes in `copier_coverage/catalogue/`.

Where a mode has two machines, reference practice and template are workflows, run by act (`docs/fidelity.md`); the
others gate on each machine by itself.
"""


def row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def head(*cells: str) -> str:
    """Return the first two rows of a Markdown table."""
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def counts(cells: dict[str, dict[str, Cell]]) -> str:
    """Return a table of how often each pipeline was right, refused and wrong."""
    table = head(f"of {len(cells)} modes", *(pipeline.title for pipeline in PIPELINES))
    for verdict in (RIGHT, REFUSED, WRONG):
        table += row(
            verdict,
            *(str(sum(said[pipeline.title].verdict == verdict for said in cells.values())) for pipeline in PIPELINES),
        )
    return table


def truth(mode: Mode) -> str:
    """Return the truth of a mode, in words."""
    if isinstance(mode.truth, Total):
        return f"{'green' if mode.truth.exit_code == 0 else 'red'}, {mode.truth.percent:.2f}%"
    return "no total: refuse"


def readme_table(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return the tables that the README shows."""
    table = head("mode", "truth", *(pipeline.title for pipeline in PIPELINES))
    for mode in modes:
        verdicts = (cells[mode.id][pipeline.title].verdict for pipeline in PIPELINES)
        link = f"[{mode.id}]({PAGE.as_posix()}#{mode.id})"
        table += row(link, truth(mode), *(f"**{verdict}**" if verdict == WRONG else verdict for verdict in verdicts))
    return f"{counts(cells)}\n<details>\n<summary>Each of them</summary>\n\n{table}\n</details>\n"


def page(modes: Iterable[Mode], cells: dict[str, dict[str, Cell]]) -> str:
    """Return docs/failure-modes.md."""
    text = f"{INTRODUCTION}\n{counts(cells)}"
    for mode in modes:
        text += f"\n## {mode.id}\n\n{mode.symptom} ({DIRECTIONS[mode.direction].capitalize()}.)\n\n"
        text += f"- Cause: {mode.cause}\n- This template: {mode.answer}\n\n"
        text += head("pipeline", "says", "which is")
        text += row("*truth*", truth(mode), "")
        for pipeline in PIPELINES:
            cell = cells[mode.id][pipeline.title]
            text += row(pipeline.title, cell.said, cell.verdict)
    return text


def pages(modes: list[Mode], cells: dict[str, dict[str, Cell]], root: Path = ROOT) -> dict[Path, str]:
    """Return the text of each file in root that shows a proof, by its path."""
    readme = (root / README).read_text(encoding="utf-8")
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return {
        README: f"{before}{BEGIN}\n{readme_table(modes, cells)}\n{END}{after}",
        PAGE: page(modes, cells),
    }


def write(modes: list[Mode], cells: dict[str, dict[str, Cell]], root: Path = ROOT) -> None:
    """Write the files in root that show a proof."""
    for name, text in pages(modes, cells, root).items():
        (root / name).write_text(text, encoding="utf-8")
