"""Every metric of records that have weights, in the plainest way, and its sandwich error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]
Of = Callable[[Weights], float]
_STEP = 1e-5


def sandwich(
    metric: Of, requests: Sequence[str], counted: NDArray[np.bool_]
) -> tuple[float, float, int] | None:
    """Clustered error, independent error and number of requests that count; None if below two."""
    influence = influences(metric, len(requests))
    names, place = np.unique(np.array(requests), return_inverse=True)
    sums = np.bincount(place, influence, minlength=len(names))
    clusters, records = len(set(np.array(requests)[counted])), int(counted.sum())
    if clusters < 2:
        return None
    return (
        float(np.sqrt((sums**2).sum() * clusters / (clusters - 1))),
        float(np.sqrt((influence**2).sum() * records / (records - 1))),
        clusters,
    )


def influences(metric: Of, count: int) -> Weights:
    """Derivative of a metric by the weight of each record."""
    found = np.zeros(count)
    for place in range(count):
        up, down = np.ones(count), np.ones(count)
        up[place] += _STEP
        down[place] -= _STEP
        found[place] = (metric(up) - metric(down)) / (2 * _STEP)
    return found


def f_beta(beta: float, tp: float, fp: float, fn: float) -> float:
    weight = beta * beta
    return (1 + weight) * tp / ((1 + weight) * tp + weight * fn + fp)


def binary(
    y: NDArray[np.bool_], said: NDArray[np.bool_], p: NDArray[np.float64]
) -> dict[str, tuple[Of, NDArray[np.bool_]]]:
    """Of labels, predicted labels and probabilities: each metric, and whom it is about."""
    everyone = np.ones(len(y), dtype=np.bool_)
    rarer = y if y.sum() <= (~y).sum() else ~y

    def share(of: NDArray[np.bool_], among: NDArray[np.bool_]) -> tuple[Of, NDArray[np.bool_]]:
        return (lambda w: w[of & among].sum() / w[among].sum()), among

    def f_score(beta: float) -> tuple[Of, NDArray[np.bool_]]:
        return (
            lambda w: f_beta(beta, w[y & said].sum(), w[~y & said].sum(), w[y & ~said].sum()),
            y | said,
        )

    def auc(w: Weights) -> float:
        above = (p[:, None] > p) + 0.5 * (p[:, None] == p)
        return float((w * y) @ above @ (w * ~y) / (w[y].sum() * w[~y].sum()))

    def average_precision(w: Weights) -> float:
        at_least = p[None, :] >= p[:, None]
        # Below a record of no weight there may be none at all.
        precision = (at_least @ (w * y)) / np.maximum(at_least @ w, 1e-300)
        return float((w * y) @ precision / w[y].sum())

    def mean(values: NDArray[np.float64]) -> tuple[Of, NDArray[np.bool_]]:
        return (lambda w: float(w @ values / w.sum())), everyone

    found = {
        "accuracy": share(y == said, everyone),
        "recall": share(said, y),
        "true_positive_rate": share(said, y),
        "false_negative_rate": share(~said, y),
        "precision": share(y, said),
        "true_negative_rate": share(~said, ~y),
        "false_positive_rate": share(said, ~y),
        "f0_5": f_score(0.5),
        "f1": f_score(1.0),
        "f2": f_score(2.0),
        "auc": (auc, rarer),
        "average_precision": (average_precision, y),
        "log_loss": mean(-np.log(np.clip(np.where(y, p, 1 - p), 2.0**-52, 1 - 2.0**-52))),
        "brier_score": mean((y - p) ** 2),
        "expected_calibration_error": (lambda w: calibration(w, p, y, p), everyone),
    }
    return {**found, **of_labels(y.astype(int), said.astype(int), 2)}


def calibration(
    w: Weights, confidence: NDArray[np.float64], right: NDArray[Any], place: NDArray[np.float64]
) -> float:
    bins = np.minimum(np.floor(place * 15), 14).astype(int)
    return float(abs(np.bincount(bins, w * (confidence - right))).sum() / w.sum())


def of_labels(
    y: NDArray[np.int64], said: NDArray[np.int64], classes: int
) -> dict[str, tuple[Of, NDArray[np.bool_]]]:
    """Metrics of any classifier's labels."""
    everyone = np.ones(len(y), dtype=np.bool_)

    def margins(w: Weights) -> tuple[Weights, Weights, Weights]:
        cells: Weights = np.bincount(y * classes + said, w, minlength=classes**2).astype(float)
        matrix = cells.reshape(classes, classes)
        return matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()

    def balanced_accuracy(w: Weights) -> float:
        a, _, r = margins(w)
        return float((r[a > 0] / a[a > 0]).mean())

    def mcc(w: Weights) -> float:
        a, p, r = margins(w)
        n = a.sum()
        return float((n * r.sum() - a @ p) / np.sqrt((n * n - a @ a) * (n * n - p @ p)))

    def kappa(w: Weights) -> float:
        a, p, r = margins(w)
        n = a.sum()
        return float((n * r.sum() - a @ p) / (n * n - a @ p))

    return {
        "balanced_accuracy": (balanced_accuracy, everyone),
        "mcc": (mcc, everyone),
        "cohen_kappa": (kappa, everyone),
    }


def multiclass(
    y: NDArray[np.int64], said: NDArray[np.int64], vectors: NDArray[np.float64]
) -> dict[str, tuple[Of, NDArray[np.bool_]]]:
    """Of labels, predicted labels and vectors of class probabilities."""
    count, classes = vectors.shape
    everyone = np.ones(count, dtype=np.bool_)
    of_label = vectors[np.arange(count), y]
    rank = (vectors > of_label[:, None]).sum(axis=1)
    best = vectors.max(axis=1)

    def mean(values: NDArray[Any]) -> tuple[Of, NDArray[np.bool_]]:
        return (lambda w: float(w @ values / w.sum())), everyone

    def averages(name: str) -> tuple[Of, Of]:
        def scores(w: Weights) -> tuple[Weights, Weights, NDArray[np.bool_]]:
            matrix = np.bincount(y * classes + said, w, minlength=classes**2)
            cells = matrix.reshape(classes, classes)
            a, p, r = cells.sum(axis=1), cells.sum(axis=0), cells.diagonal()
            beta = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}.get(name, 0.0) ** 2
            below = {"precision": p, "recall": a}.get(name, (beta * a + p) / (1 + beta))
            value = np.divide(r, below, out=np.zeros(classes), where=below > 0)
            return a, value, (a + p) > 0

        def weighted(w: Weights) -> float:
            a, value, _ = scores(w)
            return float(a @ value / a.sum())

        def macro(w: Weights) -> float:
            _, value, occurs = scores(w)
            return float(value[occurs].mean())

        return weighted, macro

    found = {
        "accuracy": mean(y == said),
        "log_loss": mean(-np.log(np.clip(of_label, 2.0**-52, 1 - 2.0**-52))),
        "brier_score": mean(((vectors - np.eye(classes)[y]) ** 2).sum(axis=1)),
        "top_3_accuracy": mean(rank < 3),
        "expected_calibration_error": (lambda w: calibration(w, best, rank == 0, best), everyone),
    }
    for name in ("precision", "recall", "f0_5", "f1", "f2"):
        weighted, macro = averages(name)
        found[f"weighted_{name}"] = weighted, everyone
        if name in ("precision", "recall", "f1"):
            found[f"macro_{name}"] = macro, everyone
    return {**found, **of_labels(y, said, classes)}


def regression(
    y: NDArray[np.float64], z: NDArray[np.float64]
) -> Mapping[str, tuple[Of, NDArray[np.bool_]]]:
    """Of numeric labels and predictions."""
    e, everyone = y - z, np.ones(len(y), dtype=np.bool_)
    size, nonzero = abs(y) + abs(z), y != 0

    def mean(values: NDArray[np.float64]) -> tuple[Of, NDArray[np.bool_]]:
        return (lambda w: float(w @ values / w.sum())), everyone

    def variance(w: Weights, values: NDArray[np.float64]) -> float:
        return float(w @ (values - w @ values / w.sum()) ** 2 / w.sum())

    ratio = np.divide(abs(e), abs(y), out=np.zeros(len(y)), where=nonzero)
    symmetric = np.divide(2 * abs(e), size, out=np.zeros(len(y)), where=size > 0)
    return {
        "mae": mean(abs(e)),
        "mse": mean(e**2),
        "rmse": (lambda w: float(np.sqrt(w @ e**2 / w.sum())), everyone),
        "r2": (lambda w: 1 - float(w @ e**2 / w.sum()) / variance(w, y), everyone),
        "explained_variance": (lambda w: 1 - variance(w, e) / variance(w, y), everyone),
        "mape": (lambda w: float((w * ratio)[nonzero].sum() / w[nonzero].sum()), nonzero),
        "smape": mean(symmetric),
        "wape": (lambda w: float((w @ abs(e)) / (w @ abs(y))), everyone),
        "mean_error": mean(-e),
        "pinball_loss": mean(np.maximum(0.7 * e, -0.3 * e)),
    }
