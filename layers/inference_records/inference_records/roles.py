"""Which column of a response is the prediction, and which the probability.

Found by configuration, else by name, else by what the values can be; decided once per captured
file and shape. What stays ambiguous is refused with the configuration line that settles it.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from inference_records.canonical import as_array
from inference_records.column_values import (
    is_distribution,
    is_vector,
    sum_to_one,
    unwrapped,
    whole_numbers,
    within_unit,
)
from inference_records.configuration import Configuration
from inference_records.rejections import BadRecord
from inference_records.role_names import (
    CLASSES_NAMES,
    ERROR_NAMES,
    IDENTITY_NAMES,
    POSITION_NAMES,
    PREDICTION_NAMES,
    PROBABILITY_NAMES,
    configured_column,
    first_named,
    plain,
)


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

    @property
    def numeric(self) -> set[str]:
        """The columns of which nothing but numbers is wanted."""
        single = (self.probability, self.position)
        return {name for name in single if name is not None} - {self.prediction} | set(self.vector)

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


def find_roles(
    columns: Mapping[str, object],
    configuration: Configuration,
    refuted: Collection[Assumption] = frozenset(),
) -> Roles:
    """Roles of the columns of one response; raises `BadRecord` where nothing settles them."""
    arrays = {name: unwrapped(as_array(values)) for name, values in columns.items()}
    response = configuration.response
    position = configured_column(response.record_index, arrays, "record_index") or first_named(
        arrays, POSITION_NAMES
    )
    prediction = configured_column(response.prediction, arrays, "prediction")
    probability = configured_column(response.probability, arrays, "probability")
    classes = _classes_column(arrays)
    if prediction is not None or probability is not None:
        return Roles(prediction, probability, classes=classes, position=position)
    rest = {
        name: array
        for name, array in arrays.items()
        if plain(name) not in IDENTITY_NAMES and name not in (position, classes)
    }
    if rest and all(plain(name) in ERROR_NAMES for name in rest):
        raise BadRecord("error_response", f"the response is an error: it has {', '.join(rest)}")
    if configuration.problem_type == "Regression":
        return replace(_of_regression(tuple(rest or arrays)), position=position)
    roles = _inferred(rest or arrays, classes, refuted, configuration.classes)
    return replace(roles, position=position)


def supported(roles: Roles, columns: Mapping[str, pa.Array]) -> bool | None:
    """Whether values bear out what the roles assume; None if they say nothing about it."""
    if roles.assumes is Assumption.SUM_TO_ONE:
        first, *others = (columns[name] for name in roles.vector)
        is_one = sum_to_one([first, *others])
        # 0,1 may as well be a label and its probability: only a fraction tells.
        return None if is_one and len(others) == 1 and whole_numbers(first) else is_one
    if roles.assumes is not None and roles.probability is not None:
        return within_unit(unwrapped(columns[roles.probability]))
    return True


def _of_regression(names: tuple[str, ...]) -> Roles:
    """No value is a probability, whatever it is called and looks like."""
    prediction = names[0] if len(names) == 1 else first_named(names, PREDICTION_NAMES)
    prediction = prediction or first_named(names, ("score", "scores"))
    if prediction is None:
        raise _ambiguous(names)
    return Roles(prediction)


def _inferred(
    rest: dict[str, pa.Array],
    classes: str | None,
    refuted: Collection[Assumption],
    class_names: tuple[str | int, ...] | None,
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
    lists = [name for name in others if is_distribution(rest[name])]
    probability = first_named(lists, PROBABILITY_NAMES) or first_named(others, PROBABILITY_NAMES)
    if prediction is None and probability is None:
        return _by_values(tuple(rest), refuted, class_names)
    if probability is None or is_distribution(rest[probability]):
        return Roles(prediction, probability, classes=classes)
    if Assumption.WITHIN_UNIT in refuted:
        note = f"{probability} is not within 0..1 and is no probability"
        return Roles(prediction or probability, note=note)
    return Roles(prediction, probability, classes=classes, assumes=Assumption.WITHIN_UNIT)


def _by_values(
    names: tuple[str, ...],
    refuted: Collection[Assumption],
    class_names: tuple[str | int, ...] | None,
) -> Roles:
    nameless = names == tuple(map(str, range(len(names))))
    named = None if nameless else names
    if len(names) > 2 and class_names is not None and len(class_names) == len(names):
        return Roles(vector=names, named_classes=named)
    if len(names) > 1 and Assumption.SUM_TO_ONE not in refuted:
        note = f"columns {', '.join(names)} add up to 1 and are taken for class probabilities; "
        note += _PAIR if len(names) == 2 else _CLASSES
        return Roles(vector=names, named_classes=named, note=note, assumes=Assumption.SUM_TO_ONE)
    if nameless and len(names) == 2 and Assumption.LABEL_AND_PROBABILITY not in refuted:
        note = "by its values column 0 is taken for the prediction and column 1 for its "
        note += 'probability; settle it in monitor.json: {"response": {"prediction": 0, '
        note += '"probability": 1}}'
        return Roles("0", "1", note=note, assumes=Assumption.LABEL_AND_PROBABILITY)
    raise _ambiguous(names)


_PAIR = (
    "if they are a label and its probability, say so in monitor.json: "
    '{"response": {"prediction": "NAME or NUMBER", "probability": "NAME or NUMBER"}}'
)
_CLASSES = 'settle it in monitor.json: {"classes": ["NAME", …]}, a name a column'


def _ambiguous(names: tuple[str, ...]) -> BadRecord:
    return BadRecord(
        "ambiguous_response",
        f"which of the response's columns {', '.join(names) or '(none)'} is the prediction? "
        'Say so in monitor.json: {"response": {"prediction": "NAME or NUMBER"}}',
    )


def _classes_column(arrays: Mapping[str, pa.Array]) -> str | None:
    name = first_named(arrays, CLASSES_NAMES)
    return name if name is not None and is_vector(arrays[name]) else None
