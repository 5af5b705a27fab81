"""Checks of coverage's settings."""

import keyword
import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import ClassVar

from coverage.config import CoverageConfig

from copier_coverage.audit.check import Check
from copier_coverage.project.commands import PYTEST, WITH_COV, Command
from copier_coverage.project.files import files, line_with, read
from copier_coverage.project.settings import Settings, in_force, listed, threshold

# Tables whose keys are the user's to name.
FREE_TABLES = {"paths"}


class SettingsCheck(Check):
    """A check of settings."""

    family = "gate-settings"


class GC201(SettingsCheck):
    """One file only has coverage's settings"""

    why = "coverage reads one file; the first that it finds, even an empty one, hides the others."

    def check(self, gate_settings: dict[str, Settings], gate_addopts: str) -> str:
        first, *hidden = [*gate_settings, ""][: max(len(gate_settings), 1)]
        found = [f"{first}:1: hides {', '.join(hidden)}"] if hidden else []
        # (pytest-cov's default means: the file that coverage finds.)
        named = set(re.findall(r"--cov-config[= ](\S+)", gate_addopts)) - {".coveragerc", first}
        found += [f"addopts: --cov-config={name} hides {first}" for name in sorted(named) if first]
        return self.report(found, "Move all settings to one file, and delete the others.")


class GC202(SettingsCheck):
    """coverage knows every key of its settings"""

    why = "A key or a table that coverage does not know has no effect, `failunder` for instance."

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        known = {option[1] for option in CoverageConfig.CONFIG_FILE_OPTIONS}
        tables = (
            {option.partition(":")[0] for option in known}
            | FREE_TABLES
            | {"lcov", "json", "xml", "html"}
        )
        found = []
        for file, settings in gate_settings.items():
            for table, keys in settings.items():
                if table not in tables and not plugin_table(table, settings):
                    found.append(Place(package, file, table, f"table {table!r}"))
                elif table in tables - FREE_TABLES and isinstance(keys, dict):
                    unknown = [key for key in keys if f"{table}:{key}" not in known]
                    found += [Place(package, file, key, f"key {table}.{key}") for key in unknown]
        pyproject = package.joinpath("pyproject.toml")
        if pyproject.is_file() and (
            match := re.search(r"^\[tools\.coverage.*\]", read(pyproject), re.MULTILINE)
        ):
            found.append(Place(package, "pyproject.toml", match[0], f"table {match[0]}"))
        return self.report(found, "See https://coverage.readthedocs.io/en/latest/config.html")


def plugin_table(table: str, settings: Settings) -> bool:
    """Return whether a table is that of a plugin of coverage."""
    return table in listed(settings.get("run", {}).get("plugins"))


def line_of(package: Traversable, file: str, text: str) -> int:
    """Return the number of the first line of a file that has a text, 1 if none has."""
    return line_with(read(package.joinpath(file)), text)


@dataclass(frozen=True)
class Place:
    """A place in a file of settings; its line is looked for when it is shown.

    Attributes:
        package: the folder of the project.
        file: the name of the file.
        text: what the line has.
        what: what is there.
    """

    package: Traversable
    file: str
    text: str
    what: str

    def __str__(self) -> str:
        """Return file, line, and what is there."""
        return f"{self.file}:{line_of(self.package, self.file, self.text)}: {self.what}"


class GC203(SettingsCheck):
    """The threshold is a percentage"""

    why = "`fail_under = 0.8` means 0.8 percent."

    def check(
        self, package: Traversable, gate_settings: dict[str, Settings], gate_commands: list[Command]
    ) -> str:
        found = {}
        for file, settings in gate_settings.items():
            line, number = line_of(package, file, "fail_under"), threshold(settings)
            found[f"{file}:{line}: fail_under = {number:g}"] = number
        for command in gate_commands:
            if match := re.search(r"fail-under[= ](0?\.\d+)", command.text):
                found[str(command)] = float(match[1])
        fractions = {place: number for place, number in found.items() if 0 < number < 1}
        instead = " or ".join(f"{number * 100:g}" for number in fractions.values())
        return self.report(fractions, f"Give percent: {instead}.")


class GC204(SettingsCheck):
    """Code that no test imports counts too"""

    why = "Without `source`, coverage knows only the files that were run."

    def check(
        self, gate_settings: dict[str, Settings], gate_commands: list[Command], gate_addopts: str
    ) -> str | None:
        run = in_force(gate_settings).get("run", {})
        if any(run.get(key) for key in ("source", "source_pkgs", "source_dirs")):
            return ""
        if "covdefaults" in listed(run.get("plugins")):  # It sets the source.
            return ""
        found = []
        for command in gate_commands:
            options = (
                f"{command.text} {gate_addopts}"
                if re.search(PYTEST, command.text)
                else command.text
            )
            elsewhere = "rcfile" in options.lower() or "--cov-config" in options
            if re.search(rf"coverage run\b|{PYTEST}.*{WITH_COV}", options) and not elsewhere:
                found += [] if re.search(r"--cov[= ](?!-)\S+|--source", options) else [command]
        instead = 'Name the directory of the code: `source = ["src"]` under `[tool.coverage.run]`.'
        return self.report(found, instead)


class GC205(SettingsCheck):
    """The tests do not count as tested code"""

    why = '`source = ["."]` beside a folder `src` measures the tests, and not what no test imports.'

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        if not package.joinpath("src").is_dir():
            return ""
        for file, settings in gate_settings.items():
            if "." in listed(settings.get("run", {}).get("source")):
                place = f"{file}:{line_of(package, file, 'source')}: source is '.'"
                return self.report([place], "Name the directory of the code, `src`.")
        return ""


class GC206(SettingsCheck):
    """No exclusion takes more than it means"""

    why = (
        "It is searched for anywhere in a line: "
        "`pass` also excludes `def check_password():`, `...` every line."
    )

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        found = []
        for file, settings in gate_settings.items():
            report = settings.get("report", {})
            for pattern in [
                *listed(report.get("exclude_also")),
                *listed(report.get("exclude_lines")),
            ]:
                if keyword.iskeyword(pattern) or re.fullmatch(r"\.+[*+]?", pattern):
                    found.append(Place(package, file, pattern, repr(pattern)))
        return self.report(found, r"Anchor it, for example: `^\s*pass$` or `^\s*\.\.\.$`.")


class GC207(SettingsCheck):
    """The workers of pytest-xdist and of Django's `--parallel` are measured"""

    why = (
        "`coverage run -m pytest -n 2` measures none of the workers "
        'without `patch = ["subprocess"]`; `manage.py test --parallel` none '
        'without `concurrency = ["multiprocessing"]`.'
    )

    def check(
        self, gate_settings: dict[str, Settings], gate_commands: list[Command], gate_addopts: str
    ) -> str:
        run = in_force(gate_settings).get("run", {})
        measured = {*listed(run.get("patch")), *listed(run.get("concurrency"))}
        xdist = r"(^|\s)(-n\s*(=\s*)?([1-9]|auto|logical)|--numprocesses)"
        found, lacking = [], []
        for command in gate_commands:
            text = command.text
            of_pytest = re.search(r"coverage run\b.*\bpytest\b", text)
            if of_pytest and re.search(xdist, f"{text} {gate_addopts}"):
                found += [] if "subprocess" in measured else [command]
                lacking.append('`patch = ["subprocess"]`')
            elif re.search(r"coverage run\b.*\stest\b.*--parallel\b(?!-)", text):
                found += [] if measured & {"multiprocessing", "subprocess", "fork"} else [command]
                lacking.append('`concurrency = ["multiprocessing"]`')
        settings = " and ".join(dict.fromkeys(lacking))
        return self.report(found, f"Set {settings} under `[tool.coverage.run]`.")


class GC208(SettingsCheck):
    """`coverage erase` removes data files too"""

    why = (
        "Without `parallel` in the settings, "
        "`coverage erase` leaves `.coverage.*`, and combine takes them."
    )

    def check(self, gate_settings: dict[str, Settings], gate_commands: list[Command]) -> str:
        run = in_force(gate_settings).get("run", {})
        implied = "subprocess" in listed(run.get("patch")) or "multiprocessing" in listed(
            run.get("concurrency")
        )
        if implied or str(run.get("parallel", "")).lower() in ("true", "1", "yes", "on"):
            return ""
        groups = {
            command.group
            for command in gate_commands
            if re.search(r"coverage combine", command.text)
        }
        found = [
            str(c)
            for c in gate_commands
            if c.group in groups and re.search(r"coverage erase", c.text)
        ]
        return self.report(found, "Set `parallel = true` under `[tool.coverage.run]`.")


class GC209(SettingsCheck):
    """Code in greenlets is measured"""

    why = (
        "coverage misses lines that run in greenlets, "
        "for example those of gevent and of SQLAlchemy's asynchronous sessions."
    )
    instead = "Also list {} in `concurrency` under `[tool.coverage.run]`."
    # What has to be in `concurrency`, by the requirement that runs code in greenlets.
    libraries: ClassVar = {
        "gevent": "gevent",
        "eventlet": "eventlet",
        r"sqlalchemy\[asyncio\]": "greenlet",
        "playwright": "greenlet",
    }

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        concurrency = listed(in_force(gate_settings).get("run", {}).get("concurrency"))
        if not gate_settings or {"gevent", "eventlet", "greenlet"} & {*concurrency}:
            return ""
        # The template's program adds it where it is installed.
        own = package.joinpath("coverage_gate.py").is_file()
        requirements = [
            file
            for file in files(package)
            if re.fullmatch(r"pyproject\.toml|.*requirements.*\.(txt|in)", file.name)
        ]
        found, needed = [], set()
        for file in requirements:
            for number, line in enumerate(read(file).splitlines(), start=1):
                for library, name in self.libraries.items():
                    # An item of a list, or a line or a key: no comment, no description.
                    is_required = re.search(rf"(^|[\[,])\s*[\"']?{library}(?![\w.-])", line)
                    if is_required and not (own and name == "greenlet"):
                        found.append(f"{file.name}:{number}: {line.strip()}")
                        needed.add(f'"{name}"')
        return self.report(found, self.instead.format(" or ".join(sorted(needed))))


class GC210(SettingsCheck):
    """pytest-cov does not measure a plugin of pytest"""

    why = (
        "pytest imports its plugins, and with them this project, "
        "before pytest-cov starts to measure: their first lines count as never run."
    )

    def check(self, package: Traversable, gate_commands: list[Command], gate_addopts: str) -> str:
        pyproject = package.joinpath("pyproject.toml")
        text = read(pyproject) if pyproject.is_file() else ""
        if not re.search(r"^\[project\.entry-points\.[\"']?pytest11[\"']?\]", text, re.MULTILINE):
            return ""
        found = [str(command) for command in gate_commands if re.search(WITH_COV, command.text)]
        found += ["addopts"] if re.search(WITH_COV, gate_addopts) else []
        return self.report(found, "Run `coverage run -m pytest`, without `--cov`.")


class GC211(SettingsCheck):
    """No file drops out of the report"""

    why = "With `ignore_errors`, a file that cannot be read or parsed does not count at all."

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        found = [
            Place(package, file, "ignore_errors", "ignore_errors")
            for file, settings in gate_settings.items()
            if str(settings.get("report", {}).get("ignore_errors", "")).lower()
            in ("true", "1", "yes", "on")
        ]
        return self.report(found, "Remove it, and add what is no Python to `omit`.")


class GC212(SettingsCheck):
    """Each list of `[paths]` begins with a directory"""

    why = (
        "coverage renames to the first path of a list; since 7.17.4, "
        '`coverage combine` stops if that is a pattern like "*/site-packages".'
    )

    def check(self, package: Traversable, gate_settings: dict[str, Settings]) -> str:
        found = []
        for file, settings in gate_settings.items():
            for name, paths in settings.get("paths", {}).items():
                first = next(iter(listed(paths)), "")
                if re.search(r"[*?]", first):
                    found.append(Place(package, file, first, f"{name} begins with {first}"))
        return self.report(found, "Put the directory of the code first, `src` for example.")


class GC213(SettingsCheck):
    """There is one threshold"""

    why = "Where two differ, one of them decides, and people believe the other."
    severity = "warning"

    def check(
        self, package: Traversable, gate_settings: dict[str, Settings], gate_commands: list[Command]
    ) -> str:
        found: dict[str, float] = {}
        for file, settings in gate_settings.items():
            if number := threshold(settings):
                place = f"{file}:{line_of(package, file, 'fail_under')}"
                found[f"{place}: fail_under = {number:g}"] = number
        for command in gate_commands:
            for number in re.findall(r"fail-under[= ](\d+(?:\.\d+)?)", command.text):
                if float(number):
                    found[str(command)] = float(number)
        if len(set(found.values())) < 2:
            return ""
        return self.report(found, "Keep the one that decides.")
