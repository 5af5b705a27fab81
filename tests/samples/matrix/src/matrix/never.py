"""Imported by no test: 10 statements."""

NEVER_01 = 1
NEVER_02 = 2
NEVER_03 = 3
NEVER_04 = 4
NEVER_05 = 5
NEVER_06 = 6
NEVER_07 = 7
NEVER_08 = 8
NEVER_09 = 9
NEVER_10 = 10
