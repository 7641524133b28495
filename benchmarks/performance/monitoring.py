"""The monitor stage beside pandas with scikit-learn, Evidently and NannyML.

Latest label, join and exact metrics over prepared Parquet; ours is the product as it is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.performance.bars import Row, Wanted, row_at_most, row_of_ratio, show, write
from benchmarks.performance.in_turn import PAIRS, Block, Program, in_turn, module, peak, ratio
from benchmarks.performance.monitoring_ours import WITHOUT_ERRORS
from benchmarks.performance.prepared_data import Recipe, make

_DATA, _RESULTS = Path("build/benchmarks"), Path("build/benchmarks/monitoring.json")
_OURS, _WITHOUT, _PANDAS, _CAPPED = "ours", "ours, no errors", "pandas + scikit-learn", "capped"
_EVIDENTLY, _NANNYML = "Evidently", "NannyML"
_CAP_MIB = 512
_COUNTS = ("count", "confusion")
_NAMES = {
    "binary": ("accuracy", "precision", "recall", "f1", "f2", "f0_5", "auc", "average_precision"),
    "classes": ("accuracy",),
    "regression": ("mae", "mse", "rmse", "r2"),
}

Told = Callable[[str], None]


def _ours(folder: Path, *arguments: str, name: str = _OURS) -> Program:
    return Program(name, module("benchmarks.performance.monitoring_ours", str(folder), *arguments))


def _pandas(folder: Path, kind: str) -> Program:
    return Program(_PANDAS, module("benchmarks.performance.monitoring_pandas", str(folder), kind))


def _peer(folder: Path, name: str) -> Program:
    """In its own environment, which has nothing of ours but what measures."""
    short = name.lower()
    python = f".venv-{short}/bin/python"
    command = module(f"benchmarks.performance.monitoring_{short}", str(folder), python=python)
    return Program(name, command, {"PYTHONPATH": str(Path.cwd())})


def _difference(block: Block, kind: str) -> float:
    """The largest difference to scikit-learn, relative; infinite where a count differs."""
    ours, theirs = (block[name][0].result for name in (_OURS, _PANDAS))
    if any(
        ours[name] != theirs[name] for name in _COUNTS if name in theirs and kind != "regression"
    ):
        return float("inf")
    return max(float(abs(ours[n] - theirs[n]) / abs(theirs[n])) for n in _NAMES[kind])


def _binary(records: int, rounds: int, told: Told) -> list[Row]:
    folder = make(Recipe(records), _DATA)
    peers = [name for name in (_EVIDENTLY, _NANNYML) if Path(f".venv-{name.lower()}").exists()]
    programs = [_ours(folder), _ours(folder, WITHOUT_ERRORS, name=_WITHOUT)]
    programs += [_pandas(folder, "binary"), *(_peer(folder, name) for name in peers)]
    block = in_turn(programs, rounds, told)
    size = f"{records:,} records"
    bars = {_EVIDENTLY: (12.0, 20.0), _NANNYML: (1.0, None)}
    own, theirs = peak(block[_OURS]), peak(block[_PANDAS])
    most = ratio(block, _OURS, _WITHOUT)
    return [
        row_of_ratio(f"binary, {size}: {_PANDAS}", ratio(block, _PANDAS, _OURS), 6, 12),
        *(
            row_of_ratio(f"binary, {size}: {name}", ratio(block, name, _OURS), *bars[name])
            for name in peers
        ),
        row_at_most(f"binary, {size}: peak", own, "MiB", 1229, 666),
        row_at_most(f"binary, {size}: peak, of {_PANDAS}'s", own / theirs, "x", 1 / 3),
        Row(
            f"binary, {size}: time with errors by request, of that without",
            most.median, "x", Wanted.AT_MOST, 1.5, 1.2, most.least, most.most,
        ),
        row_at_most(f"binary, {size}: difference", _difference(block, "binary"), "", 1e-12),
    ]  # fmt: skip


def _other(
    recipe: Recipe, kind: str, bars: tuple[float, float], rounds: int, told: Told
) -> list[Row]:
    folder = make(recipe, _DATA)
    block = in_turn([_ours(folder), _pandas(folder, kind)], rounds, told)
    title = f"{recipe.name}: "
    return [
        row_of_ratio(title + _PANDAS, ratio(block, _PANDAS, _OURS), *bars),
        row_at_most(title + "peak", peak(block[_OURS]), "MiB", None),
        row_at_most(title + "difference", _difference(block, kind), "", 1e-12),
    ]


def _capped(records: int, told: Told) -> list[Row]:
    """As in a function with so much memory: what does not fit is spilled."""
    folder = make(Recipe(records, classes=7), _DATA)
    memory = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(_CAP_MIB)}
    command = _ours(folder).command
    block = in_turn([Program(_CAPPED, command, memory)], 1, told)
    title = f"7 classes, {records:,} records in {_CAP_MIB} MiB: peak"
    return [row_at_most(title, peak(block[_CAPPED]), "MiB", 768)]


def main() -> int:
    """Measure, print, write; 1 if a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance.monitoring")
    parser.add_argument("--quick", action="store_true", help="a million records, fewer rounds")
    parser.add_argument("--rounds", type=int, default=None, help=f"pairs of runs, {PAIRS}")
    parser.add_argument("--only", choices=("binary", "classes", "regression", "unique", "capped"))
    asked = parser.parse_args()
    records = 1_000_000 if asked.quick else 10_000_000
    rounds = asked.rounds or (1 if asked.quick else PAIRS)

    def told(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    parts: dict[str, Callable[[], list[Row]]] = {
        "binary": lambda: _binary(records, rounds, told),
        "classes": lambda: _other(Recipe(records, classes=7), "classes", (5, 10), rounds, told),
        "regression": lambda: _other(
            Recipe(records, classes=0), "regression", (3.5, 6), rounds, told
        ),
        "unique": lambda: _other(Recipe(records, 1), "binary", (6, 8), rounds, told),
        "capped": lambda: _capped(2 * records, told),
    }
    rows = [row for name, part in parts.items() if asked.only in (None, name) for row in part()]
    title = "Monitor stage: how many times as long the others take"
    show(title, rows)
    write(_RESULTS, title, rows)
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
