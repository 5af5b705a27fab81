"""Modes of data: files combined twice, not at all or too late, or that are not what they seem."""

from workshop.incident import FAIL_UNDER
from workshop.proof.catalogue.mode import BELOW, PASSES, Mode, Refusal, Total
from workshop.proof.catalogue.samples import (
    EARLIER_RUN,
    FORGOTTEN_TESTS,
    INCIDENT,
    INCIDENT_SETTINGS,
    INCIDENT_UNTESTED,
    INSTALL_COPY,
    INSTALLABLE,
    REMOVED_TESTS,
    SETTINGS_TEST,
    runs_copy,
)

ONCE = "The tests leave data files, with both collectors; one `coverage combine` joins all of them."
CHECKED = "After combining, a data file that is left is named, and there is no total."
# A process that outlives the tests, and saves after them.
STRAGGLER = "coverage run --parallel-mode -m incident.settings"
# All modules but intake are run by the tests, and intake by a process of its own, which leaves the
# file .coverage.late.
LATE = (
    "COVERAGE_FILE=.coverage.late coverage run -m fanout.intake; mv .coverage.late* .coverage.late"
)
WITHOUT_INTAKE = {
    "tests/test_fanout.py": (
        "def test_all():\n    from fanout import archive, billing, pricing, shipping\n\n"
        "    assert archive and billing and pricing and shipping\n"
    )
}
LINE_NUMBERS = (
    "Data has files and line numbers, not the text: "
    "one more line at the top shifts every line that was run."
)
WITHOUT_LATE = Total(100 * (278 - 24) / 300, PASSES)
DIGESTS = (
    "The test stage records a digest of each source file; "
    "after it, other content is refused, whatever its time."
)
CHANGED = Refusal("Changed since the tests started: src/incident/services.py")
SERVICES = "src/incident/services.py"
INSERT_LINE = f"sed -i '1i import os, sys' {SERVICES}"
# Imports services and then writes it anew, as a code generator or a formatter does.
REWRITES_SOURCE = f"""\
from pathlib import Path


def test_generator():
    from incident import services

    assert services
    source = Path("{SERVICES}")
    source.write_text("import os, sys\\n" + source.read_text())
"""


def damaged(id: str, symptom: str, damage: str) -> Mode:
    """Return the mode in which a late data file is damaged; without it, the total is 84.67%."""
    return Mode(
        id,
        "G",
        symptom,
        "coverage warns of a data file that it cannot read, leaves it out, and exits with 0.",
        CHECKED,
        Refusal("Not combined: .coverage.late"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        between=f"{LATE}; {damage}",
        at_once=WITHOUT_LATE,
    )


MODES = [
    Mode(
        "combine-after-pytest-cov",
        "R",
        "CI fails with 'No data to combine'.",
        "pytest-cov has combined already, at the end of its run.",
        ONCE,
        Total(INCIDENT, PASSES),
    ),
    Mode(
        "combine-drops-total",
        "R",
        "The total falls to that of one process, now and then.",
        (
            "A process that ends after pytest-cov combined leaves one more data file, "
            "and plain `coverage combine` replaces the complete data by it."
        ),
        ONCE,
        Total(INCIDENT, PASSES),
        between=STRAGGLER,
    ),
    Mode(
        "second-combine-drops-total",
        "R",
        "The total falls to that of one process when combine runs a second time.",
        (
            "A process that ends after the data was combined leaves one more data file, "
            "and the next plain `coverage combine` starts from nothing."
        ),
        (
            "The data of one test run is combined once: "
            "a second time is refused, and so is a total without the late file."
        ),
        Total(INCIDENT, PASSES),
        after_combine=STRAGGLER,
        repeat="combine",
        refusal="Other data of the same tests was combined before",
    ),
    Mode(
        "stale-data",
        "G",
        "Code whose tests were removed counts as tested.",
        (
            "A data file of an earlier run, or of a restored cache, "
            "is combined with those of this run."
        ),
        "The first stage is erase, and it removes data files too.",
        Total(INCIDENT_SETTINGS, BELOW),
        files=REMOVED_TESTS,
        before=EARLIER_RUN,
    ),
    Mode(
        "erase-leaves-data",
        "G",
        "Code whose tests were removed counts as tested, in spite of `coverage erase`.",
        "Without `parallel` in the settings, `coverage erase` leaves `.coverage.*` alone.",
        "Erase removes every data file, whatever the settings.",
        Total(INCIDENT_SETTINGS, BELOW),
        files=REMOVED_TESTS,
        before=EARLIER_RUN,
        settings={"run": {"parallel": None, "concurrency": None, "patch": None}},
        rewrite={
            "coverage run -m": "coverage erase\ncoverage run --parallel-mode -m",
            "python -m pytest": "coverage erase\npython -m pytest",
        },
    ),
    Mode(
        "stale-test-stage",
        "G",
        (
            "Code whose tests were removed counts as tested, "
            "when the tests ran twice before combining."
        ),
        (
            "The first run's data files stay; "
            "one runs the tests again and again, and combines when they pass."
        ),
        "The test stage starts with none of its own data, also without erase.",
        Total(INCIDENT_SETTINGS, BELOW),
        files={"tests/test_settings.py": SETTINGS_TEST},
        between="rm tests/test_incident.py",
        repeat="tests",
    ),
    Mode(
        "second-run-overwrites",
        "R",
        "The total is that of the last test run only.",
        "Without `parallel` or `--append`, each run overwrites `.coverage`.",
        "The settings have `parallel`: every process leaves a data file.",
        Total(INCIDENT, PASSES),
        between="coverage run -m incident.settings",
        settings={"run": {"parallel": None, "concurrency": None, "patch": None}},
        rewrite={"coverage combine": "true"},
    ),
    Mode(
        "no-statement",
        "G",
        "The gate passes with 100%, of nothing.",
        "`source` names a directory that has no code any more; nothing of nothing is 100%.",
        "Data without a single statement is refused.",
        Refusal("No data: the tests ran no statement"),
        files={
            **{
                f"src/incident/{name}.py": None
                for name in ("exports", "models", "services", "settings")
            },
            "tests/test_incident.py": (
                "import incident\n\n\ndef test_import():\n    assert incident\n"
            ),
        },
    ),
    Mode(
        "measured-nothing",
        "G",
        "The gate does not notice that the tests ran other code.",
        "The tests import another copy of the package than `source` names.",
        "Data without a single statement is refused.",
        Total(0, BELOW),
        files={"tests/test_incident.py": "def test_nothing():\n    assert True\n"},
        rewrite={FAIL_UNDER: "coverage report --skip-empty"},
        refusal="No data: the tests ran no statement",
    ),
    damaged(
        "truncated-data-file",
        "The total lacks a process whose data file was cut short, and the gate passes.",
        "truncate -s 9000 .coverage.late",
    ),
    damaged(
        "emptied-data-file",
        "The total lacks a process whose data file is empty, and the gate passes.",
        "truncate -s 0 .coverage.late",
    ),
    damaged(
        "foreign-data-file",
        (
            "Another program's file is named like a data file, "
            "and the gate passes without the real one."
        ),
        "date > .coverage.late",
    ),
    Mode(
        "straggler-after-combine",
        "G",
        (
            "A data file that came after combining, "
            "and cannot be read, is left out, and the gate passes."
        ),
        "Reports combine late data files by themselves, and warn of those that they cannot read.",
        "There is no total while a data file is left.",
        Refusal("Not combined: .coverage.late"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        after_combine=f"{LATE}; truncate -s 9000 .coverage.late",
        at_once=WITHOUT_LATE,
    ),
    Mode(
        "mixed-branch-data",
        "R",
        'CI fails with "Can\'t combine", and half of the data is gone.',
        "A data file was measured without branches: its process had other settings.",
        "Every process gets the settings by name; data with others is refused, by coverage itself.",
        Refusal("Can't combine"),
        sample="fanout",
        files=WITHOUT_INTAKE,
        between="coverage run --parallel-mode --rcfile=/dev/null --source=src -m fanout.intake",
        at_once=WITHOUT_LATE,
    ),
    Mode(
        "edited-after-tests",
        "R G",
        "Lines that were written after the tests ran count as run.",
        LINE_NUMBERS,
        DIGESTS,
        CHANGED,
        between=INSERT_LINE,
        at_once=Total(INCIDENT, PASSES),
    ),
    Mode(
        "rewritten-during-tests",
        "R G",
        "Lines that were written while the tests ran count as run.",
        "A test runs a code generator or a formatter on the source, or a person saves a file. "
        + LINE_NUMBERS,
        DIGESTS,
        CHANGED,
        files={"tests/test_zz_generator.py": REWRITES_SOURCE},
    ),
    Mode(
        "copy-of-another-source",
        "R G",
        "Lines of another version of the file count as run, and nothing was changed since.",
        "The environment has a copy that was installed earlier, or the source of another worktree. "
        + LINE_NUMBERS,
        "The test stage compares the files that were measured with the source, by content.",
        Refusal("which is not src/incident/services.py"),
        files={"setup.py": INSTALLABLE},
        before=f"{INSTALL_COPY} && {INSERT_LINE}",
        environment={"PYTHONPATH": "site-packages"},
    ),
    Mode(
        "copy-that-a-test-runs",
        "G",
        "Lines that only ran in a changed copy of the file count as run.",
        "A test copies the source, and runs the copy from its directory; `relative_files` names it "
        "as the source. " + LINE_NUMBERS,
        "The test stage compares the files that each process ran with the source, by content.",
        Total(INCIDENT_UNTESTED, BELOW),
        # In the copy, the code is not in a function any more, so all of it runs.
        files={**FORGOTTEN_TESTS, **runs_copy("forgotten", "def forgotten():", "if True:")},
        refusal="which is not src/incident/forgotten.py",
    ),
    Mode(
        "restored-with-older-time",
        "R G",
        "Lines of another version of the file count as run, and no time shows it.",
        "A backup, an archive or `cp -p` puts a file back with its own time, older than the data. "
        + LINE_NUMBERS,
        DIGESTS,
        CHANGED,
        between=f"{INSERT_LINE}; touch -d 2020-01-01 {SERVICES}",
        at_once=Total(INCIDENT, PASSES),
    ),
    Mode(
        "rewritten-and-put-back",
        "R G",
        "Lines that the tests ran in another version of the file count as run.",
        (
            "The tests run a patched source, and the original is put back afterwards, "
            "with its older time. " + LINE_NUMBERS
        ),
        DIGESTS,
        CHANGED,
        files={
            "tests/conftest.py": "from pathlib import Path\n\n"
            f'source = Path("{SERVICES}")\n'
            f'source.rename("original.py")\n'
            'source.write_text("import os, sys\\n" + Path("original.py").read_text())\n'
        },
        between=f"mv original.py {SERVICES}; touch -d 2020-01-01 {SERVICES}",
        # With the line, and the docstring after it: two statements more, both run.
        at_once=Total(100 * (135 + 4 + 2) / (142 + 8 + 2), PASSES),
    ),
    Mode(
        "written-again-unchanged",
        "R",
        "The gate refuses data that is right.",
        "A formatter or a checkout writes the source again, with the same text and a newer time.",
        "The content of the source is compared, not its time.",
        Total(INCIDENT, PASSES),
        between="for file in src/incident/*.py; do cp $file copy; mv copy $file; done",
    ),
]
