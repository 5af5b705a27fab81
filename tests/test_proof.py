"""The catalogue of failure modes: what the documentation shows of it is what a run shows."""

from collections import Counter
from dataclasses import replace

import pytest

from copier_coverage.catalogue import MODES
from copier_coverage.catalogue.mode import BELOW, PASSES, JobsMode, Mode, Refusal, Total
from copier_coverage.pipelines import ALONE, OLD, REFERENCE, TEMPLATE, TEMPLATE_MAKE
from copier_coverage.proof import MISTAKE, REFUSED, RIGHT, WRONG, judge, prove, reason
from copier_coverage.proof_page import DIRECTIONS, pages
from copier_coverage.rendering import ROOT, SAMPLES


@pytest.fixture(scope="module", params=[pytest.param(None, id="(proof)")])
def cells():
    """What came of every mode in every pipeline."""
    return prove(MODES)


def test_documentation_shows_what_a_run_shows(cells):
    for path, text in pages(MODES, cells).items():
        assert (ROOT / path).read_text() == text, f"{path}: run `uv run invoke proof`, and look at what changed"


def wrong_cells(cells, pipeline):
    return [
        f"{mode}:\n{row[pipeline.title].output}" for mode, row in cells.items() if row[pipeline.title].verdict == WRONG
    ]


def test_template_is_wrong_about_no_mode(cells):
    assert wrong_cells(cells, TEMPLATE) == []


def test_mistake_that_only_a_mode_makes_does_not_count_against_a_pipeline(cells):
    assert cells["piped-gate"][REFERENCE.title].verdict == MISTAKE
    # Wrong as it was published, too.
    assert cells["rounded-total"][REFERENCE.title].verdict == WRONG
    assert cells["awk-branch-column"][OLD.title].verdict == WRONG


def test_template_is_wrong_about_no_mode_by_make():
    # What Make could do otherwise: refuse, be called from a hostile shell, and run a stage twice. The program is the same.
    scripts = [mode for mode in MODES if not isinstance(mode, JobsMode)]
    modes = [
        mode for mode in scripts if isinstance(mode.truth, Refusal) or mode.refusal or mode.environment or mode.repeat
    ]
    assert wrong_cells(prove(modes, [TEMPLATE_MAKE]), TEMPLATE_MAKE) == []


def test_catalogue_has_an_entry_for_each_mode_and_each_is_whole():
    assert len(MODES) >= 75
    assert [id for id, times in Counter(mode.id for mode in MODES).items() if times > 1] == []
    for mode in MODES:
        assert mode.direction in DIRECTIONS, mode.id
        assert (SAMPLES / mode.sample).is_dir(), mode.id
        for text in (mode.symptom, mode.cause, mode.answer):
            assert text.endswith("."), mode.id


def test_stage_that_a_mode_repeats_runs_after_its_event():
    mode = Mode("twice", "R", "", "", "", Total(100, PASSES), between="event", repeat="tests")
    assert REFERENCE.script(mode).splitlines()[1:5] == [
        "coverage run -m pytest",
        "event",
        "coverage run -m pytest",
        "coverage combine",
    ]


ABOVE = Mode("above", "R", "", "", "", Total(92 + 2 / 3, PASSES))
UNDER = Mode("under", "G", "", "", "", Total(66.19047619047619, BELOW))
NONE = Mode("none", "G", "", "", "", Refusal("Not combined"))
LATER = replace(NONE, at_once=ABOVE.truth)


@pytest.mark.parametrize(
    ("mode", "pipeline", "code", "total", "output", "verdict"),
    [
        (ABOVE, REFERENCE, 0, "93", "", RIGHT),
        (ABOVE, REFERENCE, 0, "92.67", "", RIGHT),
        (ABOVE, REFERENCE, 0, "92", "", WRONG),
        (ABOVE, REFERENCE, 2, "93", "", WRONG),
        (ABOVE, REFERENCE, 1, "", "No data to combine", WRONG),
        (ABOVE, REFERENCE, 0, "", "", WRONG),
        (ABOVE, TEMPLATE, 0, "92.66666666666667", "", RIGHT),
        (ABOVE, TEMPLATE, 0, "92.67", "", WRONG),
        (UNDER, REFERENCE, 2, "66", "", RIGHT),
        (UNDER, REFERENCE, 1, "", "No data to combine", REFUSED),
        (UNDER, REFERENCE, 0, "66", "", WRONG),
        (UNDER, TEMPLATE, 2, "66.19047619047619", "", RIGHT),
        (UNDER, TEMPLATE, 1, "66.19047619047619", "", WRONG),
        (UNDER, TEMPLATE, 1, "", "No data to combine", WRONG),
        (NONE, REFERENCE, 1, "", "No data to combine", REFUSED),
        (NONE, REFERENCE, 0, "92.67", "", WRONG),
        (NONE, REFERENCE, 2, "12", "", WRONG),
        (NONE, TEMPLATE, 1, "", "Not combined: .coverage.x", REFUSED),
        (NONE, TEMPLATE, 1, "", "Traceback", WRONG),
        (NONE, TEMPLATE, 0, "", "Not combined: .coverage.x", WRONG),
        (LATER, ALONE, 0, "92.67", "", RIGHT),
        (LATER, ALONE, 2, "92.67", "", WRONG),
        (LATER, REFERENCE, 0, "92.67", "", WRONG),
    ],
)
def test_judgement(mode, pipeline, code, total, output, verdict):
    assert judge(mode, pipeline, code, total, output).verdict == verdict


@pytest.mark.parametrize(
    "output",
    [
        "Combined 1 file\nNot combined: .coverage.late\nNo usable data files\n",
        "Combined 1 file\nNo usable data filesNot combined: .coverage.late\nIt cannot be read\n",
    ],
)
def test_reason_does_not_depend_on_the_order_in_which_two_streams_arrive(output):
    assert reason(output, "Not combined: .coverage.late") == "Not combined: .coverage.late"
