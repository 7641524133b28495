"""Split, join and judge one hour of captures: the whole job beside that of the AWS sample.

python -m benchmarks.performance.whole_job [--quick] [--rounds N] [--output FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.performance.bars import Row, row_at_most, row_of_ratio, show, write
from benchmarks.performance.in_turn import PAIRS, Block, Program, in_turn, module, peak, ratio, wall
from benchmarks.performance.whole_job_data import make

_TITLE = "The whole job: from captures and labels to reports"
_RECORDS = 400_000
_SEED, _OURS = "sample", "ours"


def measure(records: int, rounds: int) -> list[Row]:
    """Time and memory of both, which must come to the same."""
    with tempfile.TemporaryDirectory() as work:
        make(Path(work), records)
        programs = [
            Program(_SEED, module("benchmarks.performance.whole_job_seed", work)),
            Program(_OURS, module("benchmarks.performance.whole_job_ours", work)),
        ]
        block = in_turn(programs, rounds, print)
    check(block)
    return [
        row_of_ratio("whole process: x sample", ratio(block, _SEED, _OURS, wall), 5.5, 8),
        row_of_ratio("in process: x sample", ratio(block, _SEED, _OURS), 5.5, 8),
        row_at_most("peak", peak(block[_OURS]), "MiB", None),
        row_at_most("peak, of the sample's", peak(block[_OURS]) / peak(block[_SEED]), "x", 1 / 8),
    ]


def check(block: Block) -> None:
    """Both must have judged the same records; raises `ArithmeticError`."""
    ours, theirs = block[_OURS][0].result, block[_SEED][0].result
    if ours != theirs:
        raise ArithmeticError(f"{ours} is not {theirs}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, once")
    parser.add_argument("--rounds", type=int, default=PAIRS)
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/whole_job.json"))
    asked = parser.parse_args()
    rows = measure(_RECORDS // 10, 1) if asked.quick else measure(_RECORDS, asked.rounds)
    show(_TITLE, rows)
    write(asked.output, _TITLE, rows)


if __name__ == "__main__":
    main()
