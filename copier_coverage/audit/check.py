"""What the checks have in common."""

from collections.abc import Iterable


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
        places = "".join(f"- `` {place} ``\n" for place in found)
        return f"{places}\n{self.why} {instead}" if places else ""
