"""Answers to the template's questions, read from a repository: metadata, settings and commands."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from copier_coverage.adopt import pipeline, test_command
from copier_coverage.adopt.workflow import workflow_with_tests
from copier_coverage.project import poe, runners
from copier_coverage.project.commands import MEASURES, PYTEST, WITH_COV, Command
from copier_coverage.project.files import table
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository
from copier_coverage.project.settings import listed, threshold
from copier_coverage.template import Template

# Without one in the repository, none is made up: any total passes, until somebody decides.
NO_THRESHOLD = "1"


@dataclass
class Answers:
    """The answers that a repository itself gives; Copier's defaults are for the others.

    Attributes:
        values: the answers, by the name of their question.
        places: where each was read, if that is not the project's metadata.
        tests: how its tests run; None if that was not found.
    """

    values: dict[str, object]
    places: dict[str, str]
    tests: test_command.Tests | None


def read(
    repository: Repository, template: Template, given: Mapping[str, object] | None = None
) -> Answers:
    """Return the answers that a repository itself gives.

    Args:
        repository: a repository, or a clone of it.
        template: the template whose questions are answered.
        given: answers that are known already.
    """
    project = Project(repository, template)
    places = {}
    answers: dict[str, object] = {
        "project_name": re.sub(r"[^A-Za-z0-9 ._-]+", "-", project.name()).strip(" ._-")
        or "project",
        "existing": True,
        "working_directory": repository.working_directory,
        "task_runners": task_runners(project),
    }
    answers["ci_providers"] = ci_providers(repository)
    if found := workflow_with_tests(project):
        places["workflow"] = found
    elif "gitlab" in listed((answers | dict(given or {}))["ci_providers"]):
        # A repository has one pipeline.
        found = pipeline.PIPELINE if (repository.root / pipeline.PIPELINE).exists() else ""
    answers["workflow"] = "join" if found else "own"
    joins = (answers | dict(given or {}))["workflow"] == "join"
    answers["workflow_name"] = workflow_name(repository, "coverage" if joins else "backend-ci")
    # Another name would be refused, so the question's default is taken.
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", repository.default_branch):
        answers["default_branch"] = repository.default_branch
    if package := project.package():
        answers |= {"package_name": package, "source_dir": project.packages()[package]}
    if manager := package_manager(project):
        answers["package_manager"] = manager
    if versions := python_versions(project, template.pythons):
        answers["python_versions"] = versions
    percent, place = coverage_threshold(project)
    answers["coverage_threshold"] = percent or NO_THRESHOLD
    places["coverage_threshold"] = place or "no threshold was found"
    if tests := test_command.find(project):
        answers |= {"collector": tests.collector, "test_command": tests.command}
        places["test_command"] = tests.place
    if "covdefaults" in plugins(project):
        answers["branch_coverage"] = True
    elif project.settings or re.search(rf"coverage run|{WITH_COV}", project.words()):
        in_settings = str(project.settings.get("run", {}).get("branch", "")).lower() in (
            "true",
            "1",
            "yes",
            "on",
        )
        answers["branch_coverage"] = in_settings or bool(
            re.search(r"--cov-branch|--branch\b", project.words())
        )
    return Answers(answers, places, tests)


def workflow_name(repository: Repository, wanted: str) -> str:
    """Return a name for the gate's workflow that no workflow of the user has."""
    own = re.sub(r"\W+", "-", repository.working_directory).strip("-") or "gate"
    more = (f"{wanted}-{own}-{number}" for number in itertools.count(2))
    names = itertools.chain((wanted, f"{wanted}-{own}"), more)
    folders = (repository.root / ".github" / "workflows", repository.root / ".gitlab" / "ci")
    taken = {path.stem for folder in folders for path in folder.glob("*.y*ml")}
    taken |= {job.job for job in pipeline.jobs_of(pipeline_text(repository))}
    return next(name for name in names if name not in taken)


def pipeline_text(repository: Repository) -> str:
    """Return the GitLab pipeline; empty if there is none."""
    return Repository(repository.root).read(pipeline.PIPELINE) or ""


def ci_providers(repository: Repository) -> list[str]:
    """Return the CI that runs the tests: GitLab's, if there is no workflow for GitHub."""
    on_gitlab = (repository.root / pipeline.PIPELINE).exists()
    on_github = any((repository.root / ".github" / "workflows").glob("*.y*ml"))
    return ["gitlab" if on_gitlab and not on_github else "github"]


def package_manager(project: Project) -> str:
    """Return the package manager that pyproject.toml tells of; "" if a lock file does, or none."""
    managers = project.template.managers
    locks = [row["lock_file"] for row in managers.values() if row["lock_file"]]
    if any((project.folder / lock).exists() for lock in locks):
        return ""
    backend = str(project.pyproject.get("build-system"))
    for name, row in managers.items():
        word = row["known_by"]
        if word and (table(project.pyproject, "tool", word) or word in backend):
            return name
    return ""


def task_runners(project: Project) -> list[str]:
    """Return the task runners that the project has a file or tasks for."""
    found = {
        "make": runners.makefile(project.repository),
        "invoke": runners.has_invoke_tasks(project.repository),
        "just": runners.justfile(project.repository),
        "poe": poe.has_tasks(project.pyproject),
    }
    return [name for name, there in found.items() if there]


def python_versions(project: Project, supported: list[str]) -> list[str]:
    """Return the supported versions that are tested today.

    That is by the workflows, or the pipeline, that run the tests; else those that classifiers
    name, or that requires-python allows.
    """
    text = pipeline_text(project.repository)
    in_jobs = project.pythons_of_workflows() or pipeline.pythons_of(text, project)
    if tested := [version for version in supported if version in in_jobs]:
        return tested
    metadata = table(project.pyproject, "project")
    poetry = table(project.pyproject, "tool", "poetry")
    setup_py = project.repository.read("setup.py") or ""
    classifiers = " ".join(
        map(str, [*(metadata.get("classifiers") or []), *(poetry.get("classifiers") or [])])
    )
    classifiers += project.setup_cfg.get("metadata", "classifiers", fallback="") + setup_py
    named = [
        version
        for version in supported
        if re.search(rf"Python :: {re.escape(version)}\b", classifiers)
    ]
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

    It is that of the settings, of an option of coverage or pytest, or of a comparison in the
    shell beside these.
    """
    found = [(f"{threshold(project.settings):g}", "fail_under in the settings")]
    if "covdefaults" in plugins(project) and "fail_under" not in project.settings.get("report", {}):
        found.append(("100", "covdefaults"))
    found += [
        (number, "addopts") for number in re.findall(r"--cov-fail-under[= ](\S+)", project.addopts)
    ]
    measuring = {
        command.group
        for command in project.commands
        if re.search(rf"{MEASURES}|{WITH_COV}", command.text)
    }
    compared = []
    for command in project.commands:
        options = (
            r"--(?:cov-)?fail-under"
            if re.search(rf"\bcoverage\b|{PYTEST}", command.text)
            else "--cov-fail-under"
        )
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


def plugins(project: Project) -> list[str]:
    """Return the plugins of coverage that the settings name.

    covdefaults has settings of its own: https://github.com/asottile/covdefaults#coverage-settings
    """
    return listed(project.settings.get("run", {}).get("plugins"))


def value_of(project: Project, command: Command, word: str) -> str:
    """Return a number of a command line; that of the variable, if the same file sets it."""
    word = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", word.strip("\"';])"))
    variable = re.fullmatch(r"\$+[({]*(?:env\.)?(\w+)[)}]*", word.replace(" ", ""))
    if not variable:
        return word
    text = read_file(project.repository.root, project.folder, command.path)
    values = re.findall(rf"\b{variable[1]}\b['\"]?\s*[?:]?[:=]\s*['\"]?(\d+(?:\.\d+)?)", text)
    return values[0] if len(set(values)) == 1 else ""


def read_file(root: Path, folder: Path, name: str) -> str:
    """Return the text of a command's file: in the project, or in the root if it is a workflow."""
    path = next(path for path in (folder / name, root / name) if path.is_file())
    return path.read_text(encoding="utf-8", errors="replace")
