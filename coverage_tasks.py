"""Coverage tasks, rendered by copier-coverage; put your own tasks in tasks.py."""

import sys
from pathlib import Path

from invoke import Context, Task, task

GATE = f'"{sys.executable}" coverage_gate.py'
STAGES = ("erase", "test", "combine", "report", "gate")


def new(name: str, command: str, **options: bool) -> Task:
    def run(c: Context) -> None:
        with c.cd(Path(__file__).parent.resolve()):
            c.run(f"{command} {c.remainder}", pty=sys.stdout.isatty())

    run.__doc__ = f"Run: {command.replace(GATE, 'python coverage_gate.py')}."
    return task(run, name=name, **options)


pipeline = new("pipeline", f"{GATE} --", default=True)
erase, test, combine, report, gate = (new(s, f"{GATE} {s} --") for s in STAGES)
html = new("html", f"{GATE} report --")
check_update = new("check-update", "uvx copier check-update")
update = new("update", "uvx copier update --defaults && git diff --check")
