"""Capture files to split, from a fixed seed: requests like those of the Covertype data."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NAMES = (
    "Elevation", "Aspect", "Slope", "Horizontal_Distance_To_Hydrology",
    "Vertical_Distance_To_Hydrology", "Horizontal_Distance_To_Roadways", "Hillshade_9am",
    "Hillshade_Noon", "Hillshade_3pm", "Horizontal_Distance_To_Fire_Points",
    *(f"Wilderness_Area{i}" for i in range(1, 5)), *(f"Soil_Type{i}" for i in range(1, 41)),
)  # fmt: skip
_TOPS = (3900, 360, 66, 1400, 600, 7100, 254, 254, 254, 7100)
_POOL = 5_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file holds: so many records a request, as JSON objects or CSV, dense or not."""

    name: str
    payload: int
    csv: bool = False
    dense: bool = False


def write(path: Path, kind: Kind, records: int, seed: int = 1) -> None:
    """One capture file."""
    chance = random.Random(seed)
    pool = [_record(chance, kind) for _ in range(_POOL)]
    body, said = (_csv, _csv_answers) if kind.csv else (_json, _json_answers)
    encoding = "CSV" if kind.csv else "JSON"
    with path.open("w") as file:
        for number in range(records // kind.payload):
            rows = [pool[chance.randrange(_POOL)] for _ in range(kind.payload)]
            sides = _sides(body(rows), said(chance, kind.payload), encoding)
            file.write(_line(chance, number, sides) + "\n")


def _record(chance: random.Random, kind: Kind) -> list[float]:
    if kind.dense:
        return [chance.random() * 1000 for _ in NAMES]
    areas, soils = [0] * 4, [0] * 40
    areas[chance.randrange(4)] = soils[chance.randrange(40)] = 1
    return [*(chance.randint(0, top) for top in _TOPS), *areas, *soils]


def _json(rows: list[list[float]]) -> str:
    return json.dumps([dict(zip(NAMES, row, strict=True)) for row in rows])


def _csv(rows: list[list[float]]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def _answers(chance: random.Random, count: int) -> list[tuple[int, float]]:
    return [(chance.randint(0, 6), round(chance.random(), 4)) for _ in range(count)]


def _json_answers(chance: random.Random, count: int) -> str:
    return json.dumps(
        [
            {"payload_index": place, "label": label, "score": score}
            for place, (label, score) in enumerate(_answers(chance, count))
        ]
    )


def _csv_answers(chance: random.Random, count: int) -> str:
    return "".join(f"{label},{score}\n" for label, score in _answers(chance, count))


def _sides(asked: str, said: str, encoding: str) -> dict[str, dict[str, str]]:
    content_type = "text/csv" if encoding == "CSV" else "application/json"
    side: Callable[[str, str], dict[str, str]] = lambda mode, data: {  # noqa: E731
        "observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding,
    }  # fmt: skip
    return {"endpointInput": side("INPUT", asked), "endpointOutput": side("OUTPUT", said)}


def _line(chance: random.Random, number: int, sides: dict[str, dict[str, str]]) -> str:
    metadata = {
        "eventId": f"{chance.getrandbits(128):032x}",
        "inferenceId": str(number),
        "inferenceTime": f"2026-11-20T09:{chance.randrange(60):02}:{chance.randrange(60):02}Z",
    }
    return json.dumps({"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"})
