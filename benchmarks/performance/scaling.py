"""Spark beside DuckDB on hours of growing size: `python -m benchmarks.performance.scaling`.

Needs PySpark and Java. The same numbers to 12 digits, or it fails; what a record costs on a core
is the input of the model in docs/scaling.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.performance.bars import Row, row_at_most, show, write
from benchmarks.performance.in_turn import Block, Program, in_turn, module, ratio
from benchmarks.performance.prepared_hour import BINARY, MULTICLASS, REGRESSION, Hour, write_hour

_SAME = 1e-12
_TOLD = 1_000_000


class Different(AssertionError):
    """Two engines found different numbers."""


def programs(folder: Path, cores: Sequence[int]) -> list[Program]:
    """DuckDB on all cores, and Spark on some numbers of them."""
    name = "benchmarks.performance.scaling_run"
    most = str(max(cores))
    return [
        Program("duckdb", module(name, "duckdb", most, str(folder))),
        *(Program(f"spark-{n}", module(name, "spark", str(n), str(folder))) for n in cores),
    ]


def greatest_difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    """The largest relative difference of two runs' numbers; raises `Different`."""
    if found.keys() != expected.keys():
        raise Different(f"one of them lacks {found.keys() ^ expected.keys()}")
    largest = 0.0
    for name, value in expected.items():
        if value is None or found[name] is None:
            if value is not found[name]:
                raise Different(f"{name}: {found[name]} is not {value}")
        elif value or found[name]:
            largest = max(largest, abs(found[name] - value) / max(abs(value), abs(found[name])))
    if largest > _SAME:
        raise Different(f"they differ by {largest}")
    return largest


def rows(hour: Hour, block: Block, cores: Sequence[int]) -> list[Row]:
    """What the runs of one hour tell."""
    what = f"{hour.kind}, {hour.records / _TOLD:g} M"
    expected = block["duckdb"][0].result
    every = [sample.result for samples in block.values() for sample in samples]
    largest = max(greatest_difference(found, expected) for found in every)
    found = [row_at_most(f"{what}: greatest difference", largest, "", _SAME)]
    for n in cores:
        times = ratio(block, f"spark-{n}", "duckdb")
        label = f"{what}: Spark on {n} cores"
        found.append(row_at_most(f"{label}, by DuckDB's time", times.median, "x", None))
        found.append(row_at_most(f"{label}, least", _least(block, f"spark-{n}"), "s", None))
    found.append(row_at_most(f"{what}: DuckDB, least", _least(block, "duckdb"), "s", None))
    return found


def _least(block: Block, name: str) -> float:
    return min(sample.seconds for sample in block[name])


def main(arguments: Sequence[str]) -> int:
    """Make the hours, run the programs, print and write the table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--kind", choices=(BINARY, MULTICLASS, REGRESSION), default=BINARY)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("build/scaling.json"))
    parser.add_argument("--quick", action="store_true", help="small data, in minutes")
    asked = parser.parse_args(arguments)
    if find_spec("pyspark") is None or shutil.which("java") is None:
        print("skipped: needs PySpark and Java (make spark installs PySpark into .venv-spark)")
        return 0
    if asked.quick:
        asked.millions, asked.cores = [0.1], [2]
    found: list[Row] = []
    for millions in asked.millions:
        hour = Hour(asked.kind, int(millions * _TOLD), files=max(8, int(millions)))
        with tempfile.TemporaryDirectory() as folder:
            write_hour(Path(folder), hour)
            block = in_turn(programs(Path(folder), asked.cores), asked.rounds, print)
        found += rows(hour, block, asked.cores)
    show("Spark beside DuckDB", found)
    write(asked.output, "scaling", found)
    return 0 if all(row.is_met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
