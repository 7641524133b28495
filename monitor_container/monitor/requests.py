"""Every captured request once, and which of them repeat another: one row each, whatever is read."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import ibis
from ibis import _

from monitor.engine import Engine
from monitor.keys import request_of, seconds, window_of
from monitor.windows import Window

_COLUMNS = (
    "variant", "event_id", "inference_id", "inference_time", "record_count", "source_key",
    "source_line",
)  # fmt: skip
_ENDING = 12


def requests_of(engine: Engine, predictions: ibis.Table, horizon: timedelta) -> ibis.Table:
    """Every captured request once; a repeat is one whose id comes again within the horizon."""
    captured = engine.materialised("captured", _captured(predictions))
    one = ibis.literal(1, "int64")
    captured = captured.mutate(request=request_of(captured), requests=one)
    endings = engine.materialised("repeated_endings", repeated_endings(captured, "request"))
    if endings.count().to_pyarrow().as_py() == 0:
        return captured.mutate(replaced_by=ibis.null("string"), is_repeat=ibis.literal(False))
    known = captured.mutate(ending=ending(_.request))
    alone = known.anti_join(endings, "ending").mutate(
        replaced_by=ibis.null("string"), is_repeat=ibis.literal(False)
    )
    others = _ranked(known.semi_join(endings, "ending").drop("ending").distinct(), horizon)
    return engine.materialised("requests", alone.select(*others.columns).union(others))


def traffic(
    requests: ibis.Table, set_aside: ibis.Table, span: Window, period: timedelta
) -> dict[int, int]:
    """Requests by number of window; a line that could not be read is one, too."""
    one = ibis.literal(1, "int64")
    found: Counter[int] = Counter()
    # Not a union: engines differ in which of the two may hold nulls.
    for rows in (requests.select("inference_time", "requests"), set_aside.mutate(requests=one)):
        window = window_of(_.inference_time, span, period)
        counts = rows.group_by(window=window).aggregate(n=_.requests.sum())
        found.update({row["window"]: row["n"] for row in counts.to_pyarrow().to_pylist()})
    return dict(found)


def ending(text: Any) -> Any:
    """So short that engines compare it as a number: ids that differ, most often differ here."""
    return text.right(_ENDING)


def repeated_endings(rows: ibis.Table, name: str) -> ibis.Table:
    """Endings of several rows: all texts that are equal have one, and hardly any others."""
    counts = rows.group_by(ending=ending(rows[name])).aggregate(rows=_.count())
    return counts.filter(_.rows > 1).select("ending")


def _captured(predictions: ibis.Table) -> ibis.Table:
    """A request of one record has one row; of others, one is kept."""
    rows = predictions.select(*_COLUMNS)
    is_single = ibis.coalesce(rows.record_count == 1, False)
    return rows.filter(is_single).union(rows.filter(~is_single).distinct())


def _ranked(distinct: ibis.Table, horizon: timedelta) -> ibis.Table:
    latest_first = [
        ibis.desc("inference_time"), ibis.desc("event_id"), "source_key", "source_line",
    ]  # fmt: skip
    of_request = ibis.window(group_by=["variant", "request"], order_by=latest_first)
    later = distinct.mutate(
        replaced_by=_.event_id.lag().over(of_request),
        later=_.inference_time.lag().over(of_request),
    )
    until_later = seconds(_.later) - seconds(_.inference_time)
    is_repeat = ibis.coalesce(until_later <= int(horizon.total_seconds()), False)
    return later.mutate(
        is_repeat=is_repeat, replaced_by=ibis.ifelse(is_repeat, _.replaced_by, None)
    ).drop("later")
