"""Which source files say something of a window: its requests, and labels that speak of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import ibis
from ibis import _

from monitor.keys import window_of
from monitor.record_ids import KEY, ids_in_labels, ids_in_requests
from monitor.windows import Window


@dataclass(slots=True)
class Origins:
    """Source keys of one window."""

    requests: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)


def origins(
    predictions: ibis.Table,
    labels: ibis.Table,
    span: Window,
    period: timedelta,
    only: Collection[int],
) -> Mapping[int, Origins]:
    """The origins of some windows; a label counts in the window it came in, too."""
    numbers = sorted(only)
    captured = predictions.select(
        "source_key", window=window_of(_.inference_time, span, period)
    ).distinct()
    requests, told = ids_in_requests(predictions), ids_in_labels(labels)
    matched = told.drop("time").inner_join(requests, KEY)
    spoken = ibis.union(
        matched.select("source_key", window=window_of(_.time, span, period)),
        told.select("source_key", window=window_of(_.time, span, period)),
    ).distinct()
    found = {number: Origins() for number in numbers}
    for row in captured.filter(_.window.isin(numbers)).to_pyarrow().to_pylist():
        found[row["window"]].requests.add(row["source_key"])
    for row in spoken.filter(_.window.isin(numbers)).to_pyarrow().to_pylist():
        found[row["window"]].labels.add(row["source_key"])
    return found
