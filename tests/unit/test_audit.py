"""`invoke audit`: each check finds its fault, not what only looks so; a fresh render has none."""

import re
from pathlib import Path

import pytest

from copier_coverage.audit import checks, findings
from copier_coverage.project.boundary import locate
from workshop.rendering import ROOT

PYTEST_COV = "test:\n\tpytest --cov\n"
SETTINGS = '[tool.coverage.run]\nsource = ["src"]\nparallel = true\n'


def makefile(*recipe: str) -> dict[str, str]:
    """Return a repository of a Makefile with one target."""
    return {
        "Makefile": "coverage:\n" + "".join(f"\t{line}\n" for line in recipe),
        "pyproject.toml": SETTINGS,
    }


def settings(text: str, **files: str) -> dict[str, str]:
    return {"pyproject.toml": text, **files}


def workflow(
    job: str, *, name: str = ".github/workflows/ci.yml", before: str = ""
) -> dict[str, str]:
    """Return a repository with a workflow: a job `test`, one for each Python, and `coverage`."""
    return {name: f"on: push\n{before}jobs:\n{TEST_JOB}{job}", "pyproject.toml": SETTINGS}


TEST_JOB = """\
  test:
    strategy:
      matrix:
        python: ["3.12", "3.13"]
    steps:
      - run: coverage run -m pytest
      - uses: actions/upload-artifact@v7
        with:
          name: parts-${{ matrix.python }}
          path: .coverage.*
          include-hidden-files: true
"""
GATE_JOB = """\
  coverage:
    needs: [test]
    if: always()
    steps:
      - if: needs.test.result != 'success'
        run: exit 1
      - uses: actions/download-artifact@v8
      - run: coverage combine
      - name: Gate
        run: coverage report --fail-under=80
"""
RIGHT = workflow(GATE_JOB)


def changed(old: str, new: str, before: str = "") -> dict[str, str]:
    """Return the right workflow with one change."""
    (name, text), *_ = workflow(GATE_JOB, before=before).items()
    assert text.count(old) == 1, old
    return {name: text.replace(old, new), "pyproject.toml": SETTINGS}


def steps(*runs: str, job: str = "") -> dict[str, str]:
    """Return a repository with a workflow of one job, with some steps."""
    lines = "".join(f"      - run: {run}\n" for run in runs)
    text = f"on: push\njobs:\n  test:\n{job}    steps:\n{lines}"
    return {".github/workflows/ci.yml": text, "pyproject.toml": SETTINGS}


GATE = "coverage report --fail-under=80"
BASH = "defaults:\n  run:\n    shell: bash\n"
ADDOPTS = '[tool.pytest.ini_options]\naddopts = "--cov"\n'

# The code of a check, a repository that has the fault, what is said of it, and one that only looks
# like it.
CASES = [
    (
        "GC101",
        makefile("coverage report | grep TOTAL | awk '{print $$4}'"),
        "Makefile:2",
        makefile("coverage report | cat"),
    ),
    ("GC102", makefile(f"{GATE} || true"), "Makefile:2", makefile(f"{GATE} || exit 2")),
    ("GC102", makefile(f"-{GATE}"), "Makefile:2", makefile(f"@{GATE}")),
    ("GC102", makefile(f"{GATE}; echo done"), "Makefile:2", makefile(f"{GATE} && echo done")),
    (
        "GC102",
        {"tasks.py": f'def gate(c):\n    c.run("{GATE}", warn=True)\n'},
        "tasks.py:2",
        {"tasks.py": f'def gate(c):\n    c.run("{GATE}", warn=False)\n'},
    ),
    (
        "GC102",
        makefile(f"{GATE} \\", "|| true"),
        "Makefile:2",
        makefile("rm -rf .coverage || true"),
    ),
    ("GC102", makefile(f"-{GATE}"), "Makefile:2", makefile("pytest \\", "-v --cov-report=xml")),
    (
        "GC103",
        changed(GATE, f"{GATE} | tee log", before=BASH.rstrip() + " -l {0}\n"),
        "| tee log",
        RIGHT,
    ),
    ("GC103", makefile(f"{GATE} | tee log"), "Makefile:2", makefile(f"{GATE} || exit 2")),
    (
        "GC103",
        changed(GATE, f"{GATE} | tee log"),
        "ci.yml:23",
        changed(GATE, f"{GATE} | tee log", before=BASH),
    ),
    (
        "GC104",
        makefile("pytest --cov", "coverage combine"),
        "Makefile:3",
        makefile("coverage run -m pytest", "coverage combine"),
    ),
    (
        "GC104",
        makefile("pytest --cov", "coverage combine"),
        "Makefile:3",
        makefile("pytest --cov", "coverage combine --append"),
    ),
    (
        "GC104",
        makefile("pytest --cov", "coverage combine"),
        "Makefile:3",
        makefile("COVERAGE_FILE=.coverage.a pytest --cov", "coverage combine"),
    ),
    (
        "GC104",
        makefile("pytest", "coverage combine") | settings(ADDOPTS),
        "Makefile:3",
        makefile("pytest", "coverage combine"),
    ),
    ("GC105", makefile(f'echo "$$({GATE})"'), "Makefile:2", makefile('echo "$$(coverage report)"')),
    (
        "GC105",
        makefile(f"if ! {GATE}; then echo low; fi"),
        "Makefile:2",
        makefile("if test -f .coverage; then echo data; fi"),
    ),
    ("GC105", makefile(f"{GATE} & wait"), "Makefile:2", makefile(f"true && {GATE}")),
    ("GC105", makefile(f"{GATE} &"), "Makefile:2", makefile(f"{GATE} 2>&1")),
    (
        "GC105",
        makefile(f"if {GATE}; then true; fi"),
        "Makefile:2",
        makefile(f"if test -f a; then {GATE}; fi"),
    ),
    (
        "GC106",
        makefile(f"{GATE} --omit='*/new.py'"),
        "Makefile:2",
        makefile("coverage html --omit='*/new.py'"),
    ),
    (
        "GC107",
        makefile('test "$$(coverage report --format=total)" -ge 80'),
        "Makefile:2",
        makefile("coverage report --format=total"),
    ),
    (
        "GC108",
        makefile("pytest --cov-fail-under=80"),
        "Makefile:2",
        makefile("pytest --cov=src --cov-fail-under=80"),
    ),
    (
        "GC108",
        makefile("pytest --cov-fail-under=80"),
        "Makefile:2",
        makefile("pytest --cov-fail-under=80") | settings(ADDOPTS),
    ),
    (
        "GC201",
        settings(SETTINGS, **{".coveragerc": ""}),
        ".coveragerc:1: hides pyproject.toml",
        settings(SETTINGS, **{"setup.cfg": "[metadata]\n"}),
    ),
    (
        "GC201",
        settings(SETTINGS, **{"tox.ini": "[coverage:run]\nbranch = 1\n"}),
        "tox.ini:1: hides pyproject.toml",
        {"tox.ini": "[coverage:run]\n"},
    ),
    (
        "GC201",
        settings(SETTINGS, **{"pytest.ini": "[pytest]\naddopts = --cov --cov-config=cov.ini\n"}),
        "addopts: --cov-config=cov.ini hides pyproject.toml",
        settings(
            SETTINGS, **{"pytest.ini": "[pytest]\naddopts = --cov --cov-config=pyproject.toml\n"}
        ),
    ),
    (
        "GC202",
        settings("[tool.coverage.report]\nfailunder = 80\n"),
        "pyproject.toml:2: key report.failunder",
        settings("[tool.coverage.report]\nfail_under = 80\n"),
    ),
    (
        "GC202",
        settings("[tool.coverage.reports]\nfail_under = 80\n"),
        "pyproject.toml:1: table 'reports'",
        settings('[tool.coverage.paths]\nanything = ["src"]\n'),
    ),
    (
        "GC202",
        settings("[tools.coverage.run]\nbranch = true\n"),
        "pyproject.toml:1: table [tools.coverage.run]",
        settings("[tools.other]\n"),
    ),
    (
        "GC202",
        settings("[tool.coverage.django]\nx = 1\n"),
        "table 'django'",
        settings('[tool.coverage.run]\nplugins = ["django"]\n[tool.coverage.django]\nx = 1\n'),
    ),
    (
        "GC203",
        settings("[tool.coverage.report]\nfail_under = 0.8\n"),
        "Give percent: 80",
        settings("[tool.coverage.report]\nfail_under = 80.5\n"),
    ),
    (
        "GC203",
        {".coveragerc": "[report]\nfail_under = .95\n"},
        "Give percent: 95",
        {".coveragerc": "[report]\nfail_under = 0\n"},
    ),
    (
        "GC204",
        settings("[tool.coverage.run]\nbranch = true\n", Makefile=PYTEST_COV),
        "Makefile:2",
        settings(SETTINGS, Makefile=PYTEST_COV),
    ),
    (
        "GC204",
        settings("[tool.coverage.run]\nbranch = true\n", Makefile=PYTEST_COV),
        "Makefile:2",
        {"Makefile": "test:\n\tpytest --cov=src\n"},
    ),
    (
        "GC205",
        settings('[tool.coverage.run]\nsource = ["."]\n', **{"src/a.py": ""}),
        "pyproject.toml:2: source is '.'",
        settings('[tool.coverage.run]\nsource = ["."]\n', **{"a.py": ""}),
    ),
    (
        "GC206",
        settings('[tool.coverage.report]\nexclude_also = [\n    "pass",\n]\n'),
        "pyproject.toml:3: 'pass'",
        settings('[tool.coverage.report]\nexclude_also = ["^\\\\s*pass$"]\n'),
    ),
    ("GC207", makefile("coverage run -m pytest -n 2"), "Makefile:2", makefile("pytest --cov -n 2")),
    (
        "GC207",
        makefile("coverage run -m pytest -n 2"),
        "Makefile:2",
        makefile("coverage run -m pytest -n 2") | settings(SETTINGS + 'patch = ["subprocess"]\n'),
    ),
    (
        "GC208",
        makefile("coverage erase", "coverage run -p -m pytest", "coverage combine")
        | settings("[tool.coverage.run]\nbranch = true\n"),
        "Makefile:2",
        makefile("coverage erase", "coverage run -p -m pytest", "coverage combine"),
    ),
    (
        "GC209",
        settings(SETTINGS, **{"requirements-dev.txt": "pytest\ngevent>=26\n"}),
        "requirements-dev.txt:2: gevent>=26",
        settings(
            SETTINGS + 'concurrency = ["gevent"]\n',
            **{"requirements-dev.txt": "pytest\ngevent>=26\n"},
        ),
    ),
    (
        "GC209",
        settings(SETTINGS, **{"requirements.txt": "gevent\n"}),
        "requirements.txt:1: gevent",
        settings(
            '[project]\ndescription = "gevent without tears" # gevent\n' + SETTINGS,
            **{"requirements.txt": "# gevent\ngevent-websocket\n"},
        ),
    ),
    (
        "GC209",
        settings('[project]\ndependencies = ["sqlalchemy[asyncio]>=2"]\n' + SETTINGS),
        'Also list "greenlet" in `concurrency`',
        settings(
            '[project]\ndependencies = ["sqlalchemy[asyncio]>=2"]\n' + SETTINGS,
            **{"coverage_gate.py": ""},
        ),
    ),
    (
        "GC210",
        makefile("pytest --cov=src") | settings(f"[project.entry-points.pytest11]\n{SETTINGS}"),
        "Makefile:2: pytest --cov=src",
        makefile("coverage run -m pytest")
        | settings(f"[project.entry-points.pytest11]\n{SETTINGS}"),
    ),
    ("GC301", changed(GATE, "coverage report"), "ci.yml:21", RIGHT),
    (
        "GC302",
        changed("    if: always()\n", ""),
        "ci.yml:21: Gate",
        changed("if: always()", "if: ${{ !cancelled() }}"),
    ),
    (
        "GC303",
        changed("needs.test.result != 'success'", "failure()"),
        "ci.yml:22: Gate",
        changed("needs.test.result", "needs.*.result"),
    ),
    (
        "GC302",
        changed("if: always()", "if: always() && needs.test.result == 'success'"),
        "Gate",
        changed("if: always()", "if: success() || failure()"),
    ),
    ("GC303", changed("needs.test.result != 'success'", "failure()"), "Gate", RIGHT),
    (
        "GC304",
        changed("          include-hidden-files: true\n", ""),
        "ci.yml:9",
        changed(".coverage.*", "htmlcov"),
    ),
    (
        "GC305",
        changed("coverage run -m pytest", f"coverage run -m pytest && {GATE}"),
        "ci.yml:8",
        RIGHT,
    ),
    (
        "GC306",
        changed("parts-${{ matrix.python }}", "parts"),
        "ci.yml:9",
        changed("matrix.python }}", "env.JOB }}"),
    ),
    (
        "GC307",
        changed("- name: Gate", "- name: Gate\n        continue-on-error: true"),
        "ci.yml:22",
        RIGHT,
    ),
    (
        "GC308",
        changed("coverage run -m pytest", "coverage run -m pytest && coverage xml"),
        "ci.yml:8",
        RIGHT,
    ),
    # More ways to have the fault, and to look like it.
    (
        "GC101",
        makefile("coverage report | tail -1"),
        "Makefile:2",
        makefile("coverage report | sed 's/^/    /' >> $$GITHUB_STEP_SUMMARY"),
    ),
    (
        "GC104",
        makefile("pytest --cov", "coverage combine"),
        "Makefile:3",
        {
            "Makefile": (
                "test:\n\tpytest --cov\n\n"
                "coverage:\n\tcoverage run -m unittest\n\tcoverage combine\n"
            )
        },
    ),
    (
        "GC104",
        {"Makefile": "test:\n\tpytest --cov\n\ncombine:\n\tcoverage combine\n"},
        "Makefile:5",
        changed(
            "coverage run -m pytest", "pytest --cov\n        env: {COVERAGE_FILE: .coverage.a}"
        ),
    ),
    (
        "GC104",
        makefile("pytest", "coverage combine") | settings(ADDOPTS),
        "Makefile:3",
        makefile("pip install pytest", "coverage combine") | settings(ADDOPTS),
    ),
    (
        "GC107",
        makefile('TOTAL=$$(coverage report --format=total); [ "$$TOTAL" -lt 80 ] && exit 1'),
        "Makefile:2",
        makefile('echo "total=$$(coverage report --format=total)" >> $$GITHUB_OUTPUT'),
    ),
    (
        "GC108",
        makefile("pytest --cov --no-cov --cov-fail-under=80"),
        "Makefile:2",
        {
            "noxfile.py": (
                'session.run(\n    "pytest",\n    "--cov",\n    "--cov-fail-under=80",\n)\n'
            )
        },
    ),
    (
        "GC108",
        makefile("pytest --cov-fail-under=80"),
        "Makefile:2",
        makefile("pytest --cov-fail-under=0"),
    ),
    (
        "GC102",
        {"ci.just": f"coverage:\n    {GATE} || true\n"},
        "ci.just:2",
        {"Justfile": f"coverage:\n    {GATE}\n"},
    ),
    (
        "GC102",
        {"Justfile": f"gate:\n    {GATE}; true\n"},
        "Justfile:2",
        {".justfile": f"gate:\n    {GATE}\n"},
    ),
    (
        "GC105",
        {"noxfile.py": 'session.run("bash", "-c", "coverage report --fail-under=80 &")\n'},
        "noxfile.py:1",
        {"noxfile.py": 'session.run("coverage", "report", "--fail-under=80")\n'},
    ),
    (
        "GC202",
        {".coveragerc": "[runs]\nbranch = 1\n"},
        "table 'runs'",
        {".coveragerc": "[coverage:run]\nbranch = 1\n"},
    ),
    (
        "GC203",
        makefile("coverage report --fail-under=0.8"),
        "Makefile:2",
        makefile("coverage report --fail-under=80.8"),
    ),
    (
        "GC204",
        settings("", Makefile="test:\n\tpytest --cov=src\n\tcoverage run -m pytest\n"),
        "Makefile:3",
        settings("", Makefile="test:\n\tcoverage run --rcfile=other -m pytest\n"),
    ),
    (
        "GC206",
        settings('[tool.coverage.report]\nexclude_also = ["..."]\n'),
        "'...'",
        settings('[tool.coverage.report]\nexclude_also = ["nocover", "\\\\.\\\\.\\\\."]\n'),
    ),
    (
        "GC207",
        makefile("coverage run -m pytest -n auto"),
        "Makefile:2",
        makefile("coverage run -m pytest -n0"),
    ),
    (
        "GC301",
        changed(GATE, f"|\n          true\n          # {GATE}"),
        "ci.yml:21",
        changed("report", "xml"),
    ),
    ("GC301", changed(GATE, "coverage report --fail-under=0"), "ci.yml:21", RIGHT),
    (
        "GC302",
        changed("    if: always()\n", ""),
        "ci.yml:21",
        workflow(
            GATE_JOB.replace("    if: always()\n", "")
            + "  check:\n    needs: [coverage]\n    if: always()\n    steps:\n"
            + "      - uses: re-actors/alls-green@v1\n"
            + "        with: {jobs: '${{ toJSON(needs) }}'}\n"
        ),
    ),
    (
        "GC303",
        changed("if: needs.test.result != 'success'\n        run: exit 1", "run: true"),
        "Gate",
        changed(
            "if: needs.test.result != 'success'\n        run: exit 1",
            "run: test ${{ needs.test.result }} = success",
        ),
    ),
    (
        "GC303",
        changed("needs.test.result != 'success'", "needs.test.result == 'success'"),
        "Gate",
        changed(
            "if: needs.test.result != 'success'\n        run: exit 1",
            "uses: re-actors/alls-green@v1",
        ),
    ),
    (
        "GC305",
        changed("coverage run -m pytest", "coverage run -m pytest && coverage report")
        | settings(SETTINGS + "[tool.coverage.report]\nfail_under = 80\n"),
        "ci.yml:8",
        changed("coverage run -m pytest", "coverage run -m a"),
    ),
    (
        "GC306",
        changed('["3.12", "3.13"]', '["3.12", "3.13"]\n        os: [a, b]'),
        "ci.yml:10",
        changed('["3.12", "3.13"]', '["3.12", "3.13"]\n        os: [a]'),
    ),
    (
        "GC308",
        changed("coverage run -m pytest", "coverage run -m pytest && coverage combine"),
        "ci.yml:8",
        changed(
            "coverage run -m pytest",
            "coverage run -m pytest && coverage combine && mv .coverage .coverage.a",
        ),
    ),
    # A dash of a list in YAML ignores nothing.
    (
        "GC102",
        {".gitlab-ci.yml": f"test:\n  script:\n    - {GATE} || true\n"},
        ".gitlab-ci.yml:3",
        {".gitlab-ci.yml": f"test:\n  script:\n    - {GATE}\n"},
    ),
    # Files of tools, and scripts without an ending.
    (
        "GC102",
        {"tox.ini": f"[testenv]\ncommands =\n    - {GATE}\n"},
        "tox.ini:3",
        {"tox.ini": f"[testenv]\ncommands =\n    {GATE}\n[pytest]\naddopts =\n    -v\n    --cov\n"},
    ),
    (
        "GC102",
        {"tox.ini": f"[testenv]\nignore_outcome = true\ncommands = {GATE}\n"},
        "tox.ini:2: ignore_outcome",
        {"tox.ini": f"[testenv]\ncommands = {GATE}\n[testenv:docs]\nignore_outcome = true\n"},
    ),
    (
        "GC102",
        {"hatch.toml": f'[envs.default.scripts]\ncov = ["- {GATE}"]\n'},
        "hatch.toml:2",
        {"hatch.toml": f'[envs.default.scripts]\ncov = ["{GATE}"]\n'},
    ),
    (
        "GC102",
        settings(f'[tool.poe.tasks]\na = "{GATE} || true"\n'),
        "pyproject.toml:2",
        settings(f'[tool.pdm.scripts]\na = "{GATE}"\n'),
    ),
    (
        "GC102",
        {"noxfile.py": 'session.run(\n    "coverage", "report",\n    success_codes=[0, 2],\n)\n'},
        "noxfile.py:1",
        {"noxfile.py": 'session.run(\n    "coverage", "report",\n    success_codes=[0],\n)\n'},
    ),
    (
        "GC102",
        {"scripts/test": f"#!/bin/sh -e\n{GATE} || true\n"},
        "scripts/test:2",
        {"scripts/test": f"#!/usr/bin/env python\n{GATE} || true\n"},
    ),
    (
        "GC106",
        makefile("coverage report -i")
        | settings(f"{SETTINGS}[tool.coverage.report]\nfail_under = 80\n"),
        "Makefile:2",
        makefile("coverage report -i"),
    ),
    (
        "GC207",
        makefile("coverage run manage.py test --parallel"),
        "Makefile:2",
        makefile("coverage run manage.py test --parallel")
        | settings(f'{SETTINGS}concurrency = ["multiprocessing"]\n'),
    ),
    # Jobs are on machines of their own: one combines what it downloads of the others.
    (
        "GC104",
        makefile("pytest --cov", "coverage combine"),
        "Makefile:3",
        changed("coverage run -m pytest", "pytest --cov=src"),
    ),
    (
        "GC204",
        makefile("coverage run a.py") | settings(""),
        "Makefile:2",
        makefile("coverage run a.py")
        | settings('[tool.coverage.run]\nplugins = ["covdefaults"]\n'),
    ),
    (
        "GC301",
        changed(GATE, "coverage xml"),
        "coverage combine",
        changed(GATE, "python lab/goals.py --file 100 src"),
    ),
    (
        "GC308",
        changed("coverage run -m pytest", "coverage run -m pytest && coverage xml"),
        "ci.yml:8",
        changed(
            "      - name: Gate\n",
            "      - run: coverage html\n      - uses: actions/upload-artifact@v7\n"
            "        with: {name: all, path: .coverage, include-hidden-files: true}\n"
            "      - name: Gate\n",
        ),
    ),
    (
        "GC309",
        steps(
            "coverage run -m pytest",
            GATE,
            job="    container: a\n    env: {COVERAGE_RCFILE: '${{ github.workspace }}/a'}\n",
        ),
        "ci.yml:7",
        steps(
            "coverage run -m pytest",
            GATE,
            job="    container: a\n    env: {COVERAGE_RCFILE: a, A: '${{ github.workspace }}'}\n",
        ),
    ),
    (
        "GC310",
        steps("tox") | {".coveragerc": "[report]\nfail_under = 80\n"},
        ".coveragerc:2",
        steps("tox")
        | {
            ".coveragerc": "[report]\nfail_under = 80\n",
            "tox.ini": "[testenv]\ncommands = coverage report\n",
        },
    ),
    (
        "GC310",
        steps("make lint")
        | {".coveragerc": "[report]\nfail_under = 80\n"}
        | {"tox.ini": "[testenv]\ncommands = coverage report\n"},
        ".coveragerc:2",
        steps("pytest --cov=src") | {".coveragerc": "[report]\nfail_under = 80\n"},
    ),
    (
        "GC311",
        steps("coverage run -m pytest"),
        "ci.yml:5",
        steps("coverage run -m pytest", "codecov upload"),
    ),
    (
        "GC211",
        {".coveragerc": "[report]\nignore_errors = yes\n"},
        ".coveragerc:2",
        {".coveragerc": "[report]\nignore_errors = no\n"},
    ),
    (
        "GC212",
        {".coveragerc": "[paths]\nsource =\n    */site-packages\n    src\n"},
        ".coveragerc:3",
        {".coveragerc": "[paths]\nsource =\n    src\n    */site-packages\n"},
    ),
    (
        "GC213",
        makefile(GATE) | {".coveragerc": "[report]\nfail_under = 70\n"},
        ".coveragerc:2",
        makefile(GATE, "coverage html --fail-under=0")
        | {".coveragerc": "[report]\nfail_under = 80.0\n"},
    ),
]


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(("code", "faulty", "said", "alike"), CASES)
def test_check_finds_its_fault_and_not_what_looks_like_it(tmp_path, code, faulty, said, alike):
    found = findings(write(tmp_path / "faulty", faulty))
    assert code in found
    assert said in found[code]
    assert code not in findings(write(tmp_path / "alike", alike))


BLOCK = re.compile(r"^```\w+\n# (\S+): (.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.mark.parametrize("code", checks())
def test_page_has_an_example_of_each_check_and_the_same_without_the_fault(tmp_path, code):
    page = (ROOT / "docs" / "audit.md").read_text()
    section = page.partition(f"\n## {code}\n")[2].partition("\n## ")[0]
    for version in ("before", "after"):
        files = {
            name: text for name, versions, text in BLOCK.findall(section) if version in versions
        }
        found = findings(write(tmp_path / version, files))
        assert (code in found) == (version == "before"), version


def test_page_has_no_other_section():
    page = (ROOT / "docs" / "audit.md").read_text()
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == list(checks())


def test_every_check_has_a_case_and_a_family():
    assert {code for code, *_ in CASES} == set(checks())


@pytest.mark.parametrize(
    "files",
    [
        {".github/workflows/a.yml": "jobs: [\n"},
        {".github/workflows/a.yml": ""},
        {".github/workflows/a.yml": "on: push\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n"},
        {
            ".github/workflows/a.yml": (
                "jobs:\n  a:\n    steps:\n      - uses: actions/upload-artifact@v7\n"
            )
        },
        {
            ".github/workflows/a.yml": (
                "jobs:\n  a:\n    needs:\n    strategy: x\n    steps:\n      - run:\n      -\n"
            )
        },
        {
            ".github/workflows/a.yml": (
                "jobs:\n  a:\n    <<: {steps: [{run: pytest}]}\n"
                "  b:\n    steps: []\n  b:\n    x: 1\n"
            )
        },
        {".coveragerc.toml": "[tool\n"},
        {"pyproject.toml": '[tool]\ncoverage = "x"\npytest = 1\n'},
        {"pyproject.toml": "[tool.coverage]\nrun = 1\nreport = []\n"},
        {
            "setup.cfg": "no section\n",
            "tox.ini": "[testenv]\ncommands = pytest %(a)s\ncommands = pytest\n",
        },
        {"Makefile": ""},
        {},
    ],
)
def test_file_that_cannot_be_read_is_passed_over(tmp_path, files):
    assert findings(write(tmp_path, files)) == {}


def test_right_workflow_has_no_finding(tmp_path):
    assert findings(write(tmp_path, RIGHT)) == {}


def test_steps_for_another_project_are_not_looked_at(tmp_path):
    text = steps(f"{GATE} || true", job="    defaults: {run: {working-directory: other}}\n")
    files = {**text, "own/pyproject.toml": SETTINGS, "other/pyproject.toml": SETTINGS}
    root = write(tmp_path, {name: text for name, text in files.items() if name != "pyproject.toml"})
    (root / ".git").mkdir()
    assert findings(root / "own") == {}
    assert "GC102" in findings(root / "other")


def test_workflows_are_those_of_the_git_repository(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "backend" / ".github").mkdir(parents=True)
    assert locate(tmp_path / "backend") == (tmp_path, "backend")
    (tmp_path / ".git").rmdir()
    assert locate(tmp_path / "backend") == (tmp_path / "backend", ".")


def test_this_repository_has_no_finding():
    assert findings(ROOT) == {}
