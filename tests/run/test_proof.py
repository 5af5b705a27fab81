"""The catalogue of failure modes: what the documentation shows of it is what a run shows.

The normal run has this template's column of the table, and a sample of the others; the long run
has all of it.
"""

import pytest

from workshop.proof.catalogue import MODES
from workshop.proof.catalogue.mode import JobsMode, Refusal
from workshop.proof.page import PAGE, pages, row
from workshop.proof.pipelines import (
    ATTRS,
    OLD,
    PIPELINES,
    TEMPLATE,
    TEMPLATE_INVOKE,
    TEMPLATE_MAKE,
)
from workshop.proof.proof import NO_PLACE, WRONG, audits, prove
from workshop.rendering import ROOT

OTHERS = [pipeline for pipeline in PIPELINES if pipeline is not TEMPLATE]
SAMPLE = ("awk-branch-column", "piped-gate", "rounded-total", "spawn-child", "same-data-name")


@pytest.fixture(scope="module", params=[pytest.param(None, id="(proof)")])
def cells():
    """What came of every mode in this template, and of the sample in the other pipelines."""
    found = prove(MODES, [TEMPLATE])
    for mode, others in prove([mode for mode in MODES if mode.id in SAMPLE], OTHERS).items():
        found[mode] |= others
    return found


def wrong_cells(cells, pipeline):
    return [
        f"{mode}:\n{row[pipeline.title].output}"
        for mode, row in cells.items()
        if row[pipeline.title].verdict == WRONG
    ]


def test_template_is_wrong_about_no_mode(cells):
    assert wrong_cells(cells, TEMPLATE) == []


def test_documentation_has_the_cells_of_this_run(cells):
    page = (ROOT / PAGE).read_text()
    for mode, results in cells.items():
        section = page.partition(f"\n## {mode}\n")[2].partition("\n## ")[0]
        for pipeline, cell in results.items():
            assert (
                cell.verdict == NO_PLACE or row(pipeline, cell.result, cell.verdict) in section
            ), f"{mode}: run `uv run invoke proof`"


def test_slip_is_run_where_it_has_a_place_and_the_audit_finds_it_there(cells):
    assert cells["piped-gate"][ATTRS.title].verdict == WRONG
    assert cells["piped-gate"][OLD.title].verdict == NO_PLACE
    piped = [mode for mode in MODES if mode.id == "piped-gate"]
    assert audits(piped) == {"piped-gate": ["GC103"]}


@pytest.mark.long
def test_documentation_shows_what_a_run_shows():
    for path, text in pages(MODES, prove(MODES), audits(MODES)).items():
        assert (ROOT / path).read_text() == text, (
            f"{path}: run `uv run invoke proof`, and look at what changed"
        )


@pytest.mark.long
@pytest.mark.parametrize("pipeline", [TEMPLATE_MAKE, TEMPLATE_INVOKE], ids=lambda it: it.title)
def test_template_is_wrong_about_no_mode_by_a_task_runner(pipeline):
    # What a runner could do otherwise: refuse, be called from a hostile shell, and run a stage
    # twice. The program is the same.
    scripts = [mode for mode in MODES if not isinstance(mode, JobsMode)]
    modes = [
        mode
        for mode in scripts
        if isinstance(mode.truth, Refusal) or mode.refusal or mode.environment or mode.repeat
    ]
    assert wrong_cells(prove(modes, [pipeline]), pipeline) == []
