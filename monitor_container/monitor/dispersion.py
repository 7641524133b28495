"""How far a metric's distance from perfect may be off: what one error makes, and who vouches.

Few requests, or none that errs, must not look certain. It knows no metric. Arrays broadcast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Numbers = Any  # a float, or an array of them

_MOST_STRETCH = 3.0
# Of less the squares, and the quotients' squares, leave what a double holds.
_NOTHING = 1e-100


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """A metric of a window, or of its baseline: distance from perfect, and its error."""

    distance: Numbers
    variance: Numbers
    """Squared standard error, clustered by request."""
    independent: Numbers
    """The same as if every record were a request of its own; 0: not known."""
    requests: Numbers
    records: Numbers

    @property
    def design(self) -> Values:
        """By how much the grouping inflates the variance, where nothing varies at worst."""
        variance, independent = np.asarray(self.variance), np.asarray(self.independent)
        known = ratio(variance, independent)
        # All right or all wrong says nothing of how far records of a request go together.
        unknown = np.where(variance > 0, 1.0, ratio(self.records, self.requests))
        return np.maximum(np.where(independent > 0, known, unknown), 1.0)

    def at(self, limit: Numbers, whole: Numbers) -> Side:
        """With the error that the same events would make near the limit.

        A share varies less the nearer it is to its end: with what is left of it if records err one
        by one, with the square where a single request is the greater part of all errors. Beyond
        two thirds of the scale it is no single request any more.
        """
        left = np.subtract(whole, self.distance)
        stretch = np.where(left > 0, np.maximum(ratio(np.subtract(whole, limit), left), 1.0), 1.0)
        alone = np.minimum(self.independent, self.variance)
        grouped = np.maximum(stretch, np.minimum(stretch**2, _MOST_STRETCH**2))
        variance = stretch * alone + grouped * (self.variance - alone)
        return Side(
            self.distance, variance, stretch * self.independent, self.requests, self.records
        )

    @property
    def worst_design(self) -> Values:
        """The same were each request all right or all wrong: with one record each it is 1."""
        # Of requests of unlike sizes the large ones count more: so they do where few hold any.
        return 2 * np.maximum(ratio(self.records, self.requests), 1.0) - 1

    @property
    def freedom(self) -> Values:
        """Of the error, which is estimated from the requests; 0: from nothing."""
        return np.maximum(np.asarray(self.requests) - 1.0, 0.0)

    @property
    def spread(self) -> Values:
        """Variance of a single record's share, as if it were a request of its own."""
        known = np.where(np.asarray(self.independent) > 0, self.independent, self.variance)
        return np.asarray(known * self.records)

    @property
    def event(self) -> Values:
        """Distance that one event in one record would make; 0: nothing varies."""
        return ratio(self.spread, self.distance)


def common_event(window: Side, baseline: Side | None, whole: Numbers) -> Values:
    """Distance that an event in one record makes.

    Under the limit both sides have one law: each varies at least as the other's records do.
    """
    event = window.event if baseline is None else np.maximum(window.event, baseline.event)
    # Where nothing varies anywhere, a record may still be quite wrong.
    return np.where(event > 0, event, whole)


def two_ways(side: Side, event: Numbers, records: Numbers) -> tuple[Values, Values]:
    """Unit and degrees of freedom: estimated from the requests, and the worst of `records`."""
    worst = np.maximum(side.design, side.worst_design)
    unit = np.stack([unit_of(side, event, side.design), unit_of(side, event, worst)])
    # A design worse than the worst is one of other records: of the negatives' in an AUC.
    known = (side.freedom > 0) & (side.design <= side.worst_design)
    return unit, np.stack([side.freedom, np.where(known, records, side.freedom)])


def unit_of(side: Side, event: Numbers, design: Numbers) -> Values:
    """Distance that one event makes where as many records go together as a design says."""
    own = ratio(side.variance, side.distance)
    return np.maximum(own, ratio(event * design, side.records))


def freedom_of_both(first: Numbers, second: Numbers, one: Numbers, other: Numbers) -> Values:
    """Degrees of freedom of the sum of two estimated variances, after Welch and Satterthwaite."""
    share = ratio(one, one + other)
    known = ratio(1.0, ratio(share**2, first) + ratio((1 - share) ** 2, second))
    return np.where((np.asarray(first) > 0) & (np.asarray(second) > 0), known, 0.0)


def ratio(numerator: Numbers, denominator: Numbers) -> Values:
    """Quotient; 0 where the denominator is nothing."""
    above, below = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    quotient = np.zeros(np.broadcast(above, below).shape)
    return np.divide(above, below, out=quotient, where=below > _NOTHING)
