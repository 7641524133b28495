"""Sums that no order of the rows can change.

Floating-point sums depend on the order in which threads and files deliver their rows, in the last
digits. Here each term is rounded to a multiple of 2^-52 of the largest one (where a double's own
rounding lies), and the multiples are added as whole numbers.
"""

from __future__ import annotations

import math
from typing import Any

import ibis

_BITS = 52
_SMALLEST = 2.0**-900
"""A bound of nothing but zeros still has a logarithm, and 2^52 times its inverse is a double."""


def exact_sum(term: Any, bound: Any) -> Any:
    """Sum of a column within +-bound, which is a number or a column that is constant in a group."""
    if isinstance(bound, float):
        unit = 2.0 ** (math.ceil(math.log2(bound)) - _BITS)
        return _multiples(term, unit).sum().cast("float64") * unit
    units = 2.0 ** (ibis.greatest(bound, _SMALLEST).log2().ceil() - _BITS)
    return _multiples(term, units).sum().cast("float64") * units.max()


def _multiples(term: Any, unit: Any) -> Any:
    """Whole numbers, which the engine adds in 128 bits."""
    return (term / unit).round().cast("int64")
