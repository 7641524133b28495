"""Cost follows the new data: a tick over a week with one new hour, against that hour alone.

`python -m benchmarks.performance.horizon [--quick] [--json FILE]`.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.performance.bars import Row, Wanted, show, write
from benchmarks.performance.horizon_s3 import Server, served
from benchmarks.performance.horizon_world import Shape, play, settle
from benchmarks.performance.in_turn import Program, Sample, in_turn, module

TITLE = "A tick over 168 hourly windows in which one hour and late labels of eight others are new"
_TICK = "benchmarks.performance.horizon_tick"
_MUST = 2.0
QUICK = Shape(hours=48, capture_files=12, label_files=4, late=(1, 5, 24, 40))


@dataclass(frozen=True, slots=True)
class Case:
    """A world, and what a tick over it is told besides."""

    name: str
    root: Path
    arguments: tuple[str, ...] = ()


def worlds(folder: Path, shape: Shape, told: Callable[[str], None]) -> tuple[Path, Path]:
    """The week, brought up to date before its last hour came; and that hour alone."""
    week, alone, last = folder / "week", folder / "alone", shape.hours - 1
    settle(week)
    play(week, shape, range(last))
    told(f"{sum(1 for _ in (week / 'prepared').rglob('*.parquet')):,} files before the last hour")
    _run(Program("first", module(_TICK, str(week), str(last - 1))), told)
    for root in (week, alone):
        settle(root)
        play(root, shape, range(last, shape.hours))
    return week, alone


def _run(program: Program, told: Callable[[str], None]) -> Sample:
    return in_turn([program], 1, told)[program.name][0]


def on_disk(
    cases: list[Case], hour: int, rounds: int, told: Callable[[str], None]
) -> Mapping[str, list[Sample]]:
    """Samples by case; each run finds the world as it was."""
    found: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _round in range(rounds):
        for case in cases:
            with tempfile.TemporaryDirectory(dir=case.root.parent) as folder:
                # What is written takes the place of a file, and leaves what it is linked to.
                root = shutil.copytree(case.root, Path(folder) / "w", copy_function=os.link)
                command = module(_TICK, str(root), str(hour), *case.arguments)
                found[case.name].append(_run(Program(case.name, command), told))
    return found


def on_s3(
    server: Server, cases: list[Case], hour: int, rounds: int, told: Callable[[str], None]
) -> tuple[Mapping[str, list[Sample]], Mapping[str, list[Mapping[str, int]]]]:
    """Samples and requests by case."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    requests: dict[str, list[Mapping[str, int]]] = {case.name: [] for case in cases}
    for _round in range(rounds):
        for case in cases:
            address = f"s3://{case.root.name}"
            command = module(_TICK, address, str(hour), *case.arguments)
            with server.restored(case.root.name):
                before = server.requests()
                program = Program(case.name, command, server.environment)
                samples[case.name].append(_run(program, told))
                counted = server.requests() - before
            requests[case.name].append(counted)
            told(f"    requests: {dict(counted)}")
    return samples, requests


def _ratio(what: str, found: Mapping[str, list[float]], of: str, must: float | None) -> Row:
    pairs = [a / b for a, b in zip(found[of], found["alone"], strict=True)]
    return Row(what, statistics.median(pairs), "x", Wanted.AT_MOST, must, None,
               min(pairs), max(pairs))  # fmt: skip


def _figures(where: str, samples: Mapping[str, list[Sample]]) -> list[Row]:
    walls = {name: [sample.wall for sample in some] for name, some in samples.items()}
    work = {name: [sample.seconds for sample in some] for name, some in samples.items()}
    rows = [
        _ratio(f"{where}: whole process, against the hour alone", walls, "week", _MUST),
        _ratio(f"{where}: without start and imports", work, "week", _MUST),
    ]
    if "nothing kept" in walls:
        rows.append(_ratio(f"{where}: against the hour alone", walls, "nothing kept", None))
    return rows + [
        Row(f"{where}: seconds, {name}", statistics.median(some), "s", Wanted.AT_MOST, None)
        for name, some in walls.items()
    ]


def measure(shape: Shape, rounds: int, told: Callable[[str], None]) -> list[Row]:
    """All figures of one shape."""
    with tempfile.TemporaryDirectory(prefix="horizon-") as name:
        week, alone = worlds(Path(name), shape, told)
        hour = shape.hours - 1
        cases = [Case("alone", alone), Case("week", week)]
        bare = Case("nothing kept", week, ("nothing-kept",))
        rows = _figures("disk", on_disk(cases, hour, rounds, told))
        # Once: it takes long, and is only to be compared with.
        rows += _figures("disk, nothing kept", on_disk([*cases, bare], hour, 1, told))[2:3]
        with served(Path(name), {"week": week, "alone": alone}) as server:
            samples, requests = on_s3(server, cases, hour, max(1, rounds // 2), told)
        rows += _figures("S3", samples)
        counts = {name: [float(sum(of.values())) for of in some] for name, some in requests.items()}
        rows.append(_ratio("S3: requests, against the hour alone", counts, "week", _MUST))
        for case, some in requests.items():
            rows += [
                Row(f"S3: {verb} requests, {case}", some[-1][verb], "", Wanted.AT_MOST, None)
                for verb in ("GET", "HEAD", "LIST", "PUT")
            ]
    return rows


def main() -> None:
    """The command line."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two days of fewer files")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("benchmarks/results/horizon.json"))
    given = parser.parse_args()
    rows = measure(QUICK if given.quick else Shape(), 2 if given.quick else given.rounds, print)
    show(TITLE, rows)
    write(given.json, TITLE, rows)


if __name__ == "__main__":
    main()
