"""Modes of data: parts that are combined twice, not at all, too late, or that are not what they seem."""

from copier_coverage.catalogue.mode import BELOW, GREEN, Mode, Refusal, Total
from copier_coverage.catalogue.samples import EARLIER_RUN, INCIDENT, INCIDENT_SETTINGS, REMOVED_TESTS
from copier_coverage.pipelines import FAIL_UNDER

ONCE = "The tests leave parts, with both collectors; one `coverage combine` joins all of them."
CHECKED = "After combining, a part that is left is refused by name."
# A process that outlives the tests, and saves after them.
STRAGGLER = "coverage run --parallel-mode -m incident.settings"
# All modules but intake are run by the tests, and intake by a process of its own, which leaves the part .coverage.late.
LATE = "COVERAGE_FILE=.coverage.late coverage run -m fanout.intake; mv .coverage.late* .coverage.late"
WITHOUT_INTAKE = {
    "tests/test_fanout.py": "def test_all():\n    from fanout import archive, billing, pricing, shipping\n\n"
    "    assert archive and billing and pricing and shipping\n"
}


def damaged(id: str, symptom: str, damage: str, **other) -> Mode:
    """Return the mode in which a late part is damaged; without it, the total is 84.67%."""
    return Mode(
        id,
        "G",
        symptom,
        "coverage warns of a part that it cannot read, leaves it out, and exits with 0.",
        CHECKED,
        Refusal("Not combined: .coverage.late"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        between=f"{LATE}; {damage}",
        **other,
    )


MODES = [
    Mode(
        "combine-after-pytest-cov",
        "R",
        "CI fails with 'No data to combine'.",
        "pytest-cov has combined already, at the end of its run.",
        ONCE,
        Total(INCIDENT, GREEN),
    ),
    Mode(
        "combine-drops-total",
        "R",
        "The total falls to that of one process, now and then.",
        "A process that ends after pytest-cov combined leaves one more part, and plain `coverage combine` replaces the"
        " complete data by it.",
        ONCE,
        Total(INCIDENT, GREEN),
        between=STRAGGLER,
    ),
    Mode(
        "stale-parts",
        "G",
        "Code counts as tested whose tests were removed.",
        "A part of an earlier run, or of a restored cache, is combined with those of this run.",
        "The first stage is erase, and it removes parts too.",
        Total(INCIDENT_SETTINGS, BELOW),
        files=REMOVED_TESTS,
        before=EARLIER_RUN,
    ),
    Mode(
        "erase-leaves-parts",
        "G",
        "Code counts as tested whose tests were removed, in spite of `coverage erase`.",
        "Without `parallel` in the settings, `coverage erase` leaves `.coverage.*` alone.",
        "`parallel` stands in the settings, so erase removes parts.",
        Total(INCIDENT_SETTINGS, BELOW),
        files=REMOVED_TESTS,
        before=EARLIER_RUN,
        settings={"run": {"parallel": None, "concurrency": None}},
        rewrite={
            "coverage run -m": "coverage erase\ncoverage run --parallel-mode -m",
            "python -m pytest": "coverage erase\npython -m pytest",
        },
    ),
    Mode(
        "second-run-overwrites",
        "R",
        "The total is that of the last test run only.",
        "Without `parallel` or `--append`, each run overwrites `.coverage`.",
        "`parallel` stands in the settings: every run leaves parts.",
        Total(INCIDENT, GREEN),
        between="coverage run -m incident.settings",
        settings={"run": {"parallel": None, "concurrency": None}},
        rewrite={"coverage combine": "true"},
    ),
    Mode(
        "no-statement",
        "G",
        "The gate is green with 100%, of nothing.",
        "`source` names a folder that has no code (any more); nothing of nothing is 100%.",
        "After combining, data without a single statement are refused.",
        Refusal("ran no statement"),
        files={
            **{f"src/incident/{name}.py": None for name in ("exports", "models", "services", "settings")},
            "tests/test_incident.py": "import incident\n\n\ndef test_import():\n    assert incident\n",
        },
    ),
    Mode(
        "measured-nothing",
        "G",
        "The gate does not notice that the tests ran other code.",
        "The tests import another copy of the package than `source` names.",
        "Data without a single statement are refused.",
        Refusal("ran no statement"),
        files={"tests/test_incident.py": "def test_nothing():\n    assert True\n"},
        rewrite={FAIL_UNDER: "coverage report --skip-empty"},
    ),
    damaged(
        "truncated-part",
        "The total lacks a process whose part was cut short, and the gate is green.",
        "truncate -s 9000 .coverage.late",
    ),
    damaged(
        "emptied-part",
        "The total lacks a process whose part is empty, and the gate is green.",
        "truncate -s 0 .coverage.late",
    ),
    damaged(
        "foreign-part",
        "Another program's file is named like a part, and the gate is green without the real one.",
        "date > .coverage.late",
    ),
    Mode(
        "straggler-after-combine",
        "G",
        "A part that came after combining, and cannot be read, is left out, and the gate is green.",
        "Reports combine late parts by themselves, and warn of those that they cannot read.",
        "The gate refuses while a part is left.",
        Refusal("Not combined: .coverage.late"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        after_combine=f"{LATE}; truncate -s 9000 .coverage.late",
    ),
    Mode(
        "mixed-branch-data",
        "R",
        'CI fails with "Can\'t combine", and half of the data are gone.',
        "A part was measured without branches: its process had other settings.",
        "Every process gets the settings by name; a part with others is refused, by coverage itself.",
        Refusal("Can't combine"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        between="coverage run --parallel-mode --rcfile=/dev/null --source=src -m fanout.intake",
    ),
    Mode(
        "edited-after-tests",
        "R G",
        "Lines count as run that were written after the tests ran.",
        "Data know files and line numbers, not the text: a line more at the top moves all that was run by one.",
        "Before combining, a file that is newer than all parts is refused.",
        Refusal("Changed after the tests"),
        between="sleep 0.05; sed -i '1i import os, sys' src/incident/services.py",
    ),
]
