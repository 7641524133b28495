"""Curves of a classifier, of a window and of its baseline: plain points, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.metrics import class_probabilities, curves, scores
from monitor.metrics.registry import Undefined
from monitor.pages.stored import Stored

_FEW = 10
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of the window and, where it is known, that of the baseline beside it."""

    name: str
    title: str
    across: str
    up: str
    window: Points
    baseline: Points
    diagonal: bool
    note: str


def curves_of(known: Stored, before: Mapping[str, Any]) -> list[Curve]:
    """ROC, precision-recall and calibration, as far as there are probabilities."""
    note = "" if known.scores_exact else "Drawn from the scores in 1,000 bins."
    found = [
        Curve(
            "roc", "ROC", "false positive rate", "true positive rate",
            _points(known, _ROC, curves.receiver_operating_characteristic_curve),
            _listed(before.get(curves.receiver_operating_characteristic_curve.__name__), _ROC),
            True, note,
        ),
        Curve(
            "precision-recall", "Precision and recall", "recall", "precision",
            _points(known, _RECALL, curves.precision_recall_curve),
            _listed(before.get(curves.precision_recall_curve.__name__), _RECALL),
            False, note,
        ),
        Curve(
            "calibration", "Calibration", "probability that was predicted",
            "share that came true",
            _calibration(known), _calibrated(before.get("calibration")),
            True, "On the diagonal, 0.8 comes true 8 times in 10.",
        ),
    ]  # fmt: skip
    return [curve for curve in found if curve.window]


_ROC = ("false_positive_rates", "true_positive_rates")
_RECALL = ("recalls", "precisions")


def _points(known: Stored, names: tuple[str, str], function: Callable[..., Any]) -> Points:
    if known.scores is None:
        return ()
    try:
        return _listed(function(known.scores), names)
    except Undefined:
        return ()


def _listed(found: object, names: tuple[str, str]) -> Points:
    """Of two lists under their names; an older document may have neither."""
    if not isinstance(found, Mapping) or not all(isinstance(found.get(n), list) for n in names):
        return ()
    return tuple(zip(found[names[0]], found[names[1]], strict=False))


def _calibration(known: Stored) -> Points:
    try:
        if known.scores is not None:
            return _calibrated(scores.calibration(known.scores))
        if known.classes is not None:
            return _calibrated(class_probabilities.calibration(known.classes))
    except Undefined:
        pass
    return ()


def _calibrated(found: object) -> Points:
    """Bins of few records are noise, and left out."""
    listed = found if isinstance(found, list) else []
    bins = [item for item in listed if item["count"] >= _FEW]
    return tuple((item["mean_probability"], item["observed_rate"]) for item in bins)
