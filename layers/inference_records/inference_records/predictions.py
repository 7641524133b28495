"""Columns of a response -> canonical prediction, value, probability and class probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import Column, as_array, canonical_labels, numbers
from inference_records.configuration import Configuration
from inference_records.roles import Roles, is_vector


@dataclass(frozen=True, slots=True)
class Predictions:
    """One entry a record; `bad` is the reason why a record has no usable prediction, else null."""

    prediction: pa.Array
    prediction_value: pa.Array
    probability: pa.Array
    probabilities: pa.Array
    classes: pa.Array
    bad: pa.Array


def predictions(
    columns: Mapping[str, Column], roles: Roles, configuration: Configuration, count: int
) -> Predictions:
    """What the model said of each of `count` records."""
    label = pa.nulls(count, pa.string())
    value = probability = pa.nulls(count, pa.float64())
    vectors = pa.nulls(count, pa.list_(pa.float64()))
    classes = pa.nulls(count, pa.list_(pa.string()))
    given = pa.repeat(pa.scalar(False), count)
    named = roles.named_classes
    if roles.prediction is not None:
        source = _unwrap(as_array(columns[roles.prediction]))
        label, value = canonical_labels(source), numbers(source)
    if roles.vector:
        vectors = _vector_of_columns([numbers(columns[name]) for name in roles.vector])
    elif roles.probability is not None:
        source = _unwrap(as_array(columns[roles.probability]))
        given = pc.is_valid(source)
        if pa.types.is_struct(source.type):  # {"cat": 0.9, "dog": 0.1}
            named = tuple(field.name for field in source.type)
            vectors = _vector_of_columns([numbers(part) for part in source.flatten()])
        elif is_vector(source):
            vectors = _lists(source)
        else:
            probability = _unit(numbers(source))
    if roles.classes is not None:
        classes = _class_lists(as_array(columns[roles.classes]))
    elif names := _class_names(named, configuration):
        classes = _repeat_list(names, vectors)
    if vectors.null_count < count:
        vectors, label, probability = _from_vectors(vectors, classes, label, configuration)
        probability_ok = pc.is_valid(vectors)
    else:
        probability_ok = pc.is_valid(probability)
    bad = _reasons(label, probability_ok, given, needs_label=roles.prediction is not None)
    return Predictions(label, value, probability, vectors, classes, bad)


def _reasons(
    label: pa.Array, probability_ok: pa.Array, given: pa.Array, needs_label: bool
) -> pa.Array:
    text = pa.nulls(len(label), pa.string())
    no_probability = pc.and_(given, pc.invert(probability_ok))
    text = pc.if_else(no_probability, "the probability is no number between 0 and 1", text)
    no_label = pc.is_null(label)
    if not needs_label:
        no_label = pc.and_(no_label, pc.invert(probability_ok))
    return pc.if_else(no_label, "the prediction is missing or no label and no finite number", text)


def _unwrap(array: pa.Array) -> pa.Array:
    """`[[0.3], [0.7]]`: lists of one value each are that value."""
    if not is_vector(array) or not len(array):
        return array
    lengths = pc.min_max(pc.list_value_length(array)).as_py()
    if lengths["min"] != 1 or lengths["max"] != 1 or array.null_count:
        return array
    return pc.list_element(array, 0)


def _unit(values: pa.Array) -> pa.Array:
    inside = pc.and_(pc.greater_equal(values, 0.0), pc.less_equal(values, 1.0))
    return pc.if_else(inside, values, None)


def _lists(array: pa.Array) -> pa.Array:
    """Lists of probabilities; null where one of them is no number between 0 and 1."""
    array = array.cast(pa.list_(array.type.value_type))
    flat = _unit(numbers(array.flatten()))
    rebuilt = _rebuild(array, flat)
    parents = pc.list_parent_indices(array)
    broken = pc.unique(pc.filter(parents, pc.is_null(flat)))
    rows = pa.array(range(len(array)), parents.type)
    empty = pc.equal(pc.list_value_length(array), 0)
    return pc.if_else(pc.or_(pc.is_in(rows, broken), empty), None, rebuilt)


def _class_lists(array: pa.Array) -> pa.Array:
    array = array.cast(pa.list_(array.type.value_type))
    return _rebuild(array, canonical_labels(array.flatten()))


def _rebuild(array: pa.Array, flat: pa.Array) -> pa.Array:
    lengths = pc.fill_null(pc.list_value_length(array), 0)
    offsets = pa.concat_arrays(
        [pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())]
    )
    return pa.ListArray.from_arrays(
        offsets, flat, mask=pc.is_null(array) if array.null_count else None
    )


def _vector_of_columns(columns: list[pa.Array]) -> pa.Array:
    """Columns side by side as lists, by interleaving their values."""
    count, width = len(columns[0]), len(columns)
    place = pa.array(range(count * width), pa.int64())
    row = pc.divide(place, width)
    column = pc.subtract(place, pc.multiply(row, width))
    flat = pa.concat_arrays(columns).take(pc.add(row, pc.multiply(column, count)))
    offsets = pa.array(range(0, count * width + 1, width), pa.int32())
    return _lists(pa.ListArray.from_arrays(offsets, flat))


def _class_names(
    named: tuple[str, ...] | None, configuration: Configuration
) -> list[str | None] | None:
    names = configuration.classes or named
    if names is None:
        return None
    return list(canonical_labels(list(names)).to_pylist())


def _repeat_list(names: list[str | None], vectors: pa.Array) -> pa.Array:
    """The class names beside each vector of as many probabilities; null beside any other."""
    fits = pc.fill_null(pc.equal(pc.list_value_length(vectors), len(names)), False)
    one = pa.array([names], pa.list_(pa.string()))
    return one.take(pc.if_else(fits, pa.scalar(0), None))


def _from_vectors(
    vectors: pa.Array, classes: pa.Array, label: pa.Array, configuration: Configuration
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Label (the most probable class) and, of two classes, the positive one's probability.

    Vectors of another length than the file's first are set to null: they name no class.
    """
    lengths = pc.list_value_length(vectors)
    width = lengths.drop_null()[0].as_py()
    vectors = pc.if_else(pc.equal(lengths, width), vectors, None)
    flat = _padded(vectors, width)
    parts = [flat.take(pa.array(range(i, len(flat), width), pa.int64())) for i in range(width)]
    best = pc.max_element_wise(*parts, skip_nulls=False)
    winner = pa.nulls(len(vectors), pa.int32())
    for i in reversed(range(width)):
        winner = pc.if_else(pc.equal(parts[i], best), pa.scalar(i, pa.int32()), winner)
    label = pc.coalesce(label, _class_at(classes, winner))
    positive = canonical_labels([configuration.positive_label])[0].as_py() or "1"
    probability = pa.nulls(len(vectors), pa.float64())
    if width == 2:
        first = pc.equal(_class_at(classes, pc.if_else(pc.is_valid(winner), 0, None)), positive)
        probability = pc.if_else(pc.fill_null(first, False), parts[0], parts[1])
    return vectors, label, probability


def _padded(vectors: pa.Array, width: int) -> pa.Array:
    """The values of all vectors in a row, nulls for a null vector."""
    filler = pa.array([[None] * width], vectors.type)
    return pc.if_else(pc.is_null(vectors), filler[0], vectors).flatten()


def _class_at(classes: pa.Array, index: pa.Array) -> pa.Array:
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
