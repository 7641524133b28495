"""Statistics as a ledger keeps them -> the inputs of curves and tables again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from monitor.metrics import (
    ClassProbabilities,
    ConfidenceBins,
    ConfusionMatrix,
    ScoreCounts,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """What of a window's statistics pictures are drawn of."""

    matrix: ConfusionMatrix | None = None
    scores: ScoreCounts | None = None
    scores_exact: bool = True
    classes: ClassProbabilities | None = None


def stored(text: str) -> Stored:
    """The statistics of a row of a ledger."""
    found: Mapping[str, Any] = orjson.loads(text)
    matrix, scores = found.get("confusion_matrix"), found.get("score_counts")
    classes = found.get("class_probabilities")
    return Stored(
        None if matrix is None else _matrix(matrix),
        None if scores is None else _scores(scores),
        scores is None or bool(scores["exact"]),
        None if classes is None else _classes(classes),
    )


def _matrix(found: Mapping[str, Any]) -> ConfusionMatrix:
    labels = tuple(found["labels"])
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for row, column, count in found["cells"]:
        counts[row, column] = count
    return ConfusionMatrix(labels, counts, found["positive"])


def _scores(found: Mapping[str, Any]) -> ScoreCounts:
    return ScoreCounts.from_counts(found["score"], found["positives"], found["negatives"])


def _classes(found: Mapping[str, Any]) -> ClassProbabilities:
    confidence = found["confidence"]
    return ClassProbabilities(
        found["count"],
        found["log_loss_sum"],
        found["brier_sum"],
        np.asarray(found["label_rank"], dtype=np.int64),
        ConfidenceBins(
            np.asarray(confidence["count"], dtype=np.int64),
            np.asarray(confidence["confidence_sum"], dtype=np.float64),
            np.asarray(confidence["correct"], dtype=np.int64),
        ),
    )
