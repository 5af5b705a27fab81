"""Adopt the template: audit, answers, files, settings, task runners, dependencies; in a clone, and back as one patch."""

import re
import shlex
import sys
import tempfile
from functools import cache
from pathlib import Path

import copier
import jinja2
import yaml
from copier.errors import CopierError
from rich.console import Console
from rich.markdown import Markdown

from copier_coverage.adopt import answers, dependencies, just, poe, runners, settings
from copier_coverage.adopt.repository import Repository, find
from copier_coverage.adopt.text import free
from copier_coverage.audit import findings
from copier_coverage.projects import managers
from copier_coverage.rendering import ROOT, render_file

WORKFLOW = ".github/workflows/backend-ci.yml"
# What the template renders names it at its beginning, whatever its line breaks.
OURS = re.compile(r"rendered\s+by\s+copier-coverage", re.IGNORECASE)
# What releases up to 0.3.0 had in place of coverage_gate.py.
EARLIER = "coverage_parts.py"
ANSWERS_FILES = (".copier-answers.yml", ".copier-answers.coverage.yml")
ASK = "Or answer the questions yourself: leave out --defaults"
# For each task runner, what adds the template's line to the user's file.
ADD_TO_RUNNER = {
    "make": runners.include_in_makefile,
    "invoke": runners.add_to_tasks,
    "just": just.import_in_justfile,
    "poe": poe.include_in_pyproject,
}


@cache
def stage_files() -> list[str]:
    """Return the names of the files that only the template changes, from the include that it reads them from."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROOT))
    return environment.get_template("includes/files.jinja").module.owned_files


def adopt(path: Path, dry_run: bool = False, defaults: bool = False, template: Path = ROOT) -> None:
    """Give an existing repository the gate, keeping everything that is there.

    All of it is done in a clone, and comes back as one patch, staged: nothing is half done.

    Args:
        path: the folder of a Python project in a git repository.
        dry_run: show the patch, and change nothing.
        defaults: ask nothing; take the answers that are read from the repository. Answers that this template left
            there are always taken without a question: `copier update` changes them.
        template: a clone of this project, whose HEAD is rendered, and updates come from.

    Raises:
        SystemExit: the repository is not ready; the message has what to do.
    """
    console = Console(soft_wrap=True)
    repository = find(path)
    say_findings(console, "Problems with the current gate", findings(repository.folder))
    percent, place = answers.coverage_threshold(answers.Project(repository))
    with tempfile.TemporaryDirectory() as temporary:
        # Of the same name, which is the project's where nothing else names it.
        clone = repository.clone(Path(temporary, repository.root.name))
        chosen = write(clone, defaults, template)
        patch = clone.patch()
        new = clone.new_files()
        left = findings(clone.folder)
    if not patch:
        console.print("Nothing to do: the gate is already set up.")
        return
    say(console, "Answers", said_answers(chosen, percent, place))
    say(console, "Changes to your files", clone.changes)
    if dry_run:
        console.print(patch.encode(errors="replace").decode(), markup=False, highlight=False)
        return
    if there := [name for name in new if (repository.root / name).exists()]:
        exists = "exists but is" if len(there) == 1 else "exist but are"
        sys.exit(
            f"{', '.join(there)} {exists} not tracked by git. Commit or move {'it' if len(there) == 1 else 'them'} first."
        )
    repository.git("apply", "--index", "--whitespace=nowarn", "-", stdin=patch)
    console.print(repository.git("diff", "--cached", "--stat"), markup=False, highlight=False)
    say_findings(console, "Problems that remain", left)
    say(console, "Left for you to do", clone.left)
    say(console, "Next", next_commands(repository, chosen))
    undo = f"git -C {shlex.quote(str(repository.root))} restore --staged --worktree ."
    console.print(f"To undo everything: {undo}", markup=False, highlight=False)


def write(clone: Repository, defaults: bool, template: Path) -> dict:
    """Do everything in a clone; return the answers.

    Raises:
        SystemExit: an answer was refused, or something is there that cannot be merged.
    """
    project = answers.Project(clone)
    refuse_foreign(clone)
    refuse_earlier(clone)
    settings.refuse_other_file(project.addopts)
    names = (name for name in ANSWERS_FILES if is_ours(clone, name) or not (clone.root / name).exists())
    if not (answers_file := next(names, "")):
        sys.exit(f"{' and '.join(ANSWERS_FILES)} belong to other templates: rename one and commit.")
    read = answers.read(clone)
    tell_what_is_left_out(clone, project)
    others = project.others()
    keep_workflow(clone)
    # This one is merged.
    exclude = ["pyproject.toml"]
    recorded = clone.root / answers_file
    before = recorded.read_bytes() if recorded.exists() else b""
    if before:
        # What was rendered once is for `copier update` to change, with all that the user has made of it.
        there = [clone.root / WORKFLOW, *(clone.folder / name for name in stage_files())]
        exclude += [path.name for path in there if path.exists()]
        defaults = True
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
        # The folder was given on the command line; a question would not help.
        asks = defaults and "'working_directory'" not in str(error)
        sys.exit(f"{error}\n{ASK if asks else ''}".strip())
    chosen = yaml.safe_load(recorded.read_text(encoding="utf-8"))
    if before:
        # Nor is the release changed that `copier update` starts from.
        recorded.write_bytes(before)
    clone.working_directory = chosen["working_directory"]
    if not (clone.folder / chosen["source_dir"]).is_dir():
        sys.exit(
            f"There is no directory {chosen['source_dir']!r} to measure, and no package in another one. Move the code "
            f"to a directory without the tests, and commit.\n{ASK if defaults else ''}".strip()
        )
    settings.move_to_pyproject(clone)
    rendered = render_file("pyproject.toml.jinja", **chosen)
    packages = others if chosen["source_dir"] == read.get("source_dir") else []
    settings.merge(clone, settings.with_packages(rendered, packages))
    whole = render_file("pyproject.toml.jinja", **chosen | {"existing": False})
    dependencies.add(answers.Project(clone), whole, chosen["test_command"], manager=chosen["package_manager"])
    runners.ignore_data(clone, render_file(".gitignore", **chosen))
    for name in chosen["task_runners"]:
        ADD_TO_RUNNER[name](clone)
    return chosen


def tell_what_is_left_out(clone: Repository, project: answers.Project) -> None:
    """Tell which of the user's commands have options without a place in the answers, or name another settings file."""
    if command := answers.test_command(project)[1]:
        clone.left.append(
            f"{command} - if the gate needs these options too, add them to pytest's addopts or to the test command"
        )
    for command in project.commands:
        if re.search(r"\.coveragerc\b|--(cov-config|rcfile)\b|COVERAGE_RCFILE", command.text):
            clone.left.append(f"{command} - the settings are now in pyproject.toml")


def is_ours(clone: Repository, name: str) -> bool:
    """Return whether an answers file is this template's.

    Raises:
        SystemExit: it cannot be read, or it is of another project in this repository.
    """
    path = clone.root / name
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    except yaml.YAMLError as error:
        sys.exit(f"{name} cannot be read: {error}. Fix it and commit.")
    if not isinstance(found, dict) or "coverage_threshold" not in found:
        return False
    if (folder := found.get("working_directory", ".")) != clone.working_directory:
        sys.exit(f"{name} already sets up the gate for {folder!r}; a repository can have only one.")
    return True


def refuse_foreign(clone: Repository) -> None:
    """Refuse a repository that has other files under the template's names.

    Raises:
        SystemExit: there is one.
    """
    for name in stage_files():
        text = clone.read(name)
        if text is not None and not OURS.search(text):
            sys.exit(
                f"{name} exists but was not generated by this template, which needs that name. Rename it and commit."
            )


def refuse_earlier(clone: Repository) -> None:
    """Refuse a project of a release that had other files: adopting does not replace them, updating does.

    Raises:
        SystemExit: it is one.
    """
    if OURS.search(clone.read(EARLIER) or "") and clone.read("coverage_gate.py") is None:
        sys.exit(f"{EARLIER} is from an earlier release of this template. First run `copier update`, and commit.")


def keep_workflow(clone: Repository) -> None:
    """Rename the user's workflow that has the template's name."""
    path = clone.root / WORKFLOW
    if path.exists() and not OURS.search(path.read_text(encoding="utf-8")):
        kept = path.with_stem(free(path.stem, [file.stem for file in path.parent.iterdir()]))
        path.rename(kept)
        clone.changes.append(f"{WORKFLOW}: is now {kept.name}, and still runs")
        clone.left.append(f"Move the jobs that you need from {kept.name} to backend-ci.yml, and delete it")


def next_commands(repository: Repository, chosen: dict) -> list[str]:
    """Return what to type next."""
    manager = managers()[chosen["package_manager"]]
    folder = [f"cd {shlex.quote(str(repository.folder))}"]
    lock = ["poetry lock"] if (repository.folder / "poetry.lock").exists() else []
    program = f"{manager['python']} coverage_gate.py"
    run = {
        "make": "make coverage",
        "invoke": f"{manager['run']}invoke coverage",
        "just": "just coverage",
        # Its module has a longer name.
        "poe": f"{manager['run']}poe coverage".replace("python -m poe ", "python -m poethepoet "),
    }
    first = next(iter(chosen["task_runners"]), "")
    commands = [*folder, *lock, *manager["prepare"], *manager["install"], run.get(first, program)]
    return [*commands, 'git commit --all -m "Adopt copier-coverage"']


def said_answers(chosen: dict, percent: str, place: str) -> list[str]:
    """Return the answers as people write them, with the place from which the threshold was read."""
    lines = []
    for name, value in chosen.items():
        text = (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)
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
