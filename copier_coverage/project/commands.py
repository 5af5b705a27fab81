"""The commands in a repository's workflows, Makefiles, task files and scripts."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from copier_coverage.project.files import files, read, table
from copier_coverage.project.workflows import Step

# Files of commands besides the workflows.
COMMAND_FILES = re.compile(
    r"[Mm]akefile|GNUmakefile|.*\.mk|.*\.sh|tasks\.py|noxfile\.py|tox\.ini|\.?[Jj]ustfile|.*\.just|\.gitlab-ci\.yml"
)
# Comments, and what only installs.
NO_COMMAND = r"#.*|[^;&|]*\b(pip3?|pipx|uv|poetry|pdm|conda)\s[^;&|]*\b(install|add)\b[^;&|]*"
FOLDERS = ("", "scripts", "bin", "ci", ".ci")

# Commands whose exit code says something of the tests or the total.
PYTEST = r"(^|[\s;&\"'@-])pytest(?=\s|$|[\"'])"
MEASURES = rf"(coverage (run|combine|report|html|xml|json|lcov)\b|{PYTEST})"
# (A threshold of 0 is none.)
THRESHOLD = r"fail-under(?![= ]0+(\.0*)?([\s\"']|$))"
GATE = rf"(coverage (report|html|xml|json)\b[^|;&]*--{THRESHOLD}|--cov-{THRESHOLD})"
WITH_COV = r"--cov(?![-\w])"


@dataclass(frozen=True)
class Command:
    """A line of a file that runs something.

    Attributes:
        path: the file, from the root of the repository.
        line: its number, from 1.
        text: the line; in a Makefile without the tab, in a workflow as the shell gets it.
        pipefail: whether the shell of it stops at a failure inside a pipe.
        group: what is run together with it: the job of a workflow, the target of a Makefile, else
            the file.
        variables: the variables that a workflow sets for it, by their name.
        has_services: whether a workflow starts services beside it.
        folder: the folder that a workflow runs it in, from the root of the repository.
    """

    path: str
    line: int
    text: str
    pipefail: bool = False
    group: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    has_services: bool = False
    folder: str = "."

    def __str__(self) -> str:
        """Return the place and the line."""
        return f"{self.path}:{self.line}: {self.text.strip()}"


def commands(root: Traversable, folder: Traversable, steps: list[Step]) -> list[Command]:
    """Return the commands of workflows, Makefiles, task files and scripts.

    Args:
        root: the root of the repository.
        folder: the folder of the project.
        steps: the steps of the workflows.
    """
    found = []
    for step in steps:
        if "run" in step.step:
            lines = read(root.joinpath(*step.path.split("/"))).splitlines()
            for _, text in logical_lines(str(step.step["run"] or "")):
                # Where the line stands; a folded one begins with it.
                number = next(
                    (
                        n
                        for n, line in enumerate(lines[step.line - 1 :])
                        if text[:40].strip() in line
                    ),
                    0,
                )
                # (`bash` alone means `bash -eo pipefail`; with options of one's own, it does not.)
                pipefail = (
                    step.runs_with("shell") == "bash"
                    or "pipefail" in f"{step.runs_with('shell')} {step.step['run']}"
                )
                group = f"{step.path}:{step.job_id}"
                levels = [table(level, "env") for level in (step.workflow, step.job, step.step)]
                variables = {str(k): str(v) for level in levels for k, v in level.items()}
                services = "services" in step.job
                runs_in = posixpath.normpath(step.runs_with("working-directory"))
                found.append(
                    Command(
                        step.path,
                        step.line + number,
                        text,
                        pipefail,
                        group,
                        variables,
                        services,
                        runs_in,
                    )
                )
    for below in FOLDERS:
        for file in files(folder, below) if below else files(folder):
            if COMMAND_FILES.fullmatch(file.name):
                path = f"{below}/{file.name}".lstrip("/")
                text = read(file)
                target = ""
                for number, line in logical_lines(text):
                    if re.match(r"[^\s#].*:", line) and not file.name.endswith(
                        (".py", ".sh", ".ini")
                    ):
                        target = line.partition(":")[0]
                    if file.name.endswith(
                        ".py"
                    ):  # session.run("coverage", "report"): as a shell has it.
                        line = re.sub(r"([\"']),\s*([\"'])", " ", line)
                    found.append(
                        Command(path, number, line, "pipefail" in text, f"{path}:{target}")
                    )
    return [command for command in found if not re.fullmatch(NO_COMMAND, command.text.strip())]


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1; one that ends in a backslash goes on in the next."""
    start, begun = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        begun += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield start, begun
            start, begun = number + 1, ""
    if begun:
        yield start, begun
