"""Rules that page somebody: ours, and those of the tools beside which it is measured.

Each says of every window whether anything pages. An undefined metric never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.estimates import METRICS, NAMES, Estimates
from inference_records.verdict_settings import Verdicts
from monitor.assessment import assess
from monitor.baseline import Baseline
from monitor.constraints import Constraint, Status, violating
from monitor.dispersion import Side
from monitor.evidence import against_baseline, against_limit
from monitor.levels import metric_level
from monitor.metrics import MetricValue, Uncertainty

Values = NDArray[np.float64]
Pages = NDArray[np.bool_]

COMMON = [NAMES.index(name) for name in ("accuracy", "precision", "recall", "f1", "auc")]
"""What Evidently and NannyML judge: fewer metrics than ours, which is in their favour."""
_SIGNS = np.array([-1.0 if metric.higher_is_better else 1.0 for metric in METRICS])
_BEST = np.array([float(metric.best or 0.0) for metric in METRICS])
_WHOLE = np.array([metric.bounds[1] - metric.bounds[0] if metric.bounds else 0.0
                   for metric in METRICS])  # fmt: skip
SETTINGS = Verdicts()
ANY_DROP = Verdicts(smallest_drop=0.0)


@dataclass(frozen=True, slots=True)
class Promise:
    """The baselines that windows are compared with, one for each."""

    estimates: Estimates
    deviations: Values
    """SageMaker's own, of five subsamples of 80 %."""
    correlations: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Scene:
    """Windows, the baseline of each, and unchanged windows of the same kind."""

    windows: Estimates
    promise: Promise
    unchanged: Estimates


def ours(scene: Scene, budget: float, settings: Verdicts = SETTINGS) -> Pages:
    """The monitor's: any metric whose chance is no greater than its level."""
    p_values = chances(scene, settings.smallest_drop)
    known = np.isfinite(scene.windows.values) & (scene.windows.requests >= 2)
    levels = np.zeros(len(known))
    for pattern in np.unique(known, axis=0):
        names = [name for name, defined in zip(NAMES, pattern, strict=True) if defined]
        here = (known == pattern).all(axis=1)
        levels[here] = metric_level(budget, names, drops(scene.promise)) if names else 0.0
    return np.asarray(((p_values <= levels[:, None]) & known).any(axis=1))


def drops(promise: Promise) -> dict[tuple[str, str], float]:
    """Correlations of the drops: that of a rate that should be low turns."""
    sign = dict(zip(NAMES, _SIGNS.tolist(), strict=True))
    return {
        (one, other): value * sign[one] * sign[other]
        for (one, other), value in promise.correlations.items()
    }


def chances(scene: Scene, smallest_drop: float) -> Values:
    """p-value of every window and metric: the monitor's comparisons, all windows at once."""
    window, baseline = _side(scene.windows), _side(scene.promise.estimates)
    limit = baseline.distance * (1 + smallest_drop)
    one = against_limit(window, baseline, baseline.distance, _WHOLE).p_value
    two = against_baseline(window, baseline, limit, _WHOLE).p_value
    return np.asarray(np.maximum(one, two))


def _side(of: Estimates) -> Side:
    distance = np.maximum(np.nan_to_num(_SIGNS * (of.values - _BEST)), 0.0)
    return Side(distance, of.variance, of.independent, of.requests, np.maximum(of.records, 1))


def assessed(scene: Scene, place: int, budget: float, settings: Verdicts = SETTINGS) -> bool:
    """The same of one window by the monitor's own `assess`."""
    before, window = scene.promise.estimates[place], scene.windows[place]
    known = np.isfinite(before.values)
    named = {name: float(before.values[i]) for i, name in enumerate(NAMES) if known[i]}
    baseline = Baseline(
        values=named, errors=_errors(before), correlations=scene.promise.correlations
    )
    rules = [
        Constraint(metric.name, violating(bool(metric.higher_is_better)), named[metric.name])
        for metric in METRICS
        if metric.name in named
    ]
    values = {
        name: MetricValue(float(value) if np.isfinite(value) else None)
        for name, value in zip(NAMES, window.values, strict=True)
    }
    metrics = {metric.name: metric for metric in METRICS}
    found = assess(rules, values, _errors(window), baseline, settings, metrics, budget)
    return any(item.status is Status.VIOLATION for item in found)


def _errors(of: Estimates) -> dict[str, Uncertainty]:
    return {
        name: Uncertainty(
            float(of.variance[i] ** 0.5), float(of.independent[i] ** 0.5),
            int(of.requests[i]), int(of.records[i]),
        )
        for i, name in enumerate(NAMES)
        if np.isfinite(of.values[i]) and of.requests[i] > 0 and of.variance[i] >= 0
    }  # fmt: skip


def at_baseline(scene: Scene) -> Pages:
    """SageMaker's suggestion: worse than the baseline's value."""
    return _worse(scene.windows.values, scene.promise.estimates.values)


def two_deviations(scene: Scene) -> Pages:
    """Worse than the baseline's value by twice SageMaker's own standard deviation."""
    limit = scene.promise.estimates.values + 2 * _SIGNS * scene.promise.deviations
    return _worse(scene.windows.values, limit)


def seed(scene: Scene) -> Pages:
    """The AWS sample's: an accuracy below the baseline's."""
    place = NAMES.index("accuracy")
    return np.asarray(scene.windows.values[:, place] < scene.promise.estimates.values[:, place])


def evidently(scene: Scene) -> Pages:
    """Evidently's automatic tests: 20 % off the baseline's value, to either side."""
    before = scene.promise.estimates.values[:, COMMON]
    with np.errstate(invalid="ignore"):
        off = np.abs(scene.windows.values[:, COMMON] - before) > 0.2 * np.abs(before)
    return np.asarray(off.any(axis=1))


def nannyml(scene: Scene) -> Pages:
    """NannyML's: beyond 3 standard deviations of 10 reference windows, a possible value."""
    others = scene.unchanged.values[:, COMMON]
    count = len(others)
    # The windows of ten others; a window itself is not among its references.
    places = (np.arange(len(scene.windows.values))[:, None] + np.arange(1, 11)) % count
    reference = np.ma.masked_invalid(others[places])
    middle, spread = reference.mean(axis=1), reference.std(axis=1)
    values = scene.windows.values[:, COMMON]
    with np.errstate(invalid="ignore"):
        off = (values < np.maximum(middle - 3 * spread, 0)) | (
            values > np.minimum(middle + 3 * spread, 1)
        )
    return np.asarray(np.ma.filled(off, False).any(axis=1), dtype=np.bool_)


def _worse(values: Values, limit: Values) -> Pages:
    with np.errstate(invalid="ignore"):
        return np.asarray((_SIGNS * (values - limit) > 0).any(axis=1))


PEERS: Mapping[str, Callable[[Scene], Pages]] = {
    "threshold = baseline": at_baseline,
    "baseline - 2 sd": two_deviations,
    "seed": seed,
    "Evidently": evidently,
    "NannyML": nannyml,
}
