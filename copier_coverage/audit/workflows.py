"""Checks of GitHub workflows.

Sources: GitHub's documentation on status check functions, on required checks (a skipped job counts as a success) and
on default shells; the README of actions/upload-artifact.
"""

import re

from copier_coverage.audit.check import Check
from copier_coverage.audit.commands import GATE
from copier_coverage.audit.repository import Step
from copier_coverage.audit.settings import in_force


class WorkflowCheck(Check):
    """A check of workflows."""

    family = "gate-workflows"


def gates(gate_steps: list[Step]) -> list[Step]:
    """Return the steps that gate."""
    return [step for step in gate_steps if re.search(GATE, str(step.step.get("run", "")))]


def needs(job: dict) -> list[str]:
    """Return the ids of the jobs that a job needs."""
    value = job.get("needs") or []
    return [value] if isinstance(value, str) else value


# Conditions with which a job runs after a red one as well.
ALWAYS = re.compile(r"always\(\)|!\s*cancelled\(\)|success\(\)\s*\|\|\s*failure\(\)")


def condition(step: Step) -> str:
    """Return on what the job of a step depends."""
    return str(step.job.get("if", ""))


def inputs(step: Step) -> dict:
    """Return the inputs of a step that uses an action."""
    return step.step.get("with") or {}


def uploads_parts(step: Step) -> bool:
    """Return whether a step uploads coverage's data."""
    return "actions/upload-artifact" in step.step.get("uses", "") and ".coverage" in str(inputs(step).get("path"))


class GC301(WorkflowCheck):
    """Where parts are combined, something gates"""

    why = "A workflow that combines and does not gate is green at any total."

    def check(self, gate_steps: list[Step], gate_settings: dict[str, dict]) -> str:
        # A threshold in the settings gates too, by every report.
        if float((in_force(gate_settings).get("report") or {}).get("fail_under") or 0):
            return ""
        gated = {step.path for step in gates(gate_steps)}
        combining = [step for step in gate_steps if "coverage combine" in str(step.step.get("run", ""))]
        ungated = [step for step in combining if step.path not in gated]
        return self.report(ungated, "End the job with `coverage report --fail-under=N`.")


class GC302(WorkflowCheck):
    """The job that gates always runs"""

    why = "When a leg fails, a job that needs it is skipped, and a skipped check counts as passed."

    def check(self, gate_steps: list[Step]) -> str:
        skipped = [
            s
            for s in gates(gate_steps)
            if needs(s.job) and (not ALWAYS.search(condition(s)) or re.search(r"&&|==\s*'success'", condition(s)))
        ]
        guarded = {step.path for step in gate_steps if "alls-green" in step.step.get("uses", "")}
        return self.report(
            [step for step in skipped if step.path not in guarded],
            "Add `if: always()` to the job, and a first step that fails unless every needs.*.result is 'success'.",
        )


class GC303(WorkflowCheck):
    """The job that gates looks at every leg"""

    why = "With `if: always()`, a total is made of the legs that delivered."

    def check(self, gate_steps: list[Step]) -> str:
        found = []
        for step in gates(gate_steps):
            if ALWAYS.search(condition(step)):
                conditions = " ".join(
                    str(other.get("if", "")) + str(other.get("env", "")) for other in step.job["steps"]
                )
                conditions += str(step.job["if"])
                unseen = [n for n in needs(step.job) if not re.search(rf"needs\.({n}|\*)\.result", conditions)]
                found += [step] if unseen else []
        return self.report(found, "Fail in a first step with `if: needs.JOB.result != 'success'`.")


class GC304(WorkflowCheck):
    """Parts are uploaded, though their names begin with a dot"""

    why = "upload-artifact leaves out what begins with a dot since 4.4."

    def check(self, gate_steps: list[Step]) -> str:
        hidden = [
            step
            for step in gate_steps
            if uploads_parts(step) and str(inputs(step).get("include-hidden-files", "")).lower() != "true"
        ]
        return self.report(hidden, "Add include-hidden-files: true, and if-no-files-found: error.")


class GC305(WorkflowCheck):
    """No leg is measured against the threshold by itself"""

    why = "A leg runs a part of the code only; the total is that of all of them."

    def check(self, gate_steps: list[Step]) -> str:
        legs = [step for step in gates(gate_steps) if "matrix" in (step.job.get("strategy") or {})]
        return self.report(legs, "Upload the parts of every leg, and gate once, in a job that needs them all.")


class GC306(WorkflowCheck):
    """Each leg's artifact has a name of its own"""

    why = "With one name, the second leg's upload fails, or replaces the first's."

    def check(self, gate_steps: list[Step]) -> str:
        shared = [
            step
            for step in gate_steps
            if uploads_parts(step)
            and "matrix" in (step.job.get("strategy") or {})
            and not re.search(r"\$\{\{.*(matrix|env|strategy)\.", str(inputs(step).get("name", "")))
        ]
        return self.report(shared, "Put every dimension of the matrix into the name.")


class GC307(WorkflowCheck):
    """No failure of a gate is passed over"""

    why = "`continue-on-error` turns a red gate green."

    def check(self, gate_steps: list[Step]) -> str:
        passed = [s for s in gates(gate_steps) if s.step.get("continue-on-error") or s.job.get("continue-on-error")]
        return self.report(passed, "Remove continue-on-error.")


class GC308(WorkflowCheck):
    """Legs do not report before they upload"""

    why = "Since coverage 7.14, a report combines the parts, and deletes them."

    def check(self, gate_steps: list[Step]) -> str:
        legs = {(step.path, step.job_id) for step in gate_steps if uploads_parts(step)}
        found = [
            step
            for step in gate_steps
            if (step.path, step.job_id) in legs
            and re.search(r"coverage (report|html|xml|json|lcov|combine)\b", str(step.step.get("run", "")))
        ]
        return self.report(found, "Report where all parts are combined.")
