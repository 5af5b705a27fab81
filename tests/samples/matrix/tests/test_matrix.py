"""Four tests: pytest-split gives two of them to each shard of two."""

import subprocess
import sys

from matrix import everywhere, shards, versions


def test_first():
    assert shards.first() == 465


def test_child():
    subprocess.run([sys.executable, "-m", "matrix.plugins.src.child"], check=True)


def test_second():
    assert shards.second() == 465


def test_everywhere():
    assert everywhere.EVERYWHERE_10 == 10
    assert versions.sys.version_info >= (3, 11)
