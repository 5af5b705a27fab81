"""A line for a shell: whether it runs tests, and what of it coverage can run itself."""

import pytest

from copier_coverage.adopt.command_line import parse

FILES = frozenset(["test/check.py", "scripts/test", "run_tests.py", "manage.py", "pkg/tests.py"])


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("pytest", "-m pytest"),
        ("py.test -v", "-m pytest -v"),
        ("python -m pytest -c tox.ini tests", "-m pytest -c tox.ini tests"),
        ("uv run pytest -n auto", "-m pytest -n auto"),
        ("pdm run -v pytest tests", "-m pytest tests"),
        ("uv run --frozen python3 -m pytest", "-m pytest"),
        ("poetry run pytest tests/", "-m pytest tests/"),
        ("coverage run -m pytest -x", "-m pytest -x"),
        ("python -m coverage run --branch --source src -m pytest", "-m pytest"),
        ("coverage run -m unittest discover -s tests", "-m unittest discover -s tests"),
        ("./manage.py test app", "manage.py test app"),
        ("coverage run --source=. manage.py test", "manage.py test"),
        (".venv/bin/pytest tests", "-m pytest tests"),
        ("time pytest  # all of them", "-m pytest"),
        ("pip install . && pytest", "-m pytest"),
        # What is only for coverage, the gate or a report.
        ("pytest --cov=pkg --cov-report term --cov-fail-under=80 tests", "-m pytest tests"),
        ("pytest --cov pkg tests --junitxml=a.xml", "-m pytest tests"),
        ("coverage run -m pytest && coverage report --fail-under=80", "-m pytest"),
        ("pytest tests || true", "-m pytest tests"),
        ("pytest tests | tee log", "-m pytest tests"),
    ],
)
def test_what_coverage_runs_itself(line, plain):
    assert parse(line, FILES).plain == plain


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("pytest -m 'not slow'", "pytest -m 'not slow'"),
        ("PYTHONPATH=. pytest", "PYTHONPATH=. pytest"),
        ("python -W error -m pytest", "python -W error -m pytest"),
        ("python -bb -m unittest", "python -bb -m unittest"),
        ("uv run --group test pytest", "uv run --group test pytest"),
        ("cd tests && pytest; coverage xml", "cd tests && pytest"),
        ("tox run -e py", "tox run -e py"),
        ("python -m tox -e py311", "python -m tox -e py311"),
        ("uvx --with tox-uv tox run -e py -- -v", "uvx --with tox-uv tox run -e py -- -v"),
        ("nox -s tests-3.12", "nox -s tests-3.12"),
        ("hatch test", "hatch test"),
        ("hatch run test:cov", "hatch run test:cov"),
        ("hatch run pytest", "hatch run pytest"),
        ("pdm run test", "pdm run test"),
        ("uv run poe test", "uv run poe test"),
        ("make test", "make test"),
        ("scripts/test", "scripts/test"),
        ("bash ./scripts/test -v", "bash ./scripts/test -v"),
        ("python ./test/check.py -v", "python ./test/check.py -v"),
        ("coverage run --omit=a.py run_tests.py", "coverage run --omit=a.py run_tests.py"),
        ("python -m pkg.tests", "python -m pkg.tests"),
        ("zope-testrunner --test-path=src", "zope-testrunner --test-path=src"),
        ("xvfb-run pytest", "xvfb-run pytest"),
        ("python -m nose2 || exit 0", "python -m nose2"),
    ],
)
def test_all_else_is_kept_word_for_word(line, text):
    found = parse(line, FILES)
    assert (found.text, found.plain) == (text, "")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "pip install pytest",
        "uv sync --group test",
        "tox -e lint",
        "tox",
        "nox -s docs",
        "tox -e py --notest",
        "uv run tox run -e typing",
        "make docs",
        "hatch run types:check-types",
        "coverage report",
        "echo pytest",
        "python setup.py sdist",
        "twine check dist/*",
        "docker compose run web pytest",
        "pytest 'unfinished",
        # These have to be filled in by somebody else.
        "tox -e ${{ matrix.tox }}",
        "tox -f py$(echo 3.11 | tr -d .)",
        "pytest $ARGS",
        "pytest `cat list`",
    ],
)
def test_line_that_runs_no_tests_or_has_to_be_filled_in(line):
    assert parse(line, FILES) is None


def test_options_that_name_files_are_told():
    line = parse("coverage run --source=pkg --omit pkg/a.py,pkg/b.py ./test/check.py -v", FILES)
    assert line.options == {"source": ["pkg"], "omit": ["pkg/a.py", "pkg/b.py"]}
    assert line.tool == "check.py"
