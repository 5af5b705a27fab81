"""Show on two samples what the old recipe, the published fix and the template make of them."""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workshop.incident import COMBINE, FAIL_UNDER, OLD_RECIPE, TESTS, THRESHOLD, by_uv
from workshop.rendered import RenderedProject
from workshop.rendering import render_sample


def run_old_recipe(project: RenderedProject) -> tuple[str, bool]:
    """Run the old recipe; return the number it found, and whether CI passed with it."""
    project.check(by_uv(TESTS))
    number = project.check(by_uv(OLD_RECIPE)).strip()
    return number, float(number) >= THRESHOLD


def run_published_fix(project: RenderedProject) -> tuple[str, bool]:
    """Run the published fix; return its exit code and last line, and whether CI passed with it."""
    project.check(by_uv(TESTS))
    process = project.run(by_uv(COMBINE, FAIL_UNDER))
    return f"exit {process.returncode}: {process.stdout.splitlines()[-1]}", process.returncode == 0


def run_template(project: RenderedProject) -> tuple[str, bool]:
    """Run the template's stages; return the total, and whether the gate passed."""
    process = project.run(project.stage("invoke"))
    return f"{project.total():.2f}%", process.returncode == 0


RECIPES = {
    "old recipe: awk": run_old_recipe,
    "published fix: combine again": run_published_fix,
    "this template": run_template,
}


def demo() -> None:
    """Render and install the samples, run every pipeline on each of them, print their results.

    Raises:
        RuntimeError: a command that must succeed failed.
    """
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fanout", "incident"):
            project = RenderedProject(
                render_sample(name, Path(folder, name), task_runners=["invoke"])
            )
            console.rule(f"sample {name}, threshold {THRESHOLD}%")
            with console.status("installing it"):
                project.install()
                project.check("uv add --dev pytest-cov")
            if name == "fanout":
                project.check("uv run invoke coverage.test")
                print(lines_by_data_file(project))
            table = Table("pipeline", "result", "CI")
            for title, run_recipe in RECIPES.items():
                with console.status(title):
                    result, passed = run_recipe(project)
                table.add_row(title, result, "[green]passes" if passed else "[red]fails")
            console.print(table)


def lines_by_data_file(project: RenderedProject) -> str:
    """Return how many lines of each module each data file has, without those that have none."""
    data = project.check("uv run coverage debug data")
    return "\n".join(line for line in data.splitlines() if not line.endswith(": 0 lines"))
