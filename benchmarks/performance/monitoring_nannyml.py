"""NannyML's realised performance, over records that pandas joined for it.

Stands alone: run by the interpreter of NannyML's own environment.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import pandas as pd

from benchmarks.performance.contender import tell

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
import nannyml

_KEY = ["inference_id", "record_index"]
_METRICS = ["accuracy", "precision", "recall", "f1", "roc_auc", "average_precision"]


def found(folder: Path) -> dict[str, float]:
    """Metrics of a binary classifier, all records as one chunk."""
    said = ["prediction", "probability"]
    predictions = pd.read_parquet(folder / "predictions", columns=[*_KEY, *said])
    labels = pd.read_parquet(folder / "ground-truth", columns=[*_KEY, "label", "arrived_at"])
    labels = labels.sort_values("arrived_at", kind="stable")
    records = predictions.merge(labels.drop_duplicates(_KEY, keep="last"), on=_KEY)
    frame = pd.DataFrame(
        {
            "label": (records["label"] == "1").astype("int8"),
            "prediction": (records["prediction"] == "1").astype("int8"),
            "probability": records["probability"],
        }
    )
    calculator = nannyml.PerformanceCalculator(
        problem_type="classification_binary",
        y_true="label",
        y_pred="prediction",
        y_pred_proba="probability",
        metrics=_METRICS,
        chunk_number=1,
    )
    result = calculator.fit(frame).calculate(frame).filter(period="analysis")
    row = result.to_df(multilevel=False).iloc[0]
    return {"count": len(frame), **{name: float(row[f"{name}_value"]) for name in _METRICS}}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    tell(lambda: found(Path(sys.argv[1])))
