"""The five pipelines that the proof compares, each as its author would write it for a CI machine.

A pipeline is settings and commands; the commands run one after the other by `bash -e`, as GitHub runs a step.
"""

from dataclasses import dataclass

from copier_coverage.catalogue.mode import Mode

# What the team of the incident had, without what pytest-cov 7 needs for child processes and coverage has learnt since.
TEAM_SETTINGS = {
    "run": {"source": ["src"], "branch": True, "parallel": True, "concurrency": ["thread", "multiprocessing"]},
    "report": {"precision": 2},
}


def attrs_settings(package: str) -> dict:
    """Return the settings of python-attrs/attrs, for a package."""
    return {
        "run": {"parallel": True, "branch": True, "source": [package]},
        "paths": {"source": ["src", ".tox/py*/**/site-packages"]},
        "report": {"show_missing": True},
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
        own: whether it is this template's, whose settings and commands nobody writes by hand.
    """

    title: str
    tests: tuple[str, ...]
    combine: tuple[str, ...]
    gate: tuple[str, ...]
    whole: str = ""
    own: bool = False

    def script(self, mode: Mode) -> str:
        """Return what bash runs for a mode."""
        if self.whole and not mode.between and not mode.after_combine:
            return "".join(f"{line}\n" for line in (mode.before, self.whole) if line)
        lines = [mode.before]
        for commands, after in ((self.tests, mode.between), (self.combine, mode.after_combine), (self.gate, "")):
            lines += [command if self.own else rewritten(command, mode) for command in commands]
            lines.append(after)
        return "".join(f"{line}\n" for line in lines if line)


def rewritten(command: str, mode: Mode) -> str:
    """Return a hand-written command as the author had it who made a mode's mistake."""
    for old, new in mode.rewrite.items():
        command = command.replace(old, new)
    return command


PYTEST_COV = "python -m pytest --cov --cov-report="
FAIL_UNDER = "coverage report --fail-under=80"

OLD = Pipeline(
    "old recipe",
    tests=(PYTEST_COV,),
    combine=(),
    gate=(
        "TOTAL=$(coverage report | grep TOTAL | awk '{print $4}')",
        'echo "the old recipe says $TOTAL"',
        'if [ "$TOTAL" -lt 80 ]; then exit 1; fi',
    ),
)
PUBLISHED = Pipeline("published fix", tests=(PYTEST_COV,), combine=("coverage combine",), gate=(FAIL_UNDER,))
ALONE = Pipeline("pytest-cov alone", tests=("python -m pytest --cov --cov-fail-under=80",), combine=(), gate=())
REFERENCE = Pipeline(
    "reference practice",
    tests=("coverage run -m pytest",),
    combine=("coverage combine",),
    gate=(
        "coverage html --skip-covered --skip-empty",
        "coverage report --format=markdown > summary.md",
        FAIL_UNDER,
    ),
)
TEMPLATE = Pipeline(
    "this template",
    tests=("invoke coverage.erase coverage.test",),
    combine=("invoke coverage.combine",),
    gate=("invoke coverage.report coverage.gate",),
    whole="invoke coverage",
    own=True,
)
TEMPLATE_MAKE = Pipeline(
    "this template, by Make",
    tests=("make coverage-erase coverage-test",),
    combine=("make coverage-combine",),
    gate=("make coverage-report coverage-gate",),
    whole="make coverage",
    own=True,
)
PIPELINES = (OLD, PUBLISHED, ALONE, REFERENCE, TEMPLATE)
