"""What endpoints capture: the same requests for every endpoint.

So two endpoints differ in nothing but what is done to them on the way.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

REQUESTS = 500
FILES = 5
# Yesterday: past, so that it is judged on demand, and new enough for CloudWatch.
WINDOW = datetime.now(UTC).replace(hour=9, minute=12, second=0, microsecond=0) - timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Request:
    """One call of an endpoint: several records, each with its label."""

    number: int
    truth: list[int]
    predicted: list[int]
    scores: list[float]

    @property
    def records(self) -> int:
        return len(self.truth)

    @property
    def is_broken(self) -> bool:
        """Whether its captured line has lost its end, which makes one rejected record of it."""
        return self.number % 61 == 7

    @property
    def inference_id(self) -> str | None:
        return f"request-{self.number:04}" if self.number % 2 else None

    @property
    def name(self) -> str:
        """What its labels are keyed by."""
        return self.inference_id or f"event-{self.number:04}"


@dataclass(frozen=True)
class Uploads:
    """Objects by key, and how many records (of labels: rows) each of them holds."""

    objects: dict[str, bytes]
    records: dict[str, int]

    def __or__(self, other: Uploads) -> Uploads:
        return Uploads(self.objects | other.objects, self.records | other.records)

    @property
    def total(self) -> int:
        return sum(self.records.values())


def requests(wrong: float = 0.1, count: int = REQUESTS, first: int = 0) -> list[Request]:
    """Requests of one to five records; such a share of the predictions is wrong."""
    return [_request(number, wrong) for number in range(first, first + count)]


def _request(number: int, wrong: float) -> Request:
    chance = random.Random(number)
    truth = [chance.randrange(2) for _ in range(1 + number % 5)]
    predicted = [1 - label if chance.random() < wrong else label for label in truth]
    scores = [round(0.5 * label + chance.uniform(0.01, 0.49), 3) for label in predicted]
    return Request(number, truth, predicted, scores)


# ---- Captured requests ---------------------------------------------------------------------------

Form = Callable[[Request], tuple[str, str]]
"""The body of a response, and under which encoding it is captured."""


def _objects(request: Request) -> list[dict[str, float]]:
    pairs = zip(request.predicted, request.scores, strict=True)
    return [{"prediction": label, "probability": score} for label, score in pairs]


def _columns(request: Request) -> dict[str, Sequence[float]]:
    return {"prediction": request.predicted, "probability": request.scores}


def _csv(request: Request) -> str:
    pairs = zip(request.predicted, request.scores, strict=True)
    return "prediction,probability\n" + "".join(f"{label},{score}\n" for label, score in pairs)


FORMS: list[Form] = [
    lambda request: (json.dumps(_objects(request)), "JSON"),
    lambda request: (json.dumps({"predictions": _objects(request)}), "JSON"),
    lambda request: (json.dumps(_columns(request)), "JSON"),
    lambda request: (_csv(request), "CSV"),
    lambda request: (base64.b64encode(json.dumps(_objects(request)).encode()).decode(), "BASE64"),
    lambda request: ("\n".join(map(json.dumps, _objects(request))), "JSON"),
]


def capture_line(request: Request, start: datetime) -> str:
    body, encoding = FORMS[request.number % len(FORMS)](request)
    time = start + timedelta(seconds=request.number % 60)
    metadata = {
        "eventId": f"event-{request.number:04}",
        "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
    }
    if request.inference_id is not None:
        metadata["inferenceId"] = request.inference_id
    rows = [[request.number, place] for place in range(request.records)]
    line = json.dumps(
        {
            "captureData": {
                "endpointInput": _side("INPUT", json.dumps(rows), "JSON"),
                "endpointOutput": _side("OUTPUT", body, encoding),
            },
            "eventMetadata": metadata,
            "eventVersion": "0",
        }
    )
    return line[:-20] if request.is_broken else line


def _side(mode: str, data: str, encoding: str) -> dict[str, str]:
    # Whatever the content type says, the payload is what it is.
    content = {"JSON": "application/json", "CSV": "text/csv", "BASE64": "text/html"}[encoding]
    return {"observedContentType": content, "mode": mode, "data": data, "encoding": encoding}


def captured(
    endpoint: str,
    start: datetime = WINDOW,
    said: Sequence[Request] | None = None,
    files: int = FILES,
    folder: datetime | None = None,
    variant: str = "AllTraffic",
) -> Uploads:
    """The requests of one minute, in so many files below the folder of an hour."""
    said = requests() if said is None else said
    hour = f"data-capture/{endpoint}/{variant}/{folder or start:%Y/%m/%d/%H}"
    found = Uploads({}, {})
    for number in range(files):
        part = said[number::files]
        key = f"{hour}/{start:%M}-{number % 60:02}-{number:03}-part of {endpoint}.jsonl"
        lines = "".join(capture_line(request, start) + "\n" for request in part)
        found.objects[key] = lines.encode()
        found.records[key] = sum(1 if each.is_broken else each.records for each in part)
    return found
