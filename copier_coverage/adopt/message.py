"""What adopt says: what it read, what it did, what is left, and what to type next."""

import shlex
from typing import Any

from rich.markdown import Markdown

from copier_coverage.adopt.answers import Answers, text_of
from copier_coverage.adopt.gitignore import is_ignored
from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.console import Console
from copier_coverage.project.project import Project
from copier_coverage.project.requirements import supports_older


def next_commands(project: Project, manager: dict[str, Any], task_runners: list[str]) -> list[str]:
    """Return what to type next, with a package manager's words and the answer to `task_runners`."""
    repository = project.repository
    folder = [f"cd {shlex.quote(str(repository.folder))}"]
    name = manager["lock_file"]
    is_new = name and not repository.tracks(name) and not is_ignored(repository, name)
    add = [f"git add {name}"] if is_new else []
    program = f"{manager['python']} coverage_gate.py"
    run = {
        "make": "make coverage",
        "invoke": f"{manager['run']}invoke coverage",
        "just": "just coverage",
        # Its module has a longer name.
        "poe": f"{manager['run']}poe coverage".replace("python -m poe ", "python -m poethepoet "),
    }
    first = next(iter(task_runners), "")
    install = installing(project, manager)
    commands = [*folder, *install, *add, run.get(first, program)]
    return [*commands, 'git commit --all -m "Adopt copier-coverage"']


def installing(project: Project, manager: dict[str, Any]) -> list[str]:
    """Return the commands that install an adopted project, and lock it again if that is needed."""
    is_locked = (project.folder / manager["lock_file"]).is_file()
    lock = [manager["lock"]] if manager["lock"] and is_locked else []
    if manager["lock_apart"] and supports_older(project):
        lock = [line.replace("OLDEST", OLDEST_PYTHON) for line in manager["lock_apart"]]
    return [*lock, *manager["prepare"], *manager["install"]]


def other_answers(chosen: dict[str, Any], read: Answers) -> str:
    """Return the answers that are not those read from the repository."""
    others = [
        f"{name}: {text_of(value)}"
        for name, value in chosen.items()
        if name[0] != "_" and (read.values | read.decided).get(name) != value
    ]
    return f"Other answers: {'; '.join(others)}"


def say(console: Console, title: str, lines: list[str], mark: str = "") -> None:
    """Print lines under a title, each behind a mark; nothing if there is none."""
    if not lines:
        return
    if console.options.ascii_only:
        mark = mark and "-"
    console.print(f"[bold]{title}[/bold]")
    for line in lines:
        console.print(f"  {mark} {line}" if mark else f"  {line}", markup=False, highlight=False)


def say_findings(title: str, found: dict[str, str]) -> None:
    """Print what the audit found, as wide as the terminal: soft wrapping would cut the Markdown."""
    console = Console()
    if found:
        console.print(f"[bold]{title}[/bold]")
    for code, text in found.items():
        console.print(f"[bold]{code}[/bold]", Markdown(text))
