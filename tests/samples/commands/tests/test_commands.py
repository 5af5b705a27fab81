import subprocess
import sys
import unittest

import commands


class HereTest(unittest.TestCase):
    def test_here(self):
        self.assertEqual(commands.here(), "here")


class ChildTest(unittest.TestCase):
    def test_in_child(self):
        code = "import commands; commands.in_child()"
        subprocess.run([sys.executable, "-c", code], check=True)
