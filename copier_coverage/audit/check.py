"""What the checks have in common."""

import re
from collections.abc import Iterable
from itertools import islice

from copier_coverage.console import visible

# More places than a person reads.
MOST = 100


class Check:
    """A check of repo-review: its docstring says what must hold.

    Attributes:
        family: the family that it is shown in.
        why: why it matters.
        severity: "error", if a gate passes or fails wrongly; "warning", if it may mislead people.
        url: the check's section of the documentation. (repo-review shows it.)
    """

    family = ""
    why = ""
    severity = "error"

    @property
    def url(self) -> str:
        return f"docs/audit.md#{type(self).__name__.lower()}"

    def report(self, found: Iterable[object], instead: str) -> str:
        """Return in Markdown what was found, why it matters, and what to write instead.

        It is empty if nothing was found.
        """
        found = iter(found)
        places = "".join(map(quoted, islice(found, MOST)))
        more = len(list(found))
        places += f"- and {more} more\n" if more else ""
        return f"{places}\n{self.why} {instead}" if places else ""


def quoted(place: object) -> str:
    """Return a place as an item of a list in Markdown, whatever marks of that it has itself."""
    text = visible(str(place)).replace("\n", r"\n")
    marks = "`" * (1 + max(map(len, re.findall("`+", text)), default=1))
    return f"- {marks} {text} {marks}\n"
