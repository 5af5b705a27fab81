"""What keeps the gate fast, counted rather than timed, and the arithmetic of the benchmark."""

import json

import pytest

from workshop import bench
from workshop.bench import results
from workshop.bench.page import page
from workshop.bench.part import Part
from workshop.bench.results import Aim, Result, Row
from workshop.rendered import RenderedProject
from workshop.rendering import render

# What each process is, after the number of `uv run` that it runs in.
GATE = "1 python coverage_gate.py"
TESTS = "1 python -m coverage run -m pytest"
# The starter has one test that starts a process.
CHILD = "1 python -c"

LOG_START = """\
import os, sys
command = ["python", *map(os.path.basename, sys.orig_argv[1:])]
end = command.index("-c") + 1 if "-c" in command else None
with open(os.environ["STARTS"], "a") as file:
    print(os.environ.get("UV_RUN_RECURSION_DEPTH"), *command[:end], file=file)
"""
COUNT_PARSES = """\
import atexit, collections, json, runpy, sys
from pathlib import Path
from coverage.parser import PythonParser

counts = collections.Counter()
parse_source = PythonParser.parse_source

def counted(self):
    counts[Path(self.filename).name] += 1
    parse_source(self)

PythonParser.parse_source = counted
atexit.register(lambda: Path("parses.json").write_text(json.dumps(counts)))
sys.argv[1:] = []
runpy.run_path("coverage_gate.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """The starter with Make and Invoke, installed."""
    answers = {"project_name": "app", "task_runners": ["make", "invoke"]}
    project = RenderedProject(render(tmp_path_factory.mktemp("starter") / "app", **answers))
    project.install()
    return project


@pytest.fixture
def starts(starter, tmp_path):
    """Return a function that runs a command in the starter, and returns each start of Python."""
    log = tmp_path / "starts.txt"
    (tmp_path / "sitecustomize.py").write_text(LOG_START)

    def run(command: str) -> list[str]:
        variables = {"PYTHONPATH": str(tmp_path), "STARTS": str(log)}
        process = starter.run(command, UV_RUN_RECURSION_DEPTH="0", **variables)
        assert process.returncode == 0, process.stdout
        return log.read_text().splitlines()

    return run


def test_make_starts_one_python_besides_the_tests(starts):
    assert starts("make coverage") == [GATE, TESTS, CHILD]


def test_invoke_starts_one_python_besides_itself_and_the_tests(starts):
    invoke, *others = starts("uv run invoke coverage")
    assert invoke == "1 python invoke coverage"
    assert others == [GATE, TESTS, CHILD]


def test_each_file_is_parsed_once_for_all_reports_and_the_gate(install_sample):
    project = install_sample("incident")
    (project.folder / "count_parses.py").write_text(COUNT_PARSES)
    project.check("uv run python count_parses.py")
    parses = json.loads((project.folder / "parses.json").read_text())
    measured = [path.name for path in (project.folder / "src").rglob("*.py") if path.stat().st_size]
    assert parses == dict.fromkeys(measured, 1)


# The benchmark's arithmetic


def row(case: str, name: str, *seconds: float) -> Row:
    """Return a row with the same CPU and wall time in each round."""
    return Row(case, name, f"`{name}`", [{"cpu": each, "wall": each} for each in seconds])


def result(*rows: Row) -> Result:
    return Result("2026-11-25", "a machine", "Python 3", [*rows])


def part(*aims: Aim) -> Part:
    return Part("Title", "About.", lambda folder, rounds: ("", []), aims)


SLOW_ROUND = result(row("uv", "make", 1.3, 1.2, 9.9), row("uv", "pytest-cov", 1, 1.1, 0.9))


def test_ratio_is_that_of_the_medians():
    aim = Aim(("uv", "make"), ("uv", "pytest-cov"), 1.3)
    assert SLOW_ROUND.ratios(aim) == {"cpu": 1.3, "wall": 1.3}


@pytest.mark.parametrize(("limit", "reached"), [(1.3, True), (1.29, False), (1, False)])
def test_aim_is_reached_up_to_its_limit(limit, reached):
    assert SLOW_ROUND.reached(Aim(("uv", "make"), ("uv", "pytest-cov"), limit)) is reached


def test_one_slow_quantity_misses_the_aim():
    ours = Row("", "ours", "", [{"cpu": 1, "wall": 2}])
    found = result(ours, row("", "theirs", 1))
    names = ("", "ours"), ("", "theirs")
    assert not found.reached(Aim(*names, 1.5))
    assert found.reached(Aim(*names, 1.5, ("cpu",)))


def test_page_has_the_aims_and_the_medians():
    aims = [Aim(("uv", "make"), ("uv", "pytest-cov"), limit) for limit in (1.3, 1.2)]
    lines = page({"starter": part(*aims)}, {"starter": SLOW_ROUND}).splitlines()
    assert "Measured: 2026-11-25, 3 rounds. a machine. Python 3." in lines
    assert "| uv: make | pytest-cov | CPU 1.30, wall 1.30 | ≤ 1.3 | yes |" in lines
    assert "| uv: make | pytest-cov | CPU 1.30, wall 1.30 | ≤ 1.2 | **no** |" in lines
    assert "| uv | make | 1.30 | 1.30 |" in lines
    assert "| make | `make` |" in lines


def test_page_names_the_case_where_commands_differ():
    other = Row("poetry", "make", "`other`", row("", "", 1).rounds)
    found = result(row("uv", "make", 1), row("pip", "make", 1), other)
    lines = page({"starter": part()}, {"starter": found}).splitlines()
    assert "| uv, pip: make | `make` |" in lines
    assert "| poetry: make | `other` |" in lines


def test_results_that_are_written_are_read_again(tmp_path):
    path = tmp_path / "performance.json"
    assert results.read(path) == {}
    results.write(path, {"starter": SLOW_ROUND})
    assert results.read(path) == {"starter": SLOW_ROUND}


def test_page_is_that_of_the_results():
    found = results.read(bench.STORED)
    assert found.keys() == bench.PARTS.keys()
    assert bench.PAGE.read_text() == page(bench.PARTS, found)


def test_unknown_part_is_refused():
    with pytest.raises(ValueError, match="'startr' is none of starter, networkx"):
        bench.bench("startr")
