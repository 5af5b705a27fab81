"""The user's git repository: everything is done in a clone of it, and comes back as one patch."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from copier_coverage.audit import locate


@dataclass
class Repository:
    """A git repository, or a clone of it, with a Python project in it.

    Attributes:
        root: its root.
        working_directory: the folder of the project, from the root.
        changes: what was changed of the user's own lines, and why: a sentence each.
        left: what is left to do: a sentence each.
    """

    root: Path
    working_directory: str = "."
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """The folder of the project."""
        return self.root / self.working_directory

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        """Run git in the root.

        Returns:
            what it printed.

        Raises:
            SystemExit: git failed; the message is git's own.
        """
        command = ["git", *arguments]
        # (Not as text, which would change line endings.)
        content = stdin.encode(errors="surrogateescape") if stdin is not None else None
        process = subprocess.run(command, cwd=self.root, check=False, capture_output=True, input=content)
        if process.returncode:
            sys.exit(f"`{' '.join(command)}` in {self.root} failed:\n{process.stderr.decode(errors='replace')}")
        return process.stdout.decode(errors="surrogateescape")

    def clone(self, destination: Path) -> "Repository":
        """Clone it into a new folder."""
        self.git("clone", "--quiet", "--no-hardlinks", str(self.root), str(destination))
        return Repository(destination, self.working_directory)

    def patch(self) -> str:
        """Stage all that was changed, and return it as a patch."""
        self.git("add", "--all")
        return self.git("diff", "--cached", "--binary")

    def read(self, name: str) -> str | None:
        """Return the text of a file of the project; None if there is none. Bytes that are no UTF-8 survive."""
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, with the line endings that it has."""
        path = self.folder / name
        ending = "\r\n" if path.is_file() and b"\r\n" in path.read_bytes() else "\n"
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline=ending)


def find(path: Path) -> Repository:
    """Return the repository that a folder is in.

    Raises:
        SystemExit: there is no such folder, it is in no git repository, something in there is not committed, or its
            pyproject.toml cannot be read.
    """
    if not path.is_dir():
        sys.exit(f"{path} is no folder. Give the folder of a Python project: invoke adopt ../my-project")
    root, working_directory = locate(path)
    if not (root / ".git").exists():
        sys.exit(f"{path} is in no git repository, so that nothing could be undone. First: git init, and commit")
    repository = Repository(root, working_directory)
    if status := repository.git("status", "--porcelain"):
        sys.exit(f"{root} has changes that are not committed:\n{status}Commit or stash them first, to keep them apart.")
    try:
        tomllib.loads(repository.read("pyproject.toml") or "")
    except tomllib.TOMLDecodeError as error:
        sys.exit(f"{repository.folder / 'pyproject.toml'} cannot be read: {error}. Mend it, and commit.")
    if not repository.git("rev-parse", "--verify", "--quiet", "HEAD"):
        sys.exit(f"{root} has no commit yet. Commit what is there first.")
    return repository
