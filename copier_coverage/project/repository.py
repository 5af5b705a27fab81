"""The user's git repository: everything is done in a clone of it, and comes back as one patch."""

import os
import posixpath
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import is_file, is_within, leads_out, read_text
from copier_coverage.project.edit import Edit
from copier_coverage.project.files import load_toml, toml_fault
from copier_coverage.project.shape import misshapen

# What is not committed; what is in a submodule is that one's.
STATUS = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=dirty")
# Variables by which git has its files elsewhere; git itself sets some of them for hooks.
OF_ANOTHER = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
)
# Settings of git that name a program which reading or staging runs, or that go on in submodules,
# which have settings of their own. Without one, nothing is run.
PROGRAMS = re.compile(
    r"core\.fsmonitor|submodule\.recurse|diff\.(external|.*\.(command|textconv))"
    r"|gpg\.(.*\.)?program|filter\..*\.(clean|smudge|process|required)",
    re.DOTALL,
)


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

    def git(self, *arguments: str, stdin: str | None = None, programs: bool = False) -> str:
        """Run git in the root.

        Args:
            arguments: what follows `git`.
            stdin: what it reads.
            programs: whether it runs the hooks and programs that the repository names.

        Returns:
            what it printed.

        Raises:
            Refusal: git failed; the message is git's own.
        """
        command = ["git", *arguments]
        # Not as text, which would change line endings.
        content = stdin.encode(errors="surrogateescape") if stdin is not None else None
        env = os.environ | ({} if programs else self.without_programs)
        process = subprocess.run(
            command, cwd=self.root, env=env, check=False, capture_output=True, input=content
        )
        if process.returncode:
            raise Refusal(
                f"`{' '.join(command)}` in {self.root} failed:\n"
                f"{process.stderr.decode(errors='replace')}"
            )
        return process.stdout.decode(errors="surrogateescape")

    @cached_property
    def without_programs(self) -> dict[str, str]:
        """Variables for git, to run no hook and no program that the repository's settings name.

        Those of the user's settings are the user's.
        """
        listed = self.git("config", "--list", "--includes", "--show-scope", "-z", programs=True)
        scopes, entries = listed.split("\0")[:-1:2], listed.split("\0")[1::2]
        names = [
            entry.partition("\n")[0]
            for scope, entry in zip(scopes, entries, strict=True)
            if scope in ("local", "worktree")
        ]
        values = {name: "" for name in names if PROGRAMS.fullmatch(name)}
        values["core.hooksPath"] = os.devnull
        before = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        variables = {
            "GIT_CONFIG_COUNT": str(before + len(values)),
            # Missing objects would be fetched, by a program that the remote's settings name.
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ALLOW_PROTOCOL": "file",
        }
        for number, (name, value) in enumerate(values.items(), start=before):
            variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return variables

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
        """Return the text of a file of the project; None if there is none in the repository.

        Bytes that are no UTF-8 survive.

        Raises:
            Refusal: it leads out of the repository, is too long, or cannot be read.
        """
        path = self.folder / name
        place = PurePosixPath(posixpath.normpath(posixpath.join(self.working_directory, name)))
        if place.is_absolute() or ".." in place.parts or not is_file(path):
            return None
        return read_text(path, self.root, "surrogateescape")

    def write(self, name: str, text: str) -> None:
        """Write a file of the project, with the line endings that it has.

        Raises:
            Refusal: it has several kinds of them, which would be lost; or it is a symlink to
                another place.
        """
        path = self.folder / name
        if path.is_symlink() and not is_within(path, self.folder):
            raise Refusal(
                f"{name} is a symlink to {path.readlink()}. "
                "Replace it with a regular file and commit."
            )
        if path.exists() and not is_file(path):
            raise Refusal(f"{name} is not a regular file. Rename it and commit.")
        content = path.read_bytes() if path.exists() else b""
        ending = "\r\n" if b"\r\n" in content else "\n"
        if content.replace(b"\r\n", b"").count(b"\r") or content.count(
            ending.encode()
        ) != content.count(b"\n"):
            raise Refusal(
                f"{path.relative_to(self.root)} has mixed line endings. Normalize them and commit."
            )
        path.write_text(text, encoding="utf-8", errors="surrogateescape", newline=ending)

    def apply(self, name: str, edit: Edit) -> None:
        """Write what a step made of a file, and keep its notes.

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
    if named := [name for name in OF_ANOTHER if name in os.environ]:
        raise Refusal(
            f"{' and '.join(named)} would have git read and change another repository. "
            f"First run `unset {' '.join(named)}`."
        )
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
    if not path.resolve().is_relative_to(root.resolve()) or not (root / ".git").exists():
        raise Refusal(
            f"git takes {root} for the work tree of {path}. "
            "Remove core.worktree from its settings: git config --unset core.worktree"
        )
    repository = Repository(root, path.resolve().relative_to(root.resolve()).as_posix())
    if clean and (status := repository.git(*STATUS)):
        raise Refusal(
            f"{root} has uncommitted changes:\n{status}"
            "Commit or stash them first, to keep them apart."
        )
    refuse_bad_toml(repository, "pyproject.toml")
    refuse_bad_toml(repository, "hatch.toml")
    if not repository.git("rev-list", "--all", "--max-count=1"):
        raise Refusal(f"{root} has no commit yet. Commit its files first.")
    repository.default_branch = default_branch(repository)
    inside = (f for f in repository.folder.iterdir() if not leads_out(f, root))
    below = sorted(folder for folder in inside if has_metadata(folder))
    if below and not has_metadata(repository.folder):
        folders = "".join(f"\n  {path / folder.name}" for folder in below)
        raise Refusal(
            f"{path} has no Python project. Name the directory of one that is below:{folders}"
        )
    return repository


def refuse_bad_toml(repository: Repository, name: str) -> None:
    """Refuse a file that cannot be read, or in which a key is not of the kind that it has to be.

    Raises:
        Refusal: it is.
    """
    place, text = repository.folder / name, repository.read(name) or ""
    if fault := toml_fault(text):
        raise Refusal(f"{place}{fault} and commit.")
    for path, kind in misshapen(name, load_toml(text)):
        raise Refusal(f"{place}: {'.'.join(path)} must be {kind}. Fix it and commit.")


def default_branch(repository: Repository) -> str:
    """Return the default branch of `origin`, else the current one; "" if HEAD is detached."""
    head = repository.git("for-each-ref", "--format=%(symref:lstrip=3)", "refs/remotes/origin/HEAD")
    current = repository.git("branch", "--show-current")
    return head.strip() or current.strip()


def has_metadata(folder: Path) -> bool:
    """Return whether a folder has one of the files that list what a Python project needs."""
    names = ("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt")
    return folder.is_dir() and any(found for name in names for found in folder.glob(name))
