"""The coverage stages for Invoke. `invoke coverage` runs erase, test, combine, report, gate.

A task exits with the code of the command that fails: the test suite's own,
2 when the total is below the threshold, 1 for a refusal.

Rendered by copier-coverage; `copier update` rewrites it, so your own tasks belong in
tasks.py.
"""

import contextlib
import os
from pathlib import Path

from invoke import Context, Exit, task

ROOT = Path(__file__).resolve().parent
# COVERAGE_FAIL_UNDER overrides the threshold for one run.
THRESHOLD = os.environ.get("COVERAGE_FAIL_UNDER") or "90"


def run(c: Context, *commands: str, data_file: str = ".coverage") -> None:
    """Run commands in the project's folder, whatever folder and settings the shell has."""
    for name in ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START"):
        if os.environ.get(name):
            message = (
                f"{name} is set: the process of Invoke itself is measured too,\n"
                f"and overwrites .coverage when it ends. Unset {name} first."
            )
            raise Exit(message, code=1)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("COVERAGE_") and name != "PYTEST_ADDOPTS"
    }
    # Absolute, for processes that the tests start in another folder.
    env["COVERAGE_FILE"] = str(ROOT / data_file)
    env["COVERAGE_RCFILE"] = str(ROOT / "pyproject.toml")
    if os.name == "nt":
        env["COVERAGE_FORK"] = env["COVERAGE_EXECV"] = "subprocess"
    with contextlib.chdir(ROOT):
        for command in commands:
            c.run(command, env=env, replace_env=True, echo=True, warn=False)


@task
def erase(c: Context) -> None:
    """Remove the data of earlier runs, parts included."""
    run(c, "uv run coverage erase")


@task
def test(c: Context) -> None:
    """Run the tests, leaving parts, .coverage.*."""
    run(
        c,
        "uv run coverage run -m pytest",
        data_file=".coverage.local",
    )


@task
def combine(c: Context) -> None:
    """Combine all parts into .coverage; refuse a part that cannot be read."""
    run(
        c,
        "uv run python coverage_parts.py --fresh",
        "uv run coverage combine",
        "uv run python coverage_parts.py --check",
    )


@task
def report(c: Context) -> None:
    """Write the missing lines, htmlcov/, coverage.xml and coverage.json."""
    run(
        c,
        "uv run coverage report --show-missing",
        "uv run coverage html",
        "uv run coverage xml",
        "uv run coverage json",
    )


@task
def gate(c: Context) -> None:
    """Fail with exit code 2 when the total is below the threshold."""
    run(
        c,
        "uv run python coverage_parts.py --check",
        f"uv run coverage report --fail-under={THRESHOLD}",
    )


@task
def html(c: Context) -> None:
    """Write htmlcov/index.html from the combined data."""
    run(c, "uv run coverage html")


@task
def parts(c: Context) -> None:
    """Show what each part holds; run it before combine."""
    run(c, "uv run python coverage_parts.py")


@task
def check_update(c: Context) -> None:
    """Say whether copier-coverage has news."""
    run(c, "uvx copier check-update")


@task
def update(c: Context) -> None:
    """Merge the news of copier-coverage; exit with 2 if that leaves a conflict."""
    run(
        c,
        "uvx copier update --defaults",
        "git diff --check",
    )


@task(erase, test, combine, report, gate, default=True)
def pipeline(c: Context) -> None:
    """Run all stages, up to the first that fails."""
