"""The template: where it is, and what adopt reads from it beside rendering it."""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import jinja2
import yaml

from copier_coverage.errors import Refusal

# The root of a clone of this project, if the package is in one.
CLONE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Template:
    """The template, in a folder of this machine.

    Attributes:
        folder: the folder that has copier.yml.
        source: what projects are updated from, a folder or the address of a git repository.
        revision: the commit, tag or branch that is rendered.
    """

    folder: Path
    source: str
    revision: str = "HEAD"

    @cached_property
    def questions(self) -> dict[str, Any]:
        """What copier.yml has."""
        questions: dict[str, Any] = yaml.safe_load(
            (self.folder / "copier.yml").read_text(encoding="utf-8")
        )
        return questions

    @property
    def pythons(self) -> list[str]:
        """The Python versions that the question `python_versions` offers."""
        pythons: list[str] = self.questions["python_versions"]["choices"]
        return pythons

    @cached_property
    def managers(self) -> dict[str, dict[str, Any]]:
        """The words of each package manager."""
        managers: dict[str, dict[str, Any]] = self._include("managers").managers
        return managers

    @cached_property
    def providers(self) -> dict[str, dict[str, Any]]:
        """What differs between the CI providers."""
        providers: dict[str, dict[str, Any]] = self._include("ci").providers
        return providers

    @cached_property
    def owned_files(self) -> list[str]:
        """The names of the files that only the template changes."""
        owned_files: list[str] = self._include("files").owned_files
        return owned_files

    @cached_property
    def not_measured(self) -> str:
        """A regular expression for names of packages that are not what the tests test."""
        not_measured: str = self._include("packages").not_measured
        return not_measured

    @cached_property
    def floors(self) -> dict[str, str]:
        """The oldest version of each package that the template requires."""
        answers = {"task_runners": [], "collector": "", "shards": 1, "changed_lines_threshold": 0}
        floors: dict[str, str] = self._include("requirements", **answers).oldest
        return floors

    @cached_property
    def actions(self) -> dict[str, str]:
        """The actions that workflows use, by a short name: `owner/name@commit # tag`."""
        actions: dict[str, str] = self._include("actions").actions
        return actions

    def runners(self, package_manager: str) -> dict[str, dict[str, str]]:
        """Return what calls the stages, by the task runner; "" is without one.

        Args:
            package_manager: the answer to that question.
        """
        answers = {"package_manager": package_manager, "working_directory": ".", "shards": 1}
        answers |= {"test_command": "", "changed_lines_threshold": 0, "task_runners": []}
        include = self.environment.get_template("includes/stages.jinja")
        module: Any = include.make_module(answers | {"_copier_conf": {"answers_file": ""}})
        runners: dict[str, dict[str, str]] = module.runners
        return runners

    def _include(self, name: str, **answers: object) -> Any:
        """Return the module of an include: its attributes are what the file sets."""
        loader = jinja2.FileSystemLoader(self.folder)
        include = jinja2.Environment(loader=loader).get_template(f"includes/{name}.jinja")
        return include.make_module(answers)

    @cached_property
    def environment(self) -> jinja2.Environment:
        """Jinja as Copier has it for the template."""
        options = self.questions["_envops"] | {
            "extensions": ["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
            "undefined": jinja2.StrictUndefined,
            "keep_trailing_newline": True,
        }
        return jinja2.Environment(loader=jinja2.FileSystemLoader(self.folder), **options)

    def render_file(self, name: str, **answers: object) -> str:
        """Render one file of the template's `[[ working_directory ]]`, and nothing else.

        Args:
            name: its path in there.
            answers: answers to all questions, by the name of their question.

        Returns:
            its text.
        """
        package_dir = self.environment.from_string(self.questions["package_dir"]["default"]).render(
            answers
        )
        file = self.environment.get_template(f"template/[[ working_directory ]]/{name}")
        # Not asked without GitHub, and not recorded then.
        systems = self.questions["operating_systems"]["default"]
        return file.render({"operating_systems": systems} | answers, package_dir=package_dir)


@contextlib.contextmanager
def template_from(source: str = "") -> Iterator[Template]:
    """Open the template.

    Args:
        source: a folder, or the address of a git repository; if empty, where this package was
            installed from.

    Raises:
        Refusal: there is no template.
    """
    source, revision = (source, "HEAD") if source else installed_from()
    if (Path(source) / "copier.yml").exists():
        yield Template(Path(source).resolve(), str(Path(source).resolve()), revision)
        return
    if Path(source).exists():
        raise Refusal(f"{source} is not a copy of the template: it has no copier.yml.")
    with tempfile.TemporaryDirectory() as folder:
        for command in (
            # Copier needs the prefix to know a git address; git does not know it.
            ["clone", "--quiet", "--", source.removeprefix("git+"), folder],
            ["-C", folder, "checkout", "--quiet", revision],
        ):
            process = subprocess.run(["git", *command], check=False, capture_output=True, text=True)
            if process.returncode:
                raise Refusal(
                    f"Could not get the template from {source}:\n{process.stderr.strip()}"
                )
        yield Template(Path(folder), source, revision)


def installed_from() -> tuple[str, str]:
    """Return the folder or the address that this package was installed from, and the commit.

    Source: https://packaging.python.org/en/latest/specifications/direct-url/

    Raises:
        Refusal: that is not known: it was installed by its name, from a package index.
    """
    if (CLONE / "copier.yml").exists():
        return str(CLONE), "HEAD"
    with contextlib.suppress(PackageNotFoundError):
        origin = json.loads(distribution("copier-coverage").read_text("direct_url.json") or "{}")
        if "vcs_info" in origin:
            return f"git+{origin['url']}", origin["vcs_info"]["commit_id"]
        if "dir_info" in origin:
            return url2pathname(urlparse(origin["url"]).path), "HEAD"
    raise Refusal(
        "The template was not found: copier-coverage was not installed from a directory or a git "
        "repository.\nGive a clone or the repository's address: "
        "copier-coverage adopt PATH --template ADDRESS"
    )
