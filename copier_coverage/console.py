"""What is printed of a repository: its names and lines cannot control the terminal or the log."""

import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

# Controls, halves of pairs, separators of lines, and marks that turn the direction of writing.
HIDDEN = {"Cc", "Cs", "Cf", "Zl", "Zp"}
# Some languages need these between their letters.
JOINERS = "\u200c\u200d"


class Console(RichConsole):
    """A console that shows control characters of a text as escapes."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of what is printed; those that control the terminal are rich's own."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)


@contextmanager
def without_commands() -> Iterator[None]:
    """Have GitHub take no printed line for a command, as ::add-mask:: or ##[add-mask].

    After an error there is more to print, so it goes on only in the next step.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    is_in_job = os.environ.get("GITHUB_ACTIONS") == "true"
    token = secrets.token_hex()
    if is_in_job:
        print(f"::stop-commands::{token}", flush=True)
    yield
    if is_in_job:
        print(f"::{token}::", flush=True)


def visible(text: str) -> str:
    r"""Return a text in which control characters are escapes, as \x1b; lines and tabs stay."""
    return re.sub(r"[^\n\t -~]", escaped, text)


def escaped(match: re.Match[str]) -> str:
    """Return a character, or its escape if it is not to be seen."""
    is_hidden = unicodedata.category(match[0]) in HIDDEN and match[0] not in JOINERS
    return ascii(match[0])[1:-1] if is_hidden else match[0]
