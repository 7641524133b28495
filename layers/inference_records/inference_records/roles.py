"""Which column of a response is the prediction, and which the probability.

Found by configuration, else by name, else by what the values can be; decided once per captured
file and shape. What stays ambiguous is refused with the configuration line that settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import as_array, numbers
from inference_records.configuration import Response
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
_IDENTITY_NAMES = (*POSITION_NAMES, "index", "id", "recordid", "inferenceid")
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Roles:
    """Column names of one shape of response. `vector` columns together are class probabilities."""

    prediction: str | None = None
    probability: str | None = None
    vector: tuple[str, ...] = ()
    classes: str | None = None
    position: str | None = None
    named_classes: tuple[str, ...] | None = None
    note: str | None = None

    @property
    def columns(self) -> set[str]:
        """The columns that must be gathered."""
        single = (self.prediction, self.probability, self.classes, self.position)
        return {name for name in single if name is not None} | set(self.vector)

    def described(self) -> dict[str, str]:
        """Role to column name, for people."""
        named = {
            "prediction": self.prediction,
            "probability": self.probability,
            "class probabilities": ", ".join(self.vector),
            "classes": self.classes,
            "position": self.position,
        }
        return {role: name for role, name in named.items() if name}


def plain(name: str) -> str:
    """A column name without case and punctuation: `predicted_label` and `PredictedLabel` meet."""
    return "".join(filter(str.isalnum, name)).lower()


def first_named(names: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The column whose plain name stands earliest in `wanted`."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    return next((by_plain[want] for want in wanted if want in by_plain), None)


def find_roles(columns: Mapping[str, object], response: Response) -> Roles:
    """Roles of the columns of one response; raises `BadRecord` where nothing settles them."""
    arrays = {name: as_array(values) for name, values in columns.items()}
    position = _configured(response.record_index, arrays, "record_index") or first_named(
        arrays, POSITION_NAMES
    )
    prediction = _configured(response.prediction, arrays, "prediction")
    probability = _configured(response.probability, arrays, "probability")
    classes = _classes_column(arrays)
    if prediction is not None or probability is not None:
        return Roles(prediction, probability, classes=classes, position=position)
    rest = {
        name: array
        for name, array in arrays.items()
        if plain(name) not in _IDENTITY_NAMES and name not in (position, classes)
    }
    return _inferred(rest or arrays, classes, position)


def _inferred(rest: dict[str, pa.Array], classes: str | None, position: str | None) -> Roles:
    if len(rest) == 1:
        (name,) = rest
        if is_distribution(rest[name]):
            return Roles(probability=name, classes=classes, position=position)
        if plain(name) in ("probability", "predictedprobability", "proba", "prob"):
            return Roles(probability=name, position=position)
        return Roles(prediction=name, position=position)
    prediction = first_named(rest, PREDICTION_NAMES)
    others = [name for name in rest if name != prediction]
    probability = first_named(others, PROBABILITY_NAMES)
    if prediction is None and probability is None:
        return _by_values(rest, position)
    if probability is not None and not _can_be_probability(rest[probability]):
        note = f"{probability} goes beyond 0..1 and is no probability"
        return Roles(prediction or probability, position=position, note=note)
    return Roles(prediction, probability, classes=classes, position=position)


def _by_values(rest: dict[str, pa.Array], position: str | None) -> Roles:
    names = tuple(rest)
    nameless = names == tuple(map(str, range(len(names))))
    if _sums_to_one(rest.values()):
        return Roles(vector=names, named_classes=None if nameless else names, position=position)
    if nameless and len(names) == 2 and _within_unit(rest["1"]):
        note = "column 0 is taken for the prediction and column 1 for its probability"
        return Roles("0", "1", position=position, note=note)
    raise BadRecord(
        "ambiguous_response",
        f"which of the response's columns {', '.join(names) or '(none)'} is the prediction? "
        'Say so in monitor.json: {"response": {"prediction": "NAME or NUMBER"}}',
    )


def _configured(
    column: str | int | None, arrays: Mapping[str, pa.Array], setting: str
) -> str | None:
    if column is None:
        return None
    if isinstance(column, int) and str(column) not in arrays and column < len(arrays):
        return list(arrays)[column]
    if str(column) in arrays:
        return str(column)
    raise BadRecord(
        "missing_column",
        f"the response has no column {column!r} (monitor.json: response.{setting}); "
        f"it has {', '.join(arrays) or 'none'}",
    )


def _classes_column(arrays: Mapping[str, pa.Array]) -> str | None:
    name = first_named(arrays, CLASSES_NAMES)
    return name if name is not None and is_vector(arrays[name]) else None


def is_distribution(array: pa.Array) -> bool:
    """Whether each value speaks of several classes: a list, or an object with a value a class."""
    return is_vector(array) or bool(pa.types.is_struct(array.type))


def is_vector(array: pa.Array) -> bool:
    """Whether each value is a list."""
    return bool(
        pa.types.is_list(array.type)
        or pa.types.is_large_list(array.type)
        or pa.types.is_fixed_size_list(array.type)
    )


def _can_be_probability(array: pa.Array) -> bool:
    return is_distribution(array) or _within_unit(array)


def _within_unit(array: pa.Array) -> bool:
    values = numbers(array).drop_null()
    if not len(values):
        return False
    bounds = pc.min_max(values).as_py()
    return bool(bounds["min"] >= 0.0 and bounds["max"] <= 1.0)


def _sums_to_one(arrays: Iterable[pa.Array]) -> bool:
    columns = [numbers(array) for array in arrays]
    if len(columns) < 2 or not len(columns[0]) or not all(map(_within_unit, columns)):
        return False
    total = columns[0]
    for column in columns[1:]:
        total = pc.add(total, column)
    error = pc.max(pc.abs(pc.subtract(total, 1.0))).as_py()
    return error is not None and error <= _SUM_TOLERANCE
