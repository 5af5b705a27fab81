"""Random projects whose total is known by design, not by coverage, to run the pipeline on."""

import random
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from workshop.rendering import render

# How a test runs code; CODE is what it runs.
KINDS = {
    "here": "exec(CODE)",
    "thread": """\
thread = threading.Thread(target=exec, args=[CODE])
thread.start()
thread.join()
""",
    "subprocess": "subprocess.run([sys.executable, '-c', CODE], check=True)",
    "elsewhere": "subprocess.run([sys.executable, '-c', CODE], check=True, cwd=tmp_path)",
    "isolated": "subprocess.run([sys.executable, '-I', '-c', PATHS + CODE], check=True)",
    "fork": """\
if not (pid := os.fork()):
    exec(CODE)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
""",
    **{
        f"multiprocessing-{method}": f"""\
process = multiprocessing.get_context("{method}").Process(target=exec, args=[CODE])
process.start()
process.join()
assert process.exitcode == 0
"""
        for method in ("fork", "spawn", "forkserver")
    },
    "pool": """\
with multiprocessing.get_context("fork").Pool(2) as pool:
    pool.map(exec, [CODE, CODE])
    pool.close()
    pool.join()
""",
    "terminated": """\
code = CODE + "; print(flush=True); input()"
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
process = subprocess.Popen([sys.executable, "-c", code], **pipes)
process.stdout.readline()
process.terminate()
process.wait()
""",
}
# These have no data, or have it by chance: the program must report that, where it lowers the total.
KILLED = {"killed": KINDS["terminated"].replace("terminate()", "kill()")}
IMPORTS = """\
import multiprocessing
import os
import subprocess
import sys
import threading

PATHS = f"import sys; sys.path[:0] = {sys.path!r}; "
"""
# Folders of the package: odd ones, one without an __init__.py, and one of the package's own name.
FOLDERS = ("", "sub", "sub/deep", "src", "no_init", "vendor/src/app")


@dataclass
class Function:
    """A function of a random project.

    Attributes:
        module: its module, as it is imported.
        name: its name.
        lines: how many lines it has before its branch.
        branch: whether it has one.
        flags: with which arguments it was called in a process that left its data.
    """

    module: str
    name: str
    lines: int
    branch: bool
    flags: set[bool] = field(default_factory=set)

    def text(self) -> str:
        """Return its source."""
        body = "value = 0\n" + "value += 1\n" * (self.lines - 1)
        if self.branch:
            body += "if flag:\n    value += 2\nelse:\n    value += 3\n"
        return f"def {self.name}(flag):\n{textwrap.indent(body + 'return value', '    ')}\n"

    def counts(self, imported: bool) -> tuple[int, int]:
        """Return how many statements and branches were run, and how many there are."""
        in_branch = 5 if self.branch else 0
        all_of_it = 1 + self.lines + in_branch + 1
        run = int(imported)
        if self.flags:
            run += self.lines + 1 + (1 + 2 * len(self.flags) if self.branch else 0)
        return run, all_of_it


@dataclass
class RandomProject:
    """A random project.

    Attributes:
        folder: where it was written.
        total: the true total, in percent.
        jobs: the names of the tests that each job runs.
        kinds: how its tests run code.
    """

    folder: Path
    total: float
    jobs: list[list[str]]
    kinds: list[str]


def random_project(seed: int, folder: Path, killed: bool = False) -> RandomProject:
    """Write a random project.

    Args:
        seed: the same seed makes the same project.
        folder: a folder that does not exist.
        killed: whether some processes are killed, and leave no data.
    """
    chance = random.Random(seed)
    render(folder, package_name="app", task_runners=[], coverage_threshold="50")
    for path in [*folder.glob("src/app/*"), *folder.glob("tests/*")]:
        path.unlink()
    functions = make_functions(chance)
    write_modules(folder, functions)
    write_other_code(folder, chance)
    kinds = chance.sample(sorted(KINDS), k=chance.randint(1, 4)) + ["killed"] * killed
    imported: set[str] = set()
    tests: list[str] = []
    for number, kind in enumerate(kinds):
        called = chance.sample(functions, k=chance.randint(1, len(functions)))
        calls = [(function, chance.choice([True, False])) for function in called]
        code = "; ".join(
            f"import {function.module} as m; m.{function.name}({flag})" for function, flag in calls
        )
        body = textwrap.indent((KINDS | KILLED)[kind].replace("CODE", "code_"), "    ")
        tests.append(f"test_{number}_{kind.replace('-', '_')}")
        test = f"{IMPORTS}\n\ndef {tests[-1]}(tmp_path):\n    code_ = {code!r}\n{body}"
        (folder / "tests" / f"{tests[-1]}.py").write_text(test)
        if kind != "killed":
            imported |= {function.module for function, _ in calls}
            for function, flag in calls:
                function.flags.add(flag)
    counts = [function.counts(function.module in imported) for function in functions]
    total = 100 * sum(run for run, _ in counts) / sum(whole for _, whole in counts)
    chance.shuffle(tests)
    size = chance.randint(1, len(tests))
    jobs = [tests[start : start + size] for start in range(0, len(tests), size)]
    return RandomProject(folder, total, jobs, kinds)


def make_functions(chance: random.Random) -> list[Function]:
    """Return functions of modules in some of the folders."""
    functions = []
    folders = chance.sample(FOLDERS, k=chance.randint(1, len(FOLDERS)))
    for number, place in enumerate(folders):
        module = ".".join(["app", *place.split("/"), f"module_{number}"]).replace("..", ".")
        functions += [
            Function(module, f"function_{count}", chance.randint(1, 9), chance.random() < 0.5)
            for count in range(chance.randint(1, 5))
        ]
    return functions


def write_modules(folder: Path, functions: list[Function]) -> None:
    """Write the modules, and an empty __init__.py beside each where there should be one."""
    modules: dict[str, list[str]] = {}
    for function in functions:
        modules.setdefault(function.module, []).append(function.text())
    for module, texts in modules.items():
        path = folder.joinpath("src", *module.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(texts))
    for path in folder.joinpath("src").rglob("*"):
        if path.is_dir() and path.name != "no_init" and path != folder / "src":
            (path / "__init__.py").touch()
    (folder / "src" / "app" / "__init__.py").touch()


def write_other_code(folder: Path, chance: random.Random) -> None:
    """Write code below the source that is not the project's."""
    if chance.random() < 0.3:
        module = folder / "src" / "app" / "node_modules" / "tool.py"
        module.parent.mkdir()
        module.write_text("A = 1\n")
