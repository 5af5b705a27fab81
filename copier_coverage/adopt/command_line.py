"""A line for a shell: whether it runs tests, and what of it coverage can run itself."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from copier_coverage.console import visible
from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.files import below

# What a part of a line begins with.
ASSIGNMENT = re.compile(r"\w+=")
MANAGERS = ("uv", "poetry", "pdm", "pipenv", "rye", "hatch")
# Options of `uv run`, `uvx` and `pipx run` that another word follows; and those that change nothing
# of the environment.
WITH_VALUE = (
    *("--group", "--only-group", "--no-group", "--extra", "--with", "--with-editable", "-p"),
    *("--with-requirements", "--python", "--package", "--env-file", "--directory", "--project"),
    *("--from", "--spec", "-e", "--env"),
)
HARMLESS = (
    *("--frozen", "--locked", "--no-sync", "--active", "--quiet", "-q", "--verbose", "-v", "--"),
)
ONCE = (["uvx"], ["uv", "tool", "run"], ["pipx", "run"])
# Test runners that find the tests by themselves.
RUNNERS = (
    *("pytest", "py.test", "unittest", "nose2", "nosetests", "trial", "stestr", "ward", "green"),
    *("zope-testrunner", "zope.testrunner", "behave", "avocado"),
)
# Programs that run what their settings have under a name.
BY_NAME = ("make", "gmake", "just", "poe", "poethepoet", "invoke", "inv", "hatch", "pdm", "task")
# Those with environments of their own.
ENVIRONMENTS = {"tox": ("-e", "-f", "-m"), "nox": ("-s", "-e", "-t", "--session", "--sessions")}
OWN_ENVIRONMENTS = (*ENVIRONMENTS, "hatch")
TESTS = re.compile(
    r"(^|[^a-z])(unit|py|run)?_?(tests?|testing|coverage|cov|check|tox|nox)($|[^a-z])"
)
NO_TESTS = re.compile(
    r"lint|typ(e|ing)|mypy|pyright|style|format|fmt|docs?(?!test)|build|upload|report|release|clean"
    r"|combine|summary|deploy|publish|install|audit|security|bench|perf|qa\b|main\b|master\b|nightly"
)
# Options of `coverage run` that another word may follow.
COVERAGE_VALUES = ("--omit", "--include", "--source", "--rcfile", "--data-file", "--context")
PYTEST_COV_VALUES = ("--cov", "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context")
# The same, as they are written, and those that no word follows.
COV = re.compile(
    rf"\s+(?:{'|'.join(PYTEST_COV_VALUES)})(?:=\S+|\s+[^-\s]\S*)?(?=\s|$)"
    r"|\s+--(?:no-)?cov-[\w-]+(?=\s|$)"
)
# What the question `test_command` takes for `coverage run`.
PLAIN_WORD = re.compile(r"[A-Za-z0-9_.,:=/@+-]+")


@dataclass
class Line:
    """What is known of a line.

    Attributes:
        text: the line, without what reports, gates or hides its exit code.
        plain: what coverage can run in its place, as after `coverage run`; "" if it cannot.
        tool: the name of the program that runs the tests.
        brings_itself: whether uvx or pipx runs it, so that nothing installs it.
        options: options for `coverage run` by their name, without dashes.
    """

    text: str
    plain: str = ""
    tool: str = ""
    brings_itself: bool = False
    options: dict[str, list[str]] = field(default_factory=dict)

    def unmeasured(self) -> str:
        """Return the line without the options of pytest-cov, if pytest itself gets them."""
        return COV.sub("", self.text) if self.tool in ("pytest", "py.test") else self.text


def parse(text: str, files: frozenset[str] = frozenset()) -> Line | None:
    """Return what is known of a line that runs tests; None if it runs none, or has to be filled in.

    Args:
        text: the line.
        files: the paths of the project's files.
    """
    if len(text) > LONGEST_LINE or visible(text) != text:
        return None  # No person typed it.
    kept = []
    for part in parts(text):
        try:
            words = shlex.split(part)
        except ValueError:
            return None
        if not words:
            continue
        if words[0] in ("cd", "export"):
            kept.append(part)
            files = below(files, words[-1]) if words[0] == "cd" else files
        elif found := part_that_runs_tests(words, files):
            whole = " && ".join([*kept, part])
            if re.search(r"\$\{\{|\$\(|`|\$\w|\$\{", whole):
                return None
            found.text = whole
            found.plain = "" if kept else found.plain
            return found
    return None


def parts(text: str) -> list[str]:
    """Return the commands of a line, up to a `||` or a pipe, which would hide an exit code."""
    found, begun, quote, place = [], "", "", 0
    while place < len(text):
        char = text[place]
        if quote or char in "\"'":
            quote = "" if char == quote else quote or char
        elif char in "|;&" and not (char == "&" and begun.endswith(">")):
            found.append(begun)
            begun = ""
            if char == "|":
                return [part.strip() for part in found if part.strip()]
            place += text[place : place + 2] == "&&"
            place += 1
            continue
        elif char == "#" and (not begun or begun[-1].isspace()):
            break
        begun += char
        place += 1
    return [part.strip() for part in [*found, begun] if part.strip()]


def part_that_runs_tests(words: list[str], files: frozenset[str]) -> Line | None:
    """Return what is known of one command; None if it runs no tests."""
    line = Line("")
    wrapped = False
    while words:
        for strip in (after_once, after_variable, after_manager, after_python, after_shell):
            if stripped := strip(words, files):
                words, changes = stripped
                wrapped |= changes
                line.brings_itself |= strip is after_once
                break
        else:
            if words[0].endswith("coverage") and words[1:2] == ["run"]:
                words = coverage_options(words[2:], line.options)
                continue
            break
    if not is_runner(words, files):
        return None
    line.tool = PurePosixPath(words[0]).name
    if not wrapped:
        line.plain = plain(words)
    return line


# What follows the beginning of a command, and whether that beginning makes a difference to what
# coverage runs; None if it begins with something else.
Stripped = tuple[list[str], bool] | None


def after_once(words: list[str], files: frozenset[str]) -> Stripped:
    """Return what follows uvx and the like: a program with its own environment."""
    once = next((once for once in ONCE if words[: len(once)] == once), None)
    return (without_options(words[len(once) :])[0], True) if once else None


def after_variable(words: list[str], files: frozenset[str]) -> Stripped:
    """Return what follows a variable, or a program that runs another."""
    if ASSIGNMENT.match(words[0]) or words[0] in ("env", "xvfb-run"):
        return words[1:], True
    return (words[1:], False) if words[0] in ("time", "exec") else None


def after_manager(words: list[str], files: frozenset[str]) -> Stripped:
    """Return what follows the `run` of a package manager, if that is a program."""
    if words[0] not in MANAGERS or words[1:2] != ["run"]:
        return None
    rest, options = without_options(words[2:])
    if words[0] in ("hatch", "pdm") and not is_runner(rest, files):
        return None
    return rest, words[0] not in ("uv", "poetry", "pdm") or bool(set(options) - set(HARMLESS))


def after_python(words: list[str], files: frozenset[str]) -> Stripped:
    """Return what follows Python: a module or a script."""
    if not re.fullmatch(r"(.*/)?python[\d.]*|py", words[0]):
        return None
    rest, options = words[1:], False
    while rest and rest[0].startswith("-") and rest[0] != "-m":
        rest, options = rest[2 if rest[0] in ("-W", "-X") else 1 :], True
    return (rest[1:] if rest[:1] == ["-m"] else rest), options


def after_shell(words: list[str], files: frozenset[str]) -> Stripped:
    """Return what follows a shell: a script."""
    return (words[1:], True) if words[0] in ("sh", "bash") and words[1:] else None


def without_options(words: list[str]) -> tuple[list[str], list[str]]:
    """Return what follows the options of a package manager, and these."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in WITH_VALUE else 1
    return words[place:], words[:place]


def coverage_options(words: list[str], options: dict[str, list[str]]) -> list[str]:
    """Return what `coverage run` runs; note its options that name files."""
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "-m":
        name, equals, value = words[place].partition("=")
        if name in COVERAGE_VALUES:
            if not equals:
                place += 1
                value = "".join(words[place : place + 1])
            options[name.strip("-")] = value.split(",")
        place += 1
    rest = words[place:]
    return rest[1:] if rest[:1] == ["-m"] else rest


def is_runner(words: list[str], files: frozenset[str]) -> bool:
    """Return whether a command, without what comes before the program, runs tests."""
    if not words or {*words} & {"--notest", "--version", "--help", "--collect-only", "--list"}:
        return False
    name, arguments = PurePosixPath(words[0]).name, words[1:]
    named = [word for word in arguments if not word.startswith("-")]
    if name == "manage.py" or name == "setup.py":
        return named[:1] == ["test"]
    if name in RUNNERS:
        return True
    if name in ENVIRONMENTS:
        return tests_are_chosen(arguments, ENVIRONMENTS[name])
    if name in BY_NAME:
        named = named[1:] if name in ("hatch", "pdm") and named[:1] == ["run"] else named
        return any(is_name_of_tests(word) for word in named[:1])
    path = words[0].removeprefix("./")
    module = path.replace(".", "/")
    there = {path, f"{module}.py", f"{module}/__main__.py"} & files
    return bool(there) and is_name_of_tests(path)


def tests_are_chosen(arguments: list[str], options: tuple[str, ...]) -> bool:
    """Return whether tox or nox is told which of its environments or sessions to run, for tests."""
    if {*arguments} & {"-l", "--list-sessions", "--list-dependencies", "--showconfig"}:
        return False
    chosen = []
    for place, word in enumerate(arguments):
        option = next((option for option in options if word.startswith(option)), "")
        if option:
            value = word.removeprefix(option).lstrip("=")
            chosen += [value] if value else arguments[place + 1 : place + 2]
    names = ",".join(chosen).split(",")
    return all(map(is_environment_of_tests, names))


def is_environment_of_tests(name: str) -> bool:
    """Return whether an environment of tox or a session of nox runs tests, by its name."""
    python = re.match(r"(py|python)?[\d.]+(?![a-z])|py(?![a-z])", name)
    return is_name_of_tests(name) or (python is not None and NO_TESTS.search(name) is None)


def is_name_of_tests(name: str) -> bool:
    """Return whether a target, task, script or environment runs tests, by its name."""
    return TESTS.search(name.lower()) is not None and NO_TESTS.search(name.lower()) is None


def plain(words: list[str]) -> str:
    """Return what coverage can run, of a command without what comes before the program."""
    name = PurePosixPath(words[0]).name
    if name in ("pytest", "py.test"):
        words = ["-m", "pytest", *without_coverage(words[1:])]
    elif name == "unittest":
        words = ["-m", *words]
    elif name == "manage.py":
        words = [words[0].removeprefix("./"), *words[1:]]
    else:
        return ""
    return " ".join(words) if all(map(PLAIN_WORD.fullmatch, words)) else ""


def without_coverage(arguments: list[str]) -> list[str]:
    """Return arguments of pytest without those for coverage, and for reports of the tests."""
    kept: list[str] = []
    skip = False
    for word in arguments:
        if skip and not word.startswith("-"):
            skip = False
            continue
        skip = word in PYTEST_COV_VALUES
        if not re.match(r"--(no-)?cov\b|--junit-?xml", word):
            kept.append(word)
    return kept
