"""What the checks have in common."""

from collections.abc import Iterable


class Check:
    """A check of repo-review: its docstring says what must hold.

    Attributes:
        family: the family that it is shown in.
        why: why it matters.
    """

    family = ""
    why = ""

    def report(self, found: Iterable[object], instead: str) -> str:
        """Return in Markdown what was found, why it matters and what to write instead; empty if nothing was found."""
        places = "".join(f"- `` {place} ``\n" for place in found)
        return f"{places}\n{self.why} {instead}" if places else ""
