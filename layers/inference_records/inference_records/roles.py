"""Which column of a response is the prediction, and which the probability.

Found by configuration, else by name, else by what the values can be; decided once per captured
file and shape. What stays ambiguous is refused with the configuration line that settles it.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from inference_records.canonical import as_array
from inference_records.column_values import (
    is_distribution,
    is_vector,
    sum_to_one,
    unwrapped,
    within_unit,
)
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


class Assumption(enum.Enum):
    """What roles rest on beside names. A file's values must bear it out, or it is given up."""

    WITHIN_UNIT = enum.auto()
    SUM_TO_ONE = enum.auto()
    LABEL_AND_PROBABILITY = enum.auto()


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
    assumes: Assumption | None = None

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


def find_roles(
    columns: Mapping[str, object],
    response: Response,
    refuted: Collection[Assumption] = frozenset(),
) -> Roles:
    """Roles of the columns of one response; raises `BadRecord` where nothing settles them."""
    arrays = {name: unwrapped(as_array(values)) for name, values in columns.items()}
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
    return replace(_inferred(rest or arrays, classes, refuted), position=position)


def supported(roles: Roles, columns: Mapping[str, pa.Array]) -> bool | None:
    """Whether values bear out what the roles assume; None if they say nothing about it."""
    if roles.assumes is Assumption.SUM_TO_ONE:
        return sum_to_one([columns[name] for name in roles.vector])
    if roles.assumes is not None and roles.probability is not None:
        return within_unit(unwrapped(columns[roles.probability]))
    return True


def _inferred(
    rest: dict[str, pa.Array], classes: str | None, refuted: Collection[Assumption]
) -> Roles:
    if len(rest) == 1:
        (name,) = rest
        if is_distribution(rest[name]):
            return Roles(probability=name, classes=classes)
        if plain(name) in ("probability", "predictedprobability", "proba", "prob"):
            return Roles(probability=name)
        return Roles(prediction=name)
    prediction = first_named(rest, PREDICTION_NAMES)
    others = [name for name in rest if name != prediction]
    probability = first_named(others, PROBABILITY_NAMES)
    if prediction is None and probability is None:
        return _by_values(tuple(rest), refuted)
    if probability is None or is_distribution(rest[probability]):
        return Roles(prediction, probability, classes=classes)
    if Assumption.WITHIN_UNIT in refuted:
        note = f"{probability} is not within 0..1 and is no probability"
        return Roles(prediction or probability, note=note)
    return Roles(prediction, probability, classes=classes, assumes=Assumption.WITHIN_UNIT)


def _by_values(names: tuple[str, ...], refuted: Collection[Assumption]) -> Roles:
    nameless = names == tuple(map(str, range(len(names))))
    if len(names) > 1 and Assumption.SUM_TO_ONE not in refuted:
        named = None if nameless else names
        return Roles(vector=names, named_classes=named, assumes=Assumption.SUM_TO_ONE)
    if nameless and len(names) == 2 and Assumption.LABEL_AND_PROBABILITY not in refuted:
        note = "column 0 is taken for the prediction and column 1 for its probability"
        return Roles("0", "1", note=note, assumes=Assumption.LABEL_AND_PROBABILITY)
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
