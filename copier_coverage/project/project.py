"""What is known of a Python project from its files."""

import configparser
import itertools
import os
import posixpath
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from copier_coverage.project import layout
from copier_coverage.project.boundary import contains, is_file, is_folder, leads_out
from copier_coverage.project.commands import Command, commands
from copier_coverage.project.files import below, read_ini, read_toml, table
from copier_coverage.project.repository import Repository
from copier_coverage.project.settings import (
    SOURCES,
    Settings,
    coverage_settings,
    in_force,
    listed,
    pytest_addopts,
)
from copier_coverage.project.workflows import matrix_values, steps
from copier_coverage.template import Template

# Folders in which nothing is the project's.
SKIPPED = {".git", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__"}
# The files of the metadata, the requirements and the tests.
MENTIONING = re.compile(
    r"pyproject\.toml|setup\.cfg|setup\.py|tox\.ini|pytest\.ini"
    r"|[^/]*requirements[^/]*|requirements[^/]*/[^/]*\.txt"
    r"|([^/]*/)?test[^/]*\.py|test[^/]*/.*\.py"
)


@dataclass
class Project:
    """What is known of a project from its files."""

    repository: Repository
    template: Template

    @property
    def folder(self) -> Path:
        """Its folder."""
        return self.repository.folder

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """Its pyproject.toml, empty if there is none."""
        path = self.folder / "pyproject.toml"
        return read_toml(path) if path.is_file() else {}

    @cached_property
    def tools(self) -> dict[str, Any]:
        """Settings of tools: [tool] of pyproject.toml, and what hatch.toml has in place of that.

        Source: https://hatch.pypa.io/latest/intro/#configuration
        """
        own = self.folder / "hatch.toml"
        tools = table(self.pyproject, "tool")
        hatch = table(tools, "hatch") | (read_toml(own) if own.is_file() else {})
        return tools | ({"hatch": hatch} if hatch else {})

    @cached_property
    def setup_cfg(self) -> configparser.RawConfigParser:
        """Its setup.cfg, empty if there is none."""
        path = self.folder / "setup.cfg"
        return read_ini(path) if path.is_file() else configparser.RawConfigParser()

    @cached_property
    def settings(self) -> Settings:
        """Coverage's settings, of the file that is in force."""
        return in_force(coverage_settings(self.folder))

    @cached_property
    def addopts(self) -> str:
        """pytest's addopts."""
        return pytest_addopts(self.folder)

    @cached_property
    def files(self) -> frozenset[str]:
        """The paths of its files, but those of environments."""
        found = []
        for folder, names, in_folder in os.walk(self.folder):
            names[:] = [name for name in names if name not in SKIPPED]
            below = Path(folder).relative_to(self.folder)
            found += [(below / name).as_posix() for name in in_folder]
        return frozenset(found)

    @cached_property
    def commands(self) -> list[Command]:
        """The commands of its Makefile, task files and workflows, but none for another folder."""
        root = self.repository.root
        found = commands(root, self.folder, steps(root))
        return [command for command in found if command.folder == "." or self.owns(command.folder)]

    @cached_property
    def starts_coverage(self) -> bool:
        """Whether the tests start coverage themselves, for processes that they start."""
        modules = [path for path in self.files if re.fullmatch(r"(.*/)?\w*test.*\.py", path)]
        paths = [self.folder / path for path in modules]
        return any(contains(path, self.folder, "process_startup") for path in paths)

    def owns(self, folder: str) -> bool:
        """Return whether a folder is its own, or below it and not another project's.

        Args:
            folder: the folder, from the root of the repository.
        """
        own, path = PurePosixPath(self.repository.working_directory), PurePosixPath(folder)
        root = self.repository.root
        if path == own or ".." in path.parts or leads_out(root / path, root):
            return path == own
        between = [place for place in (path, *path.parents) if own in place.parents]
        places = itertools.product(between, ("pyproject.toml", "setup.py"))
        is_other = any(is_file(root / place / name) for place, name in places)
        return bool(between) and is_folder(root / path) and not is_other

    def files_in(self, folder: str) -> frozenset[str]:
        """Return the paths of the files in a folder of the repository, from there."""
        return below(self.files, posixpath.relpath(folder, self.repository.working_directory))

    def pythons_of_workflows(self) -> set[str]:
        """Return the Python versions of the jobs of workflows that seem to run its tests."""
        jobs = [
            step.job
            for step in steps(self.repository.root)
            if re.search("test|tox|nox|cov", step.script())
        ]
        return {value for job in jobs for value in matrix_values(job, "py")}

    def words(self) -> str:
        """Return all that coverage and pytest get on a command line."""
        return "\n".join([self.addopts, *(command.text for command in self.commands)])

    def name(self) -> str:
        """Return the name of the project, by its metadata, else of its folder."""
        return self.found_name

    @cached_property
    def found_name(self) -> str:
        """What `name` returns, which reads setup.py."""
        names = (
            table(self.pyproject, "project").get("name"),
            table(self.pyproject, "tool", "poetry").get("name"),
            self.setup_cfg.get("metadata", "name", fallback=None),
            *re.findall(
                r"^[ \t]*name[ \t]*=[ \t]*['\"]([\w.-]+)['\"]",
                self.repository.read("setup.py") or "",
                re.MULTILINE,
            ),
            self.folder.resolve().name,
        )
        return next(str(name) for name in names if name)

    def members(self) -> list["Project"]:
        """Return the members of a workspace that has no package of its own; none if it has one."""
        if self.own_packages():
            return []
        folders = layout.members(self.folder, self.pyproject)
        return [replace(self, repository=self.repository.below(folder)) for folder in folders]

    def packages(self) -> dict[str, str]:
        """Return what can be imported, and for each the folder or module to measure.

        In a workspace without a package of its own, it is that of all members.
        """
        return self.own_packages() or {
            name: f"{member.folder.relative_to(self.folder).as_posix()}/{place}"
            for member in self.members()
            for name, place in member.own_packages().items()
        }

    def own_packages(self) -> dict[str, str]:
        """Return what can be imported from its own folder, like `packages`."""
        roots = layout.roots(self.pyproject, self.setup_cfg)
        not_measured = self.template.not_measured
        return layout.packages(self.folder, roots, not_measured, self.own_names())

    def named_sources(self) -> list[str]:
        """Return what its settings name as the source of coverage's data."""
        run = self.settings.get("run", {})
        return [name for key in SOURCES for name in listed(run.get(key))]

    def measured(self) -> list[str]:
        """Return the packages that settings or options measure; none if neither names one there."""
        named = [*self.named_sources(), *self.named_by_options()]
        packages = self.packages()
        names = [name if name in packages else Path(name).name for name in named]
        return [name for name in dict.fromkeys(names) if name in packages]

    def named_by_options(self) -> list[str]:
        """Return what options of coverage and pytest-cov name as what is measured."""
        options = re.findall(r"(?:--cov|--source)[= ]([\w./,-]+)", self.words())
        return [name.strip("/") for option in options for name in option.split(",")]

    def counted_tests(self) -> list[str]:
        """Return folders of tests that options name as what is measured, beside the code."""
        packages = self.packages()
        names = [name for name in self.named_by_options() if name not in ("", ".", "src")]
        return [
            name
            for name in dict.fromkeys(names)
            if name not in packages
            and re.fullmatch(self.template.not_measured, Path(name).name)
            and (self.folder / name).is_dir()
        ]

    def package(self) -> str:
        """Return the package that the tests test; "" if that cannot be found out."""
        packages = self.measured() or list(self.packages())
        return next((name for name in [*self.own_names(), *packages] if name in packages), "")

    def own_names(self) -> list[str]:
        """Return what the package of the project may be called, by the project's name."""
        own = re.sub(r"[^a-z0-9]+", "_", self.name().lower())
        return [own, own.removeprefix("python_"), own.removeprefix("django_")]

    def others(self) -> dict[str, str]:
        """Return the packages in other folders that are measured beside the one in the answers.

        All that the project names; all that are there, where it names none, or everything. Each
        comes with its folder.
        """
        packages = self.packages()
        first = self.package()
        one = first in self.own_names() and "." not in self.named_sources()
        wanted = self.measured() or ([] if one else list(packages))
        return {
            name: packages[name]
            for name in wanted
            if name != first and packages[name] != packages[first]
        }

    def mentions(self, tool: str) -> bool:
        """Return whether a test, the metadata or the requirements of it name a tool."""
        paths = [self.folder / path for path in self.files if MENTIONING.fullmatch(path)]
        return any(contains(path, self.folder, tool) for path in paths)
