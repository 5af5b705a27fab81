"""What the incident's team ran before this template: commands that are wrong on purpose, to compare with."""

# pytest-cov combines the data files itself.
COLLECT = "uv run python -m pytest --cov --cov-report="

# CI compared the number that this prints with the threshold. It is the column Branch, not a percentage.
OLD_RECIPE = "uv run coverage report | grep TOTAL | awk '{print $4}'"

# Published as the fix: combines, before the gate, what has been combined already.
PUBLISHED_FIX = "uv run coverage combine && uv run coverage report --fail-under=80"
