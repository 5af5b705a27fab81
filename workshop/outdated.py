"""Which versions in the template are behind the newest ones."""

from dataclasses import dataclass
from datetime import date

from packaging.version import Version

from workshop import index
from workshop.rendering import TEMPLATE


@dataclass(frozen=True)
class Entry:
    """A version in the template.

    Attributes:
        what: what has it.
        ours: the version.
        newest: the newest version, or where to look for it.
        behind: whether ours is older.
    """

    what: str
    ours: str
    newest: str
    behind: bool = False


def is_behind(ours: str, newest: Version) -> bool:
    """Return whether a version is older, in the numbers that it has: 9 is not behind 9.2."""
    given = Version(ours).release
    return newest.release[: len(given)] > given


def supported_pythons(today: date) -> list[str]:
    """Return the Python versions that are not end-of-life, oldest first.

    By the calendar of https://peps.python.org/pep-0602/: 3.N comes in October of the year 2011 + N,
    and ends five years later, after October.
    """
    newest = today.year - 2011 - (today.month < 10)
    oldest = today.year - 2016 + (today.month > 10)
    return [f"3.{minor}" for minor in range(oldest, newest + 1)]


def packages() -> list[Entry]:
    """Return the floors of requirements, and the package managers that workflows install.

    Raises:
        urllib.error.URLError: the package index cannot be reached.
    """
    versions = [(f"floor of {name}", name, floor) for name, floor in TEMPLATE.floors.items()]
    versions += [
        (f"{name} in workflows", name, row["version"]) for name, row in TEMPLATE.managers.items()
    ]
    entries = []
    for what, name, ours in versions:
        newest = index.version(index.newest(index.files(name)))
        entries.append(Entry(what, ours, str(newest), is_behind(ours, newest)))
    return entries


def pythons(today: date) -> Entry:
    """Return the Python versions that the template offers, beside the supported ones."""
    supported = supported_pythons(today)
    behind = TEMPLATE.pythons != supported
    return Entry("Python", ", ".join(TEMPLATE.pythons), ", ".join(supported), behind)


def actions() -> list[Entry]:
    """Return the pinned actions: no package index knows their newest releases."""
    entries = []
    for pin in TEMPLATE.actions.values():
        action, tag = pin.split("@")[0], pin.split(" # ")[1]
        entries.append(Entry(action, tag, f"see github.com/{action}/releases"))
    return entries


def show() -> bool:
    """Print all versions; return whether one is behind."""
    entries = [*packages(), pythons(date.today()), *actions()]
    for entry in entries:
        line = f"{entry.what}: {entry.ours}; newest: {entry.newest}"
        print(f"{line}; behind" if entry.behind else line)
    return any(entry.behind for entry in entries)
