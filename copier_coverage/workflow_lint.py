"""Find what makes a coverage gate lie in a GitHub workflow, without running it."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

GATE = re.compile(r"coverage report\b.*--fail-under")


def shell(step: dict, job: dict, workflow: dict) -> str:
    """Return the shell that runs a step, empty for GitHub's default, which has no pipefail."""
    for place in (step, job.get("defaults", {}).get("run", {}), workflow.get("defaults", {}).get("run", {})):
        if "shell" in place:
            return place["shell"]
    return ""


def findings(path: Path) -> list[str]:
    """Return what makes the gate of a workflow file lie, a sentence for each; empty if nothing does."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    gates = [
        (job, step)
        for job in workflow["jobs"].values()
        for step in job.get("steps", [])
        if GATE.search(step.get("run", ""))
    ]
    if not gates:
        return ["No step gates: end the last job with `coverage report --fail-under=N`."]
    return [finding for job, step in gates for finding in (*of_step(step, job, workflow), *of_job(job))]


def of_step(step: dict, job: dict, workflow: dict) -> Iterator[str]:
    """Yield what hides the exit code of a step that gates."""
    name, command = step.get("name", ""), step["run"]
    after_gate = command[GATE.search(command).end() :]
    if "||" in after_gate:
        yield f"{name!r}: what follows `||` hides the gate's exit code 2; remove it."
    elif "|" in after_gate and not shell(step, job, workflow).startswith("bash"):
        yield f"{name!r}: a pipe hides the gate's exit code 2; remove it, or add `shell: bash`, which has pipefail."


def of_job(job: dict) -> Iterator[str]:
    """Yield what lets the job that gates be skipped, or gate without the legs that it needs.

    Source: GitHub's documentation on status check functions, and on required checks, for which a skipped job counts
    as a success.
    """
    needs = job.get("needs", [])
    needs = [needs] if isinstance(needs, str) else needs
    if not needs:
        return
    if "always()" not in str(job.get("if", "")):
        yield "The job that gates is skipped when a leg fails, and a skipped check counts as passed: add `if: always()`."
    steps = str(job.get("if", "")) + "".join(str(step.get("if", "")) for step in job["steps"])
    for need in needs:
        if f"needs.{need}.result" not in steps:
            yield f"The job that gates does not look at the result of {need!r}: refuse unless it is 'success'."
