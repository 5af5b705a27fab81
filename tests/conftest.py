"""Fixtures that the test modules share: rendered and installed projects."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
import yaml
from coverage import Coverage, process_startup
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from adopting import PYPROJECT
from copier_coverage.project.project import Project
from copier_coverage.project.repository import Repository
from workshop.act import commit_all
from workshop.rendered import RenderedProject
from workshop.rendering import ROOT, TEMPLATE, render_sample

MANAGERS = tuple(TEMPLATE.managers)
COLLECTORS = ("coverage", "pytest-cov")
RUNNERS = TEMPLATE.questions["task_runners"]["choices"]

# A shell that starts the tests in the background has them ignore Ctrl-C, and all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Coverage does not save the data of a process that creates a Coverage object, as some tests do.
vars(process_startup).pop("coverage", None)

# Properties: the normal run tries the same answers each time, and `invoke fuzz` many new ones.
settings.register_profile("normal", max_examples=12, deadline=None, derandomize=True)
settings.register_profile("fuzz", max_examples=240, deadline=None, database=None)
settings.load_profile("normal")

UNIT = Path(__file__).parent / "unit"
RELEASES = dict(
    re.findall(
        r"^## (\S+) \(([0-9a-f]{7,})\)$",
        (ROOT / "CHANGELOG.md").read_text(),
        re.MULTILINE,
    )
)
NEWEST = "99"

# The line that the gate ends with in the sample incident, and the only file with missing lines.
PASSED = "Coverage 92.67%, threshold 80%: passed, 12.67 points above\n"
SERVICES = "src/incident/services.py"


@pytest.fixture(autouse=True)
def no_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the unit tests fast: none of them starts a process."""
    if UNIT in request.path.parents:
        monkeypatch.delattr(subprocess, "Popen")


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test call the program in this process, which `invoke test` measures."""
    monkeypatch.setattr(Coverage, "current", lambda: None)
    with patch.dict(os.environ):
        yield


@pytest.fixture(scope="session")
def install_sample(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., RenderedProject]:
    """Return a function to render and install a sample, once per name, manager and collector."""

    @cache
    def install(name: str, manager: str = "uv", collector: str = "coverage") -> RenderedProject:
        folder = tmp_path_factory.mktemp(name) / name
        answers = {
            "package_manager": manager,
            "collector": collector,
            "task_runners": ["make", "invoke"],
        }
        project = RenderedProject(render_sample(name, folder, **answers), manager)
        project.install()
        return project

    return install


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it printed."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def recorded_answers(root: Path, name: str = ".copier-answers.yml") -> dict:
    """Return the answers that Copier recorded in a repository."""
    return yaml.safe_load((root / name).read_text())


def change_settings(folder: Path, old: str, new: str) -> None:
    """Replace a text that is once in a project's pyproject.toml."""
    settings = folder / "pyproject.toml"
    text = settings.read_text()
    assert text.count(old) == 1
    settings.write_text(text.replace(old, new))


def projects(*choices: tuple[str, str]) -> list:
    """Return parameters for a fixture: a package manager and a collector for each project."""
    return [pytest.param(choice, id=f"({'-'.join(choice)})") for choice in choices]


class ProjectScheduling(LoadScopeScheduling):
    """Run all tests of one project in one process: it is installed once, and they change its files.

    xdist 3.8.0 has `--dist loadgroup` for this, which pytest 9.2 keeps from seeing its groups.
    """

    def _split_scope(self, nodeid: str) -> str:
        project = re.search(r"\(.+?\)", nodeid)
        return project[0] if project else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ProjectScheduling:
    return ProjectScheduling(config, log)


@pytest.fixture(
    scope="session",
    params=projects(
        ("uv", "coverage"),
        ("uv", "pytest-cov"),
        ("poetry", "coverage"),
        ("pdm", "coverage"),
        ("hatch", "pytest-cov"),
        ("pip", "pytest-cov"),
    ),
)
def incident(
    request: pytest.FixtureRequest, install_sample: Callable[..., RenderedProject]
) -> RenderedProject:
    """The sample incident, installed, for each package manager and each collector."""
    return install_sample("incident", *request.param)


@pytest.fixture(scope="module")
def installed(install_sample: Callable[..., RenderedProject]) -> RenderedProject:
    """The sample incident after all stages, which `gate` copies."""
    project = install_sample("incident")
    project.check("uv run python coverage_gate.py")
    return project


@pytest.fixture
def gate(
    installed: RenderedProject, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs coverage_gate.py in a copy, with the original's environment."""
    ignored = shutil.ignore_patterns(".venv", ".git")
    copy = RenderedProject(shutil.copytree(installed.folder, tmp_path / "incident", ignore=ignored))
    python = installed.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def run(arguments: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return copy.run(
            f'"{python}" coverage_gate.py {arguments}',
            PYTHONPATH=str(copy.folder / "src"),
            **variables,
        )

    def coverage(arguments: str, **variables: str) -> None:
        """Run coverage by hand, without the program."""
        process = copy.run(f'"{python}" -m coverage {arguments}', PYTHONPATH="src", **variables)
        assert process.returncode == 0, process.stdout

    run.commit = lambda: commit_all(copy.folder)
    run.folder = copy.folder
    run.python = python
    run.environment = copy.environment()
    run.coverage = coverage
    return run


@pytest.fixture(scope="session", params=projects(*(("uv", name) for name in COLLECTORS)))
def uv_incident(
    request: pytest.FixtureRequest, install_sample: Callable[..., RenderedProject]
) -> RenderedProject:
    """The sample incident, installed, with uv, for each collector."""
    return install_sample("incident", *request.param)


@pytest.fixture(scope="session")
def pipx(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """Return a function: the variables of a machine on which pipx has installed a package manager.

    A job's `pipx install` finds it there; Poetry with the plugin that lets it use the package index
    of pip. Each job has its own cache, as it would on its own machine: jobs that write to one at
    the same time have found no candidates for a package.
    """

    @cache
    def install(manager: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("pipx")
        row = TEMPLATE.managers[manager]
        commands = [command for step in row["set_up"] for command in step.get("run", [])]
        installs = [command for command in commands if command.startswith("pipx ")]
        if manager == "poetry":
            installs.append("pipx inject poetry poetry-plugin-pypi-mirror")
        variables = {
            "PIPX_HOME": str(folder),
            "PIPX_BIN_DIR": str(folder / "bin"),
            "POETRY_CACHE_DIR": ".poetry-cache",
            "PIP_CACHE_DIR": ".pip-cache",
            "PDM_CONFIG_FILE": ".pdm-config.toml",
        }
        tools = str(Path(sys.executable).parent)
        path = os.pathsep.join([variables["PIPX_BIN_DIR"], tools, os.environ["PATH"]])
        variables["PATH"] = path
        requirement = f"{row.get('package', manager)}=={row['version']}"
        for command in installs:
            words = shlex.split(command.replace("REQUIREMENT", requirement))
            subprocess.run(words, env=os.environ | variables, check=True)
        return variables

    return install


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the template with a tag for each release, and one for its work tree."""
    folder = tmp_path_factory.mktemp("releases") / "template"
    git(ROOT, "clone", "--quiet", "--no-tags", str(ROOT), str(folder))
    for version, commit in RELEASES.items():
        git(folder, "tag", f"v{version}", commit)
    for name in ("template", "includes"):
        shutil.rmtree(folder / name)
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "copier.yml", folder)
    commit_all(folder)
    git(folder, "tag", f"v{NEWEST}")
    return folder


@pytest.fixture(params=["make", "invoke"])
def runner(request: pytest.FixtureRequest) -> str:
    """Each task runner."""
    return request.param


@pytest.fixture
def add_test(request: pytest.FixtureRequest) -> Callable[[RenderedProject, str], None]:
    """Return a function that adds a test module to a project; it is removed after the test."""

    def add(project: RenderedProject, source: str) -> None:
        module: Path = project.folder / "tests" / "test_added.py"
        module.write_text(source, encoding="utf-8")
        request.addfinalizer(module.unlink)

    return add


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    """Return a function that makes a project of files, without git.

    The package `incident` and a module of tests are in each, if they are not given as None.
    """

    def make(files: dict[str, str | None] | None = None, folder: str = ".") -> Project:
        root = tmp_path / "repository"
        own = {
            "src/incident/__init__.py": "",
            "tests/test_incident.py": "",
            "pyproject.toml": PYPROJECT,
        }
        all_files = {(Path(folder) / name).as_posix(): text for name, text in own.items()} | (
            files or {}
        )
        for name, text in all_files.items():
            if text is not None:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
        return Project(Repository(root, folder), TEMPLATE)

    return make


@pytest.fixture
def repository(project: Callable[..., Project]) -> Callable[..., Path]:
    """Return a function that makes a git repository of files, like `project`."""

    def make(files: dict[str, str | None] | None = None, folder: str = ".") -> Path:
        root = project(files, folder).repository.root
        commit_all(root)
        return root

    return make
