"""The maintainer's tasks; `invoke --list` shows them."""

from invoke import Collection, Context, task

import coverage_tasks


@task(
    help={
        "path": "the folder of the project: the repository, or one below",
        "dry_run": "show what would change, and change nothing",
        "defaults": "ask nothing; take the answers that are read from the repository",
    }
)
def adopt(c: Context, path: str, dry_run: bool = False, defaults: bool = False) -> None:
    """Give a repository that exists the gate, keeping everything that is there. Exits with 1 if it refuses."""
    from pathlib import Path

    from copier_coverage.adopt import adopt as adopt_template

    adopt_template(Path(path), dry_run, defaults)


@task(help={"path": "the folder of the project: the repository, or one below"})
def audit(c: Context, path: str) -> None:
    """Find, without running anything, what makes a repository's coverage gate lie. Exits with 3 if it finds any."""
    from pathlib import Path

    from copier_coverage.audit import locate

    root, folder = locate(Path(path))
    c.run(f'repo-review --select GC --show errskip --package-dir "{folder}" "{root}"', echo=True)


@task(
    help={
        "only": "one part: starter, networkx, combine or workflow",
        "rounds": "how often each command is measured; 0 writes the page again from the stored rounds",
    }
)
def bench(c: Context, only: str = "", rounds: int = 5) -> None:
    """Measure what the gate costs, and what pytest-cov and coverage cost; write docs/performance.*"""
    from copier_coverage.bench import bench as measure

    measure(only, rounds)


@task
def demo(c: Context) -> None:
    """Show what the old recipe, the published fix and this template say on two samples."""
    from copier_coverage.demo import demo as show

    show()


@task
def lint(c: Context) -> None:
    """Check this project's own files; the tests check what the template renders."""
    c.run("ruff check", echo=True)
    c.run("ruff format --check", echo=True)
    c.run("yamllint --strict .", echo=True)
    c.run("actionlint", echo=True)
    c.run("zizmor --offline --persona auditor .github", echo=True)


@task(help={"oldest": "with the oldest versions that a rendered project allows; writes nothing"})
def proof(c: Context, oldest: bool = False) -> None:
    """Run every known way a gate lies through five pipelines, and write what they say to README.md and docs/.

    Exits with 1 if this template was wrong once.
    """
    from copier_coverage.proof import proof as prove

    prove(oldest)


@task
def self_render(c: Context) -> None:
    """Write what the template renders for this repository itself to its root."""
    from copier_coverage.self_render import self_render as write

    write()


namespace = Collection(
    adopt, audit, bench, demo, lint, proof, self_render, coverage_tasks.test, coverage=coverage_tasks
)
