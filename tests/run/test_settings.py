"""Each coverage setting earns its place: without it, a measurement loses what it is there for."""

import json
import re
import shutil

import pytest

from conftest import change_settings
from workshop.proof.catalogue.samples import INCIDENT
from workshop.rendered import RenderedProject

SUBPROCESSES = {
    f"subprocess_{kind}" for kind in ("same_folder", "other_folder", "source_folder", "isolated")
}
GRANDCHILDREN = {"grandchild_spawn", "grandchild_forkserver"}


@pytest.fixture
def restored(request):
    """Return a function that gives a project; settings and sources are restored after the test."""

    def restore_after_test(project):
        settings, sources = project.folder / "pyproject.toml", project.folder / "src"
        rendered = settings.read_text()
        files = set(sources.rglob("*"))

        def restore():
            settings.write_text(rendered)
            for file in set(sources.rglob("*")) - files:
                shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)

        request.addfinalizer(restore)
        return project

    return restore_after_test


@pytest.fixture
def children(install_sample, restored):
    """The sample children: every function of it is run by a child of one kind only."""
    project = install_sample("children")
    project.check("uv add --dev pytest-xdist")
    return restored(project)


@pytest.fixture
def incident(install_sample, restored):
    return restored(install_sample("incident"))


@pytest.fixture
def fanout(install_sample, restored):
    return restored(install_sample("fanout"))


def remove_setting(project, pattern):
    """Remove the one place in pyproject.toml that matches pattern."""
    settings = project.folder / "pyproject.toml"
    changed, times = re.subn(pattern, "", settings.read_text(), flags=re.MULTILINE)
    assert times == 1, f"{pattern!r} matches {times} times"
    settings.write_text(changed)


def lost_functions(project):
    """Run the tests and combine what they left; return the functions that have missing lines."""
    project.check("uv run python coverage_gate.py erase test combine report")
    files = json.loads((project.folder / "coverage.json").read_text())["files"].values()
    return {
        name
        for file in files
        for name, region in file["functions"].items()
        if region["missing_lines"] and name
    }


def test_nothing_is_lost_with_all_settings(children):
    assert lost_functions(children) == set()
    assert children.total() == 100


@pytest.mark.parametrize(
    ("pattern", "lost"),
    [
        ('"thread", ', {"thread"}),
        (', "multiprocessing"', {"spawn_without_environment"}),
        ('"subprocess", ', {"execv", "start", "xdist_worker"} | SUBPROCESSES | GRANDCHILDREN),
        (' "_exit",', {"os_exit", "os_fork"}),
        (', "execv"', {"execv"}),
        ("^sigterm = true\n", {"pool", "terminated"}),
        ("^source_pkgs = .*\n", GRANDCHILDREN),
    ],
)
def test_children_are_lost_without(children, pattern, lost):
    remove_setting(children, pattern)
    assert lost_functions(children) == lost


def test_terminated_child_survives_without_patched_fork(children):
    # An inherited SIGTERM handler raises AssertionError in a forked child (coverage 7.17.3).
    remove_setting(children, ', "fork"')
    process = children.run("uv run coverage run -m pytest -k test_terminate")
    assert process.returncode == 1
    assert "assert None == " in process.stdout


def test_child_inside_the_source_folder_is_unknown_without_its_path(children):
    remove_setting(children, "^package = .*\n")
    with pytest.raises(RuntimeError, match="Combining would count") as refused:
        lost_functions(children)
    # What the refusal says helps.
    entry = re.search(r"^own0 = .*$", str(refused.value).replace("\\n", "\n"), re.MULTILINE)[0]
    change_settings(children.folder, "[tool.coverage.paths]\n", f"[tool.coverage.paths]\n{entry}\n")
    assert lost_functions(children) == set()


def measure(project, *commands):
    """Run commands after an erase, combine the parts; return the total in percent."""
    stages = ["uv run coverage erase", *commands, "uv run coverage combine", "uv run coverage json"]
    project.check(" && ".join(stages).replace("uv run coverage", ".venv/bin/coverage"))
    return project.total()


API = """\
from fastapi import Depends, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool

engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)


async def session():
    async with AsyncSession(engine) as one:
        yield one


@app.post("/items")
async def create(db: AsyncSession = Depends(session)):
    item = Item()
    db.add(item)
    await db.commit()
    await db.refresh(item)
    number = item.id
    return {"id": number}
"""
POSTS = """\
import asyncio

import httpx
from incident import api


async def post():
    async with api.engine.begin() as connection:
        await connection.run_sync(api.Base.metadata.create_all)
    transport = httpx.ASGITransport(app=api.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.post("/items")).json()


def test_post():
    assert asyncio.run(post()) == {"id": 1}
"""


def missing_lines(project, name):
    """Return the missing lines of a file, by coverage.json."""
    files = json.loads((project.folder / "coverage.json").read_text())["files"]
    return files[name]["missing_lines"]


def test_code_behind_an_asynchronous_session_is_lost_without_greenlets(incident):
    """No setting says so: coverage refuses a `concurrency` that is not installed."""
    test, api = incident.folder / "tests" / "test_api.py", "src/incident/api.py"
    incident.check("uv pip install fastapi httpx aiosqlite 'sqlalchemy[asyncio]'")
    try:
        test.write_text(POSTS)
        (incident.folder / api).write_text(API)
        run = ".venv/bin/python coverage_gate.py test combine report"
        output = incident.check(run)
        assert "Settings: those of pyproject.toml, and concurrency by greenlet." in output
        assert missing_lines(incident, api) == []
        measure(incident, "uv run --no-sync coverage run -m pytest tests/test_api.py")
        assert missing_lines(incident, api)
    finally:
        test.unlink()
        incident.check("uv sync")


def test_branches_count(incident):
    assert measure(incident, "uv run coverage run -m pytest") == INCIDENT
    remove_setting(incident, "^branch = true\n")
    assert measure(incident, "uv run coverage run -m pytest") == 100 * 135 / 142


def test_second_run_overwrites_the_first_without_parallel(fanout):
    runs = ("uv run coverage run -m fanout.pricing", "uv run coverage run -m fanout.billing")
    # These two imply `parallel`; it is there for the day that somebody removes them.
    remove_setting(fanout, '"subprocess", ')
    remove_setting(fanout, ', "multiprocessing"')
    assert measure(fanout, *runs) == 100 * (60 + 45) / 300
    remove_setting(fanout, "^parallel = true\n")
    with pytest.raises(RuntimeError, match="No data to combine"):
        measure(fanout, *runs)
    fanout.check("uv run coverage json")
    assert fanout.total() == 100 * 45 / 300


@pytest.mark.parametrize(
    "setting", ['^source = \\["src"\\]\n', "^include_namespace_packages = true\n"]
)
def test_code_that_no_test_imports_is_not_counted_without(incident, setting):
    # Neither in the package nor in a folder with an __init__.py.
    unused = incident.folder / "src" / "unused" / "module.py"
    unused.parent.mkdir()
    unused.write_text("never = 'imported'\n")
    assert measure(incident, "uv run coverage run -m pytest") == 100 * (135 + 4) / (143 + 8)
    remove_setting(incident, setting)
    assert measure(incident, "uv run coverage run -m pytest") == INCIDENT


def test_total_is_rounded_up_to_the_threshold_without_precision(incident):
    measure(incident, "uv run coverage run -m pytest")
    assert incident.run("uv run coverage report --fail-under=93").returncode == 2
    remove_setting(incident, "^precision = 2\n")
    assert incident.run("uv run coverage report --fail-under=93").returncode == 0


@pytest.mark.parametrize(
    ("pattern", "source"),
    [
        (
            "^ *'.*abstractmethod.*\n",
            (
                "import abc\n\n"
                "class A(abc.ABC):\n    @abc.abstractmethod\n    def a(self):\n        pass\n"
            ),
        ),
        ("^ *'.*NotImplementedError.*\n", "def a():\n    raise NotImplementedError\n"),
    ],
)
def test_code_that_cannot_run_is_missing_without_its_exclusion(incident, pattern, source):
    (incident.folder / "src" / "incident" / "interface.py").write_text(source)
    run = "uv run coverage run -m incident.interface"
    measure(incident, run)
    complete = (incident.folder / "coverage.json").read_text().count('"missing_lines": []')
    remove_setting(incident, pattern)
    measure(incident, run)
    assert (incident.folder / "coverage.json").read_text().count('"missing_lines": []') < complete


@pytest.mark.parametrize(("pattern", "code"), [(None, 0), ("^relative_files = true\n", 1)])
def test_source_folder_inside_the_package_is_found_in_another_checkout(
    incident, tmp_path, pattern, code
):
    inner = incident.folder / "src" / "incident" / "src"
    inner.mkdir()
    (inner / "inner.py").write_text("here = True\n")
    if pattern:
        remove_setting(incident, pattern)
    process = measure_and_move(incident, tmp_path, "{coverage} run -m incident.src.inner")
    assert process.returncode == code, process.stdout


@pytest.mark.parametrize(("pattern", "code"), [(None, 0), (', "\\*/src"', 1)])
def test_part_of_another_checkout_and_folder_is_combined(incident, tmp_path, pattern, code):
    if pattern:
        remove_setting(incident, pattern)
    elsewhere = "cd / && COVERAGE_FILE={folder}/.coverage COVERAGE_RCFILE={folder}/pyproject.toml"
    process = measure_and_move(
        incident, tmp_path, elsewhere + " {coverage} run -m incident.settings"
    )
    assert process.returncode == code, process.stdout


def measure_and_move(project, folder, command):
    """Run command in a copy of project, rename that, report there; return the finished report."""
    old = folder / "old"
    shutil.copytree(project.folder, old, ignore=shutil.ignore_patterns(".venv", ".coverage*"))
    coverage = project.folder / ".venv" / "bin" / "coverage"
    moved = RenderedProject(old)
    process = moved.run(command.format(coverage=coverage, folder=old), PYTHONPATH=str(old / "src"))
    assert process.returncode == 0, process.stdout
    moved = RenderedProject(old.rename(folder / "new"))
    return moved.run(f"{coverage} combine && {coverage} report")


def test_installed_wheel_is_the_same_code(incident, tmp_path):
    incident.check(f"uv venv -q {tmp_path}/venv")
    incident.check(f"uv pip install -q --python {tmp_path}/venv . coverage")
    run = f"{tmp_path}/venv/bin/coverage run -m incident.settings"
    alone = measure(incident, "uv run coverage run -m incident.settings")
    assert measure(incident, run) == alone
    remove_setting(incident, ', "\\*/site-packages"')
    # Every file is there twice.
    assert measure(incident, run) == alone / 2
