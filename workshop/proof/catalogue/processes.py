"""Modes of processes: a child runs a fifth of the code, and its data is lost."""

from typing import Any

from workshop.proof.catalogue.mode import PASSES, Mode, Total
from workshop.proof.catalogue.samples import FANOUT, INCIDENT, child

TRUE = Total(FANOUT, PASSES)
PATCHED = (
    'The settings have `patch = ["subprocess"]`: each Python process that starts measures itself.'
)


def lost_child(id: str, symptom: str, cause: str, answer: str, *lines: str, **other: Any) -> Mode:
    """Return the mode in which lines of Python make the child that is lost."""
    return Mode(
        id, "R", symptom, cause, answer, TRUE, sample="fanout", files=child(*lines), **other
    )


MODES = [
    lost_child(
        "subprocess-child",
        "Code that the tests run as a command, with `subprocess`, counts as never run.",
        (
            "A new Python process is not measured unless something in it starts coverage; "
            "pytest-cov did until 7.0."
        ),
        PATCHED,
        'subprocess.run([sys.executable, "-m", "fanout.pricing"], check=True)',
    ),
    lost_child(
        "subprocess-in-other-folder",
        "Commands that the tests start in a temporary directory count as never run.",
        "The child looks for its settings, and for the directory `src`, where it starts.",
        (
            f"{PATCHED} The test stage names data file and settings by absolute paths; "
            "`source_pkgs` needs no directory."
        ),
        'subprocess.run([sys.executable, "-m", "fanout.pricing"], check=True, cwd=tmp_path)',
    ),
    lost_child(
        "isolated-child",
        "A child started with `python -I` counts as never run.",
        (
            "Isolated mode ignores PYTHON* variables; "
            "what coverage needs is in a `.pth` file and COVERAGE_* variables."
        ),
        PATCHED,
        'program = f"import sys; sys.path[:0] = {sys.path!r}; {PRICING}"',
        'subprocess.run([sys.executable, "-I", "-c", program], check=True)',
    ),
    lost_child(
        "spawn-child",
        "What multiprocessing's spawned children run is missing.",
        (
            "A spawned child is a new Python; "
            "without `concurrency = multiprocessing` nobody measures it."
        ),
        "The settings have `concurrency` with thread and multiprocessing, and `parallel`.",
        'child = multiprocessing.get_context("spawn").Process(target=exec, args=[PRICING])',
        "child.start(), child.join()",
        "assert child.exitcode == 0",
        settings={"run": {"concurrency": None}},
    ),
    lost_child(
        "forkserver-child",
        (
            "What multiprocessing's children run is missing since they come from a fork server "
            "(Python 3.14's default)."
        ),
        "The fork server is started before, and outlives, what coverage knows of.",
        "The settings have `concurrency` with thread and multiprocessing, and `patch`.",
        'child = multiprocessing.get_context("forkserver").Process(target=exec, args=[PRICING])',
        "child.start(), child.join()",
        "assert child.exitcode == 0",
        settings={"run": {"concurrency": None}},
    ),
    lost_child(
        "pool-context-manager",
        "What the workers of `with Pool()` run is missing.",
        "The end of the `with` block terminates the workers by SIGTERM; they die before they save.",
        "The settings have `sigterm = true`.",
        'with multiprocessing.get_context("fork").Pool(1) as pool:',
        "    pool.apply(exec, [PRICING])",
        "    pool.apply_async(time.sleep, [60])",
        "    time.sleep(0.5)",
    ),
    lost_child(
        "terminated-child",
        "What a server ran is missing, if the tests stop it with `terminate()`.",
        "SIGTERM ends a process without its exit handlers; coverage saves in one.",
        "The settings have `sigterm = true`.",
        (
            'server = [sys.executable, "-c", '
            'f"{PRICING}; print(1, flush=True); import time; time.sleep(60)"]'
        ),
        "with subprocess.Popen(server, stdout=subprocess.PIPE) as child:",
        '    while b"1\\n" not in child.stdout.readline():',
        "        pass",
        "    child.terminate()",
    ),
    lost_child(
        "os-exit-child",
        "What a child ran is missing, if it ends in `os._exit`.",
        "`os._exit` ends a process without its exit handlers; coverage saves in one.",
        'The settings have `patch = ["_exit"]`.',
        'subprocess.run([sys.executable, "-c", f"{PRICING}; import os; os._exit(0)"], check=True)',
    ),
    lost_child(
        "raw-fork",
        "What a child of `os.fork` runs is missing.",
        (
            "Such a child ends in `os._exit`, and pytest must not run on in it: "
            "there is no other way out."
        ),
        'The settings have `patch = ["_exit"]`.',
        "if not (child := os.fork()):",
        "    exec(PRICING)",
        "    os._exit(0)",
        "os.waitpid(child, 0)",
    ),
    lost_child(
        "execv-child",
        "What a program runs before it replaces itself with `os.execv` is missing.",
        "The new program takes the memory of the old one, with all that coverage counted in it.",
        'The settings have `patch = ["execv"]`.',
        "last = \"os.execv(sys.executable, [sys.executable, '-c', 'pass'])\"",
        'subprocess.run([sys.executable, "-c", f"import os, sys; {PRICING}; {last}"], check=True)',
    ),
    lost_child(
        "grandchild-in-other-folder",
        "A command that starts workers in another directory loses what they run.",
        "Their data files are written where they start, and `src` is looked up there.",
        (
            "The test stage names data file and settings by absolute paths; "
            "`source_pkgs` needs no directory."
        ),
        'program = tmp_path / "program.py"',
        'program.write_text(textwrap.dedent("""',
        "    import multiprocessing",
        "    if __name__ == '__main__':",
        (
            "        child = multiprocessing.get_context('spawn').Process(target=exec, "
            "args=['import fanout.pricing'])"
        ),
        "        child.start(), child.join()",
        '    """))',
        "subprocess.run([sys.executable, program], check=True, cwd=tmp_path)",
    ),
    lost_child(
        "thread-beside-multiprocessing",
        "What the threads of the tests run is missing.",
        '`concurrency = ["multiprocessing"]` alone replaces the default, thread.',
        "The settings name both.",
        "child = threading.Thread(target=importlib.import_module, args=['fanout.pricing'])",
        "child.start(), child.join()",
        settings={"run": {"concurrency": ["multiprocessing"]}},
    ),
    Mode(
        "xdist-workers",
        "R",
        "`coverage run -m pytest -n 2` reports next to nothing.",
        (
            "pytest-xdist's workers are new Python processes; "
            "pytest-cov measures them, `coverage run` alone does not."
        ),
        PATCHED,
        Total(INCIDENT, PASSES),
        pyproject='[tool.pytest.ini_options]\naddopts = "-n 2"\n',
    ),
]
