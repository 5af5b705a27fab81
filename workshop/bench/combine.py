"""The combine stage with its checks, by the number of data files and of modules."""

import os
import random
import shutil
from pathlib import Path

from coverage import CoverageData

from workshop.bench.measure import Command, rounds_of
from workshop.bench.part import GATE, Part, clean, versions
from workshop.bench.results import Aim, Row, rows_of
from workshop.bench.starter import starter
from workshop.rendered import RenderedProject

FILES = (1, 10, 100, 1000, 5000)
MODULES = (10, 100, 1000, 3000)
# Of the other, while one of them grows.
FEW = 10
PLAIN = "coverage combine"
SCRIPTS = {GATE: "python coverage_gate.py combine", PLAIN: "python -m coverage combine"}
GENERATED = Path("src", "app", "generated")
# A function of four lines, and what of it can run: the first lines, then one of two ways.
FUNCTION = """\
def function_{0}(number):
    if number > {0}:
        return number
    return {0}


"""
FUNCTIONS = 20


def case(files: int, modules: int) -> str:
    """Return the name of a case."""
    return f"{files} data {'file' if files == 1 else 'files'}, {modules} modules"


def write_modules(folder: Path, number: int) -> list[str]:
    """Put a number of modules into a project, in place of earlier ones; return their paths."""
    shutil.rmtree(folder / GENERATED, ignore_errors=True)
    (folder / GENERATED).mkdir()
    text = "".join(FUNCTION.format(each) for each in range(FUNCTIONS))
    paths = [(GENERATED / f"module_{each}.py").as_posix() for each in range(number)]
    for path in paths:
        (folder / path).write_text(text)
    return paths


def write_data(folder: Path, number: int, modules: list[str]) -> None:
    """Write a number of data files, no two alike, as processes that ran some of each module."""
    folder.mkdir()
    for each in range(number):
        chance = random.Random(each)
        data = CoverageData(str(folder / f".coverage.local.{each}"))
        data.add_arcs({path: arcs(chance) for path in modules})
        data.write()


def arcs(chance: random.Random) -> list[tuple[int, int]]:
    """Return pairs of lines of a module, as if a process had called half of its functions."""
    found = []
    for each in chance.sample(range(FUNCTIONS), FUNCTIONS // 2):
        first = 6 * each + 1
        last = first + chance.choice((2, 3))
        found += [(-first, first + 1), (first + 1, last), (last, -first)]
    return found


def measure(project: RenderedProject, files: int, modules: int, rounds: int) -> list[Row]:
    """Measure one number of data files and modules."""
    print(case(files, modules), flush=True)
    stored = project.folder / "stored"
    shutil.rmtree(stored, ignore_errors=True)
    write_data(stored, files, write_modules(project.folder, modules))
    clean(project.folder)
    project.check("python coverage_gate.py test")
    state = (project.folder / ".coverage-gate" / "state.json").read_bytes()

    def prepare() -> None:
        clean(project.folder)
        (project.folder / ".coverage-gate").mkdir()
        (project.folder / ".coverage-gate" / "state.json").write_bytes(state)
        for path in stored.iterdir():
            # Combining removes them.
            os.link(path, project.folder / path.name)

    place = project.folder, project.environment()
    commands = [Command(name, script, *place, prepare) for name, script in SCRIPTS.items()]
    return rows_of(case(files, modules), commands, rounds_of(commands, rounds))


def cases() -> list[tuple[int, int]]:
    """Return the numbers of data files and of modules that are measured."""
    return [*((files, FEW) for files in FILES), *((FEW, modules) for modules in MODULES[1:])]


def run(folder: Path, rounds: int) -> tuple[str, list[Row]]:
    """Measure all numbers of data files and modules."""
    project = starter(folder / "app", "pip")
    rows = [row for numbers in cases() for row in measure(project, *numbers, rounds)]
    return versions(project, "python"), rows


def aims() -> tuple[Aim, ...]:
    """Return the aims: little more than plain combine, and linear time and flat memory."""
    most, fewer, least = (case(files, FEW) for files in (FILES[-1], FILES[-2], FILES[0]))
    return (
        *(Aim((case(*each), GATE), (case(*each), PLAIN), 1.1) for each in cases()),
        Aim((most, GATE), (fewer, GATE), FILES[-1] / FILES[-2]),
        Aim((most, GATE), (least, GATE), 1.2, ("memory",)),
    )


PART = Part(
    title="Combining",
    about="The combine stage, which compares the source with what the tests measured and "
    "checks that nothing is left, and plain `coverage combine` of the same data files. "
    f"Each module has {FUNCTIONS} functions; each data file has half of them, in every module. "
    "Time counts as linear if five times the data files take at most five times as long; memory "
    "as flat if the peak with the most data files is at most 1.2 times that with one.",
    run=run,
    aims=aims(),
)
