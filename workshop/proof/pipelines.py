"""The pipelines that the proof compares, each as its author published it.

A pipeline is settings and commands; the commands run one after the other by `bash -e`, as GitHub
runs a step.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from copier_coverage.project.settings import Settings
from workshop.incident import COMBINE, FAIL_UNDER, OLD_RECIPE, TESTS, THRESHOLD
from workshop.proof.catalogue.mode import Mode


def team_settings(package: str) -> Settings:
    """Return what the team of the incident had.

    It is from before coverage could patch what starts and ends a process.
    """
    concurrency = ["thread", "multiprocessing"]
    return {
        "run": {"source": ["src"], "branch": True, "parallel": True, "concurrency": concurrency},
        "report": {"precision": 2},
    }


def pytest_cov_settings(package: str) -> Settings:
    """Return the team's settings, with what pytest-cov's documentation asks for since 7.0."""
    settings = team_settings(package)
    settings["run"]["patch"] = ["subprocess"]
    return settings


def attrs_settings(package: str) -> Settings:
    """Return the settings of python-attrs/attrs at c1dc5dcb (2026-08-07), for a package.

    Its tox.ini also sets COVERAGE_PROCESS_START: with `patch`, that changes no result of the
    catalogue.
    """
    return {
        "run": {
            "parallel": True,
            "branch": True,
            "patch": ["subprocess"],
            "source_pkgs": [package],
        },
        "paths": {"source": ["src", ".tox/*-tests/**/site-packages"]},
        "report": {"show_missing": True, "skip_covered": True},
    }


def structlog_settings(package: str) -> Settings:
    """Return the settings of hynek/structlog at 025edaff (2026-06-06), for a package."""
    return {
        "run": {"parallel": True, "branch": True, "source": [package]},
        "paths": {"source": ["src", ".tox/3.*tests*/**/site-packages"]},
        "report": {"show_missing": True, "skip_covered": True},
    }


@dataclass(frozen=True)
class Pipeline:
    """A pipeline.

    Attributes:
        title: its name in the table.
        tests: commands up to the tests.
        combine: commands that combine, if it does.
        gate: commands after this.
        whole: command that does all of these, for a mode that has nothing to do in between.
        settings: returns its [tool.coverage] for a package; none for this template, where nobody
            writes settings and commands by hand.
    """

    title: str
    tests: tuple[str, ...]
    combine: tuple[str, ...]
    gate: tuple[str, ...]
    whole: str = ""
    settings: Callable[[str], Settings] | None = None

    @property
    def own(self) -> bool:
        """Whether it is this template's."""
        return self.settings is None

    def has_place(self, mode: Mode) -> bool:
        """Return whether a mode's slip changes the pipeline's commands or settings."""
        commands = [*self.tests, *self.combine, *self.gate]
        return bool(mode.settings) or any(rewritten(line, mode) != line for line in commands)

    def script(self, mode: Mode) -> str:
        """Return what bash runs for a mode."""
        if self.whole and not mode.between and not mode.after_combine:
            return f"{mode.before}\n{self.whole}\n"
        lines = [mode.before]
        events = {"tests": mode.between, "combine": mode.after_combine, "gate": ""}
        for stage, event in events.items():
            commands = [
                command if self.own else rewritten(command, mode)
                for command in getattr(self, stage)
            ]
            lines += [*commands, event]
            if mode.repeat == stage:
                lines += commands[-1:]
        return "\n".join(lines)


def rewritten(text: str, mode: Mode) -> str:
    """Return hand-written commands as the author had them who made a mode's mistake."""
    for old, new in mode.rewrite.items():
        text = text.replace(old, new)
    return text


OLD = Pipeline(
    "old recipe",
    tests=(TESTS,),
    combine=(),
    gate=(
        f"TOTAL=$({OLD_RECIPE})",
        'echo "total $TOTAL"',
        f'if [ "$TOTAL" -lt {THRESHOLD} ]; then exit 1; fi',
    ),
    settings=team_settings,
)
PUBLISHED = Pipeline(
    "published fix", tests=(TESTS,), combine=(COMBINE,), gate=(FAIL_UNDER,), settings=team_settings
)
ALONE = Pipeline(
    "pytest-cov alone",
    tests=(f"python -m pytest --cov --cov-fail-under={THRESHOLD}",),
    combine=(),
    gate=(),
    settings=pytest_cov_settings,
)
ATTRS = Pipeline(
    "attrs",
    tests=("coverage run -m pytest",),
    combine=(COMBINE,),
    gate=(
        "coverage html --skip-covered --skip-empty",
        "coverage report --format=markdown > summary.md",
        FAIL_UNDER,
    ),
    settings=attrs_settings,
)
STRUCTLOG = replace(ATTRS, title="structlog", settings=structlog_settings)


def template(title: str, stage: str, whole: str) -> Pipeline:
    """Return this template as one of its entry points calls it, by the start of each command."""
    return Pipeline(
        title,
        tests=(f"{stage}erase", f"{stage}test"),
        combine=(f"{stage}combine",),
        gate=(f"{stage}report && {stage}gate",),
        whole=whole,
    )


PROGRAM = "python coverage_gate.py"
TEMPLATE = template("this template", f"{PROGRAM} ", PROGRAM)
TEMPLATE_MAKE = template("this template, by Make", "make coverage-", "make coverage")
TEMPLATE_INVOKE = template("this template, by Invoke", "invoke coverage.", "invoke coverage")
PIPELINES = (OLD, PUBLISHED, ALONE, ATTRS, STRUCTLOG, TEMPLATE)
