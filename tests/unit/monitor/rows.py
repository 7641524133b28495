"""Predictions and labels as plain values, the tables made of them, and the join in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa

from inference_records.canonical import canonical_labels, numbers
from inference_records.partitions import SHARED_ENDPOINT
from monitor.engine import (
    arrow_table,
    connect,
    labels_schema,
    predictions_schema,
    set_aside_schema,
)
from monitor.health import AS_OF_FILES, HEALTH_COUNTS, Arrivals
from monitor.join import join
from monitor.windows import Window

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE_HOUR = Window(NINE, NINE + HOUR)

WHOLES = ("labels", "arrived_labels")

Key = tuple[str, str, int]
Cell = tuple[str | None, int]


def at(minutes: float) -> datetime:
    """So many minutes after nine."""
    return NINE + timedelta(minutes=minutes)


@dataclass(frozen=True)
class Predicted:
    """One row of the predictions."""

    event: str
    index: int = 0
    count: int = 1
    time: datetime = NINE
    inference_id: str | None = None
    record_id: str | None = None
    variant: str = "AllTraffic"
    key: str = "capture/a.jsonl"
    line: int = 1
    prediction: object = "1"
    probability: float | None = None
    probabilities: tuple[float, ...] | None = None
    classes: tuple[str, ...] | None = None

    @property
    def request(self) -> str:
        return self.inference_id or self.event


@dataclass(frozen=True)
class Label:
    """One row of the labels."""

    id: str | None
    index: int | None = None
    label: object = "1"
    arrived: datetime = NINE
    record_id: str | None = None
    key: str = "labels/a.jsonl"
    line: int = 1
    endpoint: str = "churn"

    @property
    def order(self) -> tuple[datetime, str, int]:
        return self.arrived, self.key, self.line


@dataclass(frozen=True)
class Lost:
    """One row of what was set aside."""

    event: str | None
    inference_id: str | None = None
    time: datetime = NINE
    reason: str = "broken_json"
    records: int = 1
    variant: str = "AllTraffic"
    key: str = "capture/a.jsonl"
    line: int = 1


def request(event: str, predictions: Sequence[object], **others: object) -> list[Predicted]:
    """All records of one request."""
    return [
        Predicted(event, index, len(predictions), prediction=said, **others)  # type: ignore[arg-type]
        for index, said in enumerate(predictions)
    ]


def predictions_table(rows: Iterable[Predicted]) -> pa.Table:
    found = list(rows)
    said = [row.prediction for row in found]
    columns: dict[str, object] = {
        "event_id": [row.event for row in found],
        "inference_id": [row.inference_id for row in found],
        "record_id": [row.record_id for row in found],
        "record_index": [row.index for row in found],
        "record_count": [row.count for row in found],
        "inference_time": [row.time for row in found],
        "variant": [row.variant for row in found],
        "prediction": canonical_labels(said),
        "prediction_value": numbers(said),
        "probability": [row.probability for row in found],
        "probabilities": [row.probabilities for row in found],
        "classes": [row.classes for row in found],
        "source_key": [row.key for row in found],
        "source_line": [row.line for row in found],
    }
    return pa.table(columns, schema=predictions_schema())


def labels_table(rows: Iterable[Label]) -> pa.Table:
    found = list(rows)
    said = canonical_labels([row.label for row in found])
    columns: dict[str, object] = {
        "inference_id": [row.id for row in found],
        "record_id": [row.record_id for row in found],
        "record_index": [row.index for row in found],
        "label": said,
        "label_value": numbers(said),
        "arrived_at": [row.arrived for row in found],
        "source_key": [row.key for row in found],
        "source_line": [row.line for row in found],
    }
    columns["endpoint"] = [row.endpoint for row in found]
    return pa.table(columns, schema=labels_schema())


def set_aside_table(rows: Iterable[Lost]) -> pa.Table:
    found = list(rows)
    columns: dict[str, object] = {
        "event_id": [row.event for row in found],
        "inference_id": [row.inference_id for row in found],
        "inference_time": [row.time for row in found],
        "reason": [row.reason for row in found],
        "records": [row.records for row in found],
        "source_key": [row.key for row in found],
        "source_line": [row.line for row in found],
        "variant": [row.variant for row in found],
    }
    return pa.table(columns, schema=set_aside_schema())


@dataclass(frozen=True)
class Outcome:
    """Label of each evaluated record with its window, and the counts that are not zero."""

    labels: dict[Key, tuple[int, str]]
    counts: dict[Cell, dict[str, int]]

    @property
    def totals(self) -> dict[str, int]:
        """The counts of all variants and windows together, but those of whole labels."""
        return {name: n for name, n in self._totals.items() if name not in WHOLES}

    @property
    def wholes(self) -> tuple[int, ...]:
        """Labels of the windows' requests, and labels that arrived in the windows."""
        return tuple(self._totals[name] for name in WHOLES)

    @property
    def _totals(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return total


_BY_ENGINE = 1_000_000
"""Records that no request has here."""


def joined(
    predictions: Iterable[Predicted],
    labels: Iterable[Label],
    span: Window = ONE_HOUR,
    period: timedelta = HOUR,
    set_aside: Iterable[Lost] = (),
    arrivals: Arrivals = AS_OF_FILES,
) -> Outcome:
    """What the monitor's join makes of the rows, by address where it can as by the engine."""
    tables = predictions_table(predictions), labels_table(labels), set_aside_table(set_aside)
    found, by_address = (
        _joined(*tables, span, period, arrivals, fewest) for fewest in (_BY_ENGINE, 0)
    )
    assert by_address == found
    return found


def _joined(
    predictions: pa.Table,
    labels: pa.Table,
    set_aside: pa.Table,
    span: Window,
    period: timedelta,
    arrivals: Arrivals,
    fewest_records: int,
) -> Outcome:
    backend = connect()
    result = join(
        backend,
        arrow_table(backend, "predictions", predictions),
        arrow_table(backend, "labels", labels),
        span,
        period,
        arrow_table(backend, "set_aside", set_aside),
        arrivals,
        fewest_records=fewest_records,
    )
    rows = result.evaluated.to_pyarrow().to_pylist()
    found = {
        (row["variant"], row["request"], row["record_index"]): (row["window"], row["label"])
        for row in rows
    }
    assert len(found) == len(rows), "a record was multiplied"
    for row in rows:
        (value,) = numbers([row["label"]]).to_pylist()
        assert row["label_value"] == value, "label and its value come from different labels"
    counts: dict[Cell, dict[str, int]] = {}
    for row in result.health.to_pylist():
        cell = counts.setdefault((row["variant"], row["window"]), dict.fromkeys(HEALTH_COUNTS, 0))
        for name in HEALTH_COUNTS:
            cell[name] += row[name]
    return Outcome(found, _not_zero(counts))


def _not_zero(counts: dict[Cell, dict[str, int]]) -> dict[Cell, dict[str, int]]:
    kept = {cell: {k: n for k, n in found.items() if n} for cell, found in counts.items()}
    return {cell: found for cell, found in kept.items() if found}


@dataclass(frozen=True)
class _Captured:
    """One line of data capture."""

    variant: str
    request: str
    event: str
    inference_id: str | None
    time: datetime
    count: int
    key: str
    line: int


def reference(
    predictions: Iterable[Predicted],
    labels: Iterable[Label],
    span: Window = ONE_HOUR,
    period: timedelta = HOUR,
    set_aside: Sequence[Lost] = (),
    arrivals: Arrivals = AS_OF_FILES,
) -> Outcome:
    """What the join has to make of them, record by record."""
    rows = list(predictions)
    captured = {_captured(row): row for row in rows}
    counting = _counting(captured)
    counted = [row for row in rows if counting[row.variant, row.request] == _captured(row)]
    known = _known(counting.values())
    placed = _placed(labels, counted, counting.values(), known)

    def window(time: datetime) -> int:
        return (time - span.start) // period

    def inside(time: datetime) -> bool:
        return span.start <= time < span.end

    counts: dict[Cell, Counter[str]] = defaultdict(Counter)
    evaluated: dict[Key, tuple[int, str]] = {}
    for row in counted:
        if inside(row.time):
            found = placed.get((row.request, row.index), [])
            cell = counts[row.variant, window(row.time)]
            cell["records"] += 1
            cell["evaluated" if found else "unlabelled"] += 1
            if found:
                latest = max(found, key=lambda label: label.order)
                evaluated[row.variant, row.request, row.index] = (window(row.time), text(latest))
                cell["duplicate_labels"] += len(found) - 1
                cell["conflicting_labels"] += len({text(label) for label in found}) > 1
    events = defaultdict(set)
    for capture in captured:
        if inside(capture.time):
            cell = counts[capture.variant, window(capture.time)]
            best = counting[capture.variant, capture.request]
            cell["requests"] += capture == best
            cell["captured_twice"] += 1
            events[capture.variant, window(capture.time)].add((capture.event, best.event))
    for place, found_events in events.items():
        counts[place]["captured_twice"] -= len(found_events)
        counts[place]["duplicate_inference_ids"] = sum(own != best for own, best in found_events)
    _misplaced(placed, known, counts, span, period)
    unreadable = {id_ for lost in set_aside for id_ in (lost.event, lost.inference_id)}
    _arrived(placed, known.keys(), unreadable, counts, span, period, arrivals)
    _set_aside(set_aside, counts, span, period)
    return Outcome(evaluated, _not_zero({cell: dict(found) for cell, found in counts.items()}))


def _set_aside(
    set_aside: Iterable[Lost], counts: dict[Cell, Counter[str]], span: Window, period: timedelta
) -> None:
    for lost in _lost_once(set_aside):
        if span.start <= lost.time < span.end:
            cell = counts[lost.variant, (lost.time - span.start) // period]
            cell["rejected"] += lost.records
            cell["length_mismatches"] += lost.reason == "count_mismatch"
            whole = lost.reason not in ("count_mismatch", "no_prediction")
            cell["unreadable_requests"] += whole and lost.records > 0


def _lost_once(set_aside: Iterable[Lost]) -> list[Lost]:
    """Of a request that was captured twice, what the first of its lines lost."""
    first: dict[tuple[str, str], tuple[str, int]] = {}
    kept = []
    for lost in sorted(set_aside, key=lambda row: (row.key, row.line)):
        place = (lost.key, lost.line)
        if lost.event is None or first.setdefault((lost.variant, lost.event), place) == place:
            kept.append(lost)
    return kept


def _counting(captured: Iterable[_Captured]) -> dict[tuple[str, str], _Captured]:
    """The capture that counts of each request: the latest event's, in the first file."""
    counting: dict[tuple[str, str], _Captured] = {}
    for capture in sorted(captured, key=lambda c: (c.key, c.line)):
        best = counting.get((capture.variant, capture.request))
        if best is None or (capture.time, capture.event) > (best.time, best.event):
            counting[capture.variant, capture.request] = capture
    return counting


def _known(counting: Iterable[_Captured]) -> dict[str, _Captured]:
    """Variants that share an inference id were sent one payload; if not, the longest counts."""
    known: dict[str, _Captured] = {}
    for capture in counting:
        other = known.get(capture.request, capture)
        known[capture.request] = replace(
            capture, time=max(capture.time, other.time), count=max(capture.count, other.count)
        )
    return known


def _captured(row: Predicted) -> _Captured:
    return _Captured(
        row.variant, row.request, row.event, row.inference_id, row.time, row.count, row.key,
        row.line,
    )  # fmt: skip


def _placed(
    labels: Iterable[Label],
    counted: Iterable[Predicted],
    counting: Iterable[_Captured],
    known: dict[str, _Captured],
) -> dict[tuple[str, int | None], list[Label]]:
    renamed = {capture.event: capture.request for capture in counting}
    placed: dict[tuple[str, int | None], list[Label]] = defaultdict(list)
    for label in labels:
        if label.id is not None:
            request = renamed.get(label.id, label.id)
            single = request in known and known[request].count == 1
            placed[request, 0 if label.index is None and single else label.index].append(label)
        else:
            targets: set[tuple[str, int | None]] = {
                (row.request, row.index) for row in counted if row.record_id == label.record_id
            }
            for target in targets or {(str(label.record_id), None)}:
                placed[target].append(label)
    return placed


def _misplaced(
    placed: dict[tuple[str, int | None], list[Label]],
    known: dict[str, _Captured],
    counts: dict[Cell, Counter[str]],
    span: Window,
    period: timedelta,
) -> None:
    for request, index in placed:
        capture = known.get(request)
        if capture is not None and span.start <= capture.time < span.end:
            cell = counts[None, (capture.time - span.start) // period]
            cell["labels"] += 1
            cell["labels_without_position"] += index is None
            cell["positions_out_of_range"] += index is not None and index >= capture.count


def _arrived(
    placed: dict[tuple[str, int | None], list[Label]],
    known: Collection[str],
    unreadable: Collection[str | None],
    counts: dict[Cell, Counter[str]],
    span: Window,
    period: timedelta,
    arrivals: Arrivals,
) -> None:
    last = (span.end - span.start - timedelta(microseconds=1)) // period
    for (request, _), found in placed.items():
        arrived = max(label.arrived for label in found)
        late = arrivals.are_known and arrived >= span.end
        anybodys = all(label.endpoint == SHARED_ENDPOINT for label in found)
        if arrived < span.start or late:
            continue
        if arrivals.are_shared and anybodys and request not in known:
            continue
        cell = counts[None, min((arrived - span.start) // period, last)]
        cell["arrived_labels"] += 1
        cell["orphan_labels"] += request not in known and request not in unreadable


def text(label: Label) -> str:
    """The label in canonical form."""
    return str(canonical_labels([label.label])[0].as_py())


def evaluated(
    label: Iterable[object],
    prediction: Iterable[object],
    *,
    variant: Sequence[str] = (),
    window: Sequence[int] = (),
    fold: Sequence[int] = (),
    request: Sequence[str] = (),
    probability: Iterable[float | None] | None = None,
    probabilities: Iterable[Iterable[float]] | None = None,
    classes: Iterable[Sequence[str]] | None = None,
) -> ibis.Table:
    """Evaluated records, as the join hands them on, each a request of its own if none is named."""
    labels, said = list(label), list(prediction)
    count = len(labels)
    requests = list(request) or [f"e{number}" for number in range(count)]
    sizes = Counter(requests)
    vectors: list[list[float]] | None = None
    if probabilities is not None:
        vectors = [[float(p) for p in vector] for vector in probabilities]
    columns: dict[str, pa.Array] = {
        "variant": pa.array(variant or ["AllTraffic"] * count, pa.string()),
        "window": pa.array(window or [0] * count, pa.int64()),
        "request": pa.array(requests, pa.string()),
        "record_index": pa.array(_positions(requests), pa.int32()),
        "record_count": pa.array([sizes[name] for name in requests], pa.int32()),
        "fold": pa.array(fold or [number % 5 for number in range(count)], pa.int8()),
        "label": canonical_labels(labels),
        "label_value": numbers(canonical_labels(labels)),
        "prediction": canonical_labels(said),
        "prediction_value": numbers(said),
        "probability": pa.array(
            [None] * count if probability is None else list(probability), pa.float64()
        ),
        "probabilities": pa.array(
            [None] * count if vectors is None else vectors, pa.list_(pa.float64())
        ),
        "classes": pa.array(
            [None] * count if classes is None else list(classes), pa.list_(pa.string())
        ),
    }
    return arrow_table(connect(), "evaluated", pa.table(columns))


def _positions(requests: Sequence[str]) -> list[int]:
    seen: Counter[str] = Counter()
    positions = []
    for name in requests:
        positions.append(seen[name])
        seen[name] += 1
    return positions
