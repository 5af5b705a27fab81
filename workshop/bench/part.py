"""A part of the benchmark, and what the parts share."""

import os
import platform
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop.bench.measure import Command
from workshop.bench.results import Aim, Result, Row
from workshop.rendered import RenderedProject

GATE = "this template"
# All that a run of the tests or the reports leaves behind.
LEFT = (".coverage", ".coverage.*", ".coverage-gate", "coverage.xml", "coverage.json", "htmlcov")
PACKAGES = ("coverage", "pytest", "pytest-cov")
SHOW_VERSIONS = """\
import importlib.metadata, platform
names = {package.name for package in importlib.metadata.distributions()}
found = [f"{name} {importlib.metadata.version(name)}" for name in %r if name in names]
print(", ".join([f"Python {platform.python_version()}", *found]))
"""


@dataclass(frozen=True)
class Part:
    """A part of the benchmark, which can be run alone.

    Attributes:
        title: the heading of its section.
        about: what it compares, in a paragraph of Markdown.
        run: measures in an empty folder, with a number of rounds; returns the versions of the
            programs, in words, and the rows.
        aims: what it is held to.
    """

    title: str
    about: str
    run: Callable[[Path, int], tuple[str, list[Row]]]
    aims: tuple[Aim, ...] = ()

    def result(self, folder: Path, rounds: int, date: str) -> Result:
        """Measure in an empty folder."""
        versions, rows = self.run(folder, rounds)
        return Result(date, machine(), versions, rows)


def machine() -> str:
    """Return what this machine is: system, processor, and the cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {processor()}, {cores} cores"


def processor() -> str:
    """Return the name of the processor."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def versions(project: RenderedProject, python: str, *tools: str) -> str:
    """Return the versions of a project's Python and packages, and of tools, in words.

    Args:
        project: the installed project.
        python: the command that is the project's Python.
        tools: commands that print their own name and version.
    """
    code = SHOW_VERSIONS % (PACKAGES,)
    (project.folder / "show_versions.py").write_text(code)
    found = project.check(f"{python} show_versions.py").splitlines()[-1]
    (project.folder / "show_versions.py").unlink()
    return ", ".join([found, *(tool_version(project, tool) for tool in tools)])


def tool_version(project: RenderedProject, tool: str) -> str:
    """Return the name and the version of a tool, from whatever sentence it prints."""
    return f"{tool} {re.findall(r'[0-9][0-9.]+', project.check(f'{tool} --version'))[0]}"


def clean(folder: Path) -> None:
    """Remove data and reports of earlier runs."""
    for pattern in LEFT:
        for path in folder.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def command(name: str, script: str, project: RenderedProject) -> Command:
    """Return a command of a project, which starts without data and reports of earlier runs."""

    def prepare() -> None:
        clean(project.folder)

    return Command(name, script, project.folder, project.environment(), prepare)
