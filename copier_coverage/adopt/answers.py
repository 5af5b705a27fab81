"""Answers to the template's questions, read from a repository: metadata, settings and commands."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from copier_coverage.adopt import pipeline, test_command
from copier_coverage.adopt.workflow import workflow_with_tests
from copier_coverage.project import poe, runners
from copier_coverage.project.commands import MEASURES, PYTEST, WITH_COV, Command
from copier_coverage.project.files import read as read_any
from copier_coverage.project.files import table
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository
from copier_coverage.project.settings import listed, threshold
from copier_coverage.template import Template

# Numbers that files set variables to: by path, and by the name of the variable.
Known = dict[str, dict[str, set[str]]]
# Without one in the repository, none is made up: any total passes, until somebody decides.
NO_THRESHOLD = "1"


@dataclass
class Answers:
    """The answers that a repository itself gives; Copier's defaults are for the others.

    Attributes:
        tests: how its tests run; None if that was not found.
        values: the answers, by the name of their question.
        places: where each was read.
        decided: the answers that measuring gave.
        never_counted: files that are left out, as before.
    """

    tests: test_command.Tests | None
    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    decided: dict[str, object] = field(default_factory=dict)
    never_counted: list[str] = field(default_factory=list)

    def add(self, name: str, value: object, place: str) -> None:
        """Add an answer, and where it was read."""
        self.values[name] = value
        self.places[name] = place

    def said(self) -> list[str]:
        """Return the answers with their places, a line each."""
        return [
            f"{name}: {in_words(value)} ({self.places[name]})"
            for name, value in self.values.items()
        ]


def in_words(value: object) -> str:
    """Return an answer as people write it."""
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


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
    answers = Answers(test_command.find(project))
    name = re.sub(r"[^A-Za-z0-9 ._-]+", "-", project.name()).strip(" ._-")
    answers.add("project_name", name or "project", "its metadata or directory")
    if package := project.package():
        place = "coverage's settings" if project.measured() else "the package that is there"
        answers.add("package_name", package, place)
        answers.add("source_dir", project.packages()[package], place)
    add_environment(answers, project)
    add_tests(answers, project)
    add_workflow(answers, project, given or {})
    return answers


def add_environment(answers: Answers, project: Project) -> None:
    """Add the package manager, the Python versions and the task runners."""
    manager, place = package_manager(project, answers.tests)
    if manager:
        answers.add("package_manager", manager, place)
    versions, place = python_versions(project)
    if versions:
        answers.add("python_versions", versions, place)
    runner_files = task_runners(project)
    place = ", ".join(dict.fromkeys(runner_files.values())) or "no file of one is there"
    answers.add("task_runners", list(runner_files), place)


def add_tests(answers: Answers, project: Project) -> None:
    """Add how the tests run, and what coverage measures."""
    percent, place = coverage_threshold(project)
    answers.add("coverage_threshold", percent or NO_THRESHOLD, place or "no threshold was found")
    if tests := answers.tests:
        answers.add("collector", tests.collector, tests.place)
        answers.add("test_command", tests.command, tests.place)
    if "covdefaults" in plugins(project):
        answers.add("branch_coverage", True, "covdefaults")
    elif str(project.settings.get("run", {}).get("branch", "")).lower() in (
        "true",
        "1",
        "yes",
        "on",
    ):
        answers.add("branch_coverage", True, "coverage's settings")
    elif re.search(r"--cov-branch|--branch\b", project.words()):
        answers.add("branch_coverage", True, "an option of the tests")
    elif project.settings or re.search(rf"coverage run|{WITH_COV}", project.words()):
        answers.add("branch_coverage", False, "neither coverage's settings nor options have it")


def add_workflow(answers: Answers, project: Project, given: Mapping[str, object]) -> None:
    """Add the workflow that the gate joins, or a name for its own."""
    providers = ci_providers(project.repository)
    answers.add("ci_providers", providers, "the files of workflows and pipelines")
    found = workflow_with_tests(project)
    if not found and "gitlab" in listed((answers.values | dict(given))["ci_providers"]):
        # A repository has one pipeline.
        found = pipeline.PIPELINE if (project.repository.root / pipeline.PIPELINE).exists() else ""
    answers.add("workflow", "join" if found else "own", found or "no workflow runs the tests")
    joins = (answers.values | dict(given))["workflow"] == "join"
    name = workflow_name(project.repository, "coverage" if joins else "backend-ci")
    answers.add("workflow_name", name, "a name that is free")
    # Another name would be refused, so the question's default is taken.
    branch = project.repository.default_branch
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch):
        answers.add("default_branch", branch, "git")


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


def package_manager(project: Project, tests: test_command.Tests | None) -> tuple[str, str]:
    """Return the package manager of a project, and which file shows it; "" if none does.

    That is a lock file, pyproject.toml, or the command that runs the tests. What only builds with a
    tool is not managed by it.

    Args:
        project: the project.
        tests: how its tests run.
    """
    managers = project.template.managers
    for name, row in managers.items():
        if row["lock_file"] and (project.folder / row["lock_file"]).exists():
            return name, row["lock_file"]
    command = (tests.line or tests.command) if tests else ""
    for name, row in managers.items():
        if row["known_by"] and is_known(project, **row["known_by"]):
            return name, "pyproject.toml"
        if row["known_by"] and tests and runs(name, command):
            return name, tests.place
    return "", ""


def is_known(project: Project, keys: list[str], backend: str) -> bool:
    """Return whether there is one of these keys below [tool], or a backend of that name."""
    if backend and backend in str(project.pyproject.get("build-system")):
        return True
    paths = [key.split(".") for key in keys]
    return any(path[-1] in table(project.tools, *path[:-1]) for path in paths)


def runs(manager: str, command: str) -> bool:
    """Return whether a line that runs the tests begins with a package manager."""
    return re.match(rf"(\w+=\S* )*{manager} ", command) is not None


def task_runners(project: Project) -> dict[str, str]:
    """Return the task runners that the project has a file or tasks for, with that file."""
    repository = project.repository
    found = {
        "make": runners.makefile(repository),
        "invoke": "tasks.py" if runners.has_invoke_tasks(repository) else "",
        "just": runners.justfile(repository),
        "poe": "pyproject.toml" if poe.has_tasks(project.pyproject) else "",
    }
    return {name: file for name, file in found.items() if file}


def python_versions(project: Project) -> tuple[list[str], str]:
    """Return the supported versions that are tested today, and where that is written.

    That is by the workflows, or the pipeline, that run the tests; else those that classifiers
    name, or that requires-python allows.
    """
    supported = project.template.pythons
    text = pipeline_text(project.repository)
    in_jobs = project.pythons_of_workflows() or pipeline.pythons_of(text, project)
    if tested := [version for version in supported if version in in_jobs]:
        return tested, "the jobs that run tests"
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
    place = "classifiers" if named else "requires-python"
    return [version for version in named or supported if allowed.contains(f"{version}.99")], place


def coverage_threshold(project: Project) -> tuple[str, str]:
    """Return the highest threshold in percent, and where all are; two empty texts without one.

    Each is that of the settings, of an option of coverage or pytest, or of a comparison in the
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
    known: Known = {}
    for command in project.commands:
        numbers = thresholds(command.text)
        found += [(value_of(project, command, number, known), str(command)) for number in numbers]
        if command.group in measuring:
            numbers = re.findall(r"-(?:lt|ge)\s+(\S+)", command.text)
            values = [value_of(project, command, number, known) for number in numbers]
            compared += [(number, str(command)) for number in values]
    places = by_threshold(found) or by_threshold(compared)
    if not places:
        return "", ""
    highest = max(places)
    place = places.pop(highest)
    others = "; ".join(f"{percent:g} in {other}" for percent, other in places.items())
    return f"{highest:g}", f"{place}; the highest, beside {others}" if others else place


def by_threshold(found: list[tuple[str, str]]) -> dict[float, str]:
    """Return the first place of each percentage, of pairs of a number and its place."""
    places: dict[float, str] = {}
    for number, place in found:
        if re.fullmatch(r"\d+(\.\d+)?", number) and 1 <= float(number) <= 100:
            places.setdefault(round(float(number), 2), place)
    return places


def thresholds(text: str) -> list[str]:
    """Return the thresholds in a line, but those of other tools: diff-cover, interrogate."""
    found = []
    for part in re.split(r"[;|]|&&", text):
        own = rf"(?<![\w-])coverage(?![\w.-])|{PYTEST}"
        options = r"--(?:cov-)?fail-under" if re.search(own, part) else "--cov-fail-under"
        found += re.findall(rf"{options}[= ](\$\{{\{{.*?\}}\}}|\S+)", part)
    return found


def plugins(project: Project) -> list[str]:
    """Return the plugins of coverage that the settings name.

    covdefaults has settings of its own: https://github.com/asottile/covdefaults#coverage-settings
    """
    return listed(project.settings.get("run", {}).get("plugins"))


def value_of(project: Project, command: Command, word: str, known: Known) -> str:
    """Return a number of a command line; that of the variable, if the same file sets it.

    Args:
        project: the project.
        command: the command line.
        word: its word for the number.
        known: the numbers that files set, by their path; the file's are added.
    """
    word = re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", word.strip("\"';])"))
    variable = re.fullmatch(r"\$+[({]*(?:env\.)?(\w+)[)}]*", word.replace(" ", ""))
    if not variable:
        return word
    if command.path not in known:
        text = read_file(project.repository.root, project.folder, command.path)
        known[command.path] = numbers_set_in(text)
    values = known[command.path].get(variable[1], set())
    return next(iter(values)) if len(values) == 1 else ""


def numbers_set_in(text: str) -> dict[str, set[str]]:
    """Return the numbers that a text sets variables to, by their name."""
    found: dict[str, set[str]] = {}
    pattern = r"\b(\w++)['\"]?\s*[?:]?[:=]\s*['\"]?(\d+(?:\.\d+)?)"
    for name, number in re.findall(pattern, text):
        found.setdefault(name, set()).add(number)
    return found


def read_file(root: Path, folder: Path, name: str) -> str:
    """Return the text of a command's file: in the project, or in the root if it is a workflow."""
    return read_any(next(path for path in (folder / name, root / name) if path.is_file()))
