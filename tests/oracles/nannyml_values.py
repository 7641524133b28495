"""NannyML's values of the cases in a folder, under our names of the metrics: JSON on the output.

Run by the interpreter of NannyML's own environment; it knows nothing of ours.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import pandas as pd

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
import nannyml

# Ours -> NannyML's.
CLASSIFICATION = {"accuracy": "accuracy", "expected_cost": "business_value"}
BINARY = CLASSIFICATION | {
    "precision": "precision",
    "recall": "recall",
    "f1": "f1",
    "auc": "roc_auc",
    "average_precision": "average_precision",
    "true_negative_rate": "specificity",
}
# Beside the others: parts of the confusion matrix, each as a share of its actual class.
RATES = {
    "true_positive_rate": "true_positive",
    "false_positive_rate": "false_positive",
    "false_negative_rate": "false_negative",
}
MULTICLASS = CLASSIFICATION | {
    "macro_precision": "precision",
    "macro_recall": "recall",
    "macro_f1": "f1",
}
REGRESSION = {name: name for name in ("mae", "mape", "mse", "rmse")}


def values(frame: pd.DataFrame, settings: dict[str, Any]) -> dict[str, float]:
    """NannyML's metrics of all records as one chunk."""
    options: dict[str, Any]
    match settings["problem_type"]:
        case "BinaryClassification":
            options = {"y_pred_proba": "probability", "business_value_matrix": _worth(settings)}
            found = _calculated(frame, "classification_binary", BINARY, options) | _rates(frame)
        case "MulticlassClassification":
            columns = {name: name for name in settings["classes"]}
            options = {"y_pred_proba": columns, "business_value_matrix": _worth(settings)}
            found = _calculated(frame, "classification_multiclass", MULTICLASS, options)
            found |= _confusion(frame, options)
        case _:
            return _calculated(frame, "regression", REGRESSION, {})
    # NannyML gives what all records are worth, ours is what one record costs.
    return found | {"expected_cost": -found["expected_cost"] / len(frame)}


def _worth(settings: dict[str, Any]) -> list[list[float]]:
    costs = settings["cost_matrix"]
    return [[-costs[actual][predicted] for predicted in costs] for actual in costs]


def _calculated(
    frame: pd.DataFrame, problem_type: str, names: dict[str, str], options: dict[str, Any]
) -> dict[str, float]:
    chunk = _chunk(frame, problem_type, list(names.values()), options)
    return {ours: float(chunk[f"{theirs}_value"]) for ours, theirs in names.items()}


def _rates(frame: pd.DataFrame) -> dict[str, float]:
    shares = {"y_pred_proba": "probability", "normalize_confusion_matrix": "true"}
    chunk = _chunk(frame, "classification_binary", ["confusion_matrix"], shares)
    return {ours: float(chunk[f"{theirs}_value"]) for ours, theirs in RATES.items()}


def _confusion(frame: pd.DataFrame, options: dict[str, Any]) -> dict[str, float]:
    """Records by actual and predicted class; it leaves out classes that no record is of."""
    chunk = _chunk(frame, "classification_multiclass", ["confusion_matrix"], options)
    classes = sorted(set(frame["label"]))
    return {
        f"confusion_matrix.{actual}.{said}": float(chunk[f"true_{actual}_pred_{said}_value"])
        for actual in classes
        for said in classes
    }


def _chunk(
    frame: pd.DataFrame, problem_type: str, metrics: list[str], options: dict[str, Any]
) -> Any:
    """The calculator's one row: all records are one chunk."""
    calculator = nannyml.PerformanceCalculator(
        problem_type=problem_type,
        y_true="label",
        y_pred="prediction",
        metrics=metrics,
        chunk_number=1,
        **options,
    )
    result = calculator.fit(frame).calculate(frame).filter(period="analysis")
    return result.to_df(multilevel=False).iloc[0]


def main(folder: Path) -> None:
    """Print one object of metrics for each case."""
    # It warns of a reference of few chunks, which concerns its thresholds alone.
    warnings.simplefilter("ignore")
    found = {}
    for case in sorted(folder.iterdir()):
        settings = json.loads((case / "monitor.json").read_text())
        found[case.name] = values(pd.read_parquet(case / "records.parquet"), settings)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
