"""Coverage tasks, rendered by copier-coverage; put your own tasks in tasks.py."""

import sys
from pathlib import Path

from invoke import Context, Task, task

GATE = f'"{sys.executable}" coverage_gate.py'


def new(name: str, command: str, **options: bool) -> Task:
    def run(c: Context) -> None:
        with c.cd(Path(__file__).parent.resolve()):
            c.run(f"{command} {c.remainder}", pty=sys.stdout.isatty(), warn=False)

    run.__doc__ = f"Run: {command.replace(GATE, 'python coverage_gate.py')}."
    return task(run, name=name, **options)


pipeline = new("pipeline", f"{GATE} --", default=True)
erase, test = new("erase", f"{GATE} erase --"), new("test", f"{GATE} test --")
combine, gate = new("combine", f"{GATE} combine --"), new("gate", f"{GATE} gate --")
report, html = new("report", f"{GATE} report --"), new("html", f"{GATE} report --")
check_update = new("check-update", "uvx copier check-update")
update = new("update", "uvx copier update --defaults && git diff --check")
