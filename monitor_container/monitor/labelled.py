"""How far the labels of a window have come, by what was predicted.

Labels come sooner for some predictions than for others; with these counts, version by version, a
later estimate can undo that.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import orjson
from ibis import _

from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

_BINS = 10
_MOST_ROWS = 400


def labelled(
    matched: ibis.Table, windows: Mapping[Interpretation, list[int]]
) -> dict[tuple[str, int], str]:
    """JSON rows [predicted label, tenth of the probability, captured, labelled] of each cell."""
    found: dict[tuple[str, int], str] = {}
    for reading, some in windows.items():
        found |= _counted(matched.filter(_.window.isin(some)), reading)
    return found


def _counted(matched: ibis.Table, reading: Interpretation) -> dict[tuple[str, int], str]:
    regression = reading.problem_type == ProblemType.REGRESSION
    probability = ibis.coalesce(_.probability, _.prediction_value if reading.scored else None)
    # The least of a number and null is the number.
    tenth = ibis.ifelse(
        probability.isnull(), None, ibis.least((probability * _BINS).floor(), _BINS - 1.0)
    )
    rows = (
        matched.mutate(
            predicted=ibis.null("string") if regression or reading.scored else _.prediction,
            tenth=ibis.null("int64") if regression else tenth.cast("int64"),
        )
        .group_by("variant", "window", "predicted", "tenth")
        .aggregate(captured=_.count(), known=_.label.count())
        .order_by("variant", "window", "predicted", "tenth")
    )
    found: dict[tuple[str, int], list[list[object]]] = {}
    for row in rows.to_pyarrow().to_pylist():
        counts = [row["predicted"], row["tenth"], row["captured"], row["known"]]
        found.setdefault((row["variant"], row["window"]), []).append(counts)
    return {cell: orjson.dumps(_shortened(counts)).decode() for cell, counts in found.items()}


def _shortened(rows: list[list[object]]) -> list[list[object]]:
    """Of very many classes, the counts without the class."""
    if len(rows) <= _MOST_ROWS:
        return rows
    totals: dict[object, list[int]] = {}
    for _predicted, tenth, captured, known in rows:
        total = totals.setdefault(tenth, [0, 0])
        total[0] += int(captured)  # type: ignore[call-overload]
        total[1] += int(known)  # type: ignore[call-overload]
    return [[None, tenth, *total] for tenth, total in totals.items()]
