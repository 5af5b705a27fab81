"""What adopt prints: what it read, what it did, what is left, and what to type next."""

import shlex
from typing import Any

from rich.markdown import Markdown

from copier_coverage.adopt.answers import Answers, in_words
from copier_coverage.adopt.gitignore import is_ignored
from copier_coverage.adopt.requirement import OLDEST_PYTHON
from copier_coverage.console import Console
from copier_coverage.project.project import Project
from copier_coverage.project.requirements import supports_older


def next_commands(project: Project, chosen: dict[str, Any]) -> list[str]:
    """Return what to type next, by the answers."""
    repository, name = project.repository, chosen["package_manager"]
    manager, runners = project.template.managers[name], project.template.runners(name)
    folder = [f"cd {shlex.quote(str(repository.folder))}"]
    lock = manager["lock_file"]
    is_new = lock and not repository.tracks(lock) and not is_ignored(repository, lock)
    add = [f"git add {lock}"] if is_new else []
    run = runners[next(iter(chosen["task_runners"]), "")]["all"]
    commit = 'git commit --all -m "Adopt copier-coverage"'
    return [*folder, *installing(project, manager), *add, run, commit]


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
        f"{name}: {in_words(value)}"
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
