"""The demo ends on the numbers of the incident, from real runs."""

from workshop.demo import demo


def test_demo_shows_all_three_pipelines(capsys):
    demo()
    output = capsys.readouterr().out
    for result in ("8 ", "exit 1: No data to combine", "92.67%"):
        assert f"│ {result}" in output
    assert "src/fanout/pricing.py: 61 lines" in output
