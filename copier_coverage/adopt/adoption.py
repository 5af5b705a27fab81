"""Adopt the template: audit, answers, files, settings, task runners, dependencies; in a clone, and back as one patch."""

import re
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
from copier_coverage.rendering import ROOT, render_file

WORKFLOW = ".github/workflows/backend-ci.yml"
STAGE_FILES = ("coverage.mk", "coverage_tasks.py", "coverage_parts.py")
# What the template renders begins with a line that says so.
OURS = "Rendered by copier-coverage"
ANSWERS_FILES = (".copier-answers.yml", ".copier-answers.coverage.yml")
ASK = "Or answer the questions yourself: leave out --defaults"


def adopt(path: Path, dry_run: bool = False, defaults: bool = False, template: Path = ROOT) -> None:
    """Give a repository that exists the gate, keeping everything that is there.

    All of it is done in a clone, and comes back as one patch, staged: nothing is half done.

    Args:
        path: the folder of a Python project in a git repository.
        dry_run: show the patch, and change nothing.
        defaults: ask nothing; take the answers that are read from the repository. (Answers that this template left
            there are taken without a question: `copier update` changes them.)
        template: a clone of this project, whose HEAD is rendered, and updates come from.

    Raises:
        SystemExit: the repository is not ready; the message says what to do.
    """
    console = Console(soft_wrap=True)
    repository = find(path)
    say_findings(console, "What makes the gate lie today", findings(repository.folder))
    percent, place = answers.coverage_threshold(answers.Project(repository))
    with tempfile.TemporaryDirectory() as temporary:
        # (Of the same name, which is the project's where nothing else names it.)
        clone = repository.clone(Path(temporary, repository.root.name))
        chosen = write(clone, defaults, template)
        patch = clone.patch()
        new = clone.new_files()
        left = findings(clone.folder)
    if not patch:
        console.print("Nothing to change: this repository has it all.")
        return
    say(console, "Answers", said_answers(chosen, percent, place))
    say(console, "Changed of yours", clone.changes)
    if dry_run:
        console.print(patch.encode(errors="replace").decode(), markup=False, highlight=False)
        return
    if there := [name for name in new if (repository.root / name).exists()]:
        sys.exit(f"{', '.join(there)}: there already, but not in git. Commit it, or move it away.")
    repository.git("apply", "--index", "--whitespace=nowarn", "-", stdin=patch)
    console.print(repository.git("diff", "--cached", "--stat"), markup=False, highlight=False)
    say_findings(console, "What makes the gate lie still", left)
    say(console, "Left to you", clone.left)
    say(console, "Next", next_commands(repository, chosen))
    undo = f"git -C {shlex.quote(str(repository.root))} restore --staged --worktree ."
    console.print(f"To undo all of it: {undo}", markup=False, highlight=False)


def write(clone: Repository, defaults: bool, template: Path) -> dict:
    """Do everything in a clone; return the answers.

    Raises:
        SystemExit: an answer was refused, or something is there that cannot be merged.
    """
    project = answers.Project(clone)
    refuse_foreign(clone)
    settings.refuse_other_file(project.addopts)
    free = (name for name in ANSWERS_FILES if is_ours(clone, name) or not (clone.root / name).exists())
    if not (answers_file := next(free, "")):
        sys.exit(f"{' and '.join(ANSWERS_FILES)} are other templates': rename one, and commit.")
    read = answers.read(clone)
    tell_what_is_left_out(clone, project)
    others = project.others()
    keep_workflow(clone)
    # (A Makefile counts for Make whatever its name; pyproject.toml is merged.)
    exclude = ["pyproject.toml"]
    if (clone.root / answers_file).exists():
        # What was rendered once is for `copier update` to change, with all that the user has made of it.
        there = [clone.root / WORKFLOW, *(clone.folder / name for name in STAGE_FILES)]
        exclude += [path.name for path in there if path.exists()]
        defaults = True
    exclude += ["Makefile"] if runners.makefile(clone) else []
    exclude += ["tasks.py"] if runners.has_tasks_package(clone) else []
    try:
        copier.run_copy(
            str(template),
            clone.root,
            answers_file=answers_file,
            user_defaults=read,
            defaults=defaults,
            exclude=exclude,
            vcs_ref="HEAD",
            overwrite=True,
            quiet=True,
        )
    except (CopierError, ValueError) as error:
        # (Of its own accord, nobody asks for a folder that was given on the command line.)
        asks = defaults and "'working_directory'" not in str(error)
        sys.exit(f"{error}\n{ASK if asks else ''}".strip())
    chosen = yaml.safe_load((clone.root / answers_file).read_text(encoding="utf-8"))
    clone.working_directory = chosen["working_directory"]
    if not (clone.folder / chosen["source_dir"]).is_dir():
        sys.exit(
            f"There is no folder {chosen['source_dir']!r} to measure, and no package in another one. Move the code to a folder,"
            f" apart from the tests, and commit.\n{ASK if defaults else ''}".strip()
        )
    settings.move_to_pyproject(clone)
    rendered = render_file("pyproject.toml.jinja", **chosen)
    packages = others if chosen["source_dir"] == read.get("source_dir") else []
    settings.merge(clone, settings.with_packages(rendered, packages))
    whole = render_file("pyproject.toml.jinja", **chosen | {"existing": False})
    dependencies.add(answers.Project(clone), whole, chosen["test_command"], manager=chosen["package_manager"])
    runners.ignore_data(clone, render_file(".gitignore", **chosen))
    if "make" in chosen["task_runners"]:
        runners.include_in_makefile(clone)
    if "invoke" in chosen["task_runners"]:
        runners.add_to_tasks(clone)
    return chosen


def tell_what_is_left_out(clone: Repository, project: answers.Project) -> None:
    """Say which of the user's commands have options that the answers have no place for, or that name another file."""
    if command := answers.test_command(project)[1]:
        clone.left.append(
            f"{command} - options that the gate needs too go to pytest's addopts, or into the test command"
        )
    for command in project.commands:
        if re.search(r"\.coveragerc\b|--(cov-config|rcfile)\b|COVERAGE_RCFILE", command.text):
            clone.left.append(f"{command} - the settings are in pyproject.toml now")


def is_ours(clone: Repository, name: str) -> bool:
    """Return whether an answers file is this template's.

    Raises:
        SystemExit: it cannot be read, or it is of another project in this repository.
    """
    path = clone.root / name
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    except yaml.YAMLError as error:
        sys.exit(f"{name} cannot be read: {error}. Mend it, and commit.")
    if not isinstance(found, dict) or "coverage_threshold" not in found:
        return False
    if (folder := found.get("working_directory", ".")) != clone.working_directory:
        sys.exit(
            f"{name} says that the gate is that of {folder!r}: there is one gate, and one workflow, in a repository."
        )
    return True


def refuse_foreign(clone: Repository) -> None:
    """Refuse a repository that has other files under the template's names.

    Raises:
        SystemExit: there is one.
    """
    for name in STAGE_FILES:
        if OURS not in (clone.read(name) or OURS):
            sys.exit(f"{name} is there, and not from this template, which needs that name: rename it, and commit.")


def keep_workflow(clone: Repository) -> None:
    """Rename a workflow of the user's that has the template's name."""
    path = clone.root / WORKFLOW
    if path.exists() and OURS not in path.read_text(encoding="utf-8"):
        kept = path.with_stem(runners.free(path.stem, [file.stem for file in path.parent.iterdir()]))
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
    return [*commands, 'git commit --all -m "Adopt copier-coverage"']


def said_answers(chosen: dict, percent: str, place: str) -> list[str]:
    """Return the answers as people write them, with the place from which the threshold was read."""
    lines = []
    for name, value in chosen.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if name == "coverage_threshold":
            text += f" ({place})" if percent == value else "" if percent else " (no threshold was found)"
        if not name.startswith("_"):
            lines.append(f"{name}: {text}")
    return lines


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
