"""The tasks of the command `copier-coverage`, which `invoke` in a clone has too."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from invoke import Context, Exit, task
from repo_review.__main__ import rich_printer
from repo_review.processor import Result
from rich.markup import escape
from rich.text import Text

from copier_coverage.adopt import adopt as adopt_template
from copier_coverage.adopt.message import say
from copier_coverage.adopt.undo import undo as undo_adoption
from copier_coverage.audit import checks, families, review
from copier_coverage.console import Console, visible, without_commands
from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import is_folder
from copier_coverage.project.unread import unread
from copier_coverage.template import template_from

# The exit codes of repo-review: a check fails; and the settings of the project ignore all.
FINDINGS, NO_CHECKS = 3, 2
# And that of this command, if something could not be read.
NOT_READ = 1


@task(
    help={
        "path": "the directory of the project: the repository, or one below",
        "dry_run": "show what would change, and change nothing",
        "defaults": "ask nothing; take the answers that are read from the repository",
        "verify": "run the tests before and after, and compare: fewer tests, or lines lost, are "
        "refused; the total becomes the threshold where there is none",
        "replace_gate": "let the gate take the place of a job that combines data today",
        "undo": "take an adoption back, before or after its commit; all other options are ignored",
        "data": "NAME=VALUE: an answer, which is not asked; can be given several times",
        "template": "a clone of copier-coverage, or the address of its repository; "
        "by default, where this command was installed from",
    },
    iterable=["data"],
)
def adopt(
    c: Context,
    path: str,
    data: list[str],
    dry_run: bool = False,
    defaults: bool = False,
    template: str = "",
    undo: bool = False,
    replace_gate: bool = False,
    verify: bool = False,
) -> None:
    """Add the gate to an existing repository, keeping everything that is there.

    Exits with 1 if it refuses.
    """
    try:
        if undo:
            with without_commands():
                undo_adoption(Path(path))
            return
        with template_from(template) as opened, without_commands():
            adopt_template(Path(path), opened, dry_run, defaults, given(data), replace_gate, verify)
    except Refusal as refusal:
        raise refused(refusal) from refusal


def given(data: list[str]) -> dict[str, Any]:
    """Return answers that were given as NAME=VALUE; values are read as YAML, as Copier does.

    Raises:
        Refusal: one has no name, or its value is no YAML.
    """
    pairs = [item.partition("=") for item in data]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise Refusal(f"--data {name}: write NAME=VALUE, for example --data shards=2")
    try:
        return {name: yaml.safe_load(value) for name, _, value in pairs}
    except (yaml.YAMLError, ValueError) as error:
        raise Refusal(f"--data {' '.join(data)}: {error}\nQuote it, as YAML has it.") from error


@task(help={"path": "the directory of the project: the repository, or one below"})
def audit(c: Context, path: str) -> None:
    """Find, without running anything, what makes a repository's coverage gate lie.

    Exits with 3 if it finds any by which a gate passes or fails wrongly; else with 1 if a file
    cannot be read; with 0 if it finds none, or only what may mislead people;
    with 2 if the project's settings ignore all checks.
    """
    try:
        if not is_folder(Path(path)):
            raise Refusal(
                f"{path} is not a directory. Clone the repository, and name the directory of the "
                "project in it, for example: ../my-project"
            )
        with without_commands():
            results, not_read = review(Path(path)), unread(Path(path))
            show(results, not_read)
    except Refusal as refusal:
        raise refused(refusal) from refusal
    if not results:
        raise Exit(code=NO_CHECKS)
    failed = [result.name for result in results if result.result is False]
    if failed:
        print("docs/audit.md explains each check. Most are fixed by a new gate:")
        print(f"copier-coverage adopt {path}")
    kinds = checks()
    if any(kinds[name].severity == "error" for name in failed):
        raise Exit(code=FINDINGS)
    if not_read:
        raise Exit(code=NOT_READ)


def show(results: list[Result], not_read: list[str]) -> None:
    """Print what checks found, as repo-review does, and what could not be read."""
    # The reasons in a project's settings for checks that it ignores are no markup.
    plain = [
        replace(result, skip_reason=escape(visible(result.skip_reason)))
        for result in results
        if not result.result
    ]
    known = families()
    shown = {name: known[name] for name in known if any(r.family == name for r in plain)}
    if plain or not results or not not_read:
        rich_printer(shown, plain, status="passed" if results else "empty")
    say(Console(soft_wrap=True), "Not checked, as it cannot be read", not_read)


def refused(refusal: Refusal) -> Exit:
    """Print a refusal; return what ends the command."""
    Console(stderr=True, soft_wrap=True).print(
        "[red]Refused:[/red]", Text(str(refusal)), highlight=False
    )
    return Exit(code=1)
