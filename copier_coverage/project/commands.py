"""The commands in a repository's workflows, Makefiles, task files and scripts."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from copier_coverage.project.boundary import LONGEST_LINE, first_bytes
from copier_coverage.project.files import files, read
from copier_coverage.project.scripts import scripts
from copier_coverage.project.workflows import Step

# Files of commands besides the workflows.
COMMAND_FILES = re.compile(
    r"[Mm]akefile|GNUmakefile|.*\.mk|.*\.sh|tasks\.py|noxfile\.py|tox\.ini|\.?[Jj]ustfile|.*\.just|\.gitlab-ci\.yml"
)
# Comments, and what only installs.
NO_COMMAND = r"#.*|[^;&|]*\b(pip3?|pipx|uv|poetry|pdm|conda)\s[^;&|]*\b(install|add)\b[^;&|]*"
# How many lines of comments and the like can be between two commands.
NEAR = 100
FOLDERS = ("", "scripts", "script", "bin", "tools", "ci", ".ci")

# Commands whose exit code depends on the tests or the total.
PYTEST = r"(^|[\s;&\"'@-])pytest(?=\s|$|[\"'])"
MEASURES = rf"(coverage (run|combine|report|html|xml|json|lcov)\b|{PYTEST})"
# (A threshold of 0 is none.)
THRESHOLD = r"fail-under(?![= ]0+(\.0*)?([\s\"']|$))"
GATE = rf"(coverage (report|html|xml|json)\b[^|;&]{{0,500}}--{THRESHOLD}|--cov-{THRESHOLD})"
REPORTS = r"coverage (report|html|xml|json)\b"
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
        folder: the folder that a step of a workflow runs it in, from the root of the repository.
    """

    path: str
    line: int
    text: str
    pipefail: bool = False
    group: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    has_services: bool = False
    folder: str = "."

    def __deepcopy__(self, memo: dict[int, object]) -> "Command":
        """Return itself, which nothing changes; repo-review compares copies again and again."""
        return self

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
    found = [*commands_of_steps(root, steps), *commands_of_files(folder)]
    for path, number, name, text in scripts(folder):
        found.append(Command(path, number, text, group=f"{path}:{name}"))
    found = [command for command in found if len(command.text) <= LONGEST_LINE]
    return [command for command in found if not re.fullmatch(NO_COMMAND, command.text.strip())]


def commands_of_steps(root: Traversable, steps: list[Step]) -> Iterator[Command]:
    """Yield the commands of steps of workflows."""
    paths = {step.path for step in steps}
    lines_of = {path: read(root.joinpath(*path.split("/"))).splitlines() for path in paths}
    for step in steps:
        if "run" not in step.step:
            continue
        lines = lines_of[step.path]
        script = str(step.step["run"] or "")
        # (`bash` alone means `bash -eo pipefail`; with options of one's own, it does not.)
        shell, variables = step.runs_with("shell"), step.variables()
        pipefail = shell == "bash" or "pipefail" in f"{shell} {script}"
        number = step.line
        for text, folder in lines_with_folder(script, step.runs_with("working-directory")):
            # Where the line is; a folded one begins with it.
            start = text[:40].strip()
            near = enumerate(lines[number - 1 : number + NEAR], start=number)
            number = next((n for n, line in near if start in line), number)
            yield Command(
                step.path,
                number,
                text,
                pipefail,
                f"{step.path}:{step.job_id}",
                variables,
                "services" in step.job,
                folder,
            )


def lines_with_folder(script: str, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of a script, each with the folder that it runs in, as `cd` lines say.

    Args:
        script: the script of a step.
        folder: the folder that it begins in.
    """
    for _, text in logical_lines(script):
        entered = re.fullmatch(r"\s*cd +([\"']?)([\w./-]+)\1\s*(?:(?:&&|;)\s*(.*))?", text)
        if entered and entered[3]:
            yield entered[3], posixpath.normpath(posixpath.join(folder, entered[2]))
            continue
        yield text, posixpath.normpath(folder)
        if entered:
            folder = posixpath.join(folder, entered[2])


def commands_of_files(folder: Traversable) -> Iterator[Command]:
    """Yield the commands of Makefiles, task files and scripts."""
    for below in FOLDERS:
        for file in files(folder, below) if below else files(folder):
            if not COMMAND_FILES.fullmatch(file.name) and not is_script(file):
                continue
            path = f"{below}/{file.name}".lstrip("/")
            text = read(file)
            target, pipefail = "", "pipefail" in text
            for number, line in logical_lines(text):
                target = target_of(file.name, line) or target
                if file.name.endswith(".py"):
                    # session.run("coverage", "report"): as a shell has it.
                    line = re.sub(r"([\"']),\s*([\"'])", " ", line)
                elif file.name.endswith(".yml"):
                    line = re.sub(r"^\s*- +", "", line)
                yield Command(path, number, line, pipefail, f"{path}:{target}")


def target_of(file_name: str, line: str) -> str:
    """Return the target, recipe or section that a line begins; "" if it begins none."""
    if file_name.endswith(".ini"):
        section = re.match(r"\[(.+)\]", line)
        return section[1] if section else ""
    if re.match(r"[^\s#].*:", line) and not file_name.endswith((".py", ".sh")):
        return line.partition(":")[0]
    return ""


def is_script(file: Traversable) -> bool:
    """Return whether a file without an ending is a script of the shell."""
    if "." in file.name:
        return False
    return re.match(rb"#!.*\b(ba|da|z|k)?sh\b", first_bytes(file, 200)) is not None


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1.

    One that ends in a backslash goes on in the next, and so does a call of `run`, up to its
    parenthesis.
    """
    start, begun = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        begun += line.removesuffix("\\")
        is_call = len(begun) <= LONGEST_LINE and re.search(r"\.run\(", begun)
        open_call = is_call and begun.count("(") > begun.count(")")
        if not line.endswith("\\") and not open_call:
            yield start, begun
            start, begun = number + 1, ""
    if begun:
        yield start, begun
