"""Validation data -> rows in the shape of evaluated records, by request where it names them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from inference_records.canonical import as_array, canonical_labels, numbers
from inference_records.configuration import Configuration
from inference_records.label_columns import INFERENCE_ID_NAMES, LABEL_NAMES
from inference_records.predictions import predictions
from inference_records.role_names import PREDICTION_NAMES, PROBABILITY_NAMES, first_named
from inference_records.roles import Roles
from monitor.metrics import FOLDS

_RAW = {"captureData": "data capture", "groundTruthData": "ground truth without predictions"}
# As the join puts requests into folds: neighbours come apart.
_FACTOR, _PRIME = 2_654_435_761, 4_294_967_291


class BadValidationData(ValueError):
    """The validation data cannot serve as a baseline; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the validation data hold what; None: found by name."""

    label: str | None = None
    prediction: str | None = None
    probability: str | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ValidationRows:
    """Evaluated records, and whether the data says which of them were one request."""

    table: pa.Table
    requests_known: bool


def validation_rows(
    frame: pd.DataFrame, columns: Columns, configuration: Configuration
) -> ValidationRows:
    """The rows of validation data; raises `BadValidationData` where a column is not found."""
    named = _named(frame, columns)
    count = len(frame)
    arrays = {
        name: as_array(pa.array(frame[name], from_pandas=True))
        for name in (named.label, named.prediction, named.probability)
        if name is not None
    }
    label = arrays[str(named.label)]
    said = predictions(arrays, Roles(named.prediction, named.probability), configuration, count)
    table = pa.table(
        {
            "variant": pa.repeat("", count),
            "window": pa.repeat(pa.scalar(0, pa.int64()), count),
            **_requests(frame, named.request),
            "label": canonical_labels(label),
            "label_value": numbers(label),
            "prediction": said.prediction,
            "prediction_value": said.prediction_value,
            "probability": said.probability,
            "probabilities": said.probabilities,
            "classes": said.classes,
        }
    )
    return ValidationRows(table, named.request is not None)


def _requests(frame: pd.DataFrame, column: str | None) -> dict[str, pa.Array]:
    """Each row's request, its place and size; a row without an id is a request of its own."""
    count = len(frame)
    place: NDArray[np.int64] = np.arange(count, dtype=np.int64)
    number = np.zeros(count, dtype=np.int64)
    if column is not None:
        # In the order of the ids, so that no order of the rows changes a fold.
        codes, ids = pd.factorize(frame[column].astype("string"), sort=True)
        alone = codes < 0
        place = np.where(alone, len(ids) + np.cumsum(alone) - 1, codes).astype(np.int64)
        number = np.asarray(pd.Series(place).groupby(place).cumcount(), dtype=np.int64)
    sizes = np.bincount(place, minlength=1)[place] if count else place
    return {
        "request": pa.array(place).cast(pa.string()),
        "record_index": pa.array(number, pa.int32()),
        "record_count": pa.array(sizes, pa.int32()),
        "fold": pa.array((place * _FACTOR % _PRIME % FOLDS).astype(np.int8)),
    }


def _named(frame: pd.DataFrame, columns: Columns) -> Columns:
    names = [str(name) for name in frame.columns]
    label = columns.label or first_named(names, LABEL_NAMES)
    rest = [name for name in names if name != label]
    prediction = columns.prediction or first_named(rest, PREDICTION_NAMES)
    rest = [name for name in rest if name != prediction]
    probability = columns.probability or first_named(rest, PROBABILITY_NAMES)
    rest = [name for name in rest if name != probability]
    request = columns.request or first_named(rest, INFERENCE_ID_NAMES)
    for option, name in (
        ("label", label),
        ("prediction", prediction),
        ("probability", probability),
        ("request", request),
    ):
        if name is not None and name not in names:
            raise BadValidationData(f"--{option}: no column {name!r} among {', '.join(names)}")
    if strange := _RAW.keys() & set(names):
        raise BadValidationData(
            f"this is {_RAW[min(strange)]}: `run` judges such files; a baseline is made of "
            "validation data, which has a label and a prediction in each row"
        )
    if label is None:
        raise BadValidationData(
            f"which column is the label? Say --label; it has {', '.join(names)}"
        )
    if prediction is None and probability is None:
        raise BadValidationData(
            f"which column is the prediction? Say --prediction or --probability; "
            f"it has {', '.join(names)}"
        )
    return Columns(label, prediction, probability, request)
