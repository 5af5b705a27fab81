"""The incident: what its team ran before this template, as they had it.

Wrong on purpose, to compare with.
"""

import shlex

THRESHOLD = 80

# pytest-cov combines the data files itself.
TESTS = "python -m pytest --cov --cov-report="

# What CI compared with the threshold. It is the column Branch, not a percentage.
OLD_RECIPE = "coverage report | grep TOTAL | awk '{print $4}'"

# Published as the fix: it combines, before the gate, what has been combined already.
COMBINE = "coverage combine"
FAIL_UNDER = f"coverage report --fail-under={THRESHOLD}"


def by_uv(*commands: str) -> str:
    """Return the command line that runs commands in an environment of uv's, until one fails."""
    return f"uv run bash -c {shlex.quote(' && '.join(commands))}"
