"""Checks of GitHub workflows.

Sources: GitHub's documentation on status check functions, on required checks (a skipped job counts
as a success) and on default shells; the README of actions/upload-artifact.
"""

import re
from collections.abc import Callable
from importlib.resources.abc import Traversable
from typing import Any

from copier_coverage.audit.check import Check
from copier_coverage.audit.settings import line_of
from copier_coverage.project.commands import GATE, PYTEST, REPORTS, WITH_COV, Command
from copier_coverage.project.files import table
from copier_coverage.project.settings import Settings, in_force, threshold
from copier_coverage.project.workflows import Step


class WorkflowCheck(Check):
    """A check of workflows."""

    family = "gate-workflows"


def gates(gate_steps: list[Step], gate_settings: dict[str, Settings] | None = None) -> list[Step]:
    """Return the steps that gate; with the settings, also those that do by a threshold in there."""
    reports = (
        r"coverage (report|html|xml|json)\b" if threshold(in_force(gate_settings or {})) else GATE
    )
    return [step for step in gate_steps if re.search(f"{GATE}|{reports}", step.script())]


def needs(job: dict[str, Any]) -> list[str]:
    """Return the ids of the jobs that a job needs."""
    value = job.get("needs")
    found = value if isinstance(value, list) else [value]
    return [job_id for job_id in found if isinstance(job_id, str)]


# Conditions with which a job runs after a red one as well.
ALWAYS = re.compile(r"always\(\)|!\s*cancelled\(\)|success\(\)\s*\|\|\s*failure\(\)")


def condition(step: Step) -> str:
    """Return on what the job of a step depends."""
    return str(step.job.get("if", ""))


def inputs(step: Step) -> dict[str, Any]:
    """Return the inputs of a step that uses an action."""
    return table(step.step, "with")


def dimensions(step: Step) -> list[str]:
    """Return the dimensions of the matrix of a job; none if it makes one job only."""
    matrix = table(step.job, "strategy").get("matrix")
    if not isinstance(matrix, dict):  # An expression: another job makes it.
        return [""] if matrix else []
    keys = [
        key
        for key, values in matrix.items()
        if key not in ("include", "exclude") and not (isinstance(values, list) and len(values) < 2)
    ]
    include = matrix.get("include")
    return keys or ([""] if isinstance(include, list) and len(include) > 1 else [])


def uploads_data(step: Step) -> bool:
    """Return whether a step uploads coverage's data."""
    return "actions/upload-artifact" in str(step.step.get("uses", "")) and ".coverage" in str(
        inputs(step).get("path")
    )


def downloads(step: Step) -> bool:
    """Return whether a step downloads artifacts."""
    return "download-artifact" in str(step.step.get("uses"))


def jobs_of(steps: list[Step]) -> dict[tuple[str, str], Step]:
    """Return one step of each job, by the path of the workflow and the id of the job."""
    return {(step.path, step.job_id): step for step in steps}


def jobs_with(steps: list[Step], holds: Callable[[Step], bool]) -> set[tuple[str, str]]:
    """Return the jobs that have a step for which something holds, as `jobs_of` names them."""
    return {job for job, step in jobs_of(steps).items() if any(map(holds, step.siblings()))}


class GC301(WorkflowCheck):
    """Where data files are combined, something gates"""

    why = "A workflow that combines and does not gate passes at any total."

    def check(self, gate_steps: list[Step], gate_settings: dict[str, Settings]) -> str:
        gated = {step.path for step in gates(gate_steps, gate_settings)}
        combining = [step for step in gate_steps if "coverage combine" in step.script()]
        decided = jobs_with(gate_steps, decides)
        ungated = [
            step
            for step in combining
            if step.path not in gated and (step.path, step.job_id) not in decided
        ]
        return self.report(ungated, "End the job with `coverage report --fail-under=N`.")


# Programs and actions that compare a total with something, in their own way.
OTHER_GATES = re.compile(
    r"\bpython\S{0,200} \S{0,200}(goal|cov|threshold)\w{0,200}\.py|diff-cover|coverage-threshold"
    r"|codecov|coveralls|smokeshow|coverage-comment|octocov|coverage-action"
)


def decides(step: Step) -> bool:
    """Return whether a step leaves the decision to another program, an action or a service."""
    return OTHER_GATES.search(f"{step.script()} {step.step.get('uses', '')}") is not None


class GC302(WorkflowCheck):
    """The job that gates always runs"""

    why = (
        "When a test job fails, a job that needs it is skipped, "
        "and a skipped check counts as passed."
    )

    def check(self, gate_steps: list[Step]) -> str:
        skipped = [
            step
            for step in gates(gate_steps)
            if needs(step.job)
            and (not ALWAYS.search(condition(step)) or re.search(r"&&|==\s*'", condition(step)))
        ]
        guarded = {
            (step.path, job_id)
            for step in gate_steps
            if ALWAYS.search(condition(step)) and looks_at(step)
            for job_id in needs(step.job)
        }
        return self.report(
            [step for step in skipped if (step.path, step.job_id) not in guarded],
            (
                "Add `if: always()` to the job, "
                "and a first step that fails unless every needs.*.result is 'success'."
            ),
        )


def looks_at(step: Step) -> list[str]:
    """Return the jobs whose result a step looks at; "*" are all that its job needs.

    A step that runs only *if* a result is 'success' does not look: where it is not, the step is
    skipped and the job green.
    """
    text = f"{step.script()} {step.step.get('with', '')} {step.step.get('if', '')}"
    if step.script():
        text += str(step.step.get("env", ""))
    if "alls-green" in str(step.step.get("uses", "")) or re.search(
        r"toJSON\(needs\)", text, re.IGNORECASE
    ):
        return ["*"]
    skips = re.search(r"==\s*'success'", str(step.step.get("if", "")))
    return [] if skips else re.findall(r"needs\.([\w*-]+)\.result", text)


class GC303(WorkflowCheck):
    """The job that gates looks at every job that it needs"""

    why = "With `if: always()` alone, a total is made of the data that is there."

    def check(self, gate_steps: list[Step]) -> str:
        always = [
            step
            for step in gates(gate_steps)
            if ALWAYS.search(condition(step)) and "needs." not in condition(step)
        ]
        unseen = set()
        for job, step in jobs_of(always).items():
            seen = {job_id for other in step.siblings() for job_id in looks_at(other)}
            unseen |= {job} if set(needs(step.job)) - seen and "*" not in seen else set()
        found = [step for step in always if (step.path, step.job_id) in unseen]
        return self.report(found, "Fail in a first step with `if: needs.JOB.result != 'success'`.")


class GC304(WorkflowCheck):
    """Data files are uploaded, though their names begin with a dot"""

    why = "upload-artifact leaves out what begins with a dot since 4.4."

    def check(self, gate_steps: list[Step]) -> str:
        hidden = [
            step
            for step in gate_steps
            if uploads_data(step)
            and str(inputs(step).get("include-hidden-files", "")).lower() != "true"
        ]
        return self.report(hidden, "Add include-hidden-files: true, and if-no-files-found: error.")


class GC305(WorkflowCheck):
    """No job of a matrix is measured against the threshold by itself"""

    why = "Each job runs a part of the code; the total is that of all of them."

    def check(self, gate_steps: list[Step], gate_settings: dict[str, Settings]) -> str:
        of_matrix = [step for step in gates(gate_steps, gate_settings) if dimensions(step)]
        return self.report(
            of_matrix,
            "Upload the data files of every job, and gate once, in a job that needs them all.",
        )


class GC306(WorkflowCheck):
    """Each job's artifact has a name of its own"""

    why = "With one name, the second upload fails, or replaces the first."

    def check(self, gate_steps: list[Step]) -> str:
        shared = [
            step
            for step in gate_steps
            if uploads_data(step)
            and not re.search(
                r"\$\{\{.*(env\.|strategy\.|join\(|toJSON|outputs\.)",
                str(inputs(step).get("name", "")),
            )
            and any(
                f"matrix.{key}" not in str(inputs(step).get("name", "")) for key in dimensions(step)
            )
        ]
        return self.report(shared, "Put every dimension of the matrix into the name.")


class GC307(WorkflowCheck):
    """No failure of a gate is passed over"""

    why = "With `continue-on-error`, the gate fails and the workflow passes."

    def check(self, gate_steps: list[Step]) -> str:
        passed = [
            s
            for s in gates(gate_steps)
            if s.step.get("continue-on-error") or s.job.get("continue-on-error")
        ]
        return self.report(passed, "Remove continue-on-error.")


class GC308(WorkflowCheck):
    """No job reports before it uploads its data files"""

    why = "Since coverage 7.14, a report combines the data files, and deletes them."

    def check(self, gate_steps: list[Step]) -> str:
        last = {(step.path, step.job_id): step.line for step in gate_steps if uploads_data(step)}
        # A job that downloads the data of others is the one that combines.
        combining = jobs_with(gate_steps, downloads)
        found = [
            step
            for step in gate_steps
            if step.line < last.get((step.path, step.job_id), 0)
            and (step.path, step.job_id) not in combining
            and re.search(r"coverage (report|html|xml|json|lcov|combine)\b", step.script())
            # Combined into a part with a name of its own: as good.
            and not re.search(
                r"(mv|cp) \.coverage|COVERAGE_FILE|--data-file",
                f"{step.script()} {step.step.get('env')}",
            )
        ]
        return self.report(found, "Report where all data files are combined.")


class GC309(WorkflowCheck):
    """In a container, coverage's paths are those of the container"""

    why = (
        "In a job with `container`, `${{ github.workspace }}` is the host's path, "
        "which is not there: data is written elsewhere, or nowhere."
    )

    def check(self, gate_steps: list[Step]) -> str:
        found = [
            step
            for step in gate_steps
            if "container" in step.job
            and any(
                re.search(r"COVERAGE_\w*(FILE|START)", name) and "github.workspace" in value
                for name, value in step.variables().items()
            )
        ]
        return self.report(found, "Set the variable in the shell, from `$PWD`, into `$GITHUB_ENV`.")


class GC310(WorkflowCheck):
    """A threshold in the settings is enforced"""

    why = "`fail_under` decides where a report is made, and no workflow makes one."

    def check(
        self,
        package: Traversable,
        gate_steps: list[Step],
        gate_settings: dict[str, Settings],
        gate_commands: list[Command],
        gate_addopts: str,
    ) -> str:
        number = threshold(in_force(gate_settings))
        if not number or not gate_steps:
            return ""
        scripts = "\n".join(step.script() for step in gate_steps)
        reached = [
            command
            for command in gate_commands
            if command.path.startswith(".github/") or re.search(called_by(command.path), scripts)
        ]
        if any(
            re.search(REPORTS, command.text)
            or (
                re.search(PYTEST, command.text)
                and re.search(WITH_COV, f"{command.text} {gate_addopts}")
            )
            for command in reached
        ):
            return ""
        file = next(iter(gate_settings))
        place = f"{file}:{line_of(package, file, 'fail_under')}: fail_under = {number:g}"
        return self.report([place], "End the workflow with `coverage report`.")


def called_by(path: str) -> str:
    """Return a pattern for the commands of a workflow that run what a file has."""
    name = path.rpartition("/")[2]
    programs = {
        "tox.ini": "tox",
        "noxfile.py": "nox",
        "tasks.py": "inv(oke)?",
        "pyproject.toml": "hatch|poe|pdm",
        "hatch.toml": "hatch",
    }
    if name.lower().endswith(("makefile", ".mk")):
        return r"\bmake\b"
    if name.lower().endswith("just") or "justfile" in name.lower():
        return r"\bjust\b"
    return rf"\b({programs.get(name, re.escape(name))})\b"


class GC311(WorkflowCheck):
    """There is a gate"""

    why = "The tests run under coverage, and nothing looks at the total."
    severity = "warning"

    def check(
        self,
        gate_steps: list[Step],
        gate_settings: dict[str, Settings],
        gate_commands: list[Command],
        gate_addopts: str,
    ) -> str:
        gated = threshold(in_force(gate_settings)) or any(
            re.search(rf"{GATE}|-lt |\bbc\b", f"{command.text} {gate_addopts}")
            for command in gate_commands
        )
        if gated or any(map(decides, gate_steps)):
            return ""
        measuring = [
            step
            for step in gate_steps
            if re.search(rf"coverage run|{PYTEST}.*{WITH_COV}", step.script())
        ]
        if any("coverage combine" in step.script() for step in gate_steps):
            return ""  # Which another check reports.
        return self.report(measuring, "End with `coverage report --fail-under=N`.")
