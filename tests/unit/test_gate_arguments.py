"""What coverage_gate.py makes of its arguments, its settings and its environment."""

import pytest

import coverage_gate


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty project with a threshold of 80 percent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COVERAGE_FAIL_UNDER", raising=False)
    (tmp_path / "pyproject.toml").write_text("[tool.coverage-gate]\nthreshold = 80\n")


def test_help_explains_each_stage_and_the_exit_codes(capsys):
    assert coverage_gate.main(["--help"]) == 0
    output = capsys.readouterr().out
    for words in ("  erase    Remove", "  test     Run", "  gate     Print", "Exit codes: 0 if"):
        assert words in output


def test_unknown_stage_is_refused_before_any_runs():
    assert coverage_gate.main(["erase", "tset"]) == "Unknown: tset"


@pytest.mark.parametrize(
    ("argv", "stages", "arguments"),
    [
        ([], ["erase", "test", "combine", "report", "gate"], []),
        (["test", "--", "-k", "gate"], ["test"], ["-k", "gate"]),
        (["test", "--", "--", "a"], ["test"], ["--", "a"]),
        # Poetry has taken the `--`.
        (["test", "-k", "gate"], ["test"], ["-k", "gate"]),
        (["test", "coverage_gate.py::test_a"], ["test"], ["coverage_gate.py::test_a"]),
        (["-x"], ["erase", "test", "combine", "report", "gate"], ["-x"]),
    ],
)
def test_what_follows_the_stages_goes_to_the_tests(monkeypatch, argv, stages, arguments):
    ran = []
    monkeypatch.setattr(coverage_gate, "run", lambda *given: ran.append(given) or 0)
    monkeypatch.setattr(coverage_gate.os, "chdir", lambda folder: None)
    assert coverage_gate.main(argv) == 0
    assert ran == [(stages, arguments)]


@pytest.mark.parametrize(
    ("variable", "threshold"), [("", "80"), ("75", "75"), ("92.5", "92.5"), ("100", "100")]
)
def test_threshold_is_that_of_the_settings_or_of_one_run(monkeypatch, variable, threshold):
    monkeypatch.setenv("COVERAGE_FAIL_UNDER", variable)
    assert coverage_gate.read_settings()["threshold"] == threshold


@pytest.mark.parametrize(
    "threshold", ["eighty", "0.8", "0", "92.669", "100.5", "101", "nan", "99 --fail-under=0"]
)
def test_threshold_that_is_no_percentage_is_refused(monkeypatch, threshold):
    monkeypatch.setenv("COVERAGE_FAIL_UNDER", threshold)
    with pytest.raises(SystemExit) as refused:
        coverage_gate.read_settings()
    message = f"Threshold {threshold}: give percent, from 1 to 100, like 92.5."
    assert refused.value.code == message
