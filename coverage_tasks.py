# Coverage tasks, rendered by copier-coverage; put your own tasks in tasks.py.
import shlex
import sys
from pathlib import Path

from invoke import Context, Task, task

GATE = f'"{sys.executable}" coverage_gate.py'
ARGUMENTS = shlex.join(sys.argv[sys.argv.index("--") :]) if "--" in sys.argv else ""
STAGES = ("erase", "test", "combine", "report", "gate")
# Whatever INVOKE_RUN_DRY and the like say, the gate runs, and its exit code counts.
SURE = {"warn": False, "dry": False, "asynchronous": False, "disown": False}


def new(name: str, command: str, **options: bool) -> Task:
    def run(c: Context) -> None:
        with c.cd(Path(__file__).parent.resolve()):
            c.run(f"{command} {ARGUMENTS}", pty=sys.stdout.isatty(), **SURE)

    run.__doc__ = f"Run: {command.replace(GATE, 'python coverage_gate.py')}."
    return task(run, name=name, **options)


pipeline, html = new("pipeline", GATE, default=True), new("html", f"{GATE} report")
erase, test, combine, report, gate = (new(name, f"{GATE} {name}") for name in STAGES)
check_update = new("check-update", "uvx copier check-update")
update = new("update", "uvx copier update --defaults && git diff --check")
