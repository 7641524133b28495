"""The monitor's task by pandas and scikit-learn, as it is described: latest label, join, metrics.

Stands alone: a peer runs it in an environment of its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics

from benchmarks.performance.contender import tell

_KEY = ["inference_id", "record_index"]


def joined(folder: Path, kind: str) -> pd.DataFrame:
    """Each predicted record that has a label beside the latest one."""
    said = {
        "binary": ["prediction", "probability"],
        "classes": ["prediction"],
        "regression": ["prediction_value"],
    }[kind]
    label = "label_value" if kind == "regression" else "label"
    predictions = pd.read_parquet(folder / "predictions", columns=[*_KEY, *said])
    labels = pd.read_parquet(folder / "ground-truth", columns=[*_KEY, label, "arrived_at"])
    labels = labels.sort_values("arrived_at", kind="stable")
    latest = labels.drop_duplicates(_KEY, keep="last")
    return predictions.merge(latest, on=_KEY).rename(columns={label: "actual"})


def found(folder: Path, kind: str) -> dict[str, object]:
    """The metrics of the task."""
    records = joined(folder, kind)
    if kind == "regression":
        return _of_regression(records)
    actual, predicted = records["actual"], records["prediction"]
    if kind == "binary":
        actual, predicted = (actual == "1").astype("int8"), (predicted == "1").astype("int8")
    else:
        # Of text scikit-learn would take ten times as long.
        actual, predicted = actual.astype("int8"), predicted.astype("int8")
    of = {"average": "binary" if kind == "binary" else "weighted"}
    result = {
        "count": len(records),
        "confusion": metrics.confusion_matrix(actual, predicted).ravel().tolist(),
        "accuracy": metrics.accuracy_score(actual, predicted),
        "precision": metrics.precision_score(actual, predicted, **of),
        "recall": metrics.recall_score(actual, predicted, **of),
        "f1": metrics.f1_score(actual, predicted, **of),
        "f2": metrics.fbeta_score(actual, predicted, beta=2.0, **of),
        "f0_5": metrics.fbeta_score(actual, predicted, beta=0.5, **of),
    }
    if kind == "binary":
        score = records["probability"]
        result["auc"] = metrics.roc_auc_score(actual, score)
        result["average_precision"] = metrics.average_precision_score(actual, score)
    return result


def _of_regression(records: pd.DataFrame) -> dict[str, object]:
    actual, predicted = records["actual"], records["prediction_value"]
    mse = metrics.mean_squared_error(actual, predicted)
    return {
        "count": len(records),
        "mae": metrics.mean_absolute_error(actual, predicted),
        "mse": mse,
        "rmse": float(np.sqrt(mse)),
        "r2": metrics.r2_score(actual, predicted),
    }


if __name__ == "__main__":
    tell(lambda: found(Path(sys.argv[1]), sys.argv[2]))
