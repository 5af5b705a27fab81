"""Faults while the gate runs: killed, interrupted, a full disk, files that vanish, other clocks."""

import os

import pytest

from workshop.faults import check, faulty_project

NORMAL, LONG = range(8), range(8, 1600)
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no groups of processes")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return faulty_project(tmp_path_factory.mktemp("faults") / "fanout")


# In parentheses: what is installed once.
CASES = [pytest.param(seed, id=f"(faults)-{seed}") for seed in NORMAL]
CASES += [pytest.param(seed, id=f"(faults)-{seed}", marks=pytest.mark.long) for seed in LONG]


@pytest.mark.parametrize("seed", CASES)
def test_next_run_has_the_total_and_no_file_of_the_user_changed(project, seed):
    check(project, seed)
