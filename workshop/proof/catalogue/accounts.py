"""Modes of files and processes that vanish on the way: the accounts of this template name them."""

from workshop.proof.catalogue.mode import BELOW, PASSES, Mode, Total
from workshop.proof.catalogue.samples import (
    FANOUT,
    FORGOTTEN,
    INCIDENT,
    INCIDENT_FORGOTTEN,
    child,
)

KILLED = (
    "child = subprocess.Popen([sys.executable, '-c', f'{PRICING}; print(flush=True); input()'],",
    "    stdin=subprocess.PIPE, stdout=subprocess.PIPE)",
    "child.stdout.readline()",
    "child.kill()",
    "child.wait()",
)
ERASED = (
    'subprocess.run([sys.executable, "-m", "fanout.pricing"], check=True)',
    'subprocess.run([sys.executable, "-m", "coverage", "erase"], check=True, cwd=tmp_path)',
)
OBJECT = (
    'program = f"{PRICING}; import coverage; coverage.Coverage()"',
    'subprocess.run([sys.executable, "-c", program], check=True)',
)
LOSS = (
    "Coverage's log names the processes that began to measure; one that left no data is named, "
    "the first thing that the gate prints below the threshold."
)

MODES = [
    Mode(
        "nested-same-name",
        "G",
        "A package inside the package has no lines in the report.",
        (
            "`*/src` in `[paths]` takes src/app/vendor/src/app for src/app, "
            "and its files for those of the same name."
        ),
        (
            "`[paths]` has `src` itself before the pattern. Where that does not help, the file is "
            "named before combining, with the entry to add."
        ),
        Total(INCIDENT_FORGOTTEN, BELOW),
        files={
            "src/incident/vendor/__init__.py": "",
            "src/incident/vendor/src/__init__.py": "",
            "src/incident/vendor/src/incident/__init__.py": "",
            "src/incident/vendor/src/incident/settings.py": FORGOTTEN,
        },
    ),
    Mode(
        "node-modules",
        "R",
        "The total falls when the front end is installed.",
        "Python files of node_modules, or of an environment, below the source count as never run.",
        "What git ignores, node_modules and environments are not measured, and named.",
        Total(INCIDENT, PASSES),
        files={
            "src/incident/__init__.py": "",
            "src/incident/node_modules/__init__.py": "",
            "src/incident/node_modules/tool.py": FORGOTTEN,
        },
    ),
    Mode(
        "not-python",
        "R",
        "The report stops at a file that is a template, not Python.",
        "Every file below the source that ends in .py is parsed.",
        "It is named, with `omit` as the way out.",
        Total(INCIDENT, PASSES),
        files={"src/incident/page.py": "{% if title %}\n"},
        refusal="Couldn't parse",
    ),
    Mode(
        "removed-module",
        "R",
        "The report stops at a module that a test wrote and removed.",
        "The data has its lines, and there is no source for them.",
        "It is named, with `omit` as the way out.",
        Total(INCIDENT, PASSES),
        files={
            "tests/test_generated.py": (
                "import importlib\nfrom pathlib import Path\n\nimport incident\n\n\n"
                "def test_generated():\n"
                "    path = Path(incident.__file__).with_name('generated.py')\n"
                "    path.write_text('VALUE = 3\\n')\n"
                "    importlib.invalidate_caches()\n"
                "    assert importlib.import_module('incident.generated').VALUE == 3\n"
                "    path.unlink()\n"
            )
        },
        refusal="No source for code",
    ),
    Mode(
        "killed-child",
        "R",
        "The total falls, now and then, and nobody knows why.",
        "A process that is killed has no time to write its data.",
        LOSS,
        Total(FANOUT, PASSES),
        sample="fanout",
        files=child(*KILLED),
        refusal=r"killed, or still running",
    ),
    Mode(
        "tests-that-erase",
        "R",
        "Code that a child process ran counts as never run.",
        "A test runs `coverage erase`, with the data file of the tests in its environment.",
        LOSS,
        Total(FANOUT, PASSES),
        sample="fanout",
        files=child(*ERASED),
        refusal="left no data file",
    ),
    Mode(
        "coverage-in-tests",
        "R",
        "The total falls when the tests run in several processes.",
        (
            "A test creates a `coverage.Coverage` object, as tests of a coverage plugin do; "
            "coverage then does not save the data of that child process or xdist worker."
        ),
        LOSS,
        Total(FANOUT, PASSES),
        sample="fanout",
        files=child(*OBJECT),
        refusal="left no data file",
    ),
]
