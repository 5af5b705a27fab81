"""The user's git repository: everything is done in a clone of it, and comes back as one patch."""

import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from copier_coverage.errors import Refusal
from copier_coverage.project.edit import Edit


@dataclass
class Repository:
    """A git repository, or a clone of it, with a Python project in it.

    Attributes:
        root: its root.
        working_directory: the folder of the project, from the root.
        default_branch: the branch to which pushes are tested; "" if git does not know one.
        changes: what was changed in the user's own lines, and why: a sentence each.
        left: what is left to do: a sentence each.
    """

    root: Path
    working_directory: str = "."
    default_branch: str = ""
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The folder of the project."""
        return self.root / self.working_directory

    def below(self, folder: str) -> "Repository":
        """Return the same repository with another folder of a project, below the one of this."""
        return Repository(self.root, f"{self.working_directory}/{folder}", self.default_branch)

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        """Run git in the root.

        Returns:
            what it printed.

        Raises:
            Refusal: git failed; the message is git's own.
        """
        command = ["git", *arguments]
        # Not as text, which would change line endings.
        content = stdin.encode(errors="surrogateescape") if stdin is not None else None
        process = subprocess.run(
            command, cwd=self.root, check=False, capture_output=True, input=content
        )
        if process.returncode:
            raise Refusal(
                f"`{' '.join(command)}` in {self.root} failed:\n"
                f"{process.stderr.decode(errors='replace')}"
            )
        return process.stdout.decode(errors="surrogateescape")

    def clone(self, destination: Path) -> "Repository":
        """Clone it into a new folder."""
        self.git("clone", "--quiet", "--no-hardlinks", str(self.root), str(destination))
        return Repository(destination, self.working_directory, self.default_branch)

    def patch(self) -> str:
        """Stage all that was changed, also what the user ignores, and return it as a patch."""
        self.git("add", "--all", "--force")
        # Not as the user likes to see it: coloured, without prefixes, through other tools.
        plain = [
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        ]
        return self.git(
            "diff-index",
            "--cached",
            "--binary",
            "--patch",
            "--unified=3",
            "-O/dev/null",
            *plain,
            "HEAD",
        )

    def new_files(self) -> list[str]:
        """Return the files that were added and staged, from the root."""
        return self.git(
            "diff-index", "--cached", "--name-only", "--diff-filter=A", "--no-renames", "-z", "HEAD"
        ).split("\0")[:-1]

    def tracks(self, name: str) -> bool:
        """Return whether git has a file of the project."""
        return self.git("ls-files", "--", str(self.folder / name)) != ""

    def read(self, name: str) -> str | None:
        """Return the text of a file of the project; None if there is none.

        Bytes that are no UTF-8 survive.
        """
        path = self.folder / name
        return (
            path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None
        )

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, with the line endings that it has.

        Raises:
            Refusal: it has several kinds of them, which would be lost; or it is a symlink to
                another place.
        """
        path = self.folder / name
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise Refusal(
                f"{name} is a symlink to {path.readlink()}. "
                "Replace it with a regular file and commit."
            )
        content = path.read_bytes() if path.is_file() else b""
        ending = "\r\n" if b"\r\n" in content else "\n"
        if content.replace(b"\r\n", b"").count(b"\r") or content.count(
            ending.encode()
        ) != content.count(b"\n"):
            raise Refusal(
                f"{path.relative_to(self.root)} has mixed line endings. Normalize them and commit."
            )
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline=ending)

    def apply(self, name: str, edit: Edit) -> None:
        """Write what a step made of a file, and keep what it says of it.

        Raises:
            Refusal: the file cannot be written; see `write`.
        """
        self.write(name, edit.text)
        self.changes += edit.changes
        self.left += edit.left


def find(path: Path, clean: bool = True) -> Repository:
    """Return the repository that a folder is in.

    Args:
        path: the folder.
        clean: whether everything in it that git tracks must be committed.

    Raises:
        Refusal: there is no such folder, it is in no git repository, something in there is not
            committed, or its pyproject.toml cannot be read.
    """
    if not path.is_dir():
        raise Refusal(
            f"{path} is not a directory. "
            "Name the directory of a Python project, for example: ../my-project"
        )
    try:
        root = Path(Repository(path.resolve()).git("rev-parse", "--show-toplevel").rstrip("\n"))
    except Refusal as error:
        first = "Without git, nothing could be undone. First run `git init`, and commit."
        raise Refusal(f"{error}{first if 'not a git repository' in str(error) else ''}") from error
    repository = Repository(root, path.resolve().relative_to(root.resolve()).as_posix())
    if clean and (status := repository.git("status", "--porcelain", "--untracked-files=no")):
        raise Refusal(
            f"{root} has uncommitted changes:\n{status}"
            "Commit or stash them first, to keep them apart."
        )
    try:
        tomllib.loads(repository.read("pyproject.toml") or "")
    except tomllib.TOMLDecodeError as error:
        raise Refusal(
            f"{repository.folder / 'pyproject.toml'} cannot be read: {error}. Fix it and commit."
        ) from error
    if not repository.git("rev-list", "--all", "--max-count=1"):
        raise Refusal(f"{root} has no commit yet. Commit its files first.")
    repository.default_branch = default_branch(repository)
    below = sorted(folder for folder in repository.folder.iterdir() if has_metadata(folder))
    if below and not has_metadata(repository.folder):
        folders = "".join(f"\n  {path / folder.name}" for folder in below)
        raise Refusal(
            f"{path} has no Python project. Name the directory of one that is below:{folders}"
        )
    return repository


def default_branch(repository: Repository) -> str:
    """Return the default branch of `origin`, else the current one; "" if HEAD is detached."""
    head = repository.git("for-each-ref", "--format=%(symref:lstrip=3)", "refs/remotes/origin/HEAD")
    current = repository.git("branch", "--show-current")
    return head.strip() or current.strip()


def has_metadata(folder: Path) -> bool:
    """Return whether a folder has one of the files that list what a Python project needs."""
    names = ("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt")
    return folder.is_dir() and any(found for name in names for found in folder.glob(name))


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
