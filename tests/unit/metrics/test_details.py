"""Confusion matrix, per-class values, calibration and curves as they are published."""

import json
from itertools import pairwise
from typing import cast

import numpy as np
import pytest
import sklearn.metrics as sk
from numpy.typing import NDArray

from monitor.metrics import ProblemType, details

from .conftest import class_probabilities_of, matrix_of, score_counts_of

BINARY = ProblemType.BINARY_CLASSIFICATION
MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION
Curve = dict[str, list[float]]


def curves(label: NDArray[np.bool_], score: NDArray[np.float64]) -> tuple[Curve, Curve]:
    found = details(BINARY, {"score_counts": score_counts_of(label, score)})
    return (
        cast(Curve, found["receiver_operating_characteristic_curve"]),
        cast(Curve, found["precision_recall_curve"]),
    )


def farthest(
    x: NDArray[np.float64], y: NDArray[np.float64], line_x: list[float], line_y: list[float]
) -> float:
    """Greatest distance of a point from the line through the given corners."""
    points = np.stack([x, y], axis=1)[:, None]
    corners = np.stack([line_x, line_y], axis=1)
    start, step = corners[:-1], np.diff(corners, axis=0)
    size = np.maximum((step**2).sum(axis=1), 1e-300)
    along = np.clip(((points - start) * step).sum(axis=2) / size, 0, 1)
    nearest = start + along[..., None] * step
    return float(np.linalg.norm(points - nearest, axis=2).min(axis=1).max())


def test_the_confusion_matrix_is_by_actual_and_then_predicted_label() -> None:
    found = details(BINARY, {"confusion_matrix": matrix_of("0001", "0011", "1")})
    assert found["confusion_matrix"] == {"0": {"0": 2, "1": 1}, "1": {"0": 0, "1": 1}}
    json.dumps(found, allow_nan=False)


def test_the_confusion_matrix_of_many_classes_leaves_its_zeros_out() -> None:
    labels = [f"c{place}" for place in range(60)]
    found = details(MULTICLASS, {"confusion_matrix": matrix_of(labels, labels)})
    assert found["confusion_matrix"] == {label: {label: 1} for label in labels}


def test_values_by_class_are_null_where_the_class_does_not_define_them() -> None:
    found = details(MULTICLASS, {"confusion_matrix": matrix_of("aab", "aac")})
    assert found["per_class"] == {
        "a": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 2},
        "b": {"precision": None, "recall": 0.0, "f1": 0.0, "support": 1},
        "c": {"precision": 0.0, "recall": None, "f1": 0.0, "support": 0},
    }


def test_calibration_bins_hold_the_records_of_their_probability() -> None:
    scores = score_counts_of([1, 0, 1], [1.0, 0.95, 0.0])
    multiclass = class_probabilities_of([0, 1], [[0.95, 0.05], [1.0, 0.0]])
    first = {"lower": 0.0, "upper": 1 / 15, "count": 1, "mean_probability": 0, "observed_rate": 1}
    last = {"lower": 14 / 15, "upper": 1.0, "count": 2, "mean_probability": 0.975}
    last["observed_rate"] = 0.5
    assert details(BINARY, {"score_counts": scores})["calibration"] == [first, last]
    found = details(MULTICLASS, {"class_probabilities": multiclass})
    assert found["calibration"] == [last]


def test_small_curves_are_those_drawn_by_hand() -> None:
    label = np.array([True, False, True, False])
    roc, precision_recall = curves(label, np.array([0.9, 0.8, 0.7, 0.1]))
    assert roc == {
        "false_positive_rates": [0.0, 0.0, 0.5, 0.5, 1.0],
        "true_positive_rates": [0.0, 0.5, 0.5, 1.0, 1.0],
    }
    assert precision_recall == {
        "precisions": [1.0, 1.0, 0.5, 2 / 3, 0.5],
        "recalls": [0.0, 0.5, 0.5, 1.0, 1.0],
    }


def test_points_inside_a_straight_run_are_dropped() -> None:
    label = np.arange(1000) < 300
    score = np.linspace(1, 0, 1000)
    roc, precision_recall = curves(label, score)
    assert roc == {
        "false_positive_rates": [0.0, 0.0, 1.0],
        "true_positive_rates": [0.0, 1.0, 1.0],
    }
    assert precision_recall == {"precisions": [1.0, 1.0, 0.3], "recalls": [0.0, 1.0, 1.0]}


@pytest.mark.parametrize("count", [300, 5_000])
def test_long_curves_keep_their_ends_their_shape_and_at_most_200_points(count: int) -> None:
    random = np.random.default_rng(5)
    label = random.random(count) < 0.3
    score = random.normal(label * 1.0, 1)
    roc, precision_recall = curves(label, score)
    x, y = roc["false_positive_rates"], roc["true_positive_rates"]
    assert len(x) == len(y) <= 200
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert all(a <= b for line in (x, y) for a, b in pairwise(line))
    assert np.trapezoid(y, x) == pytest.approx(sk.roc_auc_score(label, score), abs=2e-3)
    exact_x, exact_y, _ = sk.roc_curve(label, score)
    assert farthest(exact_x, exact_y, x, y) < 0.01

    recalls, precisions = precision_recall["recalls"], precision_recall["precisions"]
    assert len(recalls) == len(precisions) <= 200
    assert (recalls[0], recalls[-1]) == (0, 1)
    assert precisions[-1] == label.mean()
    assert precisions[0] == precisions[1] or recalls[1] > 0
    exact_precision, exact_recall, _ = sk.precision_recall_curve(label, score)
    # All but scikit-learn's own last point, which claims a precision of 1 at recall 0.
    assert farthest(exact_recall[:-1], exact_precision[:-1], recalls, precisions) < 0.03
