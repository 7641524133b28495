"""Sums that no order of the rows can change.

Floating-point sums depend on the order in which threads and files deliver their rows, in the last
digits. Here each term is rounded to a multiple of 2^-52 of the largest one (where a double's own
rounding lies), and the multiples are added as whole numbers.
"""

from __future__ import annotations

import math
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

UNIT_BITS = 52
_LOW = 20
_LOW_MASK = (1 << _LOW) - 1
_SAFE = 1 << 20
_WORD = 64
_ALMOST_HALF = 0.5 - 2.0**-54
_SMALLEST = 2.0**-900
"""A bound of nothing but zeros still has a logarithm, and 2^52 times its inverse is a double."""


def exact_sum(term: Any, bound: Any) -> Any:
    """Sum of a column within +-bound, which is a number or a column that is constant in a group."""
    if isinstance(bound, float):
        unit = 2.0 ** (math.ceil(math.log2(bound)) - UNIT_BITS)
        return _multiples(term, unit).sum().cast("float64") * unit
    units = 2.0 ** (ibis.greatest(bound, _SMALLEST).log2().ceil() - UNIT_BITS)
    return _multiples(term, units).sum().cast("float64") * units.max()


def _multiples(term: Any, unit: Any) -> Any:
    """Whole numbers, which the engine adds in 128 bits."""
    return (term / unit).round().cast("int64")


def exact_unit(bound: float) -> float:
    """The same unit, of a column in an array that is within +-bound."""
    return float(2.0 ** (np.ceil(np.log2(max(bound, _SMALLEST))) - UNIT_BITS))


def rounded(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers, halves away from zero, as the engine rounds; but not of more than 52 bits."""
    # The largest number below a half: added, it takes a half to the next whole number, no less.
    return np.trunc(numbers + np.copysign(_ALMOST_HALF, numbers))


def sum_of_squares(numbers: NDArray[np.int64]) -> int:
    """Exact, so that no order of the numbers changes it."""
    high, low = numbers >> _LOW, numbers & _LOW_MASK
    if len(numbers) and max(int(high.max()), -int(high.min()), len(numbers) >> 3) >= _SAFE:
        return sum(number * number for number in numbers.tolist())
    squares = int((high * high).sum()) << 2 * _LOW
    return squares + (int((high * low).sum()) << _LOW + 1) + int((low * low).sum())


def as_double(number: int) -> float:
    """A whole number of 128 bits as the engine turns it into a double: rounded twice."""
    high, low = number >> _WORD, number & ((1 << _WORD) - 1)
    if high == -1:
        return -float((1 << _WORD) - 1 - low) - 1.0
    return float(low) + float(high) * 2.0**_WORD
