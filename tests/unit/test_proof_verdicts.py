"""The catalogue of failure modes, and the verdicts on what came of one."""

from collections import Counter
from dataclasses import replace

import pytest

from workshop.proof.catalogue import MODES
from workshop.proof.catalogue.mode import BELOW, PASSES, Mode, Refusal, Total
from workshop.proof.page import DIRECTIONS, INTRODUCTION, PAGE
from workshop.proof.pipelines import ALONE, ATTRS, TEMPLATE
from workshop.proof.proof import REFUSED, RIGHT, WRONG, judge, reason
from workshop.rendering import ROOT, SAMPLES


def test_catalogue_has_an_entry_for_each_mode_and_each_is_whole():
    assert len(MODES) >= 75
    assert [id for id, times in Counter(mode.id for mode in MODES).items() if times > 1] == []
    for mode in MODES:
        assert mode.direction in DIRECTIONS, mode.id
        assert (SAMPLES / mode.sample).is_dir(), mode.id
        for text in (mode.symptom, mode.cause, mode.answer):
            assert text.endswith("."), mode.id


def test_page_has_the_words_of_the_catalogue():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert text.startswith(INTRODUCTION)
    for mode in MODES:
        section = text.partition(f"\n## {mode.id}\n\n")[2].partition("\n## ")[0]
        assert section.startswith(f"{mode.symptom} ("), mode.id
        assert f"\n- Cause: {mode.cause}\n- This template: {mode.answer}\n" in section, mode.id


def test_stage_that_a_mode_repeats_runs_after_its_event():
    mode = Mode("twice", "R", "", "", "", Total(100, PASSES), between="event", repeat="tests")
    assert ATTRS.script(mode).splitlines()[1:5] == [
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
        (ABOVE, ATTRS, 0, "93", "", RIGHT),
        (ABOVE, ATTRS, 0, "92.67", "", RIGHT),
        (ABOVE, ATTRS, 0, "92", "", WRONG),
        (ABOVE, ATTRS, 2, "93", "", WRONG),
        (ABOVE, ATTRS, 1, "", "No data to combine", WRONG),
        (ABOVE, ATTRS, 0, "", "", WRONG),
        (ABOVE, TEMPLATE, 0, "92.66666666666667", "", RIGHT),
        (ABOVE, TEMPLATE, 0, "92.67", "", WRONG),
        (UNDER, ATTRS, 2, "66", "", RIGHT),
        (UNDER, ATTRS, 1, "", "No data to combine", REFUSED),
        (UNDER, ATTRS, 0, "66", "", WRONG),
        (UNDER, TEMPLATE, 2, "66.19047619047619", "", RIGHT),
        (UNDER, TEMPLATE, 1, "66.19047619047619", "", WRONG),
        (UNDER, TEMPLATE, 1, "", "No data to combine", WRONG),
        (NONE, ATTRS, 1, "", "No data to combine", REFUSED),
        (NONE, ATTRS, 0, "92.67", "", WRONG),
        (NONE, ATTRS, 2, "12", "", WRONG),
        (NONE, TEMPLATE, 1, "", "Not combined: .coverage.x", REFUSED),
        (NONE, TEMPLATE, 1, "", "Traceback", WRONG),
        (NONE, TEMPLATE, 0, "", "Not combined: .coverage.x", WRONG),
        (LATER, ALONE, 0, "92.67", "", RIGHT),
        (LATER, ALONE, 2, "92.67", "", WRONG),
        (LATER, ATTRS, 0, "92.67", "", WRONG),
    ],
)
def test_verdict_on_what_came_of_a_mode(mode, pipeline, code, total, output, verdict):
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
