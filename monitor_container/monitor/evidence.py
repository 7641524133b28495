"""How likely chance alone makes a metric this bad, and what drop a window would have shown.

Of one metric, in distances from perfect; it knows no metric and no setting. Arrays broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from monitor.dispersion import (
    Numbers,
    Side,
    Values,
    common_event,
    freedom_of_both,
    ratio,
    two_ways,
    unit_of,
)

FOUND = 0.8
"""A drop counts as visible if it is found so often."""
# About the normal score of the smallest double: what is less likely is not told apart.
_FARTHEST = -37.0


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
        events = ratio(self.distance, self.unit)
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


def against_limit(
    window: Side, baseline: Side | None, limit: Numbers, whole: Numbers = 0.0
) -> Comparison:
    """A window against a distance that is known; `whole`: from perfect to worst, 0 if endless."""
    window = window.at(limit, whole)
    event = common_event(window, baseline, whole)
    unit, freedom = two_ways(window, event, window.records)
    expected = ratio(limit, unit)
    return Comparison(
        window.distance,
        unit,
        lambda events: special.gammainc(events, expected),
        lambda chance: special.gdtrib(1.0, chance, expected),
        np.where(unit > 0, freedom, 0.0),
    )


def against_baseline(
    window: Side, baseline: Side, limit: Numbers, whole: Numbers = 0.0
) -> Comparison:
    """A window against a baseline that is an estimate, too, moved from its distance to the limit.

    Of events one by one it is the exact comparison of two rates (Przyborowski and Wilenski 1940);
    else the same law with the dispersion of each side.
    """
    window = window.at(limit, whole)
    event = common_event(window, baseline, whole)
    unit, freedom = two_ways(window, event, np.add(window.records, baseline.records))
    other = unit_of(baseline, event, baseline.design)
    # One more event than was seen: a perfect baseline was lucky, too.
    expected = ratio(baseline.distance, other) + 1.0
    scale = ratio(limit + other, expected)
    share = ratio(scale, scale + unit)
    spread = unit * np.maximum(window.distance, unit), scale**2 * expected
    return Comparison(
        window.distance,
        unit,
        lambda events: special.betainc(events, expected, share),
        lambda chance: special.btdtria(chance, expected, share),
        np.where(unit > 0, freedom_of_both(freedom, baseline.freedom, *spread), 0.0),
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
        score = ratio(self.limit - np.asarray(self.distance), self.unit)
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
    freedom = freedom_of_both(window.freedom, baseline.freedom, one, other)
    return Difference(window.distance, limit, np.sqrt(one + other), freedom)
