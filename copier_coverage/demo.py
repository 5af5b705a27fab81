"""Show on two samples what the old recipe, the published fix and the template make of them."""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from copier_coverage.projects import Project
from copier_coverage.recipes import COLLECT, OLD_RECIPE, PUBLISHED_FIX
from copier_coverage.rendering import render_sample

THRESHOLD = 80


def run_old_recipe(project: Project) -> tuple[str, bool]:
    """Run the old recipe; return the number it found, and whether CI passed with it."""
    project.check(COLLECT)
    number = project.check(OLD_RECIPE).strip()
    return number, float(number) >= THRESHOLD


def run_published_fix(project: Project) -> tuple[str, bool]:
    """Run the published fix; return its exit code with its last line, and whether CI passed with it."""
    project.check(COLLECT)
    process = project.run(PUBLISHED_FIX)
    return f"exit {process.returncode}: {process.stdout.splitlines()[-1]}", process.returncode == 0


def run_template(project: Project) -> tuple[str, bool]:
    """Run the template's stages; return the total, and whether the gate passed."""
    process = project.run(project.stage("invoke"))
    return f"{project.total():.2f}%", process.returncode == 0


PIPELINES = {
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
            project = Project(render_sample(name, Path(folder, name), task_runners=["invoke"]))
            console.rule(f"sample {name}, threshold {THRESHOLD}%")
            with console.status("installing it"):
                project.install()
                project.check("uv add --dev pytest-cov")
            if name == "fanout":
                project.check("uv run invoke coverage.test")
                print(lines_by_data_file(project))
            table = Table("pipeline", "result", "CI")
            for title, run_pipeline in PIPELINES.items():
                with console.status(title):
                    result, passed = run_pipeline(project)
                table.add_row(title, result, "[green]passes" if passed else "[red]fails")
            console.print(table)


def lines_by_data_file(project: Project) -> str:
    """Return how many lines of each module each data file has, without those that have none."""
    data = project.check("uv run coverage debug data")
    return "\n".join(line for line in data.splitlines() if not line.endswith(": 0 lines"))
