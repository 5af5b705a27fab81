"""Measure whole processes: time, CPU time of all that they start, and peak memory.

This file is also a program, which runs one command line and prints what it cost. The small
process between keeps the benchmark's own memory out of the command's peak, which Linux
inherits from the process that starts a command.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Quantities by name: "wall" and "cpu" in seconds, "memory" in bytes.
Measurement = dict[str, float]
# Kibibytes, but on macOS bytes.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Command:
    """A command line that is compared with others.

    Attributes:
        name: what it is called in the tables.
        script: the command line, for sh.
        folder: where it runs.
        env: all its environment variables.
        prepare: called before each run, and not measured.
    """

    name: str
    script: str
    folder: Path
    env: dict[str, str]
    prepare: Callable[[], None] = lambda: None


def measure(command: Command) -> Measurement:
    """Run a command once.

    Raises:
        RuntimeError: it failed; the message has its output.
    """
    command.prepare()
    program = [sys.executable, "-I", "-S", __file__, command.script]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.run(
            program,
            cwd=command.folder,
            env=command.env,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
        )
        found: Measurement = json.loads(process.stdout)
        if code := found.pop("code"):
            output.seek(0)
            raise RuntimeError(f"{command.script!r} exited with {code}:\n{output.read()}")
    return found


def rounds_of(commands: Sequence[Command], rounds: int) -> dict[str, list[Measurement]]:
    """Run all commands in turn, round after round, so that a slow minute is slow for all.

    One more round comes first and does not count: it fills caches.

    Returns:
        the measurements of each command, by its name.
    """
    found: dict[str, list[Measurement]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            measurement = measure(command)
            print(f"  {command.name}: {measurement['wall']:.2f} s", flush=True)
            if number:
                found[command.name].append(measurement)
    return found


def launch(script: str) -> Measurement:
    """Run a command line with sh, what it prints going to stderr; return its cost and exit code."""
    to_stderr = [(os.POSIX_SPAWN_DUP2, 2, 1)]
    start = time.perf_counter()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", script], os.environ, file_actions=to_stderr)
    _, status, usage = os.wait4(pid, 0)
    return {
        "wall": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * MAXRSS_UNIT,
        "code": os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    print(json.dumps(launch(sys.argv[1])))
