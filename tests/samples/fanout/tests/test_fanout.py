import subprocess
import sys

import pytest


def test_intake_in_this_process():
    from fanout import intake

    assert intake.SPAN == 12


@pytest.mark.parametrize("module", ["pricing", "billing", "shipping", "archive"])
def test_module_in_a_process_of_its_own(module):
    subprocess.run([sys.executable, "-m", f"fanout.{module}"], check=True)
