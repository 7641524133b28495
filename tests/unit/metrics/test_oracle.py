"""Every metric against scikit-learn (or a plain loop, where it has none) on the rows themselves."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.metrics import (
    BEST_CONSTANT,
    ProblemType,
    ScoreCounts,
    evaluate,
    label_order,
    registered,
)

from .conftest import (
    class_probabilities_of,
    matrix_of,
    residuals_of,
    score_counts_of,
)

Numbers = NDArray[np.float64]
Texts = NDArray[np.str_]
ALPHABETS = [("0", "1"), ("no", "yes"), ("yes", "no"), ("10", "9"), ("-1", "1.0"), ("é", "ß")]
seeds = st.integers(0, 2**32 - 1)
bounded = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Rows:
    """Evaluated records, one element each; for a regression label and prediction are numbers."""

    label: Texts
    prediction: Texts
    probability: Numbers  # (n,) of the positive class, or (n, k) of the sorted classes
    positive: str = ""

    @property
    def is_positive(self) -> NDArray[np.int64]:
        return np.equal(self.label, self.positive).astype(np.int64)

    def constant(self) -> "Rows":
        """The same records, all predicted as the most frequent label, the first of equals."""
        counts = Counter(self.label.tolist())

        def rank(label: str) -> tuple[object, ...]:
            return -counts[label], label == self.positive, label_order(label)

        most = min(counts, key=rank)
        return Rows(self.label, np.full_like(self.label, most), self.probability, self.positive)


Oracle = Callable[[Rows], float]
COSTS = {"right": -0.5, "wrong": 3.0}


def cost_matrix(labels: set[str]) -> dict[str, dict[str, float]]:
    return {
        actual: {
            predicted: COSTS["right"] if actual == predicted else COSTS["wrong"] + len(predicted)
            for predicted in labels
        }
        for actual in labels
    }


def expected_cost(rows: Rows) -> float:
    costs = cost_matrix({*rows.label.tolist(), *rows.prediction.tolist()})
    return math.fsum(costs[a][p] for a, p in zip(rows.label, rows.prediction, strict=True)) / len(
        rows.label
    )


def calibration_error(confidence: Numbers, right: NDArray[np.bool_]) -> float:
    error = 0.0
    for place in range(15):
        inside = np.minimum((confidence * 15).astype(int), 14) == place
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    return float(error)


def of_labels(score: Callable[..., float], **options: object) -> Oracle:
    return lambda rows: float(score(rows.label, rows.prediction, **options))


def of_positive(score: Callable[..., float], **options: object) -> Oracle:
    return lambda rows: float(
        score(
            rows.label,
            rows.prediction,
            pos_label=rows.positive,
            zero_division=np.nan,
            **options,
        )
    )


def of_negative(score: Callable[..., float]) -> Oracle:
    return lambda rows: float(
        score(rows.is_positive, rows.prediction == rows.positive, pos_label=0)
    )


def of_scores(score: Callable[..., float]) -> Oracle:
    return lambda rows: float(score(rows.is_positive, rows.probability))


AGREEMENT: dict[str, Oracle] = {
    "accuracy": of_labels(sk.accuracy_score),
    "mcc": of_labels(sk.matthews_corrcoef),
    "cohen_kappa": of_labels(sk.cohen_kappa_score),
    "expected_cost": expected_cost,
}
BINARY: dict[str, Oracle] = AGREEMENT | {
    "balanced_accuracy": of_labels(sk.balanced_accuracy_score),
    "recall": of_positive(sk.recall_score),
    "precision": of_positive(sk.precision_score),
    "true_positive_rate": of_positive(sk.recall_score),
    "true_negative_rate": of_negative(sk.recall_score),
    "false_positive_rate": lambda rows: 1 - of_negative(sk.recall_score)(rows),
    "false_negative_rate": lambda rows: 1 - of_positive(sk.recall_score)(rows),
    "f0_5": of_positive(sk.fbeta_score, beta=0.5),
    "f1": of_positive(sk.f1_score),
    "f2": of_positive(sk.fbeta_score, beta=2),
    "auc": of_scores(sk.roc_auc_score),
    "average_precision": of_scores(sk.average_precision_score),
    "log_loss": of_scores(sk.log_loss),
    "brier_score": of_scores(sk.brier_score_loss),
    "expected_calibration_error": lambda rows: calibration_error(
        rows.probability, rows.is_positive == 1
    ),
}


def of_average(score: Callable[..., float], average: str, **options: object) -> Oracle:
    return of_labels(score, average=average, zero_division=0, **options)


def top(k: int) -> Oracle:
    return lambda rows: float(sk.top_k_accuracy_score(rows.label, rows.probability, k=k))


MULTICLASS: dict[str, Oracle] = AGREEMENT | {
    "balanced_accuracy": lambda rows: float(
        sk.recall_score(rows.label, rows.prediction, average="macro", labels=np.unique(rows.label))
    ),
    "weighted_recall": of_average(sk.recall_score, "weighted"),
    "weighted_precision": of_average(sk.precision_score, "weighted"),
    "weighted_f0_5": of_average(sk.fbeta_score, "weighted", beta=0.5),
    "weighted_f1": of_average(sk.f1_score, "weighted"),
    "weighted_f2": of_average(sk.fbeta_score, "weighted", beta=2),
    "macro_precision": of_average(sk.precision_score, "macro"),
    "macro_recall": of_average(sk.recall_score, "macro"),
    "macro_f1": of_average(sk.f1_score, "macro"),
    "log_loss": lambda rows: float(sk.log_loss(rows.label, rows.probability)),
    "brier_score": lambda rows: float(
        np.mean(
            np.sum((rows.probability - (rows.label[:, None] == np.unique(rows.label))) ** 2, axis=1)
        )
    ),
    "expected_calibration_error": lambda rows: calibration_error(
        rows.probability.max(axis=1),
        np.unique(rows.label)[rows.probability.argmax(axis=1)] == rows.label,
    ),
    "top_3_accuracy": top(3),
    "top_5_accuracy": top(5),
}


def smape(label: Numbers, prediction: Numbers) -> float:
    size = abs(label) + abs(prediction)
    return float(np.mean(2 * abs(label - prediction) / np.where(size > 0, size, 1)))


REGRESSION: dict[str, Callable[[Numbers, Numbers], float]] = {
    "mae": sk.mean_absolute_error,
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "r2": sk.r2_score,
    "explained_variance": sk.explained_variance_score,
    "mape": lambda y, p: sk.mean_absolute_percentage_error(y[y != 0], p[y != 0]),
    "smape": smape,
    "wape": lambda y, p: float(abs(y - p).sum() / abs(y).sum()),
    "median_absolute_error": sk.median_absolute_error,
    "mean_error": lambda y, p: float((p - y).mean()),
    "pinball_loss": lambda y, p: sk.mean_pinball_loss(y, p, alpha=0.3),
}
ORACLES = {
    ProblemType.BINARY_CLASSIFICATION: set(BINARY),
    ProblemType.MULTICLASS_CLASSIFICATION: set(MULTICLASS),
    ProblemType.REGRESSION: set(REGRESSION),
}


@pytest.mark.parametrize("problem_type", ProblemType)
def test_every_registered_metric_has_an_oracle(problem_type: ProblemType) -> None:
    names = {entry.name.removesuffix(BEST_CONSTANT) for entry in registered(problem_type)}
    assert names == ORACLES[problem_type]


def agrees(
    problem_type: ProblemType, inputs: dict[str, object], oracles: dict[str, Oracle], rows: Rows
) -> None:
    for name, found in evaluate(problem_type, inputs).items():
        oracle = oracles[name.removesuffix(BEST_CONSTANT)]
        expected = oracle(rows.constant() if name.endswith(BEST_CONSTANT) else rows)
        if math.isnan(expected):
            assert found.value is None, name
        else:
            assert found.value == pytest.approx(expected, rel=1e-12, abs=1e-12), name


@given(seeds, st.integers(4, 400), st.sampled_from(ALPHABETS), st.sampled_from([1, 2, 20, 16]))
@bounded
def test_binary_metrics_are_those_of_scikit_learn_on_the_rows(
    seed: int, count: int, labels: tuple[str, str], decimals: int
) -> None:
    random = np.random.default_rng(seed)
    names = np.array(labels)
    label = random.integers(0, 2, count)
    label[:4] = [0, 0, 1, 1]
    prediction = np.where(random.random(count) < random.random(), label, 1 - label)
    prediction[:4] = [0, 1, 0, 1]
    # Few decimals give ties; a prediction need not follow from the probability.
    probability: Numbers = random.normal(0.4 + 0.2 * label, 0.4).clip(0, 1).round(decimals)
    rows = Rows(names[label], names[prediction], probability, labels[1])
    inputs = {
        "confusion_matrix": matrix_of(rows.label, rows.prediction, labels[1]),
        "score_counts": score_counts_of(label, probability),
        "cost_matrix": cost_matrix(set(labels)),
    }
    agrees(ProblemType.BINARY_CLASSIFICATION, inputs, BINARY, rows)


@given(seeds, st.integers(6, 30), st.integers(0, 400), st.booleans())
@bounded
def test_multiclass_metrics_are_those_of_scikit_learn_on_the_rows(
    seed: int, classes: int, more: int, is_numeric: bool
) -> None:
    random = np.random.default_rng(seed)
    names = np.unique([f"{place - 3}" if is_numeric else f"c{place}" for place in range(classes)])
    # Every class has a record (scikit-learn's probabilities need it); not every one is predicted.
    label = np.concatenate([np.arange(classes), random.zipf(1.5, more) % classes])
    odds = random.gamma(0.5, size=(len(label), classes)) + 1e-9
    odds[np.arange(len(label)), label] += random.random()
    probability = odds / odds.sum(axis=1, keepdims=True)
    rows = Rows(names[label], names[probability.argmax(axis=1)], probability)
    inputs = {
        "confusion_matrix": matrix_of(rows.label, rows.prediction),
        "class_probabilities": class_probabilities_of(label, probability),
        "cost_matrix": cost_matrix(set(names.tolist())),
    }
    agrees(ProblemType.MULTICLASS_CLASSIFICATION, inputs, MULTICLASS, rows)


@given(seeds, st.integers(3, 40))
@bounded
def test_classes_that_occur_only_as_label_or_only_as_prediction_count_as_in_scikit_learn(
    seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    label = np.array([f"c{place}" for place in random.integers(0, 8, count)])
    prediction = np.array([f"c{place}" for place in random.integers(4, 12, count)])
    rows = Rows(label, prediction, np.empty(0))
    for name, found in evaluate(
        ProblemType.MULTICLASS_CLASSIFICATION, {"confusion_matrix": matrix_of(label, prediction)}
    ).items():
        if name.startswith(("weighted", "macro", "accuracy", "balanced")):
            expected = MULTICLASS[name.removesuffix(BEST_CONSTANT)](
                rows.constant() if name.endswith(BEST_CONSTANT) else rows
            )
            assert found.value == pytest.approx(expected, rel=1e-12, abs=1e-12), name


@given(
    seeds, st.integers(2, 400), st.sampled_from([0.0, 5.0, -1e4]), st.sampled_from([1e-3, 1, 1e6])
)
@bounded
def test_regression_metrics_are_those_of_scikit_learn_on_the_rows(
    seed: int, count: int, offset: float, scale: float
) -> None:
    random = np.random.default_rng(seed)
    label = (offset + random.normal(size=count)) * scale
    prediction = label + random.normal(random.normal(), 0.3, size=count) * scale
    label[random.random(count) < 0.1] = 0.0
    label[:2] = [scale, 2 * scale]
    prediction[label == 0] *= random.integers(0, 2)
    inputs: dict[str, object] = {"residuals": residuals_of(label, prediction), "quantile": 0.3}
    for name, found in evaluate(ProblemType.REGRESSION, inputs).items():
        expected = REGRESSION[name](label, prediction)
        # The mean of signed errors may cancel: it is exact beside the errors' size.
        size = abs(label - prediction).mean() if name == "mean_error" else 1.0
        assert found.value == pytest.approx(expected, rel=1e-12, abs=1e-12 * size), name


def test_auc_is_exact_where_counts_exceed_64_bit_products() -> None:
    many = 4_000_000_000
    scores = ScoreCounts.from_counts([0.1, 0.5, 0.9], [1, many, many], [many, many, 1])
    won_twice = 1 * many + many * (3 * many) + many * (4 * many + 1)
    found = evaluate(ProblemType.BINARY_CLASSIFICATION, {"score_counts": scores})["auc"]
    assert found.value == won_twice / (2 * (2 * many + 1) ** 2)
