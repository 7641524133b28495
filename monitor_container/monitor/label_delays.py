"""How long labels take: from the inference to the arrival of the label that counts, by window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pandas as pd
from ibis import _

from monitor.keys import seconds, window_of
from monitor.windows import Window

_SHARES = (0.1, 0.5, 0.9)


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
        "labels",
        window=window_of(_.request_time, span, period),
        delay=ibis.greatest(seconds(_.arrived_at) - seconds(_.request_time), 0),
    )
    counts = passed.group_by("window", "delay").aggregate(labels=_.labels.sum())
    # Not the engine's own way to pandas: Spark's asks pandas for what it does no more.
    frame = counts.to_pyarrow().to_pandas()
    return {
        int(window): _delay(of.sort_values("delay"))
        for window, of in frame.groupby("window", sort=True)
    }


def _delay(counts: pd.DataFrame) -> LabelDelay:
    """Of labels counted by their delay, in its order."""
    reached = counts.labels.cumsum().to_numpy()
    places = np.searchsorted(reached, np.ceil(np.array(_SHARES) * reached[-1]))
    return LabelDelay(*counts.delay.to_numpy()[places].tolist())
