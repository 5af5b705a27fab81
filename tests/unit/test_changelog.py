"""The entries of a changelog that report lost data."""

from packaging.specifiers import SpecifierSet

from workshop.changelog import losses

CHANGES = """\
.. _changes_2:

Version 2.1 — 2027-01-02
------------------------

- Fix: combining could skip a data file as a duplicate
  and lose its data. Fixes `issue 1`_.

- A new report.

.. _issue 1: https://example.org/1


Version 2.0 — 2027-01-01
------------------------

- Fix: a title was wrong.


Version 1.9 — 2026-12-01
------------------------

- Fix: lines were lost.
"""


def test_entries_of_newer_releases_that_report_a_loss_are_found():
    lost = (
        "Fix: combining could skip a data file as a duplicate and lose its data. Fixes `issue 1`_."
    )
    assert losses(CHANGES, SpecifierSet(">1.9")) == {"2.1": [lost]}
