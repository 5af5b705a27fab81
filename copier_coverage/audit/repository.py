"""What the checks look at: commands with their place, and coverage's settings. Fixtures of repo-review."""

import configparser
import contextlib
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import yaml

WORKFLOWS = (".github", "workflows")
# Files of commands besides the workflows.
COMMAND_FILES = re.compile(
    r"[Mm]akefile|GNUmakefile|.*\.mk|.*\.sh|tasks\.py|noxfile\.py|tox\.ini|\.?[Jj]ustfile|.*\.just|\.gitlab-ci\.yml"
)
# Comments, and what only installs.
NO_COMMAND = r"#.*|[^;&|]*\b(pip3?|pipx|uv|poetry|pdm|conda)\s[^;&|]*\b(install|add)\b[^;&|]*"
FOLDERS = ("", "scripts", "bin", "ci", ".ci")


@dataclass(frozen=True)
class Command:
    """A line of a file that runs something.

    Attributes:
        path: the file, from the root of the repository.
        line: its number, from 1.
        text: the line; in a Makefile without the tab, in a workflow as the shell gets it.
        pipefail: whether the shell of it stops at a failure inside a pipe.
        group: what is run together with it: the job of a workflow, the target of a Makefile, else the file.
        environment: the variables that a workflow sets for it, as text.
        folder: the folder that a workflow runs it in, from the root of the repository.
    """

    path: str
    line: int
    text: str
    pipefail: bool = False
    group: str = ""
    environment: str = ""
    folder: str = "."

    def __str__(self) -> str:
        """Return the place and the line."""
        return f"{self.path}:{self.line}: {self.text.strip()}"


@dataclass(frozen=True)
class Step:
    """A step of a workflow, with its job and the line of the file on which it begins."""

    path: str
    line: int
    step: dict
    job_id: str
    job: dict
    workflow: dict

    def __str__(self) -> str:
        """Return the place and the name."""
        return f"{self.path}:{self.line}: {self.step.get('name') or self.step.get('uses') or self.step.get('run', '')}"

    def runs_with(self, key: str) -> str:
        """Return its `shell` or `working-directory`; empty for GitHub's default, a shell without pipefail, or the root."""
        levels = (self.job, self.workflow)
        for place in (self.step, *(table(level, "defaults", "run") for level in levels)):
            if key in place:
                return str(place[key])
        return ""

    def script(self) -> str:
        """Return what it runs, without the lines that are comments."""
        lines = str(self.step.get("run") or "").splitlines()
        return "\n".join(line for line in lines if not line.lstrip().startswith("#"))

    def siblings(self) -> list["Step"]:
        """Return the steps of its job, itself included."""
        steps = [step for step in self.job["steps"] if isinstance(step, dict)]
        return [Step(self.path, self.line, step, self.job_id, self.job, self.workflow) for step in steps]


def table(value: object, *keys: str) -> dict:
    """Return the table that stands below keys in what was read, an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def files(root: Traversable, *parts: str) -> list[Traversable]:
    """Return the files in a folder of the repository, none if there is no such folder."""
    folder = root.joinpath(*parts) if parts else root
    return sorted((f for f in folder.iterdir() if f.is_file()), key=lambda f: f.name) if folder.is_dir() else []


def read(file: Traversable) -> str:
    """Return the text of a file; what is no UTF-8 is replaced."""
    return file.read_text(encoding="utf-8-sig", errors="replace")


def read_ini(file: Traversable) -> configparser.RawConfigParser:
    """Return what an INI file has, as far as it can be read."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    with contextlib.suppress(configparser.Error):
        parser.read_string(read(file))
    return parser


def read_toml(file: Traversable) -> dict:
    """Return what a TOML file has, nothing if it cannot be read."""
    with contextlib.suppress(tomllib.TOMLDecodeError):
        return tomllib.loads(read(file))
    return {}


def gate_steps(root: Traversable) -> list[Step]:
    """Return the steps of all workflows. (A fixture of repo-review.)"""
    return [
        step for file in files(root, *WORKFLOWS) if file.name.endswith((".yml", ".yaml")) for step in steps_of(file)
    ]


def steps_of(file: Traversable) -> Iterator[Step]:
    """Yield the steps of a workflow file."""
    text = read(file)
    try:
        workflow = yaml.safe_load(text)
    except yaml.YAMLError:  # Not ours to say: GitHub does, and so does actionlint.
        return
    if not isinstance(workflow, dict) or not isinstance(workflow.get("jobs"), dict):
        return
    nodes = entries(entries(yaml.compose(text))["jobs"])
    for job_id, job in workflow["jobs"].items():
        if not isinstance(job, dict) or not isinstance(job.get("steps"), list):
            continue
        node = nodes.get(str(job_id))
        # (A job may have its steps from an anchor elsewhere.)
        places = getattr(entries(node).get("steps", node), "value", [])
        for number, step in enumerate(job["steps"]):
            if isinstance(step, dict):
                path = "/".join((*WORKFLOWS, file.name))
                place = places[number] if len(places) == len(job["steps"]) else node
                line = place.start_mark.line + 1 if isinstance(place, yaml.Node) else 1
                yield Step(path, line, step, str(job_id), job, workflow)


def entries(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the nodes of a mapping by their key; none if it is no mapping."""
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def gate_commands(root: Traversable, package: Traversable, gate_steps: list[Step]) -> list[Command]:
    """Return the commands of workflows, Makefiles, task files and scripts. (A fixture of repo-review.)"""
    commands = []
    for step in gate_steps:
        if "run" in step.step:
            lines = read(root.joinpath(*step.path.split("/"))).splitlines()
            for _, text in logical_lines(str(step.step["run"] or "")):
                # Where the line stands; a folded one begins with it.
                number = next((n for n, line in enumerate(lines[step.line - 1 :]) if text[:40].strip() in line), 0)
                # (`bash` alone means `bash -eo pipefail`; with options of one's own, it does not.)
                pipefail = (
                    step.runs_with("shell") == "bash" or "pipefail" in f"{step.runs_with('shell')} {step.step['run']}"
                )
                group = f"{step.path}:{step.job_id}"
                environment = " ".join(str(level.get("env", "")) for level in (step.workflow, step.job, step.step))
                runs_in = posixpath.normpath(step.runs_with("working-directory"))
                commands.append(Command(step.path, step.line + number, text, pipefail, group, environment, runs_in))
    for folder in FOLDERS:
        for file in files(package, folder) if folder else files(package):
            if COMMAND_FILES.fullmatch(file.name):
                path = f"{folder}/{file.name}".lstrip("/")
                text = read(file)
                target = ""
                for number, line in logical_lines(text):
                    if re.match(r"[^\s#].*:", line) and not file.name.endswith((".py", ".sh", ".ini")):
                        target = line.partition(":")[0]
                    if file.name.endswith(".py"):  # session.run("coverage", "report"): as a shell has it.
                        line = re.sub(r"([\"']),\s*([\"'])", " ", line)
                    commands.append(Command(path, number, line, "pipefail" in text, f"{path}:{target}"))
    return [command for command in commands if not re.fullmatch(NO_COMMAND, command.text.strip())]


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


def gate_settings(package: Traversable) -> dict[str, dict]:
    """Return coverage's settings in each file that has any, by the file, in the order in which coverage looks.

    A settings table is a dict of tables, as in TOML: {"run": {...}, "report": {...}}. (A fixture of repo-review.)
    Source of the order: https://coverage.readthedocs.io/en/latest/config.html
    """
    found = {}
    for name, prefix in ((".coveragerc", ""), ("setup.cfg", "coverage:"), ("tox.ini", "coverage:")):
        if (file := package.joinpath(name)).is_file():
            parser = read_ini(file)
            sections = [section for section in parser.sections() if section.startswith(prefix)]
            if sections or not prefix:
                found[name] = {section.removeprefix("coverage:"): dict(parser[section]) for section in sections}
    for name in (".coveragerc.toml", "pyproject.toml"):
        if (file := package.joinpath(name)).is_file():
            read_from = read_toml(file)
            settings = table(read_from, "tool", "coverage") or ({} if name == "pyproject.toml" else read_from)
            if settings or name == ".coveragerc.toml":
                found[name] = {name: keys for name, keys in settings.items() if isinstance(keys, dict)}
    order = [".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml"]
    return {name: found[name] for name in order if name in found}


def gate_addopts(package: Traversable) -> str:
    """Return pytest's `addopts`, empty if there are none. (A fixture of repo-review.)"""
    for name, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if (file := package.joinpath(name)).is_file():
            parser = read_ini(file)
            if parser.has_option(section, "addopts"):
                return parser.get(section, "addopts")
    if (file := package.joinpath("pyproject.toml")).is_file():
        tool = table(read_toml(file), "tool", "pytest")
        addopts = {**tool, **table(tool, "ini_options")}.get("addopts", "")
        return " ".join(map(str, addopts)) if isinstance(addopts, list) else str(addopts)
    return ""
