"""Statistics of the windows of a run, of rows or arrays, those that are read alike in one go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import ibis
from ibis import _

from monitor.aggregate import Statistics, aggregate, aggregate_arrays
from monitor.interpretation import Interpretation
from monitor.join import Joined
from monitor.metrics import registered
from monitor.requested import RunRequest
from monitor.resolution import resolved


def statistics_of(
    joined: Joined, numbers: Mapping[Interpretation, list[int]], request: RunRequest
) -> dict[tuple[str, int], Statistics]:
    """Statistics of the windows, those that are read alike in one go."""
    found: dict[tuple[str, int], Statistics] = {}
    for reading, some in numbers.items():
        needed = {name for m in registered(reading.problem_type) for name in m.parameters}
        if joined.arrays is not None:
            found |= aggregate_arrays(
                joined.arrays.of(some),
                partial(_rows, joined, some, len(numbers) == 1),
                reading,
                request.configuration,
                needed,
            )
            continue
        records = resolved(_rows(joined, some, len(numbers) == 1), reading, joined.most_values)
        found |= aggregate(
            records,
            reading,
            request.configuration,
            needed,
            in_process=joined.most_values is None,
        )
    return found


def _rows(joined: Joined, windows: list[int], are_all: bool) -> ibis.Table:
    """Evaluated records of some windows."""
    return joined.evaluated if are_all else joined.evaluated.filter(_.window.isin(windows))
