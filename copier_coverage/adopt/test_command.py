"""How the tests run today: the command, word for word, and where it is written.

It is looked for in this order: the steps of workflows, Makefiles and scripts, tox, nox, Hatch, Poe
and PDM, and the tests themselves. What cannot be found out is not guessed.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from copier_coverage.adopt.command_line import (
    Line,
    is_environment_of_tests,
    is_name_of_tests,
    parse,
)
from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.adopt.text import free
from copier_coverage.project import poe, runners
from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.commands import WITH_COV
from copier_coverage.project.files import table
from copier_coverage.project.hatch import environments_file
from copier_coverage.project.nox import sessions
from copier_coverage.project.project import Project
from copier_coverage.project.tox import tox

SCRIPTS = re.compile(r"((scripts?|bin|ci|tools)/)?(run[-_]?)?(unit)?tests?(\.sh|\.py|\.bash)?")
# What a script of a shell has that runs tests.
RUNS_TESTS = re.compile("pytest|unittest|coverage|tox|test")
# Workflows that run tests beside what they are for, or on Pythons to come.
BESIDE_TESTS = re.compile(r"deploy|publish|release|nightly|docs|bench|redistribut")
# Targets, tasks and scripts that may run the tests, best first.
NAMES = ("test", "tests", "unittest", "unit", "pytest", "check", "test-cov", "coverage", "cov")
# Commands that tests do not need.
BESIDE = re.compile(
    r"(python3? -m )?(coverage|ruff|flake8|mypy|black|isort|pre-commit|pylint|echo|rm|true|open)\b"
    r"|(python3? -m )?pip install|(uv|poetry|pdm) (sync|install|pip)\b"
)
# The beginning of environments of tox: py313, 3.13; not py313t, which is another Python.
PYTHON = re.compile(r"^(?:py(?:thon)?)?(3)\.?(\d{1,4})(?![\w.])")
# What has no effect on how tests run: output, caches, credentials, coverage's own, and what codecov
# shows: https://github.com/codecov/codecov-action#example-workflowyml-with-codecov-action
OF_NO_INTEREST = re.compile(
    r"(CI|OS|PYTHON)$|(COVERAGE|GITHUB|PIP|UV|POETRY|TOX)_|.*(COLOR|TOKEN|KEY|CACHE|VERSION)|PYTHON(UN|DONT)"
)


@dataclass(frozen=True)
class Tests:
    """How the tests run.

    Attributes:
        command: the answer to `test_command`.
        collector: the answer to `collector`.
        place: where that was found.
        tool: the program that runs them, if it is to be installed.
        options: options of `coverage run` that name files, by their name.
        left: what could not be kept: a sentence each.
        line: the line itself, as it is written.
    """

    command: str
    collector: str
    place: str
    tool: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    line: str = ""


def find(project: Project) -> Tests | None:
    """Return how the tests of a project run; None if that cannot be found out."""
    sources = (in_workflows, in_runners, in_scripts, in_tox, in_nox, in_hatch, in_tasks, by_tests)
    return next((tests for source in sources for tests in source(project)), None)


# What a target depends on, and its commands.
Target = tuple[str, list[str]]


def of_line(
    project: Project, text: str, place: str, environment: dict[str, str] | None = None
) -> Tests | None:
    """Return how tests run by a line; None if it runs none."""
    line = parse(text, project.files)
    if line is None or only_reports(project, line.text) or not is_run(project, line):
        return None
    variables = "".join(f"{name}={value} " for name, value in (environment or {}).items())
    if target := re.fullmatch(r"(make|just) ([\w./-]+)", line.text):
        tests = of_target(project, target[1], target[2])
        if not tests or not variables:
            return tests
        python = "python " if tests.collector != "command" else ""
        command = f"{variables}{python}{tests.command}"
        return replace(tests, command=command, collector="command", line=command)
    if line.plain and project.starts_coverage:
        # Which is measured once only where coverage has started itself.
        return Tests(f"python {line.plain}", "command", place, "", line.options, (), text)
    if line.plain and not environment:
        found = collector(project, line.plain)
        return Tests(line.plain, found, place, "", line.options, (), line.text)
    own = variables + line.unmeasured()
    return Tests(own, "command", place, line.tool, line.options, (), variables + line.text)


def is_run(project: Project, line: Line) -> bool:
    """Return whether a line runs tests, by the text of the script that it runs, if it runs one."""
    words = {word.removeprefix("./") for word in line.text.split()}
    paths = [path for path in words & project.files if PurePosixPath(path).name == line.tool]
    texts = [project.repository.read(path) or "" for path in paths if not path.endswith(".py")]
    return all(map(RUNS_TESTS.search, texts))


def only_reports(project: Project, line: str) -> bool:
    """Return whether a line runs what only reports, of tox, nox or Hatch."""
    if match := re.search(r"\bhatch run (?:(\S+):)?([\w-]+)", line):
        scripts = table(project.tools, "hatch", "envs", match[1] or "default", "scripts")
        return reports(str(scripts.get(match[2], "")))
    match = re.search(r"\b(tox|nox)\b.*?\s(?:-e|-s|--sessions?)[ =]?([\w.,-]+)", line)
    if match is None:
        return False
    found = tox(project.repository) if match[1] == "tox" else None
    of_tox = found.commands if found else {}
    of_nox = {name: session.text for name, session in sessions(project.repository).items()}
    texts = of_tox if match[1] == "tox" else of_nox
    return all(reports(texts.get(name, "")) for name in match[2].split(","))


def reports(commands: str) -> bool:
    """Return whether commands report what others measured, and run no tests themselves."""
    words = re.sub(r"[\W_]+", " ", commands)
    is_report = re.search(r"\bcoverage (combine|report|html|xml)\b", words)
    return is_report is not None and not re.search(r"test|coverage run", words)


def collector(project: Project, command: str) -> str:
    """Return what collects coverage's data of tests that coverage itself can run."""
    entry_points = table(project.pyproject, "project", "entry-points")
    # A plugin of pytest is imported before pytest-cov measures.
    if command.startswith("-m pytest") and "pytest11" not in entry_points:
        return "pytest-cov" if re.search(WITH_COV, project.addopts) else "coverage"
    return "coverage"


def in_workflows(project: Project) -> Iterator[Tests]:
    """Yield what the steps of workflows run; what may only check the code's style comes last."""
    found = list(by_steps(project))
    yield from sorted(found, key=lambda tests: not re.search("test|cov|tox|nox", tests.command))


def by_steps(project: Project) -> Iterator[Tests]:
    """Yield what the steps of workflows, or lines of a GitLab pipeline, run, in their order.

    Those of workflows for tests come first.
    """
    for command in sorted(project.commands, key=lambda command: is_beside(command.path)):
        if not command.path.startswith((".github/", ".gitlab-ci.yml")):
            continue
        variables = {
            name: value
            for name, value in command.variables.items()
            if not OF_NO_INTEREST.match(name)
        }
        # What connects to services is another on the user's machine.
        named = [n for n, value in variables.items() if "${{" in value or command.has_services]
        kept = {name: quoted(v) for name, v in variables.items() if name not in named}
        text = command.text
        folder = posixpath.relpath(command.folder, project.repository.working_directory)
        if not folder.startswith("."):
            text = f"cd {folder} && {text}"
        if tests := of_line(project, text, str(command), kept):
            why = f"{command} - has {', '.join(named)}, which you set where you run the gate"
            yield replace(tests, left=(why,) if named else ())


def is_beside(path: str) -> bool:
    """Return whether a workflow is for something else than tests, by its name."""
    return BESIDE_TESTS.search(PurePosixPath(path).stem) is not None


def quoted(value: str) -> str:
    """Return the value of a variable for a shell."""
    return value if re.fullmatch(r"[\w.,:/@%+=-]+", value) else f'"{value}"'


def in_runners(project: Project) -> Iterator[Tests]:
    """Yield what targets of a Makefile, and recipes of just, run."""
    for program in ("make", "just"):
        targets = targets_of(project, program)
        for target in sorted(filter(is_name_of_tests, targets), key=rank):
            if tests := of_target(project, program, target):
                yield tests


def targets_of(project: Project, program: str) -> dict[str, Target]:
    """Return the targets of the Makefile, or the recipes of the justfile, by name."""
    find_file = {"make": runners.makefile, "just": runners.justfile}[program]
    name = find_file(project.repository)
    text = project.repository.read(name) or "" if name else ""
    return dict(recipes(with_values(text) if program == "make" else text))


def with_values(makefile: str) -> str:
    """Return a Makefile with the values of its variables, but for what Make has to work out."""
    pattern = r"(?m)^(\w+)[ \t]*[:?]*=[ \t]*(.*?)[ \t]*(?:#.*)?$"
    values: dict[str, str] = {}

    def filled_in(line: str) -> str:
        if len(line) > LONGEST_LINE:
            return line
        named = r"\$(?:\((\w+)\)|\{(\w+)\})"
        new = re.sub(named, lambda match: values.get(match[1] or match[2], match[0]), line)
        return new if len(new) <= LONGEST_LINE else line

    for _ in range(2):  # Values name variables too, mostly those above them.
        for name, value in re.findall(pattern, makefile):
            if not re.search(r"\$[({]\w+[ ,]", value):
                values[name] = filled_in(value)
    return "\n".join(map(filled_in, makefile.split("\n")))


def of_target(project: Project, program: str, target: str) -> Tests | None:
    """Return how the tests run by a target: by its only command, or else by the target."""
    targets = targets_of(project, program)
    todo, lines = [target], list[str]()
    for name in todo:
        depends, own = targets.get(name, ("", []))
        todo += [other for other in depends.split() if other not in todo]
        lines += own
    place = f"{program} {target}"
    if any(re.fullmatch(r"(python3? -m )?(tox|nox)( -[\w-]+)*", line) for line in lines):
        return None  # All environments, on all Pythons: see `in_tox` and `in_nox`.
    found = list(filter(None, (of_line(project, line, place) for line in lines)))
    others = [line for line in lines if not of_line(project, line, "")]
    if len(found) == 1 and not any(map(matters, others)):
        return found[0]
    if found or any(re.search(r"\$[({].*test|\bmake\b|\btox\b|\bnox\b", line) for line in lines):
        # The template's own targets have these names.
        name = free(target, targets) if re.match("coverage(-|$)", target) else target
        options = found[0].options if found else {}
        return Tests(f"{program} {name}", "command", place, "", options)
    return None


def matters(line: str) -> bool:
    """Return whether tests may need a command that runs beside them."""
    return BESIDE.match(line) is None


def rank(name: str) -> tuple[int, str]:
    """Return by what names of targets and scripts are sorted, best first."""
    return (NAMES.index(name) if name in NAMES else len(NAMES), name)


def recipes(text: str) -> Iterator[tuple[str, Target]]:
    """Yield the targets of a Makefile or justfile, what each depends on, and its commands."""
    target, depends, lines = "", "", list[str]()
    for line in [*re.sub(r"\\\n\s*", " ", text).splitlines(), "end:"]:
        if match := re.match(r"@?([\w./-]++)[^:=#]*+:(?!=)([^=#]*)", line):
            if lines:
                yield target, (depends, lines)
            target, depends, lines = match[1], match[2].strip(), []
        elif target and line[:1].isspace() and line.strip() and len(line) <= LONGEST_LINE:
            lines.append(line.strip().lstrip("@-+ "))


def in_scripts(project: Project) -> Iterator[Tests]:
    """Yield the scripts that run the tests, by their name."""
    for path in sorted(project.files, key=len):
        if SCRIPTS.fullmatch(path) and not path.startswith(("test/", "tests/")):
            text = project.repository.read(path) or ""
            is_script = text.startswith("#!") or path.endswith((".sh", ".bash"))
            if path.endswith(".py") and re.search(r"unittest|pytest|TestCase|run_tests", text):
                yield Tests(f"python {path}", "command", path)
            elif is_script and RUNS_TESTS.search(text):
                executable = os.access(project.folder / path, os.X_OK)
                command = path if "/" in path else f"./{path}"
                yield Tests(command if executable else f"sh {path}", "command", path)


def in_tox(project: Project) -> Iterator[Tests]:
    """Yield tox with the environments for tests, each on the Python that runs tox."""
    found = tox(project.repository)
    if found is None:
        return
    names = [name for name in found.environments if not reports(found.commands.get(name, ""))]
    of_python = [environment for environment in names if python_of(environment) != (0, 0)]
    versions = sorted({python_of(environment) for environment in of_python})
    # The oldest that the gate supports: what that can have, newer ones mostly can have, too.
    oldest = tuple(map(int, OLDEST_PYTHON.split(".")))
    version = next((found for found in versions if found >= oldest), versions[-1:])
    chosen = [
        PYTHON.sub("py", environment)
        for environment in of_python
        if python_of(environment) == version and is_environment_of_tests(environment)
    ]
    if not chosen:
        tests = [name for name in names if is_name_of_tests(name)]
        chosen = ["py"] if "py" in names or not tests else tests[:1]
    environments = ",".join(dict.fromkeys(chosen))
    yield Tests(f"tox run -e {environments}", "command", found.place, "tox")


def python_of(environment: str) -> tuple[int, int]:
    """Return the version of CPython of an environment of tox; (0, 0) if it has none."""
    match = PYTHON.match(environment)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def in_nox(project: Project) -> Iterator[Tests]:
    """Yield nox with the session for tests."""
    found = sessions(project.repository)
    names = [name for name in found if is_name_of_tests(name) and not reports(found[name].text)]
    for session in sorted(names, key=rank)[:1]:
        # On the Python that runs nox, and not on each that a session has.
        one = " -P python" if "python=" in found[session].decorator else ""
        yield Tests(f"nox -s {session}{one}", "command", "noxfile.py", "nox")


def in_hatch(project: Project) -> Iterator[Tests]:
    """Yield Hatch with the script, or its own command, for tests."""
    environments = table(project.tools, "hatch", "envs")
    place = environments_file(project.repository)[0]
    for name, environment in environments.items():
        scripts = table(environment, "scripts")
        names = [script for script in scripts if is_name_of_tests(script)]
        found = [script for script in names if not reports(str(scripts[script]))]
        for script in sorted(found, key=rank)[:1]:
            prefix = "" if name == "default" else f"{name}:"
            yield Tests(f"hatch run {prefix}{script}", "command", f"{place}: {name}", "hatch")
    if "hatch-test" in environments:
        yield Tests("hatch test", "command", f"{place}: hatch-test", "hatch")


def in_tasks(project: Project) -> Iterator[Tests]:
    """Yield tasks of Poe, and scripts of PDM, for tests."""
    for name, text in sorted(poe.commands(project.pyproject), key=lambda task: rank(task[0])):
        if tests := of_line(project, text, f"pyproject.toml: {name}"):
            yield tests
    scripts = table(project.pyproject, "tool", "pdm", "scripts")
    for name in sorted(filter(is_name_of_tests, scripts), key=rank):
        script = scripts[name]
        text = script if isinstance(script, str) else table(script).get("cmd", "")
        tests = of_line(project, text, f"pyproject.toml: {name}") if isinstance(text, str) else None
        yield tests or Tests(f"pdm run {name}", "command", f"pyproject.toml: {name}", "pdm")


def by_tests(project: Project) -> Iterator[Tests]:
    """Yield what runs the tests that are there, by what they and the settings mention."""
    with_pytest = project.mentions("pytest")
    if (project.folder / "manage.py").exists() and not with_pytest:
        yield Tests("manage.py test", "coverage", "manage.py")
    modules = [path for path in project.files if re.search(r"(^|/)(test_\w*|\w+_test)\.py$", path)]
    if project.mentions("unittest") and not with_pytest:
        yield Tests("-m unittest", "coverage", "the tests' imports")
    if with_pytest or modules:
        place = "pytest's settings or requirement" if with_pytest else min(modules)
        yield Tests("-m pytest", collector(project, "-m pytest"), place)
