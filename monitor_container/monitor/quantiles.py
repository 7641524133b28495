"""Quantiles of numbers in an array, as the engine finds them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def quantiles(values: Values, shares: Sequence[float]) -> list[float]:
    """Values below which such shares lie, as the engine finds them between two neighbours.

    It rounds once where it adds what both of these tell (a fused multiply-add).
    """
    places = [(len(values) - 1) * share for share in shares]
    below = [int(np.floor(place)) for place in places]
    above = [int(np.ceil(place)) for place in places]
    ordered = np.partition(values, sorted({*below, *above}))
    return [
        _between(float(ordered[low]), float(ordered[high]), place - low)
        for place, low, high in zip(places, below, above, strict=True)
    ]


def _between(low: float, high: float, share: float) -> float:
    return float(Fraction(low) * Fraction(1.0 - share) + Fraction(high * share))
