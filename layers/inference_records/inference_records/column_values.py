"""What the values of a response's columns can be: lists, probabilities, shares of a whole."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import numbers

UNIT_TOLERANCE = 1e-6
"""By how much rounding in single precision may take a probability out of 0..1."""

# Wider, a label and its score pass for two probabilities: 0 and 0.99.
_SUM_TOLERANCE = 1e-3


def is_vector(array: pa.Array) -> bool:
    """Whether each value is a list."""
    return bool(
        pa.types.is_list(array.type)
        or pa.types.is_large_list(array.type)
        or pa.types.is_fixed_size_list(array.type)
    )


def is_distribution(array: pa.Array) -> bool:
    """Whether each value speaks of several classes: a list, or an object with a value a class."""
    return is_vector(array) or bool(pa.types.is_struct(array.type) and array.type.num_fields)


def unwrapped(array: pa.Array) -> pa.Array:
    """`[[0.3], [0.7]]`: lists of one value each are that value."""
    if not is_vector(array) or not len(array):
        return array
    lengths = pc.min_max(pc.list_value_length(array)).as_py()
    return pc.list_element(array, 0) if lengths == {"min": 1, "max": 1} else array


def within_unit(array: pa.Array) -> bool | None:
    """Whether all numbers among the values lie in 0..1; None if there are no numbers."""
    bounds = pc.min_max(numbers(array)).as_py()
    if bounds["min"] is None:
        return None
    return bool(bounds["min"] >= -UNIT_TOLERANCE and bounds["max"] <= 1 + UNIT_TOLERANCE)


def whole_numbers(array: pa.Array) -> bool:
    """Whether no number among the values has a fraction, as those of labels have none."""
    found = numbers(array)
    return not pc.any(pc.not_equal(found, pc.floor(found))).as_py()


def sum_to_one(arrays: Sequence[pa.Array]) -> bool | None:
    """Whether each row adds up to 1, of numbers in 0..1; None if no row has all its numbers."""
    columns = [numbers(array) for array in arrays]
    if any(within_unit(column) is False for column in columns):
        return False
    total = columns[0]
    for column in columns[1:]:
        total = pc.add(total, column)
    error = pc.max(pc.abs(pc.subtract(total, 1.0))).as_py()
    return None if error is None else bool(error <= _SUM_TOLERANCE)
