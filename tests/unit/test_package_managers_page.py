"""docs/package-managers.md has the commands of each package manager, as includes/managers.jinja."""

import pytest

from pages import DOCS
from workshop.rendering import TEMPLATE


def column(manager: str) -> dict[str, str]:
    """Return the cells of a package manager, by the first cell of their row."""
    text = (DOCS / "package-managers.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    place = [name.lower() for name in rows[0]].index(manager)
    return {row[0]: row[place] for row in rows}


@pytest.mark.parametrize(("manager", "row"), TEMPLATE.managers.items(), ids=TEMPLATE.managers)
def test_page_has_the_commands_of_each_package_manager(manager, row):
    cells = column(manager)
    assert cells["prefix of commands"] == f"`{row['run'].strip()}`"
    assert cells["what a developer installs"] == f"`{row['install'][-1]}`"
    assert cells["what the job `coverage` installs"] == f"`{row['install_coverage'][-1]}`"
    assert cells["what locks that"] == (row["lock_file"] or "nothing")
