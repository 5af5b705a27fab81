"""Files of settings and of commands that cannot be read: what is in them, nobody has looked at."""

from collections.abc import Iterator
from pathlib import Path

from copier_coverage.project.boundary import (
    entries_of,
    is_file,
    is_there,
    leads_out,
    locate,
    read_text,
)
from copier_coverage.project.commands import COMMAND_FILES, FOLDERS
from copier_coverage.project.files import encoding_fault, ini_fault, toml_fault
from copier_coverage.project.workflows import WORKFLOWS
from copier_coverage.project.yaml_files import yaml_fault

TOML = ("pyproject.toml", "hatch.toml", ".coveragerc.toml")
INI = (".coveragerc", "setup.cfg", "tox.ini", "pytest.ini")


def unread(folder: Path) -> list[str]:
    """Return a sentence about each file of settings or of commands that cannot be read.

    Args:
        folder: the folder of the project.

    Raises:
        Refusal: one is too long, or the system does not let it be read.
    """
    root, below = locate(folder)
    folder = root / below
    paths = dict.fromkeys(candidates(root, folder))
    faults = ((path, fault_of(path, root)) for path in paths)
    return [f"{path.relative_to(root).as_posix()}{fault}." for path, fault in faults if fault]


def candidates(root: Path, folder: Path) -> Iterator[Path]:
    """Yield the paths of what would be read, also of links that lead nowhere."""
    yield from (folder / name for name in (*TOML, *INI))
    for below in FOLDERS:
        yield folder / below
        yield from (p for p in inside(folder / below, root) if COMMAND_FILES.fullmatch(p.name))
    workflows = root.joinpath(*WORKFLOWS)
    yield from (root / WORKFLOWS[0], workflows)
    yield from (p for p in inside(workflows, root) if p.suffix in (".yml", ".yaml"))


def inside(folder: Path, root: Path) -> list[Path]:
    """Return the paths of what is in a folder, none if that leads out of the repository."""
    return [] if leads_out(folder, root) else [folder / entry.name for entry in entries_of(folder)]


def fault_of(path: Path, root: Path) -> str:
    """Return why something cannot be read, and what to do, to be written behind its name; or ""."""
    if not is_there(path):
        return ""
    if leads_out(path, root) or not path.exists():
        return " is a symlink to nothing in the repository. Replace it with a file or directory"
    if path.is_dir() and path.name not in (*TOML, *INI):
        return ""
    if not is_file(path):
        return " is not a regular file. Replace it with one, or remove it"
    text = read_text(path, root, "surrogateescape")
    if path.name in TOML:
        return toml_fault(text)
    if path.name in INI:
        return ini_fault(text)
    if path.suffix in (".yml", ".yaml") and path.parent.name == WORKFLOWS[1]:
        return encoding_fault(text) or yaml_fault(text.removeprefix("\ufeff"), path.name)
    return ""
