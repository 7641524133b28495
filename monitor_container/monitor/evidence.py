"""How likely chance alone makes a metric this bad, and what drop a window would have shown.

Of one metric, in distances from perfect; it knows no metric and no setting. Arrays broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Values = NDArray[np.float64]
Numbers = Any  # a float, or an array of them

FOUND = 0.8
"""A drop counts as visible if it is found so often."""
# About the normal score of the smallest double: what is less likely is not told apart.
_FARTHEST = -37.0
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
        known = _ratio(variance, independent)
        # All right or all wrong says nothing of how far records of a request go together.
        unknown = np.where(variance > 0, 1.0, _ratio(self.records, self.requests))
        return np.maximum(np.where(independent > 0, known, unknown), 1.0)

    @property
    def worst_design(self) -> Values:
        """The same were each request all right or all wrong: with one record each it is 1."""
        # Of requests of unlike sizes the large ones count more: so they do where few hold any.
        return 2 * np.maximum(_ratio(self.records, self.requests), 1.0) - 1

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
        return _ratio(self.spread, self.distance)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A window against a limit: a number of error events against those that are to be expected.

    Its dispersion is seen two ways: as it is estimated from the requests, and as the worst that is
    possible, which nobody needs to estimate. What convinces one way is convincing.
    """

    distance: Numbers
    unit: Values
    """Distance that one event makes, by way: as many records as go together are wrong."""
    chance: Callable[[Values], Values]
    """Of so many events or more, were the window's dispersion known."""
    likely: Callable[[Values], Values]
    """The number of events of a chance."""
    freedom: Values
    """Of Student's t, by way, for a dispersion is an estimate; 0: the window says nothing."""

    @property
    def p_value(self) -> Values:
        """Chance of a window this bad if the model were at the limit."""
        events = _ratio(self.distance, self.unit)
        chance = np.where(events > 0, self.chance(events), 1.0)
        score = np.clip(special.ndtri(chance), _FARTHEST, -_FARTHEST)
        judged = special.stdtr(np.maximum(self.freedom, 1.0), score)
        found = np.where((self.freedom > 0) & (chance < 1), judged, 1.0).min(axis=0)
        return np.asarray(found)

    def shown(self, level: Numbers) -> Values:
        """The distance that is found at a level 4 times in 5; infinite where none is."""
        score = np.maximum(special.stdtrit(np.maximum(self.freedom, 1.0), level), _FARTHEST)
        events = self.likely(special.ndtr(score))
        # Where none is allowed, the first one is too many.
        shown = np.where(events > 0, self.unit * special.gammaincinv(events, FOUND), 0.0)
        found = np.where((self.freedom > 0) & (score > _FARTHEST), shown, np.inf).min(axis=0)
        return np.asarray(found)


def event_of(window: Side, baseline: Side | None, whole: Numbers) -> Values:
    """Distance that an event in one record makes; `whole`: from perfect to worst, 0 if endless.

    Under the limit both sides have one law: each varies at least as the other's records do.
    """
    event = window.event if baseline is None else np.maximum(window.event, baseline.event)
    # Where nothing varies anywhere, a record may still be quite wrong.
    return np.where(event > 0, event, whole)


def against_limit(window: Side, limit: Numbers, event: Numbers) -> Comparison:
    """A window against a distance that is known."""
    unit, freedom = _ways(window, event, window.records)
    expected = _ratio(limit, unit)
    return Comparison(
        window.distance,
        unit,
        lambda events: special.gammainc(events, expected),
        lambda chance: special.gdtrib(1.0, chance, expected),
        np.where(unit > 0, freedom, 0.0),
    )


def against_baseline(window: Side, baseline: Side, limit: Numbers, event: Numbers) -> Comparison:
    """A window against a baseline that is an estimate, too, moved from its distance to the limit.

    Of events one by one it is the exact comparison of two rates (Przyborowski and Wilenski 1940);
    else the same law with the dispersion of each side.
    """
    unit, freedom = _ways(window, event, np.add(window.records, baseline.records))
    other = _unit(baseline, event, baseline.design)
    # One more event than was seen: a perfect baseline was lucky, too.
    expected = _ratio(baseline.distance, other) + 1.0
    scale = _ratio(limit + other, expected)
    share = _ratio(scale, scale + unit)
    spread = unit * np.maximum(window.distance, unit), scale**2 * expected
    return Comparison(
        window.distance,
        unit,
        lambda events: special.betainc(events, expected, share),
        lambda chance: special.btdtria(chance, expected, share),
        np.where(unit > 0, _of_both(freedom, baseline.freedom, *spread), 0.0),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A window against a limit where nothing is known of perfect: by the plain difference."""

    distance: Numbers
    limit: Numbers
    unit: Values
    """Standard error of the difference."""
    freedom: Values

    @property
    def p_value(self) -> Values:
        """Chance of a window this bad if the model were at the limit."""
        score = _ratio(self.limit - np.asarray(self.distance), self.unit)
        judged = special.stdtr(np.maximum(self.freedom, 1.0), score)
        return np.where((self.freedom > 0) & (self.unit > 0), judged, 1.0)

    def shown(self, level: Numbers) -> Values:
        """The distance that is found at a level 4 times in 5; infinite where none is."""
        freedom = np.maximum(self.freedom, 1.0)
        scores = special.stdtrit(freedom, FOUND) - special.stdtrit(freedom, level)
        return np.where(self.freedom > 0, self.limit + self.unit * scores, np.inf)


def difference(window: Side, baseline: Side | None, limit: Numbers) -> Difference:
    """A window against a limit, which is as uncertain as the baseline that it was made of."""
    if baseline is None:
        return Difference(window.distance, limit, np.sqrt(window.variance), window.freedom)
    spread = np.maximum(window.spread, baseline.spread)
    one, other = (
        np.maximum(side.variance, spread * side.design / side.records)
        for side in (window, baseline)
    )
    freedom = _of_both(window.freedom, baseline.freedom, one, other)
    return Difference(window.distance, limit, np.sqrt(one + other), freedom)


def _ways(side: Side, event: Numbers, records: Numbers) -> tuple[Values, Values]:
    """Unit and degrees of freedom: estimated from the requests, and the worst of `records`."""
    worst = np.maximum(side.design, side.worst_design)
    unit = np.stack([_unit(side, event, side.design), _unit(side, event, worst)])
    # A design worse than the worst is one of other records: of the negatives' in an AUC.
    known = (side.freedom > 0) & (side.design <= side.worst_design)
    return unit, np.stack([side.freedom, np.where(known, records, side.freedom)])


def _unit(side: Side, event: Numbers, design: Numbers) -> Values:
    own = _ratio(side.variance, side.distance)
    return np.maximum(own, _ratio(event * design, side.records))


def _of_both(first: Numbers, second: Numbers, one: Numbers, other: Numbers) -> Values:
    """Degrees of freedom of the sum of two estimated variances, after Welch and Satterthwaite."""
    share = _ratio(one, one + other)
    known = _ratio(1.0, _ratio(share**2, first) + _ratio((1 - share) ** 2, second))
    return np.where((np.asarray(first) > 0) & (np.asarray(second) > 0), known, 0.0)


def _ratio(numerator: Numbers, denominator: Numbers) -> Values:
    """Quotient; 0 where the denominator is nothing, or so little that squares leave a double."""
    above, below = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    quotient = np.zeros(np.broadcast(above, below).shape)
    return np.divide(above, below, out=quotient, where=below > _NOTHING)
