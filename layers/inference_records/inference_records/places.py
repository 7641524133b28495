"""The place of each record in its request: as the payload lists or as the response numbers it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import positions
from inference_records.rejections import BadRecord


def places(counts: Sequence[int]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """For each record: its request's place in the group, the number of its records, its own."""
    ends = pa.array(accumulate(counts), pa.int32())
    runs = pa.RunEndEncodedArray.from_arrays(ends, pa.array(range(len(counts)), pa.int32()))
    row = pc.run_end_decode(runs)
    count = pa.array(counts, pa.int32())
    starts = pc.subtract(ends, count)
    index = pc.subtract(pa.arange(0, ends[-1].as_py()).cast(pa.int32()), starts.take(row))
    return row, count.take(row), index


def given_places(
    given: pa.Array, counted: pa.Array, row_request: pa.Array, record_count: pa.Array
) -> pa.Array:
    """Positions as the response numbers them; counted from 1, they would shift every record."""
    if given.type == pa.int64() and given.equals(counted.cast(pa.int64())):
        return counted
    index = positions(given)
    place = pc.add(pc.multiply(row_request.cast(pa.int64()), 2**31), index.cast(pa.int64()))
    inside = pc.fill_null(pc.less(index, record_count), False)
    if not pc.all(inside).as_py() or pc.count_distinct(place).as_py() < len(place):
        raise BadRecord(
            "bad_positions",
            "the positions of the payload's records are not 0 to n-1, each once: positions count "
            'from 0 (the column is set in monitor.json: {"response": {"record_index": "NAME"}})',
        )
    return index
