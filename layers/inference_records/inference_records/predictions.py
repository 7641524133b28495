"""Columns of a response -> canonical prediction, value, probability and class probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import Column, as_array, canonical_labels, numbers
from inference_records.column_values import is_distribution, is_vector, unwrapped
from inference_records.configuration import Configuration
from inference_records.probability_vectors import (
    class_at,
    class_lists,
    most_probable,
    of_two,
    probability_lists,
    unit,
    vector_of_columns,
)
from inference_records.roles import Roles


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
    given = pa.nulls(count)
    named = roles.named_classes
    if roles.prediction is not None:
        source = unwrapped(as_array(columns[roles.prediction]))
        label, value = canonical_labels(source), numbers(source)
    if roles.vector:
        vectors = vector_of_columns([numbers(columns[name]) for name in roles.vector])
    elif roles.probability is not None:
        source = unwrapped(as_array(columns[roles.probability]))
        given = source
        if is_distribution(source) and not is_vector(source):  # {"cat": 0.9, "dog": 0.1}
            named = tuple(field.name for field in source.type)
            vectors = vector_of_columns([numbers(part) for part in source.flatten()])
        elif is_vector(source):
            vectors = probability_lists(source)
        else:
            probability = unit(numbers(source))
    if roles.classes is not None:
        classes = class_lists(as_array(columns[roles.classes]))
    elif names := _class_names(named, configuration):
        classes = _repeat_list(names, vectors)
    if vectors.null_count < count:
        vectors, label, probability = _from_vectors(vectors, classes, label, configuration)
    usable = vectors if vectors.null_count < count else probability
    bad = _reasons(label, usable, given, needs_label=roles.prediction is not None)
    return Predictions(label, value, probability, vectors, classes, bad)


def _reasons(
    label: pa.Array, probability: pa.Array, given: pa.Array, needs_label: bool
) -> pa.Array:
    text = pa.nulls(len(label), pa.string())
    if not label.null_count and probability.null_count <= given.null_count:
        return text  # a probability is never made of a value that is missing
    probability_ok = pc.is_valid(probability)
    no_probability = pc.and_(pc.is_valid(given), pc.invert(probability_ok))
    text = pc.if_else(no_probability, "the probability is no number between 0 and 1", text)
    no_label = pc.is_null(label)
    if not needs_label:
        no_label = pc.and_(no_label, pc.invert(probability_ok))
    return pc.if_else(no_label, "the prediction is missing or no label and no finite number", text)


def _class_names(
    named: tuple[str, ...] | None, configuration: Configuration
) -> list[str | None] | None:
    names = configuration.classes or named
    if names is None:
        return None
    return list(canonical_labels(list(names)).to_pylist())


def _repeat_list(names: list[str | None], vectors: pa.Array) -> pa.Array:
    """The class names beside each vector."""
    one = pa.array([names], pa.list_(pa.string()))
    return one.take(pc.if_else(pc.is_valid(vectors), pa.scalar(0), None))


def _from_vectors(
    vectors: pa.Array, classes: pa.Array, label: pa.Array, configuration: Configuration
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Label (the most probable class) and, of two classes, the positive one's probability.

    Vectors that have not one value a class are set to null.
    """
    lengths = pc.list_value_length(vectors)
    fits = pc.equal(lengths, pc.list_value_length(classes))
    vectors = pc.if_else(pc.fill_null(fits, True), vectors, None)
    winner = most_probable(vectors)
    label = pc.coalesce(label, class_at(classes, winner))
    positive = canonical_labels([configuration.positive_label])[0].as_py() or "1"
    first, second = of_two(vectors)
    first_class = class_at(classes, pc.if_else(pc.is_valid(first), pa.scalar(0), None))
    is_first = pc.fill_null(pc.equal(first_class, positive), False)
    return vectors, label, pc.if_else(is_first, first, second)
