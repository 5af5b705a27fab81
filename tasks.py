"""The maintainer's tasks; `invoke --list` shows them."""

import sys

from invoke import Collection, Context, Exit, task

import coverage_tasks
from copier_coverage.tasks import adopt, audit


@task(
    help={
        "only": "one part: starter, networkx, combine or workflow",
        "rounds": (
            "how often each command is measured; 0 writes the page again from the stored rounds"
        ),
    }
)
def bench(c: Context, only: str = "", rounds: int = 5) -> None:
    """Measure what the gate, pytest-cov and coverage cost; write docs/performance.* from it."""
    from workshop.bench import bench as measure

    measure(only, rounds)


@task
def changelog(c: Context) -> None:
    """Show what releases of coverage newer than the template's floor report about lost data.

    Exits with 1 if there is any: then the floor is too low.
    """
    from workshop.changelog import newer_losses

    if newer_losses():
        raise Exit(code=1)


@task
def demo(c: Context) -> None:
    """Run the old recipe, the published fix and this template on two samples, and compare."""
    from workshop.demo import demo as show

    show()


@task
def fuzz(c: Context) -> None:
    """Try more than 10,000 answers to the questions, new ones each time."""
    properties = "--hypothesis-profile=fuzz tests/render/test_any_answers.py"
    c.run(f'"{sys.executable}" -m pytest {properties}', pty=sys.stdout.isatty())


@task
def lint(c: Context) -> None:
    """Check this project's own files; the tests check what the template renders."""
    c.run("ruff check", echo=True)
    c.run("ruff format --check", echo=True)
    c.run("mypy", echo=True)
    c.run("yamllint --strict .", echo=True)
    c.run("actionlint", echo=True)
    c.run("zizmor --offline --persona auditor .github", echo=True)


@task
def outdated(c: Context) -> None:
    """Compare the versions that the template has with the newest ones.

    Exits with 1 if one is behind. The newest releases of actions are not known here.
    """
    from workshop.outdated import show

    if show():
        raise Exit(code=1)


@task(help={"oldest": "with the oldest versions that a rendered project allows; writes nothing"})
def proof(c: Context, oldest: bool = False) -> None:
    """Run every known way a gate lies through six pipelines; write the results to README and docs.

    Exits with 1 if this template was wrong once.
    """
    from workshop.proof.proof import proof as prove

    prove(oldest)


@task
def self_render(c: Context) -> None:
    """Write what the template renders for this repository itself to its root."""
    from workshop.self_render import self_render as write

    write()


@task(
    help={
        "fast": "leave out the tests that install and run projects",
        "long": "run what the other runs leave out: the whole proof, and real projects",
    }
)
def test(c: Context, fast: bool = False, long: bool = False) -> None:
    """Run the tests, measured; what follows `--` goes to pytest."""
    options = [coverage_tasks.ARGUMENTS or "--"]
    if fast:
        options += ["tests/unit", "tests/render"]
    if long:
        options += ["-m", "long"]
    c.run(f"{coverage_tasks.GATE} test {' '.join(options)}", pty=sys.stdout.isatty())


namespace = Collection(
    adopt,
    audit,
    bench,
    changelog,
    demo,
    fuzz,
    lint,
    outdated,
    proof,
    self_render,
    test,
    coverage=coverage_tasks,
)
