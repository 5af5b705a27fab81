"""Show on two samples what the old recipe, the published fix and the template say."""

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
    """Render and install the samples, run every pipeline on each of them, print what they say.

    Raises:
        RuntimeError: a command that must succeed failed.
    """
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("fanout", "incident"):
            project = Project(render_sample(name, Path(folder, name)))
            console.rule(f"sample {name}, threshold {THRESHOLD}%")
            with console.status("installing it"):
                project.install()
                project.check("uv add --dev pytest-cov")
            if name == "fanout":
                project.check("uv run invoke coverage.test")
                print(project.check("uv run python coverage_parts.py"))
            table = Table("pipeline", "says", "and CI is")
            for title, run_pipeline in PIPELINES.items():
                with console.status(title):
                    says, passed = run_pipeline(project)
                table.add_row(title, says, "[green]green" if passed else "[red]red")
            console.print(table)
