"""Modes of reading: the data is right, and what is made of it is not."""

from typing import Any

from workshop.incident import FAIL_UNDER
from workshop.proof.catalogue.mode import BELOW, PASSES, Mode, Refusal, Total
from workshop.proof.catalogue.samples import (
    ALMOST,
    FORGOTTEN_TESTS,
    INCIDENT,
    INCIDENT_ALMOST,
    INCIDENT_UNTESTED,
)

NATIVE = "The gate is coverage's own `--fail-under`, in its own command, with nothing after it."
UNTESTED = Total(INCIDENT_UNTESTED, BELOW)

BRANCHES = "def branches(number):\n" + "".join(
    f"    if number == {number}:\n        print({number})\n" for number in range(75)
)


def miswritten(id: str, symptom: str, cause: str, gate: str, **other: Any) -> Mode:
    """Return the mode in which a gate of code that no test runs is written wrongly."""
    files = FORGOTTEN_TESTS
    return Mode(
        id, "G", symptom, cause, NATIVE, UNTESTED, files=files, rewrite={FAIL_UNDER: gate}, **other
    )


MODES = [
    Mode(
        "awk-branch-column",
        "R",
        "CI reports 8 where the report has 92.67%.",
        (
            "With `branch = true`, "
            "the fourth column of the report is the number of branches, not a percentage."
        ),
        NATIVE + " People get their numbers from the summary and from coverage.json.",
        Total(INCIDENT, PASSES),
    ),
    Mode(
        "awk-branches-pass",
        "G",
        "CI passes though hardly anything is tested.",
        "158 branches, read as a percentage, are more than 80.",
        NATIVE,
        Total(100 * (135 + 4 + 1) / (142 + 8 + 151 + 150), BELOW),
        files={
            "src/incident/branches.py": BRANCHES,
            "tests/test_branches.py": (
                "import incident.branches\n\n\ndef test():\n    assert incident.branches\n"
            ),
        },
    ),
    Mode(
        "grep-total-file",
        "G",
        "CI passes since a module's name has TOTAL in it.",
        (
            "`grep TOTAL` finds two lines; "
            "the shell cannot compare two numbers, and goes on after the error."
        ),
        NATIVE,
        Total(100 * (135 + 4 + 1 + 1) / (142 + 8 + 60 + 1), BELOW),
        files={
            **FORGOTTEN_TESTS,
            "src/incident/TOTALS.py": "SUM = 1\n",
            "tests/test_totals.py": (
                "from incident import TOTALS\n\n\ndef test_sum():\n    assert TOTALS.SUM\n"
            ),
        },
    ),
    Mode(
        "rounded-total",
        "G",
        "79.55% passes a gate of 80%.",
        (
            "`coverage report --format=total` rounds to 80 at the default precision, "
            "and the shell compares that."
        ),
        NATIVE + " Its `precision` is 2.",
        Total(INCIDENT_ALMOST, BELOW),
        files=ALMOST,
        settings={"report": {"precision": 0}},
        rewrite={FAIL_UNDER: '[ "$(coverage report --format=total)" -ge 80 ]'},
    ),
    Mode(
        "rounded-up",
        "G",
        "79.55% passes a gate of 80%, by `--fail-under` itself.",
        (
            "`--fail-under` compares the total as it is printed: 80, at the default precision 0. "
            "Before coverage 7.17.1, with a threshold that has decimals as well."
        ),
        "The settings have `precision = 2`, and the project requires a newer coverage.",
        Total(INCIDENT_ALMOST, BELOW),
        files=ALMOST,
        settings={"report": {"precision": 0}},
        requirements=("coverage==7.17.0",),
        refusal="unsatisfiable",
    ),
    miswritten(
        "piped-gate",
        "CI passes below the threshold since its output is also written to a file.",
        (
            "In `coverage report --fail-under=80 | tee gate.log`, the exit code is that of `tee`; "
            "GitHub's default shell has no pipefail."
        ),
        FAIL_UNDER + " | tee gate.log",
    ),
    miswritten(
        "gate-or-true",
        "CI never fails, whatever the total is.",
        "`|| true` was meant for a report, and follows the gate.",
        FAIL_UNDER + " || true",
    ),
    miswritten(
        "gate-then-echo",
        "`make coverage` passes below the threshold.",
        "In a recipe line `coverage report ...; echo done`, the exit code is that of `echo`.",
        f'sh -c "{FAIL_UNDER}; echo done"',
    ),
    miswritten(
        "substituted-total",
        "CI passes below the threshold since the total is put into a variable.",
        'In `echo "total=$(coverage report --fail-under=80)"`, the exit code is that of `echo`.',
        f'echo "total=$({FAIL_UNDER})"',
    ),
    miswritten(
        "gate-in-condition",
        "The log has a warning that the total is too low, and CI passes.",
        "`if ! coverage report ...; then echo ...; fi` asks for the exit code, and drops it.",
        f"if ! {FAIL_UNDER}; then echo '::warning::coverage is low'; fi",
    ),
    miswritten(
        "gate-in-background",
        "The gate never fails since the reports run side by side.",
        "A command with `&` has no exit code; `wait` without a process id exits with 0.",
        f"{FAIL_UNDER} & wait",
    ),
    miswritten(
        "narrowed-gate",
        "The gate passes though a module without tests was added.",
        "`--include` and `--omit` at the gate decide what counts, where nobody looks for them.",
        FAIL_UNDER + " --include='*/settings.py'",
    ),
    Mode(
        "ignored-errors",
        "G",
        "The gate passes though a source file is not Python.",
        (
            "`--ignore-errors`, which pytest-cov always has, "
            "drops files that cannot be parsed from the total."
        ),
        NATIVE + " It stops at such a file.",
        Refusal("Couldn't parse"),
        files={"src/incident/forgotten.py": "def forgotten(:\n"},
        rewrite={FAIL_UNDER: FAIL_UNDER + " --ignore-errors"},
    ),
    Mode(
        "failing-tests-green",
        "G",
        "CI passes though tests fail.",
        "`coverage run -m pytest | tee tests.log` exits with the code of `tee`.",
        "The test stage exits with the suite's own code, and no stage runs after it.",
        Refusal("FAILED tests/test_broken.py"),
        files={"tests/test_broken.py": "def test_broken():\n    assert False\n"},
        rewrite={
            "--cov-report=": "--cov-report= | tee tests.log",
            "--cov-fail-under=80": "--cov-fail-under=80 | tee log",
            "run -m pytest": "run -m pytest | tee tests.log",
        },
    ),
    Mode(
        "fail-under-without-cov",
        "G",
        "pytest-cov's threshold has no effect at all.",
        "`--cov-fail-under` without `--cov` is ignored without a word.",
        "The gate is a separate stage, on data.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        rewrite={"--cov --cov-fail-under=80": "--cov-fail-under=80"},
    ),
]
