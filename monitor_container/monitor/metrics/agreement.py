"""Metrics and details of any classifier's labels, from its confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping

from monitor.metrics import margin_gradients
from monitor.metrics.inputs import ConfusionMatrix
from monitor.metrics.registry import ProblemType, Undefined, detail, divide, metric

CLASSIFICATION = (ProblemType.BINARY_CLASSIFICATION, ProblemType.MULTICLASS_CLASSIFICATION)
NO_RECORDS = "there are no evaluated records"
# Of so many classes most cells are zero, and the matrix would be the greater part of the report.
FULL_MATRIX_CLASSES = 50


def margins(confusion_matrix: ConfusionMatrix) -> list[tuple[str, int, int, int]]:
    """Of each class that occurs: (label, records, predictions, records predicted rightly)."""
    counts = confusion_matrix.counts
    rows = zip(
        confusion_matrix.labels,
        counts.sum(axis=1).tolist(),
        counts.sum(axis=0).tolist(),
        counts.diagonal().tolist(),
        strict=True,
    )
    # Python integers, because products of counts leave int64 from 3 billion records on.
    return [row for row in rows if row[1] or row[2]]


@metric(
    *CLASSIFICATION, higher_is_better=True, suggested=True, constant_classifier=True, bounds=(0, 1),
    gradient=margin_gradients.accuracy,
)  # fmt: skip
def accuracy(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the records whose label was predicted."""
    return divide(int(confusion_matrix.counts.trace()), confusion_matrix.count, NO_RECORDS)


@metric(
    *CLASSIFICATION, higher_is_better=True, bounds=(0, 1),
    gradient=margin_gradients.balanced_accuracy,
)  # fmt: skip
def balanced_accuracy(confusion_matrix: ConfusionMatrix) -> float:
    """Mean over the classes that have records of the share predicted rightly."""
    recalls = [right / actual for _, actual, _, right in margins(confusion_matrix) if actual]
    return divide(math.fsum(recalls), len(recalls), NO_RECORDS)


@metric(
    *CLASSIFICATION, higher_is_better=True, bounds=(-1, 1),
    gradient=margin_gradients.mcc,
)  # fmt: skip
def mcc(confusion_matrix: ConfusionMatrix) -> float:
    """Matthews correlation coefficient between labels and predictions, from -1 to 1."""
    classes = margins(confusion_matrix)
    count = sum(actual for _, actual, _, _ in classes)
    right = sum(right for _, _, _, right in classes)
    label_spread = count**2 - sum(actual**2 for _, actual, _, _ in classes)
    prediction_spread = count**2 - sum(predicted**2 for _, _, predicted, _ in classes)
    chance = sum(actual * predicted for _, actual, predicted, _ in classes)
    if not count:
        raise Undefined(NO_RECORDS)
    if not label_spread:
        raise Undefined("all records are of one class")
    scale = math.sqrt(label_spread * prediction_spread)
    return divide(count * right - chance, scale, "all predictions are of one class")


@metric(
    *CLASSIFICATION, higher_is_better=True, bounds=(-1, 1),
    gradient=margin_gradients.cohen_kappa,
)  # fmt: skip
def cohen_kappa(confusion_matrix: ConfusionMatrix) -> float:
    """Cohen's kappa: agreement of labels and predictions beyond what chance would give."""
    classes = margins(confusion_matrix)
    count = sum(actual for _, actual, _, _ in classes)
    right = sum(right for _, _, _, right in classes)
    chance = sum(actual * predicted for _, actual, predicted, _ in classes)
    reason = "all records and predictions are of one class" if count else NO_RECORDS
    return divide(count * right - chance, count**2 - chance, reason)


@metric(
    *CLASSIFICATION, higher_is_better=False, best=0.0,
    gradient=margin_gradients.expected_cost,
)  # fmt: skip
def expected_cost(
    confusion_matrix: ConfusionMatrix, cost_matrix: Mapping[str, Mapping[str, float]]
) -> float:
    """Mean cost of a record, by the given cost of each actual and predicted label.

    A right prediction whose cost is not given costs nothing.
    """
    rows, columns = confusion_matrix.counts.nonzero()
    cells = confusion_matrix.counts[rows, columns].tolist()
    total = []
    for row, column, count in zip(rows.tolist(), columns.tolist(), cells, strict=True):
        actual, predicted = confusion_matrix.labels[row], confusion_matrix.labels[column]
        cost = cost_matrix.get(actual, {}).get(predicted, 0.0 if row == column else None)
        if cost is None:
            raise Undefined(f"the cost matrix has no cost of {actual!r} predicted as {predicted!r}")
        total.append(count * cost)
    return divide(math.fsum(total), confusion_matrix.count, NO_RECORDS)


@detail(*CLASSIFICATION)
def confusion_matrix(confusion_matrix: ConfusionMatrix) -> dict[str, dict[str, int]]:
    """Records by actual and then predicted label; without its zeros beyond 50 classes."""
    labels = confusion_matrix.labels
    if not confusion_matrix.count:
        raise Undefined(NO_RECORDS)
    return {
        actual: {
            predicted: count
            for predicted, count in zip(labels, row.tolist(), strict=True)
            if count or len(labels) <= FULL_MATRIX_CLASSES
        }
        for actual, row in zip(labels, confusion_matrix.counts, strict=True)
    }


@detail(*CLASSIFICATION)
def per_class(confusion_matrix: ConfusionMatrix) -> dict[str, dict[str, float | None]]:
    """Precision, recall, F1 and number of records (support) of each class; null if undefined."""
    if not confusion_matrix.count:
        raise Undefined(NO_RECORDS)
    return {
        label: {
            "precision": right / predicted if predicted else None,
            "recall": right / actual if actual else None,
            "f1": 2 * right / (actual + predicted),
            "support": actual,
        }
        for label, actual, predicted, right in margins(confusion_matrix)
    }
