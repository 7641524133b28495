"""Programs are measured in turn, and told against their bars."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.performance.bars import Row, Wanted, row_of_ratio, write
from benchmarks.performance.in_turn import Program, ProgramFailed, in_turn, peak, ratio, wall


def program(name: str, work: str) -> Program:
    """One that works as it is told in Python."""
    code = f"from benchmarks.performance.contender import tell\ntell(lambda: {work})"
    return Program(name, (sys.executable, "-c", code))


def test_every_program_runs_once_a_round_and_tells_what_it_found() -> None:
    lines: list[str] = []
    block = in_turn(
        [program("slow", "__import__('time').sleep(0.2) or {'n': 1}"), program("fast", "{'n': 1}")],
        rounds=2,
        told=lines.append,
    )
    assert [line.split(":")[0] for line in lines] == [
        "1/2 slow",
        "1/2 fast",
        "2/2 slow",
        "2/2 fast",
    ]
    assert {sample.result["n"] for samples in block.values() for sample in samples} == {1}
    assert ratio(block, "slow", "fast").least > 10
    assert ratio(block, "slow", "fast", wall).median < ratio(block, "slow", "fast").median


def test_memory_is_that_of_the_process_itself() -> None:
    held = b"x" * (64 << 20)
    block = in_turn([program("small", "{}"), program("large", "{'n': len(b'x' * (64 << 20))}")], 1)
    assert peak(block["large"]) - peak(block["small"]) > 60
    assert peak(block["small"]) < len(held) >> 20


def test_a_program_that_fails_stops_the_block_with_its_last_words() -> None:
    with pytest.raises(ProgramFailed, match="division by zero"):
        in_turn([program("broken", "1 / 0")], 1)


def test_a_figure_is_met_on_its_own_side_of_the_bar(tmp_path: Path) -> None:
    rows = [
        Row("fast enough", 12.0, "x", Wanted.AT_LEAST, 12),
        Row("too large", 1.3, "GiB", Wanted.AT_MOST, 1.2),
        Row("for scale", 5.0, "s", Wanted.AT_MOST, None),
    ]
    assert [row.is_met for row in rows] == [True, False, True]
    path = tmp_path / "results" / "it.json"
    write(path, "It", rows)
    assert [row["is_met"] for row in json.loads(path.read_text())["rows"]] == [True, False, True]


def test_a_ratio_keeps_its_range() -> None:
    block = in_turn([program("a", "{}"), program("b", "{}")], 3)
    row = row_of_ratio("a against b", ratio(block, "a", "b"), must=0)
    assert row.least is not None
    assert row.most is not None
    assert row.least <= row.value <= row.most
