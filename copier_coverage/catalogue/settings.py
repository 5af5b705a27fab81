"""Modes of settings: coverage is told something else than its user believes."""

from copier_coverage.catalogue.mode import BELOW, GREEN, Mode, Total
from copier_coverage.catalogue.samples import (
    FORGOTTEN,
    FORGOTTEN_MODULE,
    FORGOTTEN_TESTS,
    INCIDENT,
    INCIDENT_FORGOTTEN,
    INCIDENT_UNTESTED,
)
from copier_coverage.pipelines import FAIL_UNDER

RED = Total(INCIDENT_FORGOTTEN, BELOW)
UNTESTED = Total(INCIDENT_UNTESTED, BELOW)
NAMED = "Every stage names the settings file by COVERAGE_RCFILE: no other file is read."
NOT_THE_FILE = "The threshold stands on the gate's command line, not in a file that could be misread."
# What a gate by fail_under in the settings alone looks like.
BY_SETTINGS = {FAIL_UNDER: "coverage report", "--cov --cov-fail-under=80": "--cov"}


def shadowed(name: str, content: str) -> Mode:
    """Return the mode in which a file hides pyproject.toml."""
    return Mode(
        f"shadowed-by-{name.lstrip('.').replace('.', '-')}",
        "G",
        f"The total jumps up since the repository has a file {name}.",
        f"coverage reads one settings file; `{name}` comes before pyproject.toml, and hides `source` with all the rest.",
        NAMED,
        RED,
        files={**FORGOTTEN_MODULE, name: content},
    )


INSTALLABLE = """\
from setuptools import setup

setup(name="incident", version="1", package_dir={"": "src"}, packages=["incident"])
"""

MODES = [
    Mode(
        "unimported-module",
        "G",
        "A module that no test imports does not count.",
        "Without `source`, coverage knows only the files that were run.",
        "The settings name the folder of the code.",
        RED,
        files=FORGOTTEN_MODULE,
        settings={"run": {"source": None}},
    ),
    Mode(
        "namespace-package",
        "G",
        "A folder without `__init__.py` does not count.",
        "coverage looks for code that was not run in packages only.",
        "The settings have `include_namespace_packages`.",
        RED,
        files={"src/incident/plugins/forgotten.py": FORGOTTEN},
    ),
    Mode(
        "source-dot",
        "G",
        "The total is high since the tests count too.",
        '`source = ["."]` measures the tests, which always run, and not the code in `src` that no test imports.',
        "The settings name the folder of the code; the question refuses a dot.",
        RED,
        files=FORGOTTEN_MODULE,
        settings={"run": {"source": ["."]}},
    ),
    Mode(
        "broad-exclusion",
        "G",
        "Whole functions are excluded that nobody meant.",
        "An exclusion is searched for anywhere in a line: `pass` also finds `def check_password():`, all of it.",
        "The exclusions in the settings are anchored.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"report": {"exclude_also": ["forgotten"]}},
    ),
    shadowed(".coveragerc", ""),
    shadowed(".coveragerc.toml", ""),
    shadowed("setup.cfg", "[coverage:run]\nbranch = true\n"),
    shadowed("tox.ini", "[coverage:run]\nbranch = true\n"),
    Mode(
        "misspelt-key",
        "G",
        "The threshold in the settings has no effect.",
        "A key that coverage does not know is at most a warning: `failunder`.",
        NOT_THE_FILE,
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"report": {"failunder": 80}},
        rewrite=BY_SETTINGS,
    ),
    Mode(
        "misspelt-table",
        "G",
        "The settings have no effect.",
        "`[tool.coverage.reports]` and `[tools.coverage.report]` are tables that nobody reads.",
        NOT_THE_FILE,
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"reports": {"fail_under": 80}},
        rewrite=BY_SETTINGS,
    ),
    Mode(
        "fraction-threshold",
        "G",
        "The gate is green at any total.",
        "`fail_under = 0.8` means 0.8 percent.",
        "The question refuses a threshold below 1.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"report": {"fail_under": 0.8}},
        rewrite=BY_SETTINGS,
    ),
    Mode(
        "other-directory",
        "G",
        "The gate is green in CI and red at home.",
        "It runs in another folder, where coverage finds no settings, and so no threshold.",
        "Make and Invoke run every stage in the project's folder; the threshold stands on the command line.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"report": {"fail_under": 80}},
        rewrite={
            "--cov-report=": "--cov-report= --cov-fail-under=0",
            "coverage html --skip-covered --skip-empty": "true",
            "coverage report --format=markdown > summary.md": "true",
            FAIL_UNDER: "data=$PWD/.coverage; cd /; coverage report --data-file=$data",
        },
    ),
    Mode(
        "monorepo-root",
        "R",
        "The report of a project in a sub-folder does not find its sources.",
        "Relative data name files from the folder of the project; the report runs at the root of the repository.",
        "Make and Invoke run every stage in the project's folder, and so does the workflow.",
        Total(INCIDENT, GREEN),
        settings={"run": {"relative_files": True}},
        before="project=$PWD",
        rewrite={
            "coverage html --skip-covered --skip-empty": "true",
            "coverage report --format=markdown > summary.md": "true",
            "coverage report": "cd ..; coverage report --rcfile=$project/pyproject.toml --data-file=$project/.coverage",
        },
    ),
    Mode(
        "installed-package",
        "R",
        "The total is nearly nothing since the tests run the installed package.",
        "`source` names the folder of the sources; what the tests run are the files in site-packages.",
        "The settings name the package as well, by `source_pkgs`, and `[tool.coverage.paths]` says that both are one.",
        Total(INCIDENT, GREEN),
        files={"setup.py": INSTALLABLE},
        before="uv pip install --quiet --no-deps --target site-packages . && rm -rf build",
        environment={"PYTHONPATH": "site-packages"},
    ),
    Mode(
        "exported-settings-file",
        "G",
        "The total is higher on one machine than on the others.",
        "Its environment has COVERAGE_RCFILE, for another project.",
        "Every stage sets COVERAGE_RCFILE itself.",
        UNTESTED,
        files={
            **FORGOTTEN_TESTS,
            "other.toml": '[tool.coverage.run]\nsource = ["src"]\n[tool.coverage.report]\nomit = ["*/forgotten.py"]\n',
        },
        environment={"COVERAGE_RCFILE": "other.toml"},
    ),
    Mode(
        "cov-config-in-addopts",
        "G",
        "pytest says another total than the settings in pyproject.toml make.",
        "`addopts` has --cov-config for a file of an earlier time, which is read instead.",
        "The stages read pyproject.toml, whatever pytest-cov is told.",
        UNTESTED,
        files={
            **FORGOTTEN_TESTS,
            "earlier.toml": '[tool.coverage.run]\nsource = ["src"]\nomit = ["*/forgotten.py"]\n',
        },
        pyproject='[tool.pytest.ini_options]\naddopts = "--cov-config=earlier.toml"\n',
    ),
    Mode(
        "exported-pytest-options",
        "R",
        "The total is lower on one machine than on the others.",
        "Its environment has PYTEST_ADDOPTS, which leaves tests out.",
        "The tasks drop PYTEST_ADDOPTS: pyproject.toml is the place for options.",
        Total(INCIDENT, GREEN),
        environment={"PYTEST_ADDOPTS": "-k settings"},
    ),
    Mode(
        "no-cov-in-addopts",
        "R",
        "CI says that there are no data.",
        "`addopts = --no-cov`, for debugging, was committed.",
        "`coverage run` measures the tests, whatever pytest-cov is told.",
        Total(INCIDENT, GREEN),
        pyproject='[tool.pytest.ini_options]\naddopts = "--no-cov"\n',
    ),
    Mode(
        "process-start-overwrites",
        "R",
        "The total is that of a small helper, not of the tests.",
        "COVERAGE_PROCESS_START measures every Python process; without `parallel`, each later one overwrites `.coverage`.",
        "Make drops the variable; Invoke, a Python process itself, refuses to start.",
        Total(INCIDENT, GREEN),
        files={"all.toml": '[tool.coverage.run]\nsource = ["src"]\n'},
        settings={"run": {"parallel": None, "concurrency": None}},
        environment={"COVERAGE_PROCESS_START": "all.toml"},
        rewrite={"coverage combine": 'python -c "print(1)"'},
        refusal="Unset COVERAGE_PROCESS_START first",
    ),
]
