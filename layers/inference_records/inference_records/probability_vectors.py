"""Vectors of class probabilities, one a record and of any length, handled as whole columns."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import canonical_labels, numbers
from inference_records.column_values import UNIT_TOLERANCE


def unit(values: pa.Array) -> pa.Array:
    """Probabilities; null where a value is no number between 0 and 1."""
    bounds = pc.min_max(values).as_py()
    if bounds["min"] is None or (bounds["min"] >= 0 and bounds["max"] <= 1):
        return values
    clipped = pc.max_element_wise(pc.min_element_wise(values, 1.0), 0.0)
    inside = pc.less_equal(pc.abs(pc.subtract(values, clipped)), UNIT_TOLERANCE)
    return pc.if_else(inside, clipped, None)


def probability_lists(array: pa.Array) -> pa.Array:
    """Lists of probabilities; null where one of them is no number between 0 and 1."""
    array = _as_lists(array)
    flat = unit(numbers(array.flatten()))
    rebuilt = _rebuild(array, flat)
    parents = pc.list_parent_indices(rebuilt)
    broken = pc.unique(pc.filter(parents, pc.is_null(flat)))
    rows = pa.array(range(len(array)), parents.type)
    empty = pc.equal(pc.list_value_length(array), 0)
    return pc.if_else(pc.or_(pc.is_in(rows, broken), empty), None, rebuilt)


def class_lists(array: pa.Array) -> pa.Array:
    """Lists of class names in canonical form."""
    array = _as_lists(array)
    return _rebuild(array, canonical_labels(array.flatten()))


def _as_lists(array: pa.Array) -> pa.Array:
    """Lists, also of those of a fixed size; Arrow breaks lists of nulls when it casts them."""
    return array if pa.types.is_list(array.type) else array.cast(pa.list_(array.type.value_type))


def _rebuild(array: pa.Array, flat: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    offsets = pa.concat_arrays(
        [pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())]
    )
    return pa.ListArray.from_arrays(
        offsets, flat, mask=pc.is_null(array) if array.null_count else None
    )


def vector_of_columns(columns: list[pa.Array]) -> pa.Array:
    """Columns side by side as lists, by interleaving their values."""
    count, width = len(columns[0]), len(columns)
    place = pa.array(range(count * width), pa.int64())
    row = pc.divide(place, width)
    column = pc.subtract(place, pc.multiply(row, width))
    flat = pa.concat_arrays(columns).take(pc.add(row, pc.multiply(column, count)))
    offsets = pa.array(range(0, count * width + 1, width), pa.int32())
    return probability_lists(pa.ListArray.from_arrays(offsets, flat))


def most_probable(vectors: pa.Array) -> pa.Array:
    """Place of the first of the greatest values; vectors of one length go together."""
    lengths = pc.list_value_length(vectors)
    rows, winners = [pa.array([], pa.uint64())], [pa.array([], pa.int32())]
    for width in pc.unique(lengths.drop_null()).to_pylist():
        rows.append(pc.indices_nonzero(pc.equal(lengths, width)))
        flat = vectors.take(rows[-1]).flatten()
        parts = [flat.take(_places(i, len(flat), width)) for i in range(width)]
        best = pc.max_element_wise(*parts)
        winner = pa.nulls(len(best), pa.int32())
        for i in reversed(range(width)):
            winner = pc.if_else(pc.equal(parts[i], best), pa.scalar(i, pa.int32()), winner)
        winners.append(winner)
    place = pc.index_in(pa.array(range(len(vectors)), pa.uint64()), pa.concat_arrays(rows))
    return pa.concat_arrays(winners).take(place)


def of_two(vectors: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Both values of the vectors of two; null for any other vector."""
    is_pair = pc.fill_null(pc.equal(pc.list_value_length(vectors), 2), False)
    filler = pa.scalar([None, None], vectors.type)
    flat = pc.if_else(is_pair, vectors, filler).flatten()
    return flat.take(_places(0, len(flat), 2)), flat.take(_places(1, len(flat), 2))


def _places(first: int, end: int, step: int) -> pa.Array:
    return pa.array(range(first, end, step), pa.int64())


def class_at(classes: pa.Array, index: pa.Array) -> pa.Array:
    """The class name at each index, or the index itself where the classes have no names."""
    named = pc.is_valid(classes)
    offsets = pc.cumulative_sum(pc.fill_null(pc.list_value_length(classes), 0))
    starts = pc.subtract(offsets, pc.fill_null(pc.list_value_length(classes), 0))
    flat = classes.flatten()
    names = pa.nulls(len(index), pa.string())
    if len(flat):
        at = pc.add(starts, index.cast(pa.int64()))
        inside = pc.less(index.cast(pa.int64()), pc.list_value_length(classes).cast(pa.int64()))
        names = flat.take(pc.if_else(pc.fill_null(pc.and_(named, inside), False), at, None))
    return pc.coalesce(names, index.cast(pa.string()))
