"""How long labels take: from the inference to the arrival of the label that counts, by window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
from ibis import _

from monitor.keys import seconds, window_of
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class LabelDelay:
    """Whole seconds within which a tenth, half and nine tenths of the labels had come."""

    tenth: int
    half: int
    most: int


def label_delays(latest: ibis.Table, span: Window, period: timedelta) -> dict[int, LabelDelay]:
    """Of the labels of each window's requests; a label that is said again comes again."""
    rows = latest.filter(
        _.request_records.notnull(), _.request_time >= span.start, _.request_time < span.end
    )
    passed = rows.select(
        window=window_of(_.request_time, span, period),
        delay=ibis.greatest(seconds(_.arrived_at) - seconds(_.request_time), 0),
    )
    found = passed.group_by("window").aggregate(
        tenth=_.delay.quantile(0.1), half=_.delay.quantile(0.5), most=_.delay.quantile(0.9)
    )
    return {
        row["window"]: LabelDelay(round(row["tenth"]), round(row["half"]), round(row["most"]))
        for row in found.to_pyarrow().to_pylist()
    }
