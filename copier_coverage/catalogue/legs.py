"""Modes of several machines: what one measured does not arrive, or takes the place of what another did."""

from copier_coverage.catalogue.mode import GREEN, LegsMode, Refusal, Total
from copier_coverage.catalogue.samples import FANOUT

NAMED = "Artifacts and parts carry every dimension of the matrix; the gate job knows all legs, and refuses without one."


def fanout_tests(first: str, second: str) -> dict[str, str]:
    """Return the files of the sample fanout with two tests, which run the named modules; a leg has one of them."""
    tests = "".join(
        f"def test_{number}():\n    from fanout import {modules}\n\n    assert {modules.split(', ')[0]}\n\n\n"
        for number, modules in ((1, first), (2, second))
    )
    return {"tests/test_fanout.py": tests.rstrip() + "\n"}


HALVES = fanout_tests("billing, intake, pricing", "archive, shipping")
# The first leg alone has 84.67%.
NEARLY_ALL = fanout_tests("archive, billing, pricing, shipping", "intake")
# Both legs have 60%; with what an earlier commit ran as well, 92.67%.
THREE = fanout_tests("billing, pricing", "shipping")
UPLOAD = "      - name: Upload the coverage parts\n"

MODES = [
    LegsMode(
        "gate-per-leg",
        "R",
        "Each machine fails the threshold, though all of them together are above.",
        "A leg or a shard runs a part of the code only.",
        "One job combines the parts of all legs, and gates once.",
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
    ),
    LegsMode(
        "hidden-files",
        "R",
        "CI says 'No data to combine', though every leg measured.",
        "Parts begin with a dot, and upload-artifact leaves such files out; `if-no-files-found: ignore` keeps silent.",
        "The workflow has `include-hidden-files: true` and `if-no-files-found: error`.",
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
        rewrite={"          include-hidden-files: true\n": ""},
    ),
    LegsMode(
        "missing-leg",
        "G",
        "A leg's data are missing, and nobody notices.",
        "A leg that uploads nothing is green; the rest is combined, and is above the threshold.",
        NAMED,
        Refusal("No part of leg"),
        sample="fanout",
        files=NEARLY_ALL,
        event={UPLOAD: UPLOAD + "        if: matrix.shard == 1\n"},
    ),
    LegsMode(
        "part-of-another-commit",
        "G",
        "Code counts as tested that only an earlier commit's tests ran.",
        "A restored cache, or a machine that was not cleaned, has parts of that run; upload and combine take them.",
        "The name of a part carries the commit; a part of another one is refused.",
        Refusal("Of no leg"),
        sample="fanout",
        files=THREE,
        event={
            UPLOAD: '      - run: uv run coverage run -m pytest --override-ini python_files="earlier.py" tests/earlier.py\n'
            "        env:\n          COVERAGE_FILE: .coverage.0123abcd.1\n" + UPLOAD
        },
        earlier="def test_then():\n    from fanout import archive, intake\n\n    assert archive and intake\n",
    ),
    LegsMode(
        "report-eats-parts",
        "R",
        "CI says 'No data to combine' since the legs show a report.",
        "Since coverage 7.14 a report combines the parts by itself, and deletes them: none is left to upload.",
        "The legs run the tests, and nothing else.",
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
        rewrite={
            "        run: uv run coverage run -m pytest --splits 2 --group ${{ matrix.shard }}\n": "        run: |\n"
            "          uv run coverage run -m pytest --splits 2 --group ${{ matrix.shard }}\n"
            "          uv run coverage report\n"
        },
    ),
    LegsMode(
        "same-artifact-name",
        "R",
        "The total is that of one leg, now of this one, now of that.",
        "All legs upload under one name, with `overwrite: true`.",
        NAMED,
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
        rewrite={
            "coverage-data-${{ matrix.shard }}": "coverage-data-leg\n          overwrite: true",
            "fail-fast: false": "max-parallel: 1",
        },
    ),
    LegsMode(
        "same-part-name",
        "R",
        "The total is that of one leg, though all of them uploaded.",
        "Each leg names its data file `.coverage.leg`, without `parallel`; where artifacts are merged, one stays.",
        NAMED,
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
        settings={"run": {"parallel": False}},
        rewrite={
            "--group ${{ matrix.shard }}\n": "--group ${{ matrix.shard }}\n"
            "        env:\n          COVERAGE_FILE: .coverage.leg\n"
        },
    ),
    LegsMode(
        "two-checkouts",
        "R",
        "The report does not find the sources of another machine's data.",
        "Data name files by the folder in which a leg was checked out, and it is another one here.",
        "The settings have `relative_files`, and `[tool.coverage.paths]`.",
        Total(FANOUT, GREEN),
        sample="fanout",
        files=HALVES,
        settings={"paths": {"source": None}},
    ),
]
