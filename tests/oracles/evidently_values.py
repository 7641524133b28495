"""Evidently's values of the cases in a folder, under our names of the metrics: JSON on the output.

Run by the interpreter of Evidently's own environment; it knows nothing of ours.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import evidently.metrics as em
import pandas as pd
from evidently import (
    BinaryClassification,
    DataDefinition,
    Dataset,
    MulticlassClassification,
    Regression,
    Report,
)

# Ours -> Evidently's.
BY_CLASS = {
    "precision": em.PrecisionByLabel(),
    "recall": em.RecallByLabel(),
    "f1": em.F1ByLabel(),
}
BINARY = {
    "accuracy": em.Accuracy(),
    "precision": em.Precision(),
    "recall": em.Recall(),
    "f1": em.F1Score(),
    "true_positive_rate": em.TPR(),
    "true_negative_rate": em.TNR(),
    "false_positive_rate": em.FPR(),
    "false_negative_rate": em.FNR(),
}
MULTICLASS = {
    "accuracy": em.Accuracy(),
    "macro_precision": em.Precision(),
    "macro_recall": em.Recall(),
    "macro_f1": em.F1Score(),
}
REGRESSION = {
    "mae": em.MAE(),
    "mape": em.MAPE(zero_handling="drop"),
    "mape_by_default": em.MAPE(),
    "rmse": em.RMSE(),
    "r2": em.R2Score(),
    "mean_error": em.MeanError(),
}


def values(frame: pd.DataFrame, settings: dict[str, Any]) -> dict[str, float]:
    """Evidently's metrics of all records."""
    match settings["problem_type"]:
        case "BinaryClassification":
            # Beside probabilities it would ignore the predicted labels and make its own at 0.5.
            labels = BinaryClassification(**_SIDES, pos_label=1)
            scores = BinaryClassification(
                target="label", prediction_probas="probability", pos_label=1
            )
            score_metrics = {"auc": em.RocAuc(), "log_loss": em.LogLoss()}
            return {
                **_classified(frame, labels, BINARY),
                **_named(score_metrics, _report(frame, _classification(scores), score_metrics)),
            }
        case "MulticlassClassification":
            # It cannot read a column of lists.
            frame = frame.drop(columns="probability")
            labels = MulticlassClassification(**_SIDES)
            scores = MulticlassClassification(**_SIDES, prediction_probas=settings["classes"])
            loss = {"log_loss": em.LogLoss()}
            return {
                **_classified(frame, labels, MULTICLASS),
                **_named(loss, _report(frame, _classification(scores), loss)),
            }
    definition = DataDefinition(
        regression=[Regression(target="label", prediction="prediction")],
        numerical_columns=["label", "prediction"],
        categorical_columns=[],
    )
    found = _named(REGRESSION, _report(frame, definition, REGRESSION))
    # Evidently speaks of per cent.
    return found | {name: found[name] / 100 for name in ("mape", "mape_by_default")}


_SIDES = {"target": "label", "prediction_labels": "prediction"}


def _classification(task: Any) -> Any:
    return DataDefinition(
        classification=[task], numerical_columns=[], categorical_columns=["label", "prediction"]
    )


def _classified(frame: pd.DataFrame, task: Any, metrics: dict[str, Any]) -> dict[str, float]:
    """Metrics of the labels, all together and by class."""
    definition = _classification(task)
    found = _named(metrics, _report(frame, definition, metrics))
    for name, by_class in zip(BY_CLASS, _report(frame, definition, BY_CLASS), strict=True):
        found |= {f"per_class.{label}.{name}": float(value) for label, value in by_class.items()}
    return found


def _report(frame: pd.DataFrame, definition: Any, metrics: dict[str, Any]) -> list[Any]:
    """The metrics' values in their order."""
    # It drops rows and replaces values in the frame that it is given.
    dataset = Dataset.from_pandas(frame.copy(), data_definition=definition)
    report = Report(list(metrics.values())).run(dataset, None)
    return [metric["value"] for metric in report.dict()["metrics"]]


def _named(metrics: dict[str, Any], found: list[Any]) -> dict[str, float]:
    return {
        name: float(value["mean"] if isinstance(value, dict) else value)
        for name, value in zip(metrics, found, strict=True)
    }


def main(folder: Path) -> None:
    """Print one object of metrics for each case."""
    # It uses what pandas and scikit-learn deprecate.
    warnings.simplefilter("ignore")
    found = {}
    for case in sorted(folder.iterdir()):
        settings = json.loads((case / "monitor.json").read_text())
        frame = pd.read_parquet(case / "records.parquet")
        found[case.name] = values(frame, settings)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
