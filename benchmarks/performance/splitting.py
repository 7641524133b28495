"""How fast captures are split, in what memory: against the AWS sample's technique, and orjson.

python -m benchmarks.performance.splitting [--quick] [--rounds N] [--output FILE]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from benchmarks.performance.bars import Row, row_at_most, row_of_ratio, show, write
from benchmarks.performance.captures import Kind
from benchmarks.performance.captures import write as write_capture
from benchmarks.performance.in_turn import PAIRS, Block, Program, in_turn, module, peak, ratio, wall

ROOT = Path(__file__).parents[2]
_PEERS = "benchmarks.performance.split_peers"
_OURS = "benchmarks.performance.split_ours"
# What the layer holds, and what boto3 has in the runtime.
_SHIPPED = ("pyarrow", "orjson", "msgspec", "jmespath", "dateutil", "six")


@dataclass(frozen=True, slots=True)
class Bars:
    """What one case must and may reach, as times of another program's speed."""

    sample: tuple[float, float | None]
    whole: tuple[float, float | None] | None = None
    floor: tuple[str, float, float] | None = None
    peak: tuple[float, float] | None = None
    bytes_a_record: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of capture, and what is kept of it."""

    title: str
    kind: Kind
    records: int
    bars: Bars
    features: bool = False
    files: int = 1


_DICTS = Kind("JSON", 100)
CASES = (
    Case(
        "predictions of JSON objects",
        _DICTS,
        400_000,
        Bars((12, 17), (8, 10), ("outer", 0.8, 1.0), (128, 95), 6),
    ),
    Case("5 records a payload", Kind("JSON, 5", 5), 200_000, Bars((7, 9))),
    Case("400 small files", Kind("JSON, 5", 5), 500, Bars((5, 8)), files=400),
    Case(
        "54 features kept",
        _DICTS,
        100_000,
        Bars((4, 6), floor=("both", 0.5, 0.7), peak=(160, 130)),
        features=True,
    ),
    Case(
        "54 features of 17 digits kept", Kind("dense", 100, dense=True), 50_000,
        Bars((4, 6)), features=True,
    ),
    Case("predictions of CSV", Kind("CSV", 100, csv=True), 200_000, Bars((5, 7))),
    Case("54 features of CSV kept", Kind("CSV", 100, csv=True), 50_000, Bars((6, 8)), True),
)  # fmt: skip
_QUICK = 10


def shelf(folder: Path) -> Path:
    """The packages of the layer and nothing else, as links."""
    folder.mkdir()
    for name in _SHIPPED:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise FileNotFoundError(name)
        origin = Path(found.origin)
        package = origin.parent if origin.name == "__init__.py" else origin
        (folder / package.name).symlink_to(package)
        libraries = package.parent / f"{name}.libs"
        if libraries.exists():
            (folder / libraries.name).symlink_to(libraries)
    return folder


def programs(case: Case, captures: Path, output: Path, shipped: Path) -> list[Program]:
    """Ours, the sample's technique and, if there is a bar for it, a floor."""
    arguments = [str(captures), str(output)]
    kept = ["features"] if case.features else []
    path = os.pathsep.join(map(str, (ROOT, ROOT / "layers/inference_records", shipped)))
    settings = json.dumps({"features": "all" if case.features else "none"})
    found = [
        Program(
            "ours",
            (sys.executable, "-S", "-m", _OURS, *arguments, settings),
            {"PYTHONPATH": path},
        ),
        Program("sample", module(_PEERS, "sample", *arguments, *kept)),
    ]
    if case.bars.floor is not None:
        found.append(Program("floor", module(_PEERS, case.bars.floor[0], *arguments)))
    return found


def check(case: Case, output: Path) -> None:
    """Both programs must have found the same rows; raises `ArithmeticError`."""
    ours = ds.dataset(sorted(map(str, output.glob("[!s]*.parquet"))))
    theirs = ds.dataset(sorted(map(str, output.glob("sample-*.parquet"))))
    one = _sums(ours.to_table(), "prediction_value", "probability", case.features)
    other = _sums(theirs.to_table(), "label", "score", case.features)
    close = all(abs(a - b) <= 1e-9 * max(abs(a), 1) for a, b in zip(one, other, strict=True))
    if not close:
        raise ArithmeticError(f"{case.title}: {one} is not {other}")


def _sums(table: pa.Table, label: str, score: str, features: bool) -> list[float]:
    """The number of rows, and sums that change when values move between rows."""
    names = table.column_names
    ids = "event_id" if "event_id" in names else "eventId"
    table = table.sort_by([(ids, "ascending"), ("record_index", "ascending")])
    place = pc.cumulative_sum(pc.cast(pc.if_else(pc.is_valid(table[ids]), 1, 0), "float64"))
    kept = sorted(name for name in names if name.startswith("feature_")) if features else []
    weighed = [
        pc.sum(pc.multiply(pc.cast(table[n], "float64"), place)) for n in (label, score, *kept)
    ]
    return [float(table.num_rows), *(total.as_py() for total in weighed)]


def measure(
    case: Case,
    quick: bool,
    shipped: Path,
    told: Callable[[str], None] = print,
    rounds: int = PAIRS,
) -> list[Row]:
    """The rows of one case."""
    with tempfile.TemporaryDirectory() as work:
        captures, output = Path(work, "captures"), Path(work, "output")
        captures.mkdir()
        output.mkdir()
        records = case.records // (_QUICK if quick and case.files == 1 else 1)
        for number in range(case.files // (_QUICK if quick and case.files > 1 else 1)):
            write_capture(captures / f"{number:03}.jsonl", case.kind, records, number + 1)
        contenders = programs(case, captures, output, shipped)
        block = in_turn(contenders, 1 if quick else rounds, told)
        check(case, output)
        return rows(case, block)


def rows(case: Case, block: Block) -> list[Row]:
    """Each bar of a case beside what was measured."""
    bars, title = case.bars, case.title
    found = [row_of_ratio(f"{title}: x sample", ratio(block, "sample", "ours"), *bars.sample)]
    if bars.whole is not None:
        process = ratio(block, "sample", "ours", wall)
        found.append(row_of_ratio(f"{title}: x sample, whole process", process, *bars.whole))
    if bars.floor is not None:
        name, must, aim = bars.floor
        share = ratio(block, "floor", "ours")
        what = f"{title}: share of orjson, {name}"
        found.append(row_of_ratio(what, share, must, aim))
    if bars.peak is not None:
        found.append(row_at_most(f"{title}: peak", peak(block["ours"]), "MiB", *bars.peak))
    if bars.bytes_a_record is not None:
        result = block["ours"][-1].result
        size = result["bytes"] / result["records"]
        found.append(row_at_most(f"{title}: output", size, "B a record", bars.bytes_a_record))
    return found


def growth(shipped: Path, quick: bool) -> Row:
    """By how much the peak grows as the file doubles."""
    case = CASES[0]
    with tempfile.TemporaryDirectory() as work:
        output, found = Path(work, "output"), []
        output.mkdir()
        for times in (1, 2):
            captures = Path(work, str(times))
            captures.mkdir()
            records = times * case.records // (_QUICK if quick else 1)
            write_capture(captures / "0.jsonl", case.kind, records)
            ours = programs(case, captures, output, shipped)[:1]
            found.append(peak(in_turn(ours, 1)["ours"]))
    return row_at_most("peak as the file doubles", 100 * (found[1] / found[0] - 1), "%", 10)


def imports(shipped: Path, quick: bool) -> Row:
    """How much longer the sample's imports take; awswrangler counts where it is installed."""
    begin = "from benchmarks.performance.contender import tell; import importlib; "
    told = "tell(lambda: [importlib.import_module(name) for name in {}] and {{}})"
    theirs = ["pandas", "sklearn.metrics"]
    if importlib.util.find_spec("awswrangler") is not None:
        theirs.insert(0, "awswrangler")
    path = os.pathsep.join(map(str, (ROOT, ROOT / "layers/inference_records", shipped)))
    ours = (sys.executable, "-S", "-c", begin + told.format(["inference_records.split"]))
    block = in_turn(
        [
            Program("ours", ours, {"PYTHONPATH": path}),
            Program("sample", (sys.executable, "-c", begin + told.format(theirs))),
        ],
        2 if quick else 7,
    )
    return row_of_ratio(f"imports: x {', '.join(theirs)}", ratio(block, "sample", "ours"), 10, 15)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, once")
    parser.add_argument("--rounds", type=int, default=PAIRS, help="of each case in full")
    parser.add_argument("--output", type=Path, default=Path("build/benchmarks/splitting.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        shipped = shelf(Path(work, "layer"))
        found = [
            row
            for case in CASES
            for row in measure(case, asked.quick, shipped, rounds=asked.rounds)
        ]
        found += [growth(shipped, asked.quick), imports(shipped, asked.quick)]
    show("Splitting", found)
    write(asked.output, "Splitting", found)


if __name__ == "__main__":
    main()
