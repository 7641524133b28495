"""The AWS sample's whole job as it is described: files in pandas, lists by `apply`, one accuracy.

python -m benchmarks.performance.whole_job_seed FOLDER
"""

from __future__ import annotations

import json
import sys
from itertools import chain
from pathlib import Path

import pandas as pd
from sklearn.metrics import accuracy_score

from benchmarks.performance.contender import tell
from benchmarks.performance.whole_job_data import CAPTURES, LABELS

_KEY = ["InferenceId", "payload_index"]


def found(folder: Path) -> dict[str, object]:
    """How many records have a label, and the share that was predicted right."""
    frames = [pd.read_json(path, lines=True) for path in (folder / CAPTURES).rglob("*.jsonl")]
    frame = pd.concat(frames, ignore_index=True)
    said = frame["captureData"].apply(lambda sides: json.loads(sides["endpointOutput"]["data"]))
    names = frame["eventMetadata"].apply(lambda metadata: int(metadata["inferenceId"]))
    predicted = pd.DataFrame(list(chain.from_iterable(said)))
    predicted["InferenceId"] = names.repeat(said.apply(len)).to_list()
    labels = pd.read_json(folder / LABELS, orient="records")
    joined = predicted.merge(labels, on=_KEY)
    accuracy = accuracy_score(joined["groundTruthLabel"], joined["label"])
    return {"count": len(joined), "accuracy": float(accuracy)}


if __name__ == "__main__":
    tell(lambda: found(Path(sys.argv[1])))
