"""`invoke outdated` asks the package index for each package that the template names."""

from packaging.version import Version

from workshop.outdated import is_behind, packages
from workshop.rendering import TEMPLATE


def test_each_floor_and_each_package_manager_is_compared():
    entries = {entry.what: entry for entry in packages()}
    assert {*entries} == {f"floor of {name}" for name in TEMPLATE.floors} | {
        f"{name} in workflows" for name in TEMPLATE.managers
    }
    for entry in entries.values():
        assert entry.behind == is_behind(entry.ours, Version(entry.newest))
