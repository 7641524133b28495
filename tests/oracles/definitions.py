"""What is compared, how closely, and where a peer means something else by the same name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from tests.oracles.cases import ANIMALS, BINARY, MULTICLASS, RARE, REGRESSION

EVIDENTLY = "evidently"
NANNYML = "nannyml"
PEERS = (EVIDENTLY, NANNYML)

# Evidently averages over both classes: 1 - p may round two probabilities to one.
TOLERANCES = {"auc": 1e-6}
TOLERANCE = 1e-9

_RATES = {"true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate"}
_BINARY = {"accuracy", "precision", "recall", "f1", "auc"} | _RATES
_MULTICLASS = {"accuracy", "macro_precision", "macro_recall", "macro_f1"}
_ERRORS = {"mae", "mape", "rmse"}
# Every metric that both have. A peer may give more: its values by class, and cells of its matrix.
COMPARED = {
    (EVIDENTLY, BINARY): _BINARY | {"log_loss"},
    (EVIDENTLY, MULTICLASS): _MULTICLASS | {"log_loss", f"per_class.{ANIMALS[0]}.precision"},
    (EVIDENTLY, REGRESSION): _ERRORS | {"mape_by_default", "r2", "mean_error"},
    (NANNYML, BINARY): _BINARY | {"average_precision", "expected_cost"},
    (NANNYML, MULTICLASS): _MULTICLASS | {"expected_cost", "confusion_matrix.ant.bee"},
    (NANNYML, REGRESSION): _ERRORS | {"mse"},
}
# Two names of theirs for one of ours.
OURS = {"mape_by_default": "mape"}


class Difference(NamedTuple):
    """Another definition, and what it makes of our value and the records: as exact as the rest."""

    why: str
    theirs: Callable[[float | None, pd.DataFrame], float]


SMALLEST = float(np.finfo(np.float64).eps)


def _zeros_as_whole(mape: float | None, frame: pd.DataFrame) -> float:
    assert mape is not None
    zero = frame.label == 0
    return float(mape * (~zero).mean() + zero.mean())


def _zeros_as_smallest(mape: float | None, frame: pd.DataFrame) -> float:
    assert mape is not None
    zero = frame.label == 0
    return float(
        mape * (~zero).mean() + (frame.prediction[zero].abs() / SMALLEST).sum() / len(zero)
    )


def _signed_labels(mape: float | None, frame: pd.DataFrame) -> float:
    return float(((frame.prediction - frame.label).abs() / frame.label.clip(SMALLEST)).mean())


def _over_known_classes(macro: float | None, frame: pd.DataFrame) -> float:
    assert macro is not None
    return macro * len({*frame.label, *frame.prediction}) / len(ANIMALS)


def _nothing_is_zero(value: float | None, frame: pd.DataFrame) -> float:
    assert value is None
    return 0.0


_SIGNED = Difference(
    "it divides by the label instead of its size, and by 2.2e-16 where that is negative",
    _signed_labels,
)
_ABSENT = Difference(
    "a class that nothing is of and nothing is taken for counts as 0; ours leave it out",
    _over_known_classes,
)
# (peer, case, metric) -> how it differs.
DIFFERENCES = {
    (EVIDENTLY, "counts_with_zeros", "mape_by_default"): Difference(
        "a record whose label is zero counts as an error of 100 %; ours leave it out",
        _zeros_as_whole,
    ),
    (NANNYML, "counts_with_zeros", "mape"): Difference(
        "a label of zero counts as 2.2e-16; ours leave it out", _zeros_as_smallest
    ),
    (EVIDENTLY, "temperatures", "mape"): _SIGNED,
    (EVIDENTLY, "temperatures", "mape_by_default"): _SIGNED,
    (NANNYML, "absent_class", "macro_precision"): _ABSENT,
    (NANNYML, "absent_class", "macro_recall"): _ABSENT,
    (NANNYML, "absent_class", "macro_f1"): _ABSENT,
    (EVIDENTLY, "seven_classes", f"per_class.{RARE}.precision"): Difference(
        "the precision of a class that is never predicted is 0; ours is null", _nothing_is_zero
    ),
}
