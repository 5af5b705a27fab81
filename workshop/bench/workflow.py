"""The whole workflow, run by act on this machine: how long the job `coverage` takes."""

import time
from pathlib import Path

from workshop.act import Step, run_workflow
from workshop.bench.measure import Measurement
from workshop.bench.part import Part, tool_version
from workshop.bench.results import Row
from workshop.rendered import RenderedProject
from workshop.rendering import render

# The Python versions and the shards that make a number of test jobs.
JOBS = {1: (["3.11"], 1), 2: (["3.11", "3.13"], 1), 4: (["3.11", "3.13"], 2)}
SET_UP_STEPS = ("Check out", "Set up", "Install")
RUN, JOB, SET_UP = "whole run", "job coverage", "its set-up"
WHAT = {
    RUN: "all jobs",
    JOB: "the sum of its steps",
    SET_UP: "check out, set up uv and Python, install coverage",
}


def case(jobs: int) -> str:
    """Return the name of a case."""
    return f"{jobs} test {'job' if jobs == 1 else 'jobs'}"


def starter(folder: Path, jobs: int) -> RenderedProject:
    """Return a starter whose workflow has a number of test jobs, and its lock file."""
    versions, shards = JOBS[jobs]
    answers = {"python_versions": versions, "shards": shards}
    project = RenderedProject(render(folder, project_name="app", **answers))
    project.check("uv lock")
    return project


def measure(project: RenderedProject) -> dict[str, Measurement]:
    """Run the workflow once.

    Raises:
        RuntimeError: it failed; the message has what it printed.
    """
    start = time.perf_counter()
    run = run_workflow(project)
    seconds = time.perf_counter() - start
    if run.exit_code:
        raise RuntimeError(str(run))
    steps = [step for step in run.steps if step.job == "coverage"]
    set_up = [step for step in steps if step.name.startswith(SET_UP_STEPS)]
    found = {RUN: seconds, JOB: total(steps), SET_UP: total(set_up)}
    return {name: {"wall": value} for name, value in found.items()}


def total(steps: list[Step]) -> float:
    """Return how long steps took, in seconds."""
    return sum(step.seconds for step in steps)


def run(folder: Path, rounds: int) -> tuple[str, list[Row]]:
    """Measure the workflow with each number of test jobs, in turn."""
    projects = {jobs: starter(folder / str(jobs), jobs) for jobs in JOBS}
    found: dict[int, dict[str, list[Measurement]]] = {
        jobs: {name: [] for name in WHAT} for jobs in JOBS
    }
    for number in range(rounds + 1):
        for jobs, project in projects.items():
            measured = measure(project)
            print(f"  {case(jobs)}: {measured[RUN]['wall']:.2f} s", flush=True)
            for name, measurement in measured.items():
                found[jobs][name] += [measurement] if number else []
    rows = [Row(case(jobs), name, WHAT[name], found[jobs][name]) for jobs in JOBS for name in WHAT]
    return ", ".join(tool_version(projects[1], tool) for tool in ("act", "uv")), rows


PART = Part(
    title="The workflow",
    about="The rendered workflow of a new project, run by act on one machine, without containers "
    "and with stand-ins for the actions. Packages come from uv's cache, and neither a "
    "virtual machine nor an artifact service is waited for, so GitHub takes longer; what the job "
    "`coverage` does besides its set-up is the same there.",
    run=run,
)
