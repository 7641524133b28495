"""What splitting is measured against: pandas as the AWS sample uses it, and orjson alone.

python -m benchmarks.performance.split_peers PROGRAM FOLDER OUTPUT [features]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import orjson

from benchmarks.performance.contender import tell

_BUFFER = 1 << 20


def parse_lines(path: Path, understood: Callable[[Any], object]) -> int:
    """Each line parsed by orjson out of one buffer that is filled again and again."""
    buffer, held, count = bytearray(_BUFFER), 0, 0
    with path.open("rb") as file:
        while True:
            with memoryview(buffer) as view:
                read = file.readinto(view[held:])
            if not read:
                return count
            filled, start = held + read, 0
            while (end := buffer.find(b"\n", start, filled)) >= 0:
                with memoryview(buffer) as view:
                    understood(orjson.loads(view[start:end]))
                start, count = end + 1, count + 1
            held = filled - start
            buffer[:held] = buffer[start:filled]
            if held == len(buffer):
                buffer.extend(bytes(held))


def outer(paths: Iterable[Path], _output: Path, _features: bool) -> dict[str, int]:
    """The lines are parsed, and nothing that is quoted in them."""
    return {"lines": sum(parse_lines(path, lambda line: line) for path in paths)}


def both(paths: Iterable[Path], _output: Path, _features: bool) -> dict[str, int]:
    """The lines and both bodies in them are parsed, and nothing is made of them."""

    def bodies(line: Any) -> None:
        for side in line["captureData"].values():
            orjson.loads(side["data"])

    return {"lines": sum(parse_lines(path, bodies) for path in paths)}


def sample(paths: Iterable[Path], output: Path, features: bool) -> dict[str, int]:
    """The sample's technique, file by file: a function is started for each that arrives."""
    counts = (_sample(path, output / f"sample-{path.stem}.parquet", features) for path in paths)
    return {"records": sum(counts)}


def _sample(path: Path, output: Path, features: bool) -> int:
    """The AWS sample's technique, made to do our work: whole files in pandas, lists by `apply`."""
    import json

    import pandas as pd

    frame = pd.read_json(path, lines=True)
    sides = frame["captureData"]
    is_csv = sides.iloc[0]["endpointOutput"]["encoding"] == "CSV"

    def rows(side: str) -> list[list[Any]]:
        def read(capture: Any) -> list[Any]:
            data = capture[side]["data"]
            if not is_csv:
                return list(json.loads(data))
            return [list(map(float, line.split(","))) for line in data.splitlines()]

        return list(sides.apply(read))

    said = rows("endpointOutput")
    counts = list(map(len, said))
    label, score = (0, 1) if is_csv else ("label", "score")
    flat = list(chain.from_iterable(said))
    columns: dict[str, list[Any]] = {
        name: list(
            chain.from_iterable(map(repeat, [m[name] for m in frame["eventMetadata"]], counts))
        )
        for name in ("eventId", "inferenceId", "inferenceTime")
    }
    columns["record_index"] = list(chain.from_iterable(map(range, counts)))
    columns["label"] = [row[label] for row in flat]
    columns["score"] = [row[score] for row in flat]
    table = pd.DataFrame(columns)
    if features:
        asked = pd.DataFrame(list(chain.from_iterable(rows("endpointInput"))))
        table = pd.concat([table, asked.rename(columns=lambda name: f"feature_{name}")], axis=1)
    table.to_parquet(output)
    return len(table)


PROGRAMS = {"outer": outer, "both": both, "sample": sample}


def main(arguments: list[str]) -> None:
    """Run one program over a folder of captures."""
    program, folder, output = PROGRAMS[arguments[0]], Path(arguments[1]), Path(arguments[2])
    paths = sorted(folder.rglob("*.jsonl"))
    if program is sample:
        import pandas  # noqa: F401 (the clock begins after imports)
    tell(lambda: program(paths, output, "features" in arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
