"""Answers to the template's questions, read from a repository: its metadata, its settings and its commands."""

import configparser
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from copier_coverage.adopt.repository import Repository
from copier_coverage.audit.commands import PYTEST, WITH_COV
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

# Folders with an __init__.py that are not what the tests test.
NO_PACKAGES = re.compile(r"tests?|testing|docs?|examples?|.*_tests?|bench(marks)?|scripts|tools|ci")


def supported_pythons() -> list[str]:
    """Return the Python versions that the question `python_versions` offers."""
    questions = yaml.safe_load((ROOT / "copier.yml").read_text(encoding="utf-8"))
    return questions["python_versions"]["choices"]


@dataclass
class Project:
    """What a project says of itself."""

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
        """The addopts of pytest."""
        return gate_addopts(self.folder)

    @cached_property
    def commands(self) -> list[Command]:
        """The commands of its Makefile, its task files and the workflows."""
        return gate_commands(self.repository.root, self.folder, gate_steps(self.repository.root))

    def words(self) -> str:
        """Return all that is said to coverage and pytest on a command line."""
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

    def measured(self) -> list[str]:
        """Return what is named as the source of coverage's data."""
        run = self.settings.get("run", {})
        named = [name for key in ("source", "source_pkgs", "source_dirs") for name in listed(run.get(key))]
        named += re.findall(r"(?:--cov|--source)[= ]([\w./]+)", self.words())
        return [Path(name).name for name in named]

    def package(self) -> str:
        """Return the package that the tests test, as far as it can be told; else nothing."""
        packages = self.packages()
        own = re.sub(r"[^a-z0-9]+", "_", self.name().lower())
        wanted = [own, own.removeprefix("python_"), own.removeprefix("django_"), *self.measured()]
        wanted += list(packages) if len(packages) == 1 else []
        return next((name for name in wanted if name in packages), "")


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
        "test_command": test_command(project),
        "collector": "pytest-cov" if re.search(WITH_COV, project.addopts) else "coverage",
    }
    if package := project.package():
        answers |= {"package_name": package, "source_dir": project.packages()[package]}
    poetry = table(project.pyproject, "tool", "poetry") or "poetry" in str(project.pyproject.get("build-system"))
    if poetry and not (repository.folder / "uv.lock").exists():
        answers["package_manager"] = "poetry"
    if versions := python_versions(project):
        answers["python_versions"] = versions
    if percent := coverage_threshold(project):
        answers["coverage_threshold"] = percent
    if project.settings or re.search(rf"coverage run|{WITH_COV}", project.words()):
        in_settings = str(project.settings.get("run", {}).get("branch", "")).lower() in ("true", "1", "yes", "on")
        answers["branch_coverage"] = in_settings or bool(re.search(r"--cov-branch|--branch\b", project.words()))
    return answers


def python_versions(project: Project) -> list[str]:
    """Return the supported versions that the classifiers name, or else that requires-python allows."""
    supported = supported_pythons()
    metadata = table(project.pyproject, "project")
    classifiers = " ".join(map(str, metadata.get("classifiers") or []))
    classifiers += project.setup_cfg.get("metadata", "classifiers", fallback="") + (
        project.repository.read("setup.py") or ""
    )
    named = [version for version in supported if re.search(rf"Python :: {re.escape(version)}\b", classifiers)]
    required = metadata.get("requires-python") or project.setup_cfg.get("options", "python_requires", fallback="")
    try:
        allowed = SpecifierSet(str(required))
    except InvalidSpecifier:  # Not ours to say: the package manager does.
        allowed = SpecifierSet()
    return [version for version in named or supported if allowed.contains(f"{version}.99")]


def coverage_threshold(project: Project) -> str:
    """Return the threshold in percent: of the settings, of an option, or of a comparison in the shell; else nothing."""
    found = [f"{threshold(project.settings):g}"]
    found += re.findall(r"--(?:cov-)?fail-under[= ](\d+(?:\.\d+)?)", project.words())
    found += re.findall(r"-lt\s+\"?(\d{1,3})\b", project.words())
    for number in found:
        if 1 <= float(number) <= 100:
            return f"{round(float(number), 2):g}"
    return ""


def test_command(project: Project) -> str:
    """Return what runs the tests, as it would be written after `coverage run`."""
    for command in project.commands:
        if match := re.search(r"(?:^|\s)(?:\./)?((?:[\w./-]+/)?manage\.py test|[\w/-]*runtests\.py)\b", command.text):
            return match[1]
    for command in project.commands:
        if match := re.search(rf"(?:{PYTEST}|\bpy\.test)(.*)", command.text):
            # Its options may belong to another task; the folders are what is tested.
            paths = [word for word in match[match.lastindex or 0].split() if is_path(project, word)]
            return " ".join(["-m pytest", *paths])
        if match := re.search(r"-m unittest\b(?: discover)?((?: -[st] [\w./]+)*)", command.text):
            return match[0].strip()
    if (project.folder / "manage.py").exists() and not uses_pytest(project):
        return "manage.py test"
    return "-m pytest" if uses_pytest(project) else "-m unittest"


def is_path(project: Project, word: str) -> bool:
    """Return whether a word of a command line is a file or a folder of the project."""
    return re.fullmatch(r"[\w./-]+", word) is not None and not word.startswith("-") and (project.folder / word).exists()


def uses_pytest(project: Project) -> bool:
    """Return whether a file of the project speaks of pytest."""
    names = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini", "requirements-dev.txt")
    texts = [project.repository.read(name) or "" for name in names]
    texts += [path.read_text(errors="replace") for path in project.folder.glob("test*/**/*.py")]
    return any("pytest" in text for text in texts)
