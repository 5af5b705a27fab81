"""Adopt the template: audit, answers, files, settings, task runners, dependencies; in a clone, and back as one patch."""

import shlex
import sys
import tempfile
from pathlib import Path

import copier
import yaml
from copier.errors import CopierError
from rich.console import Console
from rich.markdown import Markdown

from copier_coverage.adopt import answers, dependencies, runners, settings
from copier_coverage.adopt.repository import Repository, find
from copier_coverage.audit import findings
from copier_coverage.projects import managers
from copier_coverage.rendering import ROOT, render

WORKFLOW = ".github/workflows/backend-ci.yml"
# What the template renders begins with a line that says so.
OURS = "Rendered by copier-coverage"
ANSWERS_FILES = (".copier-answers.yml", ".copier-answers.coverage.yml")


def adopt(path: Path, dry_run: bool = False, defaults: bool = False, template: Path = ROOT) -> None:
    """Give a repository that exists the gate, keeping everything that is there.

    All of it is done in a clone, and comes back as one patch, staged: nothing is half done.

    Args:
        path: the folder of a Python project in a git repository.
        dry_run: show the patch, and change nothing.
        defaults: ask nothing; take the answers that are read from the repository.
        template: a clone of this project, whose HEAD is rendered, and updates come from.

    Raises:
        SystemExit: the repository is not ready; the message says what to do.
    """
    console = Console(soft_wrap=True)
    repository = find(path)
    say_findings(console, "What makes the gate lie today", findings(repository.folder))
    with tempfile.TemporaryDirectory() as temporary:
        clone = repository.clone(Path(temporary, "clone"))
        chosen = write(clone, defaults, template)
        patch = clone.patch()
        left = findings(clone.folder)
    say(console, "Changed of yours", clone.changes)
    if not patch:
        console.print("Nothing to change: this repository has it all.")
        return
    if dry_run:
        console.print(patch.encode(errors="replace").decode(), markup=False, highlight=False)
        return
    repository.git("apply", "--index", "--whitespace=nowarn", "-", stdin=patch)
    console.print(repository.git("diff", "--cached", "--stat"), markup=False, highlight=False)
    say_findings(console, "Left to you", left)
    say(console, "Next", [*clone.left, *next_commands(repository, chosen)])
    undo = f"git -C {shlex.quote(str(repository.root))} restore --staged --worktree ."
    console.print(f"To undo all of it: {undo}", markup=False, highlight=False)


def write(clone: Repository, defaults: bool, template: Path) -> dict:
    """Do everything in a clone; return the answers.

    Raises:
        SystemExit: an answer was refused, or something is there that cannot be merged.
    """
    refuse_foreign(clone)
    keep_workflow(clone)
    answers_file = next(name for name in ANSWERS_FILES if is_ours(clone, name) or not (clone.root / name).exists())
    read = answers.read(clone)
    try:
        copier.run_copy(
            str(template),
            clone.root,
            answers_file=answers_file,
            user_defaults=read,
            defaults=defaults,
            # (A Makefile counts for Make whatever its name; pyproject.toml is merged.)
            exclude=["pyproject.toml", *(["Makefile"] if runners.makefile(clone) else [])],
            vcs_ref="HEAD",
            overwrite=True,
            quiet=True,
        )
    except (CopierError, ValueError) as error:
        sys.exit(f"{error}\nAnswer the questions yourself: leave out --defaults")
    chosen = yaml.safe_load((clone.root / answers_file).read_text(encoding="utf-8"))
    clone.working_directory = chosen["working_directory"]
    asked = {name: value for name, value in chosen.items() if not name.startswith("_")}
    asked["working_directory"] = "."
    with tempfile.TemporaryDirectory() as temporary:
        partial = render(Path(temporary, "existing"), **asked)
        whole = render(Path(temporary, "new"), **asked | {"existing": False})
        settings.move_to_pyproject(clone)
        settings.merge(clone, (partial / "pyproject.toml").read_text(encoding="utf-8"))
        dependencies.add(
            answers.Project(clone),
            (whole / "pyproject.toml").read_text(encoding="utf-8"),
            chosen["test_command"],
            poetry=chosen["package_manager"] == "poetry",
        )
        runners.ignore_data(clone, (whole / ".gitignore").read_text(encoding="utf-8"))
    if "make" in chosen["task_runners"]:
        runners.include_in_makefile(clone)
    if "invoke" in chosen["task_runners"]:
        runners.add_to_tasks(clone)
    return chosen


def is_ours(clone: Repository, name: str) -> bool:
    """Return whether an answers file is this template's."""
    path = clone.root / name
    return path.exists() and "coverage_threshold" in (yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def refuse_foreign(clone: Repository) -> None:
    """Refuse a repository that has other files under the template's names.

    Raises:
        SystemExit: there is one.
    """
    for name in ("coverage.mk", "coverage_tasks.py", "coverage_parts.py"):
        if OURS not in (clone.read(name) or OURS):
            sys.exit(f"{name} is there, and not from this template, which needs that name: rename it, and commit.")


def keep_workflow(clone: Repository) -> None:
    """Rename a workflow of the user's that has the template's name."""
    path = clone.root / WORKFLOW
    if path.exists() and OURS not in path.read_text(encoding="utf-8"):
        kept = path.with_stem(path.stem + runners.BEFORE)
        path.rename(kept)
        clone.changes.append(f"{WORKFLOW}: is {kept.name} now, and still runs")
        clone.left.append(f"Move the jobs that you need from {kept.name} to backend-ci.yml, and delete it")


def next_commands(repository: Repository, chosen: dict) -> list[str]:
    """Return what to type next."""
    manager = managers()[chosen["package_manager"]]
    folder = [f"cd {shlex.quote(str(repository.folder))}"]
    lock = ["poetry lock"] if (repository.folder / "poetry.lock").exists() else []
    run = {"make": "make coverage", "invoke": f"{manager['run']}invoke coverage"}[chosen["task_runners"][0]]
    commands = [*folder, *lock, *manager["prepare"], *manager["install"], run]
    return [*commands, 'git commit -m "Adopt copier-coverage"']


def say(console: Console, title: str, lines: list[str]) -> None:
    """Print lines under a title, nothing if there is none."""
    if lines:
        console.print(f"[bold]{title}[/bold]")
        for line in lines:
            console.print(f"  {line}", markup=False, highlight=False)


def say_findings(console: Console, title: str, found: dict[str, str]) -> None:
    """Print what the audit found."""
    if found:
        console.print(f"[bold]{title}[/bold]")
        for code, text in found.items():
            console.print(f"[bold]{code}[/bold]", Markdown(text))
