"""Parts: what each process measured, and the refusal of those that cannot be combined."""

import re

import pytest

FANOUT_SHARES = {"8.00%": 24, "20.00%": 60, "15.00%": 45, "25.00%": 75, "24.67%": 74}


@pytest.fixture
def fanout(install_sample):
    """The sample fanout, after five processes left a part each."""
    project = install_sample("fanout")
    project.check("uv run invoke coverage.erase coverage.test")
    return project


@pytest.fixture
def part(fanout):
    return next(fanout.folder.glob(".coverage.*"))


def test_each_part_shows_its_share_and_the_union_the_total(fanout):
    table = fanout.check("uv run invoke coverage.parts")
    rows = re.findall(r"^\.coverage\.\S+ +(\d+) +([\d,]+) +(\d+) +([\d.]+%)", table, flags=re.MULTILINE)
    assert {share: int(lines) for _, _, lines, share in rows} == FANOUT_SHARES
    assert len({process for process, *_ in rows}) == 5
    assert re.search(r"^union +278 +92\.67%", table, flags=re.MULTILINE)


def test_showing_the_parts_keeps_them(fanout, runner):
    fanout.check("uv run invoke coverage.parts")
    fanout.check("uv run invoke coverage.combine coverage.report")
    assert fanout.total() == 100 * 278 / 300


def test_no_parts_is_said_and_fails(fanout):
    fanout.check("uv run coverage erase")
    process = fanout.run("uv run invoke coverage.parts")
    assert process.returncode == 1
    assert "run the test stage first" in process.stdout


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: b"", id="emptied"),
        pytest.param(lambda content: content[: len(content) // 2], id="truncated"),
        pytest.param(lambda content: b"not a database, but 32 bytes long", id="another program's"),
    ],
)
def test_part_that_cannot_be_read_is_refused_by_name(fanout, part, runner, damage):
    part.write_bytes(damage(part.read_bytes()))
    table = fanout.run("uv run invoke coverage.parts")
    assert table.returncode == 1
    assert re.search(
        rf"^{re.escape(part.name)} .* unreadable: .*{re.escape(part.name)}", table.stdout, flags=re.MULTILINE
    )
    process = fanout.run(fanout.stage(runner, "combine"))
    assert process.returncode == (2 if runner == "make" else 1)
    assert f"Not combined: {part.name}" in process.stdout
    # It is still there to be looked at.
    assert part.exists()


def test_parts_with_and_without_branches_are_refused(fanout, runner):
    fanout.check("COVERAGE_RCFILE=/dev/null uv run coverage run -p --source src -m fanout.pricing")
    process = fanout.run(fanout.stage(runner, "combine"))
    assert process.returncode != 0
    assert "Can't combine" in process.stdout


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["3.1", "3.11.vm.pid1.X", "3.11.vm.pid2.Y"], None),
        (["3.11"], "No part of leg: 3.1\n"),
        ([], "No part of leg: 3.1, 3.11\n"),
        (["3.1", "3.11", "3.12.vm", "local"], "Of no leg: .coverage.3.12.vm, .coverage.local\n"),
    ],
)
def test_every_leg_and_no_other_must_have_left_parts(fanout, names, message):
    fanout.check("uv run coverage erase")
    for name in names:
        (fanout.folder / f".coverage.{name}").touch()
    process = fanout.run("uv run python coverage_parts.py --legs 3.1 3.11")
    assert process.returncode == (1 if message else 0)
    assert process.stdout.startswith(message or "")
