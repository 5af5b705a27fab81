"""Modes of settings: coverage has other ones than its user believes."""

from workshop.incident import FAIL_UNDER
from workshop.proof.catalogue.mode import BELOW, PASSES, Mode, Total
from workshop.proof.catalogue.samples import (
    FORGOTTEN,
    FORGOTTEN_MODULE,
    FORGOTTEN_TESTS,
    INCIDENT,
    INCIDENT_FORGOTTEN,
    INCIDENT_UNTESTED,
    INSTALL_COPY,
    INSTALLABLE,
)

UNIMPORTED = Total(INCIDENT_FORGOTTEN, BELOW)
UNTESTED = Total(INCIDENT_UNTESTED, BELOW)
NAMED = "Every stage names the settings file by COVERAGE_RCFILE: no other file is read."
NOT_THE_FILE = (
    "The threshold is on the gate's command line, not in a file that coverage could misread."
)
# What a gate by fail_under in the settings alone looks like.
BY_SETTINGS = {FAIL_UNDER: "coverage report", "--cov --cov-fail-under=80": "--cov"}


def shadowed(name: str, content: str) -> Mode:
    """Return the mode in which a file hides pyproject.toml."""
    return Mode(
        f"shadowed-by-{name.lstrip('.').replace('.', '-')}",
        "G",
        f"The total jumps up since the repository has a file {name}.",
        (
            "coverage reads one settings file; "
            f"`{name}` comes before pyproject.toml, and hides `source` with all the rest."
        ),
        NAMED,
        UNIMPORTED,
        files={**FORGOTTEN_MODULE, name: content},
    )


REPORTS = (
    "The reports are written first, and decide nothing; "
    "the gate's own `--fail-under` wins over any setting."
)
STRICT = """\
import coverage


class Strict(coverage.CoveragePlugin):
    def configure(self, config):
        if not config.get_option("report:fail_under"):
            config.set_option("report:fail_under", 100)


def coverage_init(registry, options):
    registry.add_configurer(Strict())
"""
MODES = [
    Mode(
        "unimported-module",
        "G",
        "A module that no test imports does not count.",
        "Without `source`, coverage knows only the files that were run.",
        "The settings name the directory of the code.",
        UNIMPORTED,
        files=FORGOTTEN_MODULE,
        settings={"run": {"source": None, "source_pkgs": None}},
    ),
    Mode(
        "namespace-package",
        "G",
        "A directory without `__init__.py` does not count.",
        "coverage looks for code that was not run in packages only.",
        "The settings have `include_namespace_packages`.",
        UNIMPORTED,
        files={"src/incident/plugins/forgotten.py": FORGOTTEN},
    ),
    Mode(
        "source-dot",
        "G",
        "The total is high since the tests count too.",
        (
            '`source = ["."]` measures the tests, which always run, '
            "and not the code in `src` that no test imports."
        ),
        "The settings name the directory of the code; the question refuses a dot.",
        UNIMPORTED,
        files=FORGOTTEN_MODULE,
        settings={"run": {"source": ["."], "source_pkgs": None}},
    ),
    Mode(
        "broad-exclusion",
        "G",
        "Whole functions that nobody meant are excluded.",
        (
            "An exclusion is searched for anywhere in a line: "
            "`pass` also finds `def check_password():`, all of it."
        ),
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
        "The gate passes at any total.",
        "`fail_under = 0.8` means 0.8 percent.",
        "The question refuses a threshold below 1, and so does the gate.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        settings={"report": {"fail_under": 0.8}},
        rewrite=BY_SETTINGS,
    ),
    Mode(
        "fraction-in-the-shell",
        "G",
        "The gate passes at any total on one machine.",
        "Its environment has a threshold of 0.8, which means 0.8 percent.",
        "A threshold that is not from 1 to 100 is refused.",
        UNTESTED,
        files=FORGOTTEN_TESTS,
        environment={"COVERAGE_FAIL_UNDER": "0.8"},
        rewrite={"fail-under=80": "fail-under=${COVERAGE_FAIL_UNDER:-80}"},
        refusal="Threshold 0.8",
    ),
    Mode(
        "report-before-gate",
        "R",
        "The HTML report ends the run, before the gate prints what is missing.",
        (
            "`fail_under` in the settings makes every report exit with 2; "
            "here it is a goal, above the gate's threshold."
        ),
        REPORTS,
        Total(INCIDENT, PASSES),
        project_settings={"report": {"fail_under": 95}},
    ),
    Mode(
        "threshold-of-a-plugin",
        "R",
        "CI fails though the total is above the gate's threshold.",
        (
            "A coverage plugin sets `fail_under`, "
            "as covdefaults does to 100, and every report exits with 2."
        ),
        REPORTS,
        Total(INCIDENT, PASSES),
        files={"strict.py": STRICT},
        project_settings={"run": {"plugins": ["strict"]}},
        environment={"PYTHONPATH": "src:."},
    ),
    Mode(
        "other-directory",
        "G",
        "The gate passes in CI and fails at home.",
        "It runs in another directory, where coverage finds no settings, and so no threshold.",
        "Every stage runs in the project's directory; the threshold is on the command line.",
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
        "The report of a project in a subdirectory does not find its sources.",
        (
            "Relative data names files from the project's directory; "
            "the report runs at the root of the repository."
        ),
        "Every stage runs in the project's directory, in the workflow too.",
        Total(INCIDENT, PASSES),
        settings={"run": {"relative_files": True}},
        before="project=$PWD",
        rewrite={
            "coverage html --skip-covered --skip-empty": "true",
            "coverage report --format=markdown > summary.md": "true",
            "coverage report": (
                "cd ..; coverage report --rcfile=$project/pyproject.toml "
                "--data-file=$project/.coverage"
            ),
        },
    ),
    Mode(
        "installed-package",
        "R",
        "The total is nearly nothing since the tests run the installed package.",
        (
            "`source` names the directory of the sources; "
            "what the tests run are the files in site-packages."
        ),
        (
            "The settings name the package as well, by `source_pkgs`, "
            "and `[tool.coverage.paths]` maps one to the other."
        ),
        Total(INCIDENT, PASSES),
        files={"setup.py": INSTALLABLE},
        before=INSTALL_COPY,
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
            "other.toml": (
                '[tool.coverage.run]\nsource = ["src"]\n'
                '[tool.coverage.report]\nomit = ["*/forgotten.py"]\n'
            ),
        },
        environment={"COVERAGE_RCFILE": "other.toml"},
    ),
    Mode(
        "cov-config-in-addopts",
        "G",
        "pytest prints another total than the settings in pyproject.toml make.",
        "`addopts` has --cov-config for an old file, which is read instead.",
        "The stages read pyproject.toml, whatever pytest-cov reads.",
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
        "The program drops PYTEST_ADDOPTS: pyproject.toml is the place for options.",
        Total(INCIDENT, PASSES),
        environment={"PYTEST_ADDOPTS": "-k settings"},
    ),
    Mode(
        "no-cov-in-addopts",
        "R",
        "CI fails since there is no data.",
        "`addopts = --no-cov`, for debugging, was committed.",
        "`coverage run` measures the tests, whatever pytest-cov does.",
        Total(INCIDENT, PASSES),
        pyproject='[tool.pytest.ini_options]\naddopts = "--no-cov"\n',
    ),
    Mode(
        "process-start-overwrites",
        "R",
        "The total is that of a small helper, not of the tests.",
        (
            "COVERAGE_PROCESS_START measures every Python process; "
            "without `parallel`, each later one overwrites `.coverage`."
        ),
        (
            "A process that is measured itself stops, "
            "and names the variable, before it can overwrite data."
        ),
        Total(INCIDENT, PASSES),
        files={"all.toml": '[tool.coverage.run]\nsource = ["src"]\n'},
        settings={"run": {"parallel": None, "concurrency": None, "patch": None}},
        environment={"COVERAGE_PROCESS_START": "all.toml"},
        rewrite={"coverage combine": 'python -c "print(1)"'},
        refusal="This process is measured itself",
    ),
]
