"""The annotations of coverage_gate.py beside the lines of a pull request on GitHub."""

import pytest

import coverage_gate


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("src/app.py", "src/app.py"),
        ("src/a,b:c.py", "src/a%2Cb%3Ac.py"),
        ("src/50%.py", "src/50%25.py"),
        ("src/a\r\n::error::b.py", "src/a%0D%0A%3A%3Aerror%3A%3Ab.py"),
        ("src/%0A.py", "src/%250A.py"),
    ],
)
def test_file_name_cannot_become_a_command(name, escaped):
    assert coverage_gate.annotation(name, (3, 5)) == (
        f"::warning file={escaped},line=3,endLine=5::No test ran this."
    )


@pytest.mark.parametrize(
    ("lines", "spans"),
    [([], []), ([4], [(4, 4)]), ([9, 3, 4, 5, 7], [(3, 5), (7, 7), (9, 9)])],
)
def test_lines_that_follow_each_other_are_one_span(lines, spans):
    assert coverage_gate.spans(lines) == spans
