"""Evidently's smallest set of the same metrics, over records that pandas joined for it.

Stands alone: run by the interpreter of Evidently's own environment.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import evidently.metrics as em
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report

from benchmarks.performance.contender import tell

_KEY = ["inference_id", "record_index"]
_METRICS = {
    "accuracy": em.Accuracy(),
    "precision": em.Precision(),
    "recall": em.Recall(),
    "f1": em.F1Score(),
    "auc": em.RocAuc(),
}


def found(folder: Path) -> dict[str, float]:
    """Metrics of a binary classifier."""
    predictions = pd.read_parquet(folder / "predictions", columns=[*_KEY, "probability"])
    labels = pd.read_parquet(folder / "ground-truth", columns=[*_KEY, "label", "arrived_at"])
    labels = labels.sort_values("arrived_at", kind="stable")
    records = predictions.merge(labels.drop_duplicates(_KEY, keep="last"), on=_KEY)
    frame = pd.DataFrame(
        {"label": (records["label"] == "1").astype("int8"), "probability": records["probability"]}
    )
    task = BinaryClassification(target="label", prediction_probas="probability", pos_label=1)
    definition = DataDefinition(
        classification=[task], numerical_columns=["probability"], categorical_columns=["label"]
    )
    dataset = Dataset.from_pandas(frame, data_definition=definition)
    report = Report(list(_METRICS.values())).run(dataset, None)
    values = [metric["value"] for metric in report.dict()["metrics"]]
    return {"count": len(frame), **dict(zip(_METRICS, values, strict=True))}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    tell(lambda: found(Path(sys.argv[1])))
