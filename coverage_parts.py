"""Show the coverage parts, or refuse to go on without all of them.

    python coverage_parts.py                a table of the parts and of their union
    python coverage_parts.py --legs LEG...  before combining: exit 1 if a leg left no
                                            part, or a part is of none of the legs
    python coverage_parts.py --fresh        before combining: exit 1 if a measured file
                                            was changed after the tests
    python coverage_parts.py --check        after combining: exit 1 if a part is left,
                                            no statement was run, or pyproject.toml
                                            names no source

Rendered by copier-coverage; `copier update` rewrites it.
"""

import argparse
import contextlib
import json
import re
import sys
import tempfile
import warnings
from pathlib import Path

from coverage import Coverage, CoverageData
from coverage.exceptions import CoverageException, CoverageWarning

ROOT = Path(__file__).resolve().parent
SETTINGS = str(ROOT / "pyproject.toml")


def find_parts() -> list[Path]:
    """Return the data files that `coverage combine` would look at."""
    return sorted(ROOT.glob(".coverage.*"))


def parts_of(leg: str) -> set[Path]:
    """Return the parts that a leg left: of its pytest-cov, and of each process."""
    return {*ROOT.glob(f".coverage.{leg}"), *ROOT.glob(f".coverage.{leg}.*")}


def check_legs(legs: list[str]) -> None:
    """Exit with 1 if a leg left no part, or if a part is of none of the legs."""
    if missing := [leg for leg in legs if not parts_of(leg)]:
        sys.exit(
            "No part of leg: " + ", ".join(missing) + "\n"
            "It did not upload one into this folder, or another leg's replaced it: the\n"
            "names of artifacts and parts must have every dimension of the matrix."
        )
    if foreign := set(find_parts()).difference(*map(parts_of, legs)):
        sys.exit(
            "Of no leg: " + ", ".join(sorted(path.name for path in foreign)) + "\n"
            "This part is of another commit, or of a leg that --legs does not name."
        )


def measured_files(part: Path) -> set[Path]:
    """Return the files that a part knows; none if it cannot be read."""
    data = CoverageData(str(part))
    with contextlib.suppress(CoverageException):  # `coverage combine` will say why.
        if part.stat().st_size:  # An empty file would become an empty part.
            data.read()
            return {ROOT / name for name in data.measured_files()}
    return set()


def check_fresh() -> None:
    """Exit with 1 if a file was changed after a part that knows its lines."""
    changed = {
        str(file)
        for part in find_parts()
        for file in measured_files(part)
        if file.exists() and file.stat().st_mtime > part.stat().st_mtime
    }
    if changed:
        sys.exit(
            "Changed after the tests: " + ", ".join(sorted(changed)) + "\n"
            "The parts know its lines by their numbers, and these may be others now: run\n"
            "the stages again, from erase on."
        )


def check_settings() -> None:
    """Exit with 1 if the settings do not name the measured code."""
    cov = Coverage(config_file=SETTINGS)
    options = ("run:source", "run:source_pkgs", "run:source_dirs")
    if not any(cov.get_option(option) for option in options):
        sys.exit(
            f"No source: {SETTINGS} does not say under [tool.coverage.run]\n"
            "what is measured, and code that no test imports would not count."
        )


def ran_a_statement() -> bool:
    """Return whether the combined data have a statement that was run."""
    cov = Coverage(data_file=str(ROOT / ".coverage"), config_file=SETTINGS)
    cov.load()
    for file in cov.get_data().measured_files():
        # A file that is gone, or no Python: the reports say so, unless it is omitted.
        with contextlib.suppress(CoverageException):
            _, statements, _, missing, _ = cov.analysis2(str(ROOT / file))
            if len(missing) < len(statements):
                return True
    return False


def check_combined() -> None:
    """Exit with 1 if a part is left after combining, or if nothing was measured."""
    if left := find_parts():
        sys.exit(
            "Not combined: " + ", ".join(path.name for path in left) + "\n"
            "`coverage combine` could not read it (its warning above says why), or a\n"
            "process that outlived the tests wrote it later. The total would miss its\n"
            "lines: run the stages again, from erase on."
        )
    if not ran_a_statement():
        sys.exit(
            "No data to go on: the tests ran no statement of the measured code. See what\n"
            "[tool.coverage.run] has as `source`, and that the tests import that code."
        )


def count_lines(parts: list[Path]) -> tuple[int, int]:
    """Combine copies of parts; return how many statements they ran and how many there are."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error", CoverageWarning)
        cov = Coverage(data_file=f"{folder}/.coverage", config_file=SETTINGS)
        cov.combine([str(part) for part in parts], strict=True, keep=True)
        cov.json_report(outfile=f"{folder}/coverage.json")
        report = json.loads(Path(folder, "coverage.json").read_bytes())
    totals = report["totals"]
    return totals["covered_lines"], totals["num_statements"]


def show() -> None:
    """Print a row for each part and one for their union.

    Exits with 1 if there is no part, or one that cannot be read.
    """
    parts = find_parts()
    if not parts:
        sys.exit("No coverage parts: run the test stage first, and combine after this.")
    width = max(len(part.name) for part in parts)
    row = f"{{:{width}}}  {{:>8}}  {{:>10}}  {{:>6}}  {{:>7}}"
    print(row.format("part", "process", "bytes", "lines", "share"))
    readable = []
    for part in parts:
        process = re.search(r"\.pid(\d+)\.", part.name)
        known = [part.name, process[1] if process else "-", f"{part.stat().st_size:,}"]
        try:
            lines, statements = count_lines([part])
        except (CoverageException, CoverageWarning) as error:
            print(row.format(*known, "-", "-"), f" unreadable: {error}")
        else:
            print(row.format(*known, lines, f"{lines / max(statements, 1):.2%}"))
            readable.append(part)
    if readable:
        lines, statements = count_lines(readable)
        print(row.format("union", "", "", lines, f"{lines / max(statements, 1):.2%}"))
    if readable != parts:
        sys.exit("A part cannot be read: run the stages again, from erase on.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Show the coverage parts.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--legs", nargs="+", help="exit 1 if one of these has no part")
    group.add_argument("--fresh", action="store_true", help="exit 1 after a change")
    group.add_argument("--check", action="store_true", help="exit 1 if a part is left")
    arguments = parser.parse_args()
    try:
        if arguments.legs:
            check_legs(arguments.legs)
        elif arguments.fresh:
            check_fresh()
        elif arguments.check:
            check_settings()
            check_combined()
        else:
            show()
    except CoverageException as error:
        sys.exit(f"{error}")
