"""The boundary of a repository: outside of it nothing is read, and what is too long is not read."""

from importlib.resources.abc import Traversable
from pathlib import Path

from copier_coverage.errors import Refusal

# In bytes, and in lines. What people write is shorter by far; what tools write is not.
LONGEST, MOST_LINES = 1_000_000, 20_000
# In characters. A longer line is no command that a person wrote, and takes long to search.
LONGEST_LINE = 2_000


def locate(folder: Path) -> tuple[Path, str]:
    """Return the root of the repository that a folder is in, and the folder's path from there.

    The path of the root is ".".
    """
    folder = folder.resolve()
    for mark in (".git", ".github"):
        for root in (folder, *folder.parents):
            if (root / mark).exists():
                return root, folder.relative_to(root).as_posix()
    return folder, "."


def leads_out(path: Traversable, folder: Traversable) -> bool:
    """Return whether a path leads out of the repository, by a link.

    Args:
        path: the path.
        folder: the folder in the repository from which it was found.
    """
    if not isinstance(path, Path) or not isinstance(folder, Path):
        return False  # On GitHub, where repo-review follows no link.
    return not is_within(path, locate(folder)[0])


def is_within(path: Path, folder: Path) -> bool:
    """Return whether a path is in a folder, wherever links lead."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # A link to itself; no name of a file.
        return False


def entries_of(folder: Traversable) -> list[Traversable]:
    """Return what is in a folder of the repository, by name; nothing if there is no such folder.

    Raises:
        Refusal: it cannot be read.
    """
    try:
        found = list(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise cannot_be_read(folder, error) from error
    return sorted(found, key=lambda entry: entry.name)


def cannot_be_read(path: Traversable, error: OSError) -> Refusal:
    """Return what ends a command that the system does not let read a file or directory."""
    return Refusal(f"{path} cannot be read: {error.strerror}. Fix that or remove it.")


def is_there(path: Path) -> bool:
    """Return whether a name is taken; by a link that leads nowhere, too."""
    return path.is_symlink() or path.exists()


def is_file(path: Traversable) -> bool:
    """Return whether there is a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; a name that none can have is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_text(path: Path, folder: Path, errors: str) -> str:
    """Return the text of a file, with "\n" as the end of lines.

    Args:
        path: the file.
        folder: the folder in the repository from which it was found.
        errors: what becomes of bytes that are no UTF-8, as `bytes.decode` has it.

    Raises:
        Refusal: it leads out of the repository, is too long, or cannot be read.
    """
    if leads_out(path, folder):
        raise Refusal(
            f"{path} is a symlink to {path.resolve()}, outside of the repository. "
            "Replace the symlink with a regular file or directory, and commit."
        )
    content = first_bytes(path, LONGEST + 1)
    if len(content) > LONGEST or content.count(b"\n") > MOST_LINES:
        raise Refusal(
            f"{path} has more than {LONGEST // 1_000_000} MB or {MOST_LINES:,} lines, too much to "
            "read. Move what a tool generates to a file of another name, and commit."
        )
    text = content.decode(errors=errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def contains(path: Path, folder: Path, word: str) -> bool:
    """Return whether a file has a word, in what is read of it.

    Args:
        path: the file.
        folder: the folder in the repository from which it was found.
        word: the word.
    """
    if not is_file(path) or leads_out(path, folder):
        return False
    return word.encode() in first_bytes(path, LONGEST)


def first_bytes(path: Traversable, number: int) -> bytes:
    """Return the first bytes of a file.

    Raises:
        Refusal: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(number)
    except OSError as error:
        raise cannot_be_read(path, error) from error
