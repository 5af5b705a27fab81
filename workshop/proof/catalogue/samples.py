"""Changes of the samples that several modes share, and their totals by design."""

from workshop.rendering import SAMPLES

# The sample incident: 142 statements, 7 missed; 8 branches, 4 missed.
INCIDENT = 100 * (135 + 4) / (142 + 8)


def untested(statements: int) -> str:
    """Return a module of which only the first statement runs when it is imported."""
    return "def forgotten():\n" + "".join(
        f"    print({number})\n" for number in range(statements - 1)
    )


# With 60 statements more that no test runs, 66.19%.
FORGOTTEN = "".join(f"FORGOTTEN_{number} = {number}\n" for number in range(60))
INCIDENT_FORGOTTEN = 100 * (135 + 4) / (142 + 8 + 60)
FORGOTTEN_MODULE = {"src/incident/forgotten.py": FORGOTTEN}
FORGOTTEN_TESTS = {
    # Imported, so that no pipeline can overlook it, but run by no test.
    "src/incident/forgotten.py": untested(60),
    "tests/test_forgotten.py": (
        "import incident.forgotten\n\n\ndef test_forgotten():\n    assert incident.forgotten\n"
    ),
}
INCIDENT_UNTESTED = 100 * (135 + 4 + 1) / (142 + 8 + 60)

# With 26 of them, 79.55%, which rounds to 80%.
ALMOST = {**FORGOTTEN_TESTS, "src/incident/forgotten.py": untested(26)}
INCIDENT_ALMOST = 100 * (135 + 4 + 1) / (142 + 8 + 26)

# Of the tests of the sample incident, those of one module of 24 statements.
INCIDENT_SETTINGS = 100 * 24 / (142 + 8)
SETTINGS_TEST = "def test_settings():\n    from incident import settings\n\n    assert settings\n"
# They are left; a data file is there from when all were.
REMOVED_TESTS = {
    "tests/test_incident.py": SETTINGS_TEST,
    "earlier/tests_then.py": (SAMPLES / "incident" / "tests" / "test_incident.py").read_text(
        encoding="utf-8"
    ),
}
EARLIER_RUN = "coverage run --parallel-mode -m pytest -q earlier/tests_then.py"

# The sample fanout: 300 statements, 278 run; 60 of them by a child process that runs
# fanout.pricing.
FANOUT = 100 * 278 / 300
# Without intake and archive.
FANOUT_THREE = 100 * 180 / 300

FANOUT_TEST = """\
import importlib
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import time

PRICING = "import fanout.pricing"


def test_in_this_process():
    from fanout import archive, billing, intake, shipping

    assert archive and billing and intake and shipping


def test_in_a_child(tmp_path):
"""


def child(*lines: str) -> dict[str, str]:
    """Return files for the sample fanout where lines of Python make a child run fanout.pricing."""
    return {"tests/test_fanout.py": FANOUT_TEST + "".join(f"    {line}\n" for line in lines)}


RUNS_COPY = """\
import os
import shutil
import subprocess
import sys


def test_copy(tmp_path):
    shutil.copytree("src", tmp_path / "src")
    path = tmp_path / "src" / "incident" / "{module}.py"
    path.write_text(path.read_text().replace("{old}", "{new}"))
    command = [sys.executable, "-c", "import incident.{module}"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {{"PYTHONPATH": "src"}}, check=True)
"""


def runs_copy(module: str, old: str, new: str) -> dict[str, str]:
    """Return a test of the incident that runs a module in a changed copy, from its directory."""
    return {"tests/test_copy.py": RUNS_COPY.format(module=module, old=old, new=new)}


# What builds the incident, and installs a copy of it.
INSTALLABLE = """\
from setuptools import setup

setup(name="incident", version="1", package_dir={"": "src"}, packages=["incident"])
"""
INSTALL_COPY = "uv pip install --quiet --no-deps --target site-packages . && rm -rf build"
