"""How far a regression is off: a histogram, and the spread by what was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.array_positions import PREDICTION_BINS, RESIDUAL_BINS

_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, slots=True)
class Band:
    """Residuals of the records with a prediction near `at`: a tenth, half, nine tenths below."""

    at: float
    records: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class ResidualView:
    """`histogram` has where a bin begins and ends, and its share of the records."""

    histogram: tuple[tuple[float, float, float], ...]
    baseline: tuple[tuple[float, float, float], ...]
    bands: tuple[Band, ...]


def residuals_of(found: Mapping[str, Any], before: Mapping[str, Any]) -> ResidualView | None:
    """Of a window of a regression; None of any other, and of a version that did not count them."""
    grid = found.get("residuals")
    if not grid:
        return None
    old = before.get("residuals")
    return ResidualView(_histogram(grid), _histogram(old) if old else (), _bands(grid))


def _histogram(grid: Mapping[str, Any]) -> tuple[tuple[float, float, float], ...]:
    counts = [0] * RESIDUAL_BINS
    for _predicted, residual, count in grid["cells"]:
        counts[residual] += count
    total, low = sum(counts), float(grid["e_low"])
    width = (float(grid["e_high"]) - low) / RESIDUAL_BINS
    return tuple(
        (low + place * width, low + (place + 1) * width, count / total)
        for place, count in enumerate(counts)
    )


def _bands(grid: Mapping[str, Any]) -> tuple[Band, ...]:
    rows: dict[int, list[int]] = {}
    for predicted, residual, count in grid["cells"]:
        rows.setdefault(predicted, [0] * RESIDUAL_BINS)[residual] += count
    width = (grid["z_high"] - grid["z_low"]) / PREDICTION_BINS
    return tuple(
        Band(
            grid["z_low"] + (place + 0.5) * width,
            sum(counts),
            *(_quantile(counts, grid["e_low"], grid["e_high"], share) for share in _QUANTILES),
        )
        for place, counts in sorted(rows.items())
    )


def _quantile(counts: list[int], low: float, high: float, share: float) -> float:
    """From bins, evenly filled each."""
    left, width = share * sum(counts), (high - low) / len(counts)
    for place, count in enumerate(counts):
        if count and left <= count:
            return low + (place + left / count) * width
        left -= count
    return high
