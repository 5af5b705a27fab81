"""What a step of adopt makes of one of the user's files."""

from dataclasses import dataclass, field


@dataclass
class Edit:
    """A file with its changes.

    Attributes:
        text: its new text.
        changes: what was changed in the user's own lines, and why: a sentence each.
        left: what the user has to do: a sentence each.
    """

    text: str
    changes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
