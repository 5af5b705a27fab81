"""The step for the Makefile: it includes coverage.mk, and keeps its own targets."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from copier_coverage.adopt.text import free, refuse_doubles
from copier_coverage.errors import Refusal
from copier_coverage.project.boundary import LONGEST_LINE
from copier_coverage.project.edit import Edit
from copier_coverage.project.repository import Repository
from copier_coverage.project.runners import makefile

OURS = "coverage.mk"
# An include of plain words, which can be looked for.
PLAIN = re.compile(r"(?!.*\*\*)[\w.*?-][\w.*?/-]*")


def add_to_makefile(clone: Repository) -> None:
    """Include coverage.mk in the repository's Makefile.

    Raises:
        Refusal: the Makefile cannot include it.
    """
    name = makefile(clone)
    text = clone.read(name) or ""
    plain = [pattern for pattern in included_patterns(text) if PLAIN.fullmatch(pattern)]
    paths = [path for pattern in plain for path in sorted(clone.folder.glob(pattern))]
    names = [path.relative_to(clone.folder).as_posix() for path in paths]
    others = {path: clone.read(path) or "" for path in names}
    clone.apply(name, with_include(name, text, clone.read(OURS) or "", others))


def with_include(name: str, text: str, template: str, others: Mapping[str, str]) -> Edit:
    """Include coverage.mk at the end of a Makefile; rename targets that both have.

    Args:
        name: the Makefile's name.
        text: its text.
        template: the text of coverage.mk.
        others: the texts of the files that it includes, by their path.

    Raises:
        Refusal: it sets another recipe prefix, or a file that it includes has a target of
            coverage.mk.
    """
    if re.search(r"^\.RECIPEPREFIX", text, re.MULTILINE):
        raise Refusal(
            f"{name} sets .RECIPEPREFIX, but {OURS} uses tabs. Use tabs in {name} too and commit."
        )
    targets = {target for target in target_names(template) if re.match(r"\w", target)}
    refuse_doubles(targets, {path: target_names(other) for path, other in others.items()}, OURS)
    theirs = target_names(text)
    renamed = {target: free(target, theirs) for target in sorted(targets & theirs)}
    edit = Edit(rename_targets(text, renamed))
    for target, kept in renamed.items():
        edit.changes.append(f"{name}: target {target} is now {kept}, as {OURS} has one")
    if not any(fnmatch(OURS, pattern.removeprefix("./")) for pattern in included_patterns(text)):
        edit.text = f"{edit.text.rstrip()}\n\ninclude {OURS}\n"
    return edit


def included_patterns(text: str) -> list[str]:
    """Return what a Makefile includes: paths, or patterns of `wildcard`."""
    lines = re.findall(r"^[-s]?include\s+(.*)", text, re.MULTILINE)
    lines = [line for line in lines if len(line) <= LONGEST_LINE]
    return [
        word for line in lines for word in re.sub(r"\$\(wildcard\s+(.*?)\)", r"\1", line).split()
    ]


def rules(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """Yield each line of a Makefile, the targets whose rule it is, and whether it is a recipe's."""
    in_define = False
    for line in text.split("\n"):
        in_define = (in_define or line.startswith("define ")) and not line.startswith("endef")
        match = None if in_define else re.match(r"([^\s#:=][^#:=]*)::?(?![:=])", line)
        yield line, match[1].split() if match else [], line.startswith("\t")


def target_names(text: str) -> set[str]:
    """Return the targets that a Makefile has rules for."""
    return {target for _, targets, _ in rules(text) for target in targets}


def rename_targets(text: str, renamed: dict[str, str]) -> str:
    """Return a Makefile with other names for some targets; what depends on one still does."""
    lines = []
    for line, targets, in_recipe in rules(text):
        if targets:
            # Up to a recipe, a comment, or the value of a variable.
            head = re.split("[;#=]", line, maxsplit=1)[0]
            if "=" in line[len(head) : len(head) + 1]:
                head = head.partition(":")[0]
            words = re.split(r"(\s+|:)", head)
            line = "".join(renamed.get(word, word) for word in words) + line[len(head) :]
        elif in_recipe and re.search(r"\$[({]MAKE[)}]|\bmake\b", line):
            line = "".join(renamed.get(word, word) for word in re.split(r"(\s+|[;&|])", line))
        lines.append(line)
    return "\n".join(lines)
