"""Adopt the template, in a clone of the repository; what changed comes back as one patch.

The steps: audit, answers, files, settings, task runners, dependencies.
"""

import contextlib
import re
import shlex
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
import yaml
from copier.errors import CopierError, ForbiddenPathError

from copier_coverage.adopt import answers, dependencies, message, pipeline, settings
from copier_coverage.adopt.gitignore import add_to_gitignore
from copier_coverage.adopt.hatch import add_environments
from copier_coverage.adopt.justfile import add_to_justfile
from copier_coverage.adopt.makefile import add_to_makefile
from copier_coverage.adopt.pipeline import PIPELINE
from copier_coverage.adopt.poe import add_to_poe
from copier_coverage.adopt.python_version import raise_python
from copier_coverage.adopt.runner_environment import add_coverage
from copier_coverage.adopt.tasks_py import add_to_tasks
from copier_coverage.adopt.test_command import targets_of
from copier_coverage.adopt.text import free
from copier_coverage.adopt.verify import Comparison, before_and_after
from copier_coverage.adopt.workflow import joined, workflow_with_tests
from copier_coverage.audit import findings
from copier_coverage.console import Console
from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import is_there
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository, find
from copier_coverage.project.unread import unread
from copier_coverage.project.yaml_files import read_yaml
from copier_coverage.template import Template

# What the template renders names it at its beginning, whatever its line breaks.
OURS = re.compile(r"rendered\s+by\s+copier-coverage", re.IGNORECASE)
# What releases up to 0.3.0 had in place of coverage_gate.py.
EARLIER = "coverage_parts.py"
ANSWERS_FILES = (".copier-answers.yml", ".copier-answers.coverage.yml")
NO_TESTS = (
    "How the tests run was not found: no workflow, Makefile, script, tox, nox, Hatch or Poe runs "
    "them.\nGive the command, for example: --data test_command='-m pytest', "
    "or --data collector=command --data test_command='scripts/all-checks'"
)
ASK = "Or answer the questions yourself: leave out --defaults"
# For each task runner, what adds the template's line to the user's file.
ADD_TO_RUNNER = {
    "make": add_to_makefile,
    "invoke": add_to_tasks,
    "just": add_to_justfile,
    "poe": add_to_poe,
}


def adopt(
    path: Path,
    template: Template,
    dry_run: bool = False,
    defaults: bool = False,
    data: Mapping[str, object] | None = None,
    replace_gate: bool = False,
    verify: bool = False,
) -> None:
    """Give an existing repository the gate, keeping everything that is there.

    All of it is done in a clone, and comes back as one patch, staged: nothing is half done.

    Args:
        path: the folder of a Python project in a git repository.
        template: the template, whose revision is rendered and which updates come from.
        dry_run: show the patch, and change nothing.
        defaults: ask nothing; take the answers that are read from the repository. Answers that
            this template left there are always taken without a question: `copier update`
            changes them.
        data: answers by the name of their question, which are not asked.
        replace_gate: whether a job of the workflow that was the gate goes.
        verify: run the tests before and after, compare, and take the total as threshold where
            there is none.

    Raises:
        Refusal: the repository is not ready; the message has what to do.
    """
    console = Console(soft_wrap=True)
    repository = find(path)
    with console.status("Reading the repository"):
        problems = findings(repository.folder)
        read = answers.read(repository, template, data)
    message.say_findings("Problems with the current gate", problems)
    message.say(console, "Not looked at, as it cannot be read", unread(repository.folder))
    is_new = not (repository.root / answers_file(repository)).exists()
    if is_new:
        message.say(console, "Read from the repository", read.said())
    with tempfile.TemporaryDirectory() as temporary:
        # Of the same name, which is the project's where nothing else names it.
        clone = repository.clone(Path(temporary, repository.root.name))
        chosen = write(clone, template, read, defaults, data or {}, replace_gate)
        patch = clone.patch()
        if verify and patch:
            manager = template.managers[chosen["package_manager"]]
            install = message.installing(Project(clone, template), manager)
            measured = before_and_after(clone, manager, install, chosen, read.tests)
            measured.say(console)
            if decide(measured, chosen, read):
                clone = repository.clone(Path(temporary, "again", repository.root.name))
                given = chosen_answers(chosen) | read.decided
                chosen = write(clone, template, read, True, given, replace_gate)
                patch = clone.patch()
            clone.left += below(measured, chosen)
        new = clone.new_files()
        left = findings(clone.folder)
    if not patch:
        console.print("Nothing to do: the gate is already set up.")
        return
    by_measuring = [
        f"{name}: {value} (the total, rounded down)" for name, value in read.decided.items()
    ]
    others = [message.other_answers(chosen, read)] if is_new else []
    done = [*by_measuring, *others, *clone.changes]
    if dry_run:
        message.say(console, "To be done", done, "✔")
        console.print(patch.encode(errors="replace").decode(), markup=False, highlight=False)
        return
    if there := [name for name in new if is_there(repository.root / name)]:
        exists = "exists but is" if len(there) == 1 else "exist but are"
        raise Refusal(
            f"{', '.join(there)} {exists} not tracked by git. "
            f"Commit or move {'it' if len(there) == 1 else 'them'} first."
        )
    apply_whole(repository, patch, new)
    message.say(console, "Done", done, "✔")
    console.print(repository.git("diff", "--cached", "--stat"), markup=False, highlight=False)
    message.say(console, "Left for you", clone.left, "☐")
    message.say_findings("Problems that remain", left)
    message.say(console, "Next", message.next_commands(Project(repository, template), chosen))
    undo = f"git -C {shlex.quote(str(repository.root))} restore --staged --worktree ."
    console.print(f"To undo everything: {undo}", markup=False, highlight=False)


def apply_whole(repository: Repository, patch: str, new: list[str]) -> None:
    """Apply a patch to a repository in which nothing is changed; all of it, or nothing.

    Args:
        repository: the repository.
        patch: the patch.
        new: the files that it adds.

    Raises:
        Refusal: git could not write a file.
    """
    try:
        repository.git("apply", "--index", "--whitespace=nowarn", "-", stdin=patch)
    except Refusal as error:
        # git writes one file after another, and leaves those before the one that it cannot write.
        for name in new:
            with contextlib.suppress(OSError):
                (repository.root / name).unlink()
        repository.git("restore", "--worktree", ".")
        raise Refusal(f"{error}Nothing was changed. Fix that, and adopt again.") from error


def write(
    clone: Repository,
    template: Template,
    read: answers.Answers,
    defaults: bool,
    data: Mapping[str, object],
    replace_gate: bool,
) -> dict[str, Any]:
    """Do everything in a clone; return the answers.

    Args:
        clone: the clone.
        template: the template.
        read: the answers that the repository gives.
        defaults: whether to ask nothing.
        data: answers that were given.
        replace_gate: whether a job that was the gate goes.

    Raises:
        Refusal: an answer was refused, or something is there that cannot be merged.
    """
    project = Project(clone, template)
    refuse_foreign(clone, template)
    refuse_earlier(clone)
    settings.refuse_other_file(project.addopts)
    note_what_is_left_out(clone, project, read)
    others, counted = project.others(), project.counted_tests()
    # This one is merged.
    exclude = ["pyproject.toml"]
    recorded = clone.root / answers_file(clone)
    before = recorded.read_bytes() if recorded.exists() else b""
    if before:
        # What was rendered once is for `copier update` to change, with all that the user has made
        # of it.
        there = [name for name in template.owned_files if (clone.folder / name).exists()]
        exclude += [*there, ".github", ".gitlab", PIPELINE]
        defaults = True
    elif defaults and "test_command" not in [*read.values, *data]:
        raise Refusal(NO_TESTS)
    try:
        copier.run_copy(
            template.source,
            clone.root,
            answers_file=recorded.name,
            # What is known is not asked.
            data={"existing": True, "working_directory": clone.working_directory, **data},
            user_defaults=read.values,
            defaults=defaults,
            exclude=exclude,
            vcs_ref=template.revision,
            overwrite=True,
            quiet=True,
        )
    except (CopierError, ValueError, OSError, RuntimeError) as error:
        raise Refusal(why_not_rendered(error, defaults)) from error
    chosen: dict[str, Any] = yaml.safe_load(recorded.read_text(encoding="utf-8"))
    if before:
        # Nor is the release changed that `copier update` starts from.
        recorded.write_bytes(before)
    clone.working_directory = chosen["working_directory"]
    if not (clone.folder / chosen["source_dir"]).exists():
        raise Refusal(
            f"There is no directory {chosen['source_dir']!r} to measure, and no package in another "
            "one. Move the code to a directory without the tests, and commit.\n"
            f"{ASK if defaults else ''}".strip()
        )
    if chosen.get("workflow") == "join" and not before:
        join(clone, template, chosen, replace_gate)
    settings.move_to_pyproject(clone)
    rendered = template.render_file("pyproject.toml.jinja", **chosen)
    packages = others if chosen["source_dir"] == read.values.get("source_dir") else {}
    options = read.tests.options if read.tests else {}
    rendered = settings.with_options(settings.with_packages(rendered, packages, counted), options)
    settings.merge(clone, rendered, read.never_counted)
    whole = template.render_file("pyproject.toml.jinja", **chosen | {"existing": False})
    manager = template.managers[chosen["package_manager"]]
    edit = dependencies.with_dependencies(
        Project(clone, template),
        whole,
        chosen["test_command"],
        chosen["collector"],
        manager,
    )
    clone.apply("pyproject.toml", edit)
    add_environments(Project(clone, template), whole)
    if chosen["collector"] == "command":
        (requirement,) = tomllib.loads(whole)["dependency-groups"]["coverage"]
        add_coverage(Project(clone, template), chosen["test_command"], requirement)
    raise_python(clone)
    add_to_gitignore(clone, ignored_lines(project, chosen))
    clone.left += calls_of_renamed(project)
    for name in chosen["task_runners"]:
        ADD_TO_RUNNER[name](clone)
    if not before and Path(template.source).is_dir():
        clone.left.append(
            f"{recorded.name}: `copier update` looks for releases in {template.source}, which "
            "others do not have: adopt with --template ADDRESS, or write it there as _src_path"
        )
    return chosen


def why_not_rendered(error: Exception, defaults: bool) -> str:
    """Return why Copier rendered nothing, and what to do."""
    if isinstance(error, ForbiddenPathError):
        leads = "a symlink leads out of the repository"
        return f"{error}: {leads}. Replace it with a regular directory and commit."
    if isinstance(error, RuntimeError):  # Before Python 3.13.
        return f"{error}: replace it with a regular directory and commit."
    if isinstance(error, FileExistsError | NotADirectoryError):
        name = "/".join(Path(error.filename).parts[-2:])
        return f"{name} is in the way of a directory. Rename it and commit."
    # The folder was given on the command line; a question would not help.
    asks = defaults and "'working_directory'" not in str(error)
    return f"{error}\n{ASK if asks else ''}".strip()


def ignored_lines(project: Project, chosen: dict[str, Any]) -> list[str]:
    """Return the lines for .gitignore: coverage's data, and what installing the project leaves."""
    text = project.template.render_file(".gitignore.jinja", **chosen)
    lines = text.partition("\n\n")[0].splitlines()
    lines += project.template.managers[chosen["package_manager"]]["ignored"]
    if "setuptools" in str(project.pyproject.get("build-system", "setuptools")):
        lines.append("*.egg-info/")
    return lines


def chosen_answers(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return answers without what Copier records beside them."""
    return {name: value for name, value in chosen.items() if not name.startswith("_")}


def decide(measured: Comparison, chosen: dict[str, Any], read: answers.Answers) -> bool:
    """Take what was measured for what the project itself leaves open; return whether it does.

    Where there is no threshold, that is the total; and where files that never counted are all that
    lacks to the threshold, they do not count now either.
    """
    if chosen["coverage_threshold"] == answers.NO_THRESHOLD:
        found = measured.threshold()
        read.add("coverage_threshold", found, "the total, rounded down")
        read.decided = {"coverage_threshold": found}
        return True
    read.never_counted = measured.never_counted(float(chosen["coverage_threshold"]))
    return bool(read.never_counted)


def below(measured: Comparison, chosen: dict[str, Any]) -> list[str]:
    """Return what to do about a total that does not reach the threshold here."""
    totals = measured.after.report["totals"] if measured.after.report else {}
    total, threshold = totals.get("percent_covered", 0), chosen["coverage_threshold"]
    if total >= float(threshold) or measured.never_counted(float(threshold)):
        return []
    low = f"The total here is {total:.2f}%, and the threshold {threshold}%"
    why = "If only all Pythons, systems or environments together reach it, the workflow's gate has"
    return [f"{low}. {why} the data of them all; here, set COVERAGE_FAIL_UNDER"]


def calls_of_renamed(project: Project) -> list[str]:
    """Return which commands call a target or recipe that gives its name to the template's."""
    left = []
    for program in ("make", "just"):
        targets = targets_of(project, program)
        for command in project.commands:
            match = re.search(rf"\b{program} (coverage(?:-[\w-]+)?)(?![\w-])", command.text)
            if match and match[1] in targets:
                kept = free(match[1], targets)
                left.append(f"{command} - this runs the gate now; what it did is: {program} {kept}")
    return left


def note_what_is_left_out(clone: Repository, project: Project, read: answers.Answers) -> None:
    """Note what could not be kept of the test command, and what names another settings file."""
    clone.left += read.tests.left if read.tests else ()
    if read.values["coverage_threshold"] == answers.NO_THRESHOLD:
        name = answers_file(clone)
        other = f" --answers-file {name}" if name != ANSWERS_FILES[0] else ""
        clone.left.append(
            "No threshold was found, so any total passes. After the first run, make its total the "
            f"threshold: copier update --defaults --data coverage_threshold=TOTAL{other}"
        )
    for command in project.commands:
        if re.search(r"\.coveragerc\b|--(cov-config|rcfile)\b|COVERAGE_RCFILE", command.text):
            clone.left.append(f"{command} - the settings are now in pyproject.toml")


def answers_file(clone: Repository) -> str:
    """Return the answers file of a project: this template's, or else one that is not there yet.

    Raises:
        Refusal: each belongs to another template; or one cannot be read.
    """
    own = re.sub(r"\W+", "-", clone.working_directory).strip("-")
    names = [*ANSWERS_FILES, *([f".copier-answers.{own}.yml"] if own else [])]
    there = [name for name in names if is_there(clone.root / name)]
    ours = [name for name in there if is_ours(clone, name)]
    not_there = [name for name in names if name not in there]
    usable = [*ours, *not_there]
    if not usable:
        raise Refusal(f"{' and '.join(names)} belong to other templates: rename one and commit.")
    return usable[0]


def is_ours(clone: Repository, name: str) -> bool:
    """Return whether an answers file is this template's, and of this project.

    Raises:
        Refusal: it cannot be read.
    """
    text = Repository(clone.root).read(name) or ""
    node, found = read_yaml(text, name)
    if node is None and text.strip():
        raise Refusal(f"{name} cannot be read: it is not YAML. Fix it and commit.")
    return (
        isinstance(found, dict)
        and "coverage_threshold" in found
        and found.get("working_directory", ".") == clone.working_directory
    )


def refuse_foreign(clone: Repository, template: Template) -> None:
    """Refuse a repository that has other files under the template's names.

    Raises:
        Refusal: there is one.
    """
    for name in template.owned_files:
        if is_there(clone.folder / name) and not OURS.search(clone.read(name) or ""):
            raise Refusal(
                f"{name} exists but was not generated by this template, which needs that name. "
                "Rename it and commit."
            )


def refuse_earlier(clone: Repository) -> None:
    """Refuse a project of a release with other files: updating replaces them, adopting does not.

    Raises:
        Refusal: it is one.
    """
    if OURS.search(clone.read(EARLIER) or "") and clone.read("coverage_gate.py") is None:
        raise Refusal(
            f"{EARLIER} is from an earlier release of this template. "
            "First run `copier update`, and commit."
        )


def join(clone: Repository, template: Template, chosen: dict[str, Any], replace_gate: bool) -> None:
    """Have the workflow or the pipeline of each CI provider that runs the tests call the gate.

    Raises:
        Refusal: no workflow can be joined.
    """
    gate = chosen["workflow_name"]
    if "github" in chosen["ci_providers"]:
        join_workflow(clone, template, gate, replace_gate)
    if "gitlab" in chosen["ci_providers"]:
        join_pipeline(clone, template, gate)


def join_workflow(clone: Repository, template: Template, gate: str, replace: bool) -> None:
    """Have the workflow that runs the tests call the gate's.

    Args:
        clone: the clone.
        template: the template.
        gate: the answer to `workflow_name`.
        replace: whether a job that was the gate goes.

    Raises:
        Refusal: no workflow can be joined.
    """
    project = Project(clone, template)
    name = workflow_with_tests(project)
    root = Repository(clone.root)
    edit = joined(root.read(name) or "", name, gate, project, replace) if name else None
    if edit is None:
        raise Refusal("No workflow runs the tests. Give the gate its own: --data workflow=own")
    root.apply(name, edit)
    clone.changes += edit.changes
    clone.left += edit.left


def join_pipeline(clone: Repository, template: Template, gate: str) -> None:
    """Have the GitLab pipeline that runs the tests include the gate, or note how to do it.

    Args:
        clone: the clone.
        template: the template.
        gate: the answer to `workflow_name`.
    """
    root = Repository(clone.root)
    edit = pipeline.joined(root.read(PIPELINE) or "", PIPELINE, gate, Project(clone, template))
    if edit is None:
        lines = "\n".join(template.providers["gitlab"]["to_join"]).replace("NAME", gate)
        clone.left.append(lines.removeprefix("- ").rstrip())
        return
    root.apply(PIPELINE, edit)
    clone.changes += edit.changes
    clone.left += edit.left
