"""Install a rendered project with its package manager, and run commands in it."""

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workshop.rendering import ROOT, TEMPLATE

# What the project's processes must not inherit: this one's measurement, test run, task runner,
# environment and terminal. A developer's shell keeps compiled modules: without them, every command
# takes a second more.
FOREIGN = (
    *("COVERAGE_", "PYTEST_", "INVOKE_", "MAKE", "MFLAGS", "VIRTUAL_ENV"),
    *("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES"),
)


def package_index() -> str:
    """Return the address of the package index in use: the environment's or the lock's."""
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        if name in os.environ:
            return os.environ[name]
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    registries = (
        package["source"]["registry"]
        for package in lock["package"]
        if "registry" in package["source"]
    )
    registry: str = next(registries)
    return registry


@dataclass(frozen=True)
class RenderedProject:
    """A rendered project.

    Attributes:
        folder: where it was rendered.
        manager: the answer to `package_manager`.
    """

    folder: Path
    manager: str = "uv"

    def environment(self) -> dict[str, str]:
        """Return the variables that the shell of a developer of this project would have."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        paths = [str(Path(sys.executable).parent), env["PATH"]]
        env |= {"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_PYPI_MIRROR_URL": package_index()}
        env |= {"PDM_PYPI_URL": package_index(), "PDM_CHECK_UPDATE": "0"}
        # Its environments, which Hatch does not have in the project.
        env["HATCH_DATA_DIR"] = str(self.folder.with_name(f"{self.folder.name}-hatch"))
        # As after `. .venv/bin/activate`.
        if TEMPLATE.managers[self.manager]["prepare"]:
            env["VIRTUAL_ENV"] = str(self.folder / ".venv")
            paths.insert(0, str(self.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin")))
        env["PATH"] = os.pathsep.join(paths)
        return env

    def run(
        self, command: str, folder: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command line with the shell, as a developer of the project would type it.

        Args:
            command: the command line.
            folder: where to run it; the project's folder if not given.
            variables: what the developer's shell exports besides.

        Returns:
            the finished process; its stdout holds stderr too, in the order of printing.
        """
        return subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.environment() | variables,
            check=False,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def stage(self, runner: str, name: str = "") -> str:
        """Return the command line by which a task runner runs a stage, or all of them."""
        calls = TEMPLATE.runners(self.manager)[runner]
        return calls["stage"] + name if name else calls["all"]

    def total(self) -> float:
        """Return the total of the project's coverage.json, in percent."""
        report = json.loads((self.folder / "coverage.json").read_text(encoding="utf-8"))
        total: float = report["totals"]["percent_covered"]
        return total

    def check(self, command: str) -> str:
        """Run a command line that must succeed.

        Returns:
            what it printed.

        Raises:
            RuntimeError: it failed; the message has its output.
        """
        process = self.run(command)
        if process.returncode != 0:
            raise RuntimeError(
                f"{command!r} in {self.folder} exited with {process.returncode}:\n{process.stdout}"
            )
        return process.stdout

    def install(self) -> None:
        """Install the project and its development dependencies, as its README says.

        Raises:
            RuntimeError: an installation failed.
        """
        words = TEMPLATE.managers[self.manager]
        self.check(" && ".join([*words["prepare"], *words["install"]]))
