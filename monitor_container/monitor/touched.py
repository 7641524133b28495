"""New files -> the windows that they touch, and no others.

A file of requests touches the windows of its requests and of others with the same id; a file of
labels those of the requests that it speaks of. Both touch the windows in which such labels came.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import ibis
import pyarrow as pa
from ibis import _

from monitor.capture_gaps import around
from monitor.id_rows import CAPTURED, LABELLED, LINES
from monitor.keys import window_of
from monitor.windows import Window


def touched(
    known: ibis.Table, new: Collection[int], span: Window, period: timedelta
) -> set[Window]:
    """The windows from the start of a span on that new files may change, of the ids of all."""
    # At the first run all files are new: as a table, for a list would be compiled.
    files = ibis.memtable(pa.table({"file": pa.array(sorted(new), pa.int32())}))
    fresh = known.semi_join(files, "file")
    ids = fresh.filter(_.id.notnull()).select("id").distinct()
    # Labels count where they came, too; said again, they move.
    same = known.filter(_.kind.isin((*CAPTURED, *LABELLED))).semi_join(ids, "id")
    captured = _numbers(fresh.filter(_.kind.isin(CAPTURED)), span, period)
    numbers = captured | _numbers(same.union(fresh.filter(_.kind.isin(LINES))), span, period)
    if captured:
        known_numbers = _numbers(known.filter(_.kind.isin(CAPTURED)), span, period)
        numbers |= around(captured, {number for number in known_numbers if number >= 0}, period)
    # Also windows that are not over yet: nobody will look at these files again.
    return {
        Window(start := span.start + number * period, start + period)
        for number in numbers
        if number >= 0
    }


def _numbers(rows: ibis.Table, span: Window, period: timedelta) -> set[int]:
    numbers = rows.select(window=window_of(_.time, span, period)).distinct()
    return set(numbers.to_pyarrow()["window"].to_pylist())
