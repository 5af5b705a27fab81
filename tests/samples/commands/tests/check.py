"""A script of its own, which runs the tests."""

import unittest

from test_commands import *

if __name__ == "__main__":
    unittest.main()
