"""Modes of several machines: data does not arrive, or takes the place of what another measured."""

import textwrap

from workshop.proof.catalogue.mode import BELOW, PASSES, JobsMode, Refusal, Total
from workshop.proof.catalogue.samples import FANOUT, FANOUT_THREE

NAMED = (
    "Data files and artifacts are named after commit, attempt and job, "
    "with every dimension of the matrix."
)
COUNTED = "Each job records how many there are; the gate fails before combining if one is missing."


def fanout_tests(first: str, second: str) -> dict[str, str]:
    """Return the files of the sample fanout with two tests, which run the named modules.

    A job has one of them.
    """
    tests = "".join(
        f"def test_{number}():\n    from fanout import {modules}\n\n"
        f"    assert {modules.split(', ')[0]}\n\n\n"
        for number, modules in ((1, first), (2, second))
    )
    return {"tests/test_fanout.py": tests.rstrip() + "\n"}


HALVES = fanout_tests("billing, intake, pricing", "archive, shipping")
# The first job alone has 84.67%.
NEARLY_ALL = fanout_tests("archive, billing, pricing, shipping", "intake")
# Both jobs have 60%; with what an earlier commit or attempt ran as well, 92.67%.
THREE = fanout_tests("billing, pricing", "shipping")
REST = "    from fanout import archive, intake\n\n    assert archive and intake\n"
RETRIED = {
    "tests/test_fanout.py": "import os\n\n\n"
    + THREE["tests/test_fanout.py"]
    + "    if os.environ['GITHUB_RUN_ATTEMPT'] == '1':\n"
    + textwrap.indent(REST, "    ")
}
UPLOAD = "      - name: Upload the coverage data\n"
GATE_JOB = "  coverage:\n"
RUN_SHARD = "uv run coverage run -m pytest --splits 2 --group ${{ matrix.shard }}\n"

MODES = [
    JobsMode(
        "gate-per-job",
        "R",
        "Each machine fails the threshold, though all of them together are above.",
        "A job or a shard runs only some of the code.",
        "One job combines the data of all jobs, and checks the threshold once.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
    ),
    JobsMode(
        "hidden-files",
        "R",
        "CI fails with 'No data to combine', though every job measured.",
        (
            "Data files begin with a dot, and upload-artifact leaves such files out; "
            "`if-no-files-found: ignore` reports nothing."
        ),
        "The workflow has `include-hidden-files: true` and `if-no-files-found: error`.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
        rewrite={"          include-hidden-files: true\n": ""},
    ),
    JobsMode(
        "missing-job",
        "G",
        "A job's data is missing, and nobody notices.",
        "A job that uploads nothing passes; the rest is combined, and is above the threshold.",
        COUNTED,
        Refusal("Coverage data from 1 of 2 jobs"),
        sample="fanout",
        files=NEARLY_ALL,
        event={UPLOAD: UPLOAD + "        if: matrix.shard == 1\n"},
    ),
    JobsMode(
        "data-of-another-commit",
        "G",
        "Code that only an earlier commit's tests ran counts as tested.",
        (
            "A restored cache, or a machine that was not cleaned, has data files of that run; "
            "upload and combine take them."
        ),
        NAMED + " Data of another commit stops the gate.",
        Refusal(r"Unexpected coverage data from 3.11-\d: .coverage.0123abcd.1"),
        sample="fanout",
        files=THREE,
        event={
            UPLOAD: (
                "      - run: uv run coverage run -m pytest "
                '--override-ini python_files="earlier.py" tests/earlier.py\n'
                "        env:\n          COVERAGE_FILE: .coverage.0123abcd.1\n" + UPLOAD
            )
        },
        earlier="def test_then():\n" + REST,
    ),
    JobsMode(
        "rerun-mixes-attempts",
        "G",
        "Code that only an earlier attempt's tests ran counts as tested.",
        (
            "The artifact's name has the attempt in it, "
            "so that a re-run can upload, and combine takes those of both."
        ),
        NAMED + " The gate takes the newest attempt of each job.",
        Total(FANOUT_THREE, BELOW),
        sample="fanout",
        files=RETRIED,
        environment={"GITHUB_RUN_ATTEMPT": "2"},
        event={
            GATE_JOB: (
                '      - run: test "$GITHUB_RUN_ATTEMPT" != 1\n'
                "        if: matrix.shard == 2\n" + GATE_JOB
            )
        },
        rewrite={
            "coverage-data-${{ matrix.shard }}": (
                "coverage-data-${{ github.run_attempt }}-${{ matrix.shard }}"
            )
        },
        again={"shard": 2},
    ),
    JobsMode(
        "report-takes-data",
        "R",
        "CI fails with 'No data to combine' since the jobs show a report.",
        (
            "Since coverage 7.14 a report combines the data files by itself, and deletes them: "
            "none is left to upload."
        ),
        "The jobs run the tests, and report nothing.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
        rewrite={
            f"        run: {RUN_SHARD}": (
                f"        run: |\n          {RUN_SHARD}          uv run coverage report\n"
            )
        },
    ),
    JobsMode(
        "same-artifact-name",
        "R",
        "The total is that of one job, and not always of the same one.",
        "All jobs upload under one name, with `overwrite: true`.",
        NAMED + " Uploads do not overwrite.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
        rewrite={
            "coverage-data-${{ matrix.shard }}": "coverage-data-job\n          overwrite: true",
            "fail-fast: false": "max-parallel: 1",
        },
    ),
    JobsMode(
        "same-data-name",
        "R",
        "The total is that of one job, though all of them uploaded.",
        (
            "Each job names its data file `.coverage.job`, without `parallel`; "
            "where artifacts are merged, one is left."
        ),
        NAMED + " Artifacts are not merged.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
        settings={"run": {"parallel": False, "patch": None}},
        rewrite={
            "--group ${{ matrix.shard }}\n": "--group ${{ matrix.shard }}\n"
            "        env:\n          COVERAGE_FILE: .coverage.job\n"
        },
    ),
    JobsMode(
        "two-checkouts",
        "R",
        "The report does not find the sources of another machine's data.",
        (
            "Data names files by the directory in which a job was checked out, "
            "and it is another one here."
        ),
        "The settings have `relative_files`, and `[tool.coverage.paths]`.",
        Total(FANOUT, PASSES),
        sample="fanout",
        files=HALVES,
        settings={"paths": {"source": None}},
    ),
]
