"""Faults while the gate runs, by chance from a seed: the next plain run has the true total."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop.act import commit_all
from workshop.proof.catalogue.samples import FANOUT
from workshop.rendered import RenderedProject
from workshop.rendering import TEMPLATE, render_sample

COMMANDS = {name or "program": calls["all"] for name, calls in TEMPLATE.runners("uv").items()}
TOTAL = round(FANOUT, 2)
# A run of all stages takes about two seconds.
LONGEST = 2.5


@dataclass(frozen=True)
class Run:
    """A run that is to go wrong.

    Attributes:
        project: the project.
        chance: the chance of this case.
        process: the run itself, which leads a group of processes.
    """

    project: RenderedProject
    chance: random.Random
    process: subprocess.Popen[str]

    def wait(self) -> None:
        """Wait until a moment in the middle of the run."""
        time.sleep(self.chance.uniform(0, LONGEST))


def kill_all(run: Run) -> None:
    """Kill the run and all that it started."""
    run.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.process.pid, signal.SIGKILL)


def kill_first(run: Run) -> None:
    """Kill the process that was typed; what it started goes on."""
    run.wait()
    run.process.kill()


def terminate_all(run: Run) -> None:
    """Press Ctrl-C, or end the session."""
    run.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.process.pid, run.chance.choice((signal.SIGINT, signal.SIGTERM)))


def remove_a_file(run: Run) -> None:
    """Remove a file that a stage left for the next."""
    run.wait()
    folder = run.project.folder
    names = [
        *folder.glob(".coverage*"),
        *folder.glob(".coverage-gate/*"),
        *folder.glob("coverage.*n"),
    ]
    if names:
        path = run.chance.choice(sorted(names))
        shutil.rmtree(path, ignore_errors=True)
        path.unlink(missing_ok=True)


def cut_a_file(run: Run) -> None:
    """Cut a file that a stage left for the next, as a full disk does."""
    run.wait()
    names = [path for path in run.project.folder.glob(".coverage*") if path.is_file()]
    if names:
        path = run.chance.choice(sorted(names))
        with contextlib.suppress(OSError):
            os.truncate(path, run.chance.randrange(path.stat().st_size + 1))


def set_the_clock(run: Run) -> None:
    """Give the source and the data other times."""
    run.wait()
    folder = run.project.folder
    for path in [*folder.rglob("src/**/*.py"), *folder.glob(".coverage*")]:
        moment = time.time() + run.chance.uniform(-1e8, 1e8)
        with contextlib.suppress(OSError):
            os.utime(path, (moment, moment))


def run_again(run: Run) -> None:
    """Start a second run beside the first."""
    run.wait()
    process = run.project.run(COMMANDS["program"])
    if process.returncode == 1 and "wait for it, or stop it" not in process.stdout:
        raise AssertionError(process.stdout)


KILLS: dict[str, Callable[[Run], None]] = {
    fault.__name__: fault for fault in (kill_all, kill_first, terminate_all)
}
FAULTS = KILLS | {
    fault.__name__: fault for fault in (remove_a_file, cut_a_file, set_the_clock, run_again)
}


def faulty_project(folder: Path) -> RenderedProject:
    """Render, install and commit the sample fanout, with all entry points, into a new folder."""
    runners = [name for name in COMMANDS if name != "program"]
    project = RenderedProject(render_sample("fanout", folder, task_runners=runners))
    project.install()
    commit_all(project.folder)
    return project


def check(project: RenderedProject, seed: int) -> str:
    """Run one case; return its entry point, its fault, and how the faulty run ended.

    Args:
        project: a project, as `faulty_project` makes it.
        seed: the number of the case.

    Raises:
        AssertionError: a total was not true, a refusal has no reason, or a file of the user's
            changed.
    """
    chance = random.Random(seed)
    entry = sorted(COMMANDS)[seed % len(COMMANDS)]
    fault = chance.choice(sorted(KILLS if chance.random() < 0.8 else FAULTS))
    limit = f"ulimit -f {chance.randrange(1, 40)}; " if chance.random() < 0.2 else ""
    process = subprocess.Popen(
        limit + COMMANDS[entry],
        cwd=project.folder,
        env=project.environment(),
        shell=True,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    FAULTS[fault](Run(project, chance, process))
    output = process.communicate(timeout=120)[0]
    case = f"{entry}, {fault.replace('_', ' ')}{', full disk' * bool(limit)}"
    # The fault may have removed the report after the run.
    there = (project.folder / "coverage.json").exists()
    if process.returncode == 0 and there and round(project.total(), 2) != TOTAL:
        raise AssertionError(f"{case}: passed without the total\n{output}")
    # The traceback of Ctrl-C while Python imports modules is Python's own.
    if 'coverage_gate.py", line' in output and "\nKeyboardInterrupt\n" not in output:
        raise AssertionError(f"{case}: a raw traceback\n{output}")
    after = next_run(project)
    if after.returncode != 0 or round(project.total(), 2) != TOTAL:
        raise AssertionError(f"{case}: the next run\n{after.stdout}\nafter\n{output}")
    if status := project.check("git status --porcelain"):
        raise AssertionError(f"{case}: changed {status}")
    return f"{case}: exit {process.returncode}"


def next_run(project: RenderedProject) -> subprocess.CompletedProcess[str]:
    """Run all stages as anybody would next: again, while what was left over still runs."""
    for _ in range(20):
        process = project.run(COMMANDS["program"])
        if "wait for it, or stop it" not in process.stdout:
            return process
        time.sleep(0.5)
    return process
