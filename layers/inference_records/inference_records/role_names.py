"""The usual names of the columns of responses and labels, whatever their case."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from inference_records.rejections import BadRecord

PREDICTION_NAMES = (
    "predictedlabel", "prediction", "predictedclass", "predictedvalue", "label", "class",
    "predictions", "predicted", "ypred", "target", "value", "output",
)  # fmt: skip
PROBABILITY_NAMES = (
    "probability", "score", "predictedprobability", "proba", "prob", "confidence", "scores",
    "probabilities", "classprobabilities", "predictedprobabilities", "softmax",
)  # fmt: skip
CLASSES_NAMES = ("classes", "labels")
POSITION_NAMES = ("payloadindex", "recordindex")
IDENTITY_NAMES = (*POSITION_NAMES, "index", "id", "recordid", "inferenceid")
ERROR_NAMES = ("error", "errors", "errormessage", "errorcode", "exception", "traceback", "detail")


def plain(name: str) -> str:
    """A column name without case and punctuation: `predicted_label` and `PredictedLabel` meet."""
    return "".join(filter(str.isalnum, name)).lower()


def first_named(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The column whose plain name stands earliest in `wanted`."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    return next((by_plain[want] for want in wanted if want in by_plain), None)


def configured_column(column: str | int | None, names: Collection[str], setting: str) -> str | None:
    """The column that a setting names or numbers; raises `BadRecord` if there is none."""
    if column is None:
        return None
    if isinstance(column, int) and str(column) not in names and column < len(names):
        return list(names)[column]
    if str(column) in names:
        return str(column)
    raise BadRecord(
        "missing_column",
        f"the response has no column {column!r} (monitor.json: response.{setting}); "
        f"it has {', '.join(names) or 'none'}",
    )
