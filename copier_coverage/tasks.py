"""The tasks of the command `copier-coverage`, which `invoke` in a clone has too."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from invoke import Context, Exit, task
from rich.console import Console
from rich.text import Text

from copier_coverage.adopt import adopt as adopt_template
from copier_coverage.adopt.undo import undo as undo_adoption
from copier_coverage.audit import checks, findings
from copier_coverage.errors import Refusal
from copier_coverage.project.repository import locate
from copier_coverage.template import template_from

# The exit code of repo-review when a check fails.
FINDINGS = 3


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
            undo_adoption(Path(path))
            return
        with template_from(template) as opened:
            adopt_template(Path(path), opened, dry_run, defaults, given(data), replace_gate, verify)
    except Refusal as refusal:
        Console(stderr=True, soft_wrap=True).print(
            "[red]Refused:[/red]", Text(str(refusal)), highlight=False
        )
        raise Exit(code=1) from refusal


def given(data: list[str]) -> dict[str, Any]:
    """Return answers that were given as NAME=VALUE; values are read as YAML, as Copier does.

    Raises:
        Refusal: one has no name.
    """
    pairs = [item.partition("=") for item in data]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise Refusal(f"--data {name}: write NAME=VALUE, for example --data shards=2")
    return {name: yaml.safe_load(value) for name, _, value in pairs}


@task(help={"path": "the directory of the project: the repository, or one below"})
def audit(c: Context, path: str) -> None:
    """Find, without running anything, what makes a repository's coverage gate lie.

    Exits with 3 if it finds any by which a gate passes or fails wrongly; with 0 if it finds none,
    or only what may mislead people.
    """
    root, folder = locate(Path(path))
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "repo_review",
        "--select",
        "GC",
        "--show",
        "errskip",
        "--package-dir",
        folder,
        root,
    ]
    code = subprocess.run(command, check=False).returncode
    if code == FINDINGS:
        kinds = checks()
        if not any(kinds[name].severity == "error" for name in findings(root / folder)):
            code = 0
        print("docs/audit.md explains each check. Most are fixed by a new gate:")
        print(f"copier-coverage adopt {path}")
    if code:
        raise Exit(code=code)
