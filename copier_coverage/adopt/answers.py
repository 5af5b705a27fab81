"""Answers to the template's questions, read from a repository: its metadata, its settings and its commands."""

import configparser
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from copier_coverage.adopt import just, poe, runners
from copier_coverage.adopt.repository import Repository
from copier_coverage.audit.commands import MEASURES, PYTEST, WITH_COV
from copier_coverage.audit.repository import (
    Command,
    gate_addopts,
    gate_commands,
    gate_settings,
    gate_steps,
    read_ini,
    read_toml,
    table,
)
from copier_coverage.audit.settings import in_force, listed, threshold
from copier_coverage.rendering import ROOT

# One of these settings names what is measured.
SOURCES = ("source", "source_pkgs", "source_dirs")
# Folders with an __init__.py that are not what the tests test.
NO_PACKAGES = re.compile(r"tests?|testing|docs?|examples?|.*_tests?|bench(marks)?|scripts|tools|ci")


def supported_pythons() -> list[str]:
    """Return the Python versions that the question `python_versions` offers."""
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return questions["python_versions"]["choices"]


@dataclass
class Project:
    """What is known of a project from its files."""

    repository: Repository

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.repository.folder

    @cached_property
    def pyproject(self) -> dict:
        """Its pyproject.toml, empty if there is none."""
        path = self.folder / "pyproject.toml"
        return read_toml(path) if path.is_file() else {}

    @cached_property
    def setup_cfg(self) -> configparser.RawConfigParser:
        """Its setup.cfg, empty if there is none."""
        path = self.folder / "setup.cfg"
        return read_ini(path) if path.is_file() else configparser.RawConfigParser()

    @cached_property
    def settings(self) -> dict:
        """Coverage's settings, of the file that is in force."""
        return in_force(gate_settings(self.folder))

    @cached_property
    def addopts(self) -> str:
        """pytest's addopts."""
        return gate_addopts(self.folder)

    @cached_property
    def commands(self) -> list[Command]:
        """The commands of its Makefile, its task files and the workflows, without those for another folder."""
        commands = gate_commands(self.repository.root, self.folder, gate_steps(self.repository.root))
        own = [command for command in commands if command.folder in (".", self.repository.working_directory)]
        return own + self.poe_commands()

    def poe_commands(self) -> list[Command]:
        """Return the commands of its tasks for Poe, each with the line of pyproject.toml that it begins on."""
        lines = (self.repository.read("pyproject.toml") or "").splitlines()
        found = []
        for name, text in poe.commands(self.pyproject):
            start = text.strip().partition("\n")[0]
            number = next((number for number, line in enumerate(lines, start=1) if start in line), 1)
            found.append(Command("pyproject.toml", number, text, group=f"pyproject.toml:{name}"))
        return found

    def words(self) -> str:
        """Return all that coverage and pytest get on a command line."""
        return "\n".join([self.addopts, *(command.text for command in self.commands)])

    def name(self) -> str:
        """Return the name of the project, by its metadata, else of its folder."""
        names = (
            table(self.pyproject, "project").get("name"),
            table(self.pyproject, "tool", "poetry").get("name"),
            self.setup_cfg.get("metadata", "name", fallback=None),
            *re.findall(r"^\s*name\s*=\s*['\"]([\w.-]+)['\"]", self.repository.read("setup.py") or "", re.MULTILINE),
            self.folder.resolve().name,
        )
        return next(str(name) for name in names if name)

    def packages(self) -> dict[str, str]:
        """Return the packages that are there, and for each the folder to measure."""
        found = {path.parent.name: "src" for path in sorted(self.folder.glob("src/*/__init__.py"))}
        if not found:
            flat = sorted(path.parent.name for path in self.folder.glob("*/__init__.py"))
            found = {name: name for name in flat if not NO_PACKAGES.fullmatch(name)}
        return found

    def named_sources(self) -> list[str]:
        """Return what its settings name as the source of coverage's data."""
        run = self.settings.get("run", {})
        return [name for key in SOURCES for name in listed(run.get(key))]

    def measured(self) -> list[str]:
        """Return the packages that are measured by the settings or by options; none if neither names one that is there."""
        named = self.named_sources()
        for options in re.findall(r"(?:--cov|--source)[= ]([\w./,-]+)", self.words()):
            named += options.split(",")
        packages = self.packages()
        return list(dict.fromkeys(Path(name).name for name in named if Path(name).name in packages))

    def package(self) -> str:
        """Return the package that the tests test; "" if that cannot be found out."""
        packages = self.measured() or list(self.packages())
        return next((name for name in [*self.own_names(), *packages] if name in packages), "")

    def own_names(self) -> list[str]:
        """Return what the package of the project may be called, by the project's name."""
        own = re.sub(r"[^a-z0-9]+", "_", self.name().lower())
        return [own, own.removeprefix("python_"), own.removeprefix("django_")]

    def others(self) -> list[str]:
        """Return the packages in other folders that are measured beside the one that the answers name.

        All that the project names; all that are there, where it names none, or everything.
        """
        packages = self.packages()
        first = self.package()
        one = first in self.own_names() and "." not in self.named_sources()
        wanted = self.measured() or ([] if one else list(packages))
        return [name for name in wanted if name != first and packages[name] != packages[first]]


def read(repository: Repository) -> dict[str, object]:
    """Return answers for the questions that the repository itself answers; Copier's defaults are for the others.

    Args:
        repository: a repository, or a clone of it.
    """
    project = Project(repository)
    answers: dict[str, object] = {
        "project_name": re.sub(r"[^A-Za-z0-9 ._-]+", "-", project.name()).strip(" ._-") or "project",
        "existing": True,
        "working_directory": repository.working_directory,
        "test_command": test_command(project)[0],
        "collector": "pytest-cov" if re.search(WITH_COV, project.addopts) else "coverage",
        "task_runners": task_runners(project),
    }
    # Another name would be refused, so the question's default is taken.
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", repository.default_branch):
        answers["default_branch"] = repository.default_branch
    if package := project.package():
        answers |= {"package_name": package, "source_dir": project.packages()[package]}
    poetry = table(project.pyproject, "tool", "poetry") or "poetry" in str(project.pyproject.get("build-system"))
    if poetry and not (repository.folder / "uv.lock").exists():
        answers["package_manager"] = "poetry"
    if versions := python_versions(project):
        answers["python_versions"] = versions
    if percent := coverage_threshold(project)[0]:
        answers["coverage_threshold"] = percent
    if project.settings or re.search(rf"coverage run|{WITH_COV}", project.words()):
        in_settings = str(project.settings.get("run", {}).get("branch", "")).lower() in ("true", "1", "yes", "on")
        answers["branch_coverage"] = in_settings or bool(re.search(r"--cov-branch|--branch\b", project.words()))
    return answers


def task_runners(project: Project) -> list[str]:
    """Return the task runners that the project has a file or tasks for."""
    found = {
        "make": runners.makefile(project.repository),
        "invoke": runners.has_invoke_tasks(project.repository),
        "just": just.justfile(project.repository),
        "poe": poe.has_tasks(project.pyproject),
    }
    return [name for name, there in found.items() if there]


def python_versions(project: Project) -> list[str]:
    """Return the supported versions that the classifiers name, or else that requires-python allows."""
    supported = supported_pythons()
    metadata = table(project.pyproject, "project")
    poetry = table(project.pyproject, "tool", "poetry")
    setup_py = project.repository.read("setup.py") or ""
    classifiers = " ".join(map(str, [*(metadata.get("classifiers") or []), *(poetry.get("classifiers") or [])]))
    classifiers += project.setup_cfg.get("metadata", "classifiers", fallback="") + setup_py
    named = [version for version in supported if re.search(rf"Python :: {re.escape(version)}\b", classifiers)]
    found = re.search(r"python_requires\s*=\s*['\"](.*?)['\"]", setup_py)
    required = (
        metadata.get("requires-python")
        or table(poetry, "dependencies").get("python")
        or project.setup_cfg.get("options", "python_requires", fallback=found[1] if found else "")
    )
    try:
        # Poetry's ^3.11 is >=3.11,<4.
        allowed = SpecifierSet(re.sub(r"\^(3[.\d]*)", r">=\1,<4", str(required)))
    except InvalidSpecifier:  # The package manager reports it.
        allowed = SpecifierSet()
    return [version for version in named or supported if allowed.contains(f"{version}.99")]


def coverage_threshold(project: Project) -> tuple[str, str]:
    """Return the threshold in percent, and where it was found; two empty texts if there is none.

    It is that of the settings, of an option of coverage or pytest, or of a comparison in the shell beside these.
    """
    found = [(f"{threshold(project.settings):g}", "fail_under in the settings")]
    found += [(number, "addopts") for number in re.findall(r"--cov-fail-under[= ](\S+)", project.addopts)]
    measuring = {command.group for command in project.commands if re.search(rf"{MEASURES}|{WITH_COV}", command.text)}
    compared = []
    for command in project.commands:
        options = r"--(?:cov-)?fail-under" if re.search(rf"\bcoverage\b|{PYTEST}", command.text) else "--cov-fail-under"
        numbers = re.findall(rf"{options}[= ](\$\{{\{{.*?\}}\}}|\S+)", command.text)
        found += [(value_of(project, command, number), str(command)) for number in numbers]
        if command.group in measuring:
            numbers = re.findall(r"-lt\s+(\S+)", command.text)
            compared += [(value_of(project, command, number), str(command)) for number in numbers]
    found += compared
    for number, place in found:
        if re.fullmatch(r"\d+(\.\d+)?", number) and 1 <= float(number) <= 100:
            return f"{round(float(number), 2):g}", place
    return "", ""


def value_of(project: Project, command: Command, word: str) -> str:
    """Return a number of a command line; that of the variable, if it is one that the same file sets."""
    word = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", word.strip("\"';])"))
    variable = re.fullmatch(r"\$+[({]*(?:env\.)?(\w+)[)}]*", word.replace(" ", ""))
    if not variable:
        return word
    text = read_file(project.repository.root, project.folder, command.path)
    values = re.findall(rf"\b{variable[1]}\b['\"]?\s*[?:]?[:=]\s*['\"]?(\d+(?:\.\d+)?)", text)
    return values[0] if len(set(values)) == 1 else ""


def read_file(root: Path, folder: Path, name: str) -> str:
    """Return the text of a command's file, which is in the project, or in the root if it is a workflow."""
    path = next(path for path in (folder / name, root / name) if path.is_file())
    return path.read_text(encoding="utf-8", errors="replace")


def test_command(project: Project) -> tuple[str, str]:
    """Return what runs the tests, as written after `coverage run`, and a command whose options are left out.

    Its folders are what is tested; its options may belong to another task.
    """
    for command in project.commands:
        if match := re.search(r"(?:^|\s)(?:\./)?((?:[\w./-]+/)?manage\.py test|[\w/-]*runtests\.py)\b", command.text):
            return match[1], ""
    for command in project.commands:
        if match := re.search(rf"(?:{PYTEST}|\bpy\.test)(.*)", command.text):
            paths = [word for word in match[match.lastindex or 0].split() if is_path(project, word)]
            selects = re.search(
                r"\s(-[mkpco]|--(ignore|deselect|ds|rootdir|doctest)\S*)(?=[\s=])", match[match.lastindex or 0]
            )
            return " ".join(["-m pytest", *paths]), str(command) if selects else ""
        if match := re.search(r"-m unittest\b(?: discover)?((?: -[st] [\w./]+)*)(.*)", command.text):
            whole = match[0].removesuffix(match[2]).strip()
            return whole, str(command) if re.search(r"\s-[pk]\b", match[2]) else ""
    with_pytest = mentions(project, "pytest")
    if (project.folder / "manage.py").exists() and not with_pytest:
        return "manage.py test", ""
    return "-m unittest" if mentions(project, "unittest") and not with_pytest else "-m pytest", ""


def is_path(project: Project, word: str) -> bool:
    """Return whether a word of a command line is a file or a folder of the project."""
    return re.fullmatch(r"[\w./-]+", word) is not None and not word.startswith("-") and (project.folder / word).exists()


def mentions(project: Project, tool: str) -> bool:
    """Return whether a test, the metadata or the requirements of the project name a tool."""
    names = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini")
    patterns = (*names, "*requirements*", "requirements*/*.txt", "test*.py", "test*/**/*.py", "*/test*.py")
    files = [path for pattern in patterns for path in project.folder.glob(pattern) if path.is_file()]
    return any(tool in path.read_text(encoding="utf-8", errors="replace") for path in files)
