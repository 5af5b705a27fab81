"""Run the workflow of a rendered project with act, here, with stand-ins for the actions it uses.

What this shows of GitHub and what it cannot: docs/fidelity.md.
"""

import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from workshop.rendered import RenderedProject
from workshop.rendering import ROOT

WORKFLOW = Path(".github", "workflows", "backend-ci.yml")
STAND_INS = ROOT / "tests" / "actions"


@dataclass
class Step:
    """A step that ran.

    Attributes:
        job: the id of its job.
        matrix: the values of the matrix for its job, by dimension.
        name: its name.
        result: success, failure or skipped.
        output: what it printed, and the exit status if it failed.
        seconds: how long it took.
    """

    job: str
    matrix: dict[str, Any]
    name: str
    result: str = ""
    output: str = ""
    seconds: float = 0


@dataclass
class WorkflowRun:
    """A finished run of a workflow.

    Attributes:
        exit_code: 0 if the run passed.
        steps: the steps that ran, in the order of their start.
        artifacts: the files of each artifact, by the artifact's name.
        log: the errors that act printed besides the steps' output.
    """

    exit_code: int
    steps: list[Step] = field(default_factory=list)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    log: str = ""

    def failed(self) -> list[Step]:
        """Return the steps that failed."""
        return [step for step in self.steps if step.result == "failure"]

    def named(self, name: str) -> list[Step]:
        """Return the steps called name, one for each job that ran it."""
        return [step for step in self.steps if step.name == name]

    def total(self) -> float:
        """Return the total of the uploaded report, in percent."""
        (reports,) = (files for name, files in self.artifacts.items() if name.endswith("-reports"))
        report = json.loads(reports["coverage.json"])
        total: float = report["totals"]["percent_covered"]
        return total

    def __str__(self) -> str:
        """Return the run as one would read it on GitHub."""
        rows = [
            f"{step.job} {step.matrix} {step.name}: {step.result}\n{step.output}"
            for step in self.steps
        ]
        return "\n".join([f"exit code {self.exit_code}", *rows, self.log])


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow file by their id."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return found


def used_actions(workflow: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield for each step of a workflow that uses an action its name, pinned ref and inputs.

    Those of the workflows and the actions in the same repository that it uses come with them.
    """
    root = workflow.parent.parent.parent
    steps = []
    for job in jobs(workflow).values():
        if "uses" in job:
            yield from used_actions(root / job["uses"])
        steps += job.get("steps", [])
    for step in steps:
        uses = step.get("uses", "")
        if uses.startswith("./"):
            action = yaml.safe_load((root / uses / "action.yml").read_text(encoding="utf-8"))
            steps += action["runs"]["steps"]
        elif uses:
            name, ref = uses.split("@")
            yield name, ref, step.get("with", {})


@cache
def real_actions() -> dict[str, dict[str, Any]]:
    """Return the inputs, the tag and the commit of the real actions."""
    actions: dict[str, dict[str, Any]] = json.loads(
        (STAND_INS / "actions.json").read_text(encoding="utf-8")
    )
    return actions


def stand_in(action: str) -> Path:
    """Return the folder of the stand-in for an action."""
    return STAND_INS / action.split("/")[1]


def refuse_unknown_inputs(workflow: Path) -> None:
    """Refuse an input for an action that does not have it, or whose stand-in does not support it.

    GitHub's runner warns of the first; act drops it without a word.

    Raises:
        ValueError: there is such an input; the message names it, and those that can be given.
    """
    for action, _, inputs in used_actions(workflow):
        known = real_actions()[action]["inputs"]
        if unknown := set(inputs) - set(known):
            raise ValueError(
                f"{workflow}: {action} has no input {sorted(unknown)}; it has {sorted(known)}"
            )
        if action == "actions/checkout":  # act's own
            continue
        played = yaml.safe_load((stand_in(action) / "action.yml").read_text(encoding="utf-8"))[
            "inputs"
        ]
        if unplayed := set(inputs) - set(played):
            raise ValueError(
                f"{workflow}: the stand-in for {action} does not support {sorted(unplayed)}"
            )


@cache
def pythons_of_pyenv() -> list[str]:
    """Return the folders of the interpreters that pyenv has installed, if there is pyenv."""
    if not (pyenv := shutil.which("pyenv")):
        return []
    root = subprocess.run(
        [pyenv, "root"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return [str(folder) for folder in sorted(Path(root, "versions").glob("*/bin"))]


@cache
def uv_cache() -> str:
    """Return the folder in which uv keeps what it has downloaded."""
    return subprocess.run(
        ["uv", "cache", "dir"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


def commit_all(folder: Path) -> None:
    """Make folder a git repository, if it is none, and commit all that is in it."""
    author = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (
        ["init", "-qb", "main"],
        ["add", "-A"],
        [*author, "commit", "-qm", "all", "--allow-empty"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def run_workflow(
    project: RenderedProject,
    store: Path | None = None,
    attempt: int = 1,
    only: dict[str, Any] | None = None,
    tests: bool = True,
    workflow: Path = WORKFLOW,
    base: str = "",
    **variables: str,
) -> WorkflowRun:
    """Run a project's workflow as a push or a pull request does: each job in its own folder.

    Args:
        project: a rendered project; what it changed since its last commit is committed.
        store: the folder that keeps the artifacts, for a run with several attempts; a new one if
            not given.
        attempt: the number of this attempt at the same commit; a later one is "Re-run all jobs", or
            "Re-run failed jobs" with only.
        only: values of the matrix: the test jobs that have others are not run.
        tests: whether the test jobs have steps; if not, their artifacts are in the store, from an
            earlier run at the same commit.
        workflow: the path of the workflow.
        base: the branch that a pull request is for; origin/BASE must be there.
        variables: what the machines' environment has besides.

    Returns:
        the finished run, whether it passed or failed.

    Raises:
        ValueError: the workflow gives an action an input that cannot be played.
        FileNotFoundError: act is not installed.
    """
    workflow = project.folder / workflow
    refuse_unknown_inputs(workflow)
    if attempt == 1 and tests:
        commit_all(project.folder)
    with tempfile.TemporaryDirectory() as folder:
        store = store or Path(folder, "artifacts")
        store.mkdir(exist_ok=True)
        played = Path(folder, workflow.name)
        text = with_job_total(workflow)
        totals = {path: path.read_bytes() for path in with_strategy(project.folder)}
        for path in totals:
            path.write_text(with_job_total(workflow, path), encoding="utf-8")
        if not tests:
            steps = r"(?s)^    steps:\n.*?(?=^  coverage:\n)"
            text = re.sub(steps, "    steps: [run: echo]\n", text, count=1, flags=re.MULTILINE)
        played.write_text(text, encoding="utf-8")
        environment = project.environment() | variables
        environment["PATH"] = os.pathsep.join([environment["PATH"], *pythons_of_pyenv()])
        # act, in its own folders; uv, with the cache of this machine, and fit to read.
        environment |= {"XDG_CACHE_HOME": str(Path(folder, "cache")), "ARTIFACT_STORE": str(store)}
        environment |= {"UV_CACHE_DIR": uv_cache(), "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
        event = Path(folder, "event.json")
        event.write_text(json.dumps({"pull_request": {"base": {"ref": base}}} if base else {}))
        command = [
            str(Path(sys.executable).with_name("act")),
            "pull_request" if base else "push",
            "--json",
            f"--eventpath={event}",
            f"--workflows={played}",
            f"--env=GITHUB_RUN_ATTEMPT={attempt}",
            *(f"--matrix={name}:{value}" for name, value in (only or {}).items()),
            # Docker, pulled images, the network and a cache are what it could use, and must not.
            "--action-offline-mode",
            "--pull=false",
            "--no-cache-server",
            *(f"--platform={machine}=-self-hosted" for machine in machines(workflow)),
        ]
        for action, ref, _ in used_actions(workflow):
            if action != "actions/checkout":
                command.append(f"--local-repository={action}@{ref}={stand_in(action)}")
        process = subprocess.run(
            command,
            cwd=project.folder,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for path, content in totals.items():
            path.write_bytes(content)
        run = WorkflowRun(process.returncode)
        read_log(run, process.stdout.splitlines())
        for artifact in store.glob("*.zip"):
            with zipfile.ZipFile(artifact) as archive:
                run.artifacts[artifact.stem] = {
                    name: archive.read(name) for name in archive.namelist()
                }
    return run


def with_strategy(folder: Path) -> list[Path]:
    """Return the actions in a repository that ask for the number of jobs."""
    actions = folder.glob(".github/actions/*/action.yml")
    return [path for path in actions if "strategy.job-total" in path.read_text(encoding="utf-8")]


def with_job_total(workflow: Path, file: Path | None = None) -> str:
    """Return the text of a workflow with the number of its test jobs, which act leaves empty.

    Args:
        workflow: the workflow.
        file: an action that it uses, whose text is returned instead.
    """
    matrix = jobs(workflow)["test"].get("strategy", {}).get("matrix", {})
    total = math.prod(len(values) for values in matrix.values())
    text = (file or workflow).read_text(encoding="utf-8")
    return text.replace("${{ strategy.job-total }}", str(total))


def machines(workflow: Path) -> set[str]:
    """Return the labels of all machines that the jobs of a workflow file run on."""
    labels: set[str] = set()
    for job in jobs(workflow).values():
        if "uses" in job:
            labels |= machines(workflow.parent.parent.parent / job["uses"])
            continue
        systems = job.get("strategy", {}).get("matrix", {}).get("os", [])
        labels.update([job["runs-on"]] if job["runs-on"] != "${{ matrix.os }}" else systems)
    return labels


def read_log(run: WorkflowRun, lines: Iterable[str]) -> None:
    """Fill run with the steps and the output in act's log, which is JSON."""
    steps: dict[tuple[str, str, str], Step] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            run.log += line + "\n"
            continue
        if entry.get("stage") != "Main":
            if entry["level"] == "error":
                run.log += entry["msg"] + "\n"
            continue
        matrix = entry["matrix"] or {}
        number = entry["stepID"][0]
        key = (entry["jobID"], json.dumps(matrix, sort_keys=True), number)
        step = steps.get(key)
        if step is None:
            step = steps[key] = Step(entry["jobID"], matrix, entry["step"])
            run.steps.append(step)
        if entry.get("raw_output"):
            step.output += entry["msg"]
        elif (
            entry["level"] != "info"
        ):  # an annotation like ::error::, or the exit status of a command that failed
            step.output += entry.get("raw", entry["msg"] + "\n")
        elif "stepResult" in entry and len(entry["stepID"]) == 1:
            step.result = entry["stepResult"]
            step.seconds = entry.get("executionTime", 0) / 1e9
