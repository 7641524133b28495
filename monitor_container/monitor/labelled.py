"""How far the labels of a window have come, by what was predicted.

Labels come sooner for some predictions than for others; with these counts, version by version, a
later estimate can undo that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import ibis
import orjson
from ibis import _

from monitor.array_counts import labelled_in
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType
from monitor.record_arrays import RecordArrays

Matched: TypeAlias = ibis.Table | RecordArrays
"""Records with their labels: rows of an engine, or in arrays."""

_BINS = 10
_MOST_ROWS = 400


def labelled(
    matched: Matched, windows: Mapping[Interpretation, list[int]]
) -> dict[tuple[str, int], str]:
    """JSON rows [predicted label, tenth of the probability, captured, labelled] of each cell."""
    found: dict[tuple[str, int], str] = {}
    for reading, some in windows.items():
        rows = (
            labelled_in(
                matched.of(some),
                by_class=_by_class(reading),
                by_tenth=_by_tenth(reading),
                scored=reading.scored,
            )
            if isinstance(matched, RecordArrays)
            else _counted(matched.filter(_.window.isin(some)), reading)
        )
        found |= {cell: orjson.dumps(_shortened(of)).decode() for cell, of in rows.items()}
    return found


def _by_class(reading: Interpretation) -> bool:
    return reading.problem_type != ProblemType.REGRESSION and not reading.scored


def _by_tenth(reading: Interpretation) -> bool:
    return reading.problem_type != ProblemType.REGRESSION


def _counted(
    matched: ibis.Table, reading: Interpretation
) -> dict[tuple[str, int], list[list[object]]]:
    probability = ibis.coalesce(_.probability, _.prediction_value if reading.scored else None)
    # The least of a number and null is the number.
    tenth = ibis.ifelse(
        probability.isnull(), None, ibis.least((probability * _BINS).floor(), _BINS - 1.0)
    )
    rows = (
        matched.mutate(
            predicted=_.prediction if _by_class(reading) else ibis.null("string"),
            tenth=tenth.cast("int64") if _by_tenth(reading) else ibis.null("int64"),
        )
        .group_by("variant", "window", "predicted", "tenth")
        .aggregate(captured=_.count(), known=_.label.count())
        .order_by("variant", "window", "predicted", "tenth")
    )
    found: dict[tuple[str, int], list[list[object]]] = {}
    for row in rows.to_pyarrow().to_pylist():
        counts = [row["predicted"], row["tenth"], row["captured"], row["known"]]
        found.setdefault((row["variant"], row["window"]), []).append(counts)
    return found


def _shortened(rows: list[list[object]]) -> list[list[object]]:
    """Of very many classes, the counts without the class."""
    if len(rows) <= _MOST_ROWS:
        return rows
    totals: dict[Any, list[int]] = {}
    for _predicted, tenth, captured, known in rows:
        total = totals.setdefault(tenth, [0, 0])
        total[0] += int(captured)  # type: ignore[call-overload]
        total[1] += int(known)  # type: ignore[call-overload]
    in_order = sorted(totals.items(), key=lambda item: (item[0] is None, item[0] or 0))
    return [[None, tenth, *total] for tenth, total in in_order]
