"""What windows are compared with: a baseline made from validation data, or one that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa

from inference_records.canonical import as_array, canonical_labels, numbers
from inference_records.configuration import Configuration
from inference_records.label_columns import LABEL_NAMES
from inference_records.predictions import predictions
from inference_records.role_names import PREDICTION_NAMES, PROBABILITY_NAMES, first_named
from inference_records.roles import Roles
from monitor.aggregate import aggregate
from monitor.constraints import SECTIONS, BadConstraints, Constraint, Constraints, parse, suggest
from monitor.engine import arrow_table, connect
from monitor.facts import facts_of
from monitor.interpret import interpret
from monitor.judgement import measure
from monitor.locations import Location
from monitor.metrics import FOLDS, ProblemType, Uncertainty, load_custom, registered
from monitor.quality import NO_HEALTH, Quality
from monitor.reports import CONSTRAINTS_FILE, STATISTICS_FILE
from monitor.uncertainty_document import parse_uncertainty
from monitor.windows import Window

_NEVER = datetime.fromtimestamp(0, UTC)


class BadValidationData(ValueError):
    """The validation data cannot serve as a baseline; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known of the model from before: nothing, unless it is given."""

    constraints: tuple[Constraint, ...] = ()
    problem_type: ProblemType | None = None
    positive: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    """Its own metrics, as far as they were defined: what people compare a window's with."""
    errors: Mapping[str, Uncertainty] = field(default_factory=dict)
    """Of its metrics, as far as they are known."""
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Of the errors of two metrics, names in order."""


def load_custom_metrics(configuration: Configuration) -> None:
    """Register the user's own metrics, which a constraint may name without saying a direction."""
    for path in configuration.custom_metrics:
        load_custom(path)


def read_baseline(constraints: Location | None, statistics: Location | None) -> Baseline:
    """A baseline from its two files, either of which may be missing."""
    rules = Constraints()
    if constraints is not None:
        rules = parse(_document(constraints), constraints.address)
    if statistics is None or not statistics.exists():
        return Baseline(rules.items, rules.problem_type)
    document = _document(statistics)
    told = document.get("batch_payload_monitor", {})
    problem_type = rules.problem_type or told.get("problem_type")
    if problem_type not in (None, *ProblemType):
        raise BadConstraints(f"{statistics.address}: problem_type {problem_type!r} is unknown")
    errors, correlations = parse_uncertainty(told.get("uncertainty") or {})
    return Baseline(
        rules.items,
        ProblemType(problem_type) if problem_type else None,
        told.get("positive_label"),
        _values(document),
        errors,
        correlations,
    )


def _values(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among a baseline's metrics; an older one may hold anything beside them."""
    found: dict[str, float] = {}
    for section in SECTIONS.values():
        metrics = document.get(f"{section}_metrics")
        for name, scalar in metrics.items() if isinstance(metrics, dict) else ():
            value = scalar.get("value") if isinstance(scalar, dict) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[name] = float(value)
    return found


def _document(location: Location) -> dict[str, Any]:
    try:
        document = orjson.loads(location.read())
    except orjson.JSONDecodeError as error:
        raise BadConstraints(f"{location.address}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadConstraints(f"{location.address}: not a JSON object")
    return document


def read_baseline_folder(folder: Location) -> Baseline:
    """A baseline from the folder that `baseline` wrote, or from a constraints file alone."""
    if folder.path.endswith(".json"):
        return read_baseline(folder, None)
    return read_baseline(folder / CONSTRAINTS_FILE, folder / STATISTICS_FILE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of the validation data hold what; None: found by name."""

    label: str | None = None
    prediction: str | None = None
    probability: str | None = None


def make_baseline(
    frame: pd.DataFrame, columns: Columns, configuration: Configuration, margin: float = 0.0
) -> Quality:
    """Quality on validation data, with the constraints that it suggests."""
    load_custom_metrics(configuration)
    table = _evaluated(frame, _named(frame, columns), configuration)
    backend = connect()
    records = arrow_table(backend, "validation", table)
    records = records.filter(records.label.notnull())
    reading = interpret(facts_of(records), configuration)
    needed = {name for m in registered(reading.problem_type) for name in m.parameters}
    cells = aggregate(records, reading, configuration, needed)
    statistics = cells.get(("", 0))
    if statistics is None or not statistics.count:
        nothing = "no row has both a label and a prediction to compare it with"
        raise BadValidationData(reading.refused or nothing)
    quality = measure("", "", Window(_NEVER, _NEVER), reading, statistics, NO_HEALTH)
    rules = suggest(registered(reading.problem_type), quality.values, margin)
    return replace(quality, constraints=rules)


def _named(frame: pd.DataFrame, columns: Columns) -> Columns:
    names = [str(name) for name in frame.columns]
    label = columns.label or first_named(names, LABEL_NAMES)
    rest = [name for name in names if name != label]
    prediction = columns.prediction or first_named(rest, PREDICTION_NAMES)
    rest = [name for name in rest if name != prediction]
    probability = columns.probability or first_named(rest, PROBABILITY_NAMES)
    for option, name in (
        ("label", label),
        ("prediction", prediction),
        ("probability", probability),
    ):
        if name is not None and name not in names:
            raise BadValidationData(f"--{option}: no column {name!r} among {', '.join(names)}")
    if label is None:
        raise BadValidationData(
            f"which column is the label? Say --label; it has {', '.join(names)}"
        )
    if prediction is None and probability is None:
        raise BadValidationData(
            f"which column is the prediction? Say --prediction or --probability; "
            f"it has {', '.join(names)}"
        )
    return Columns(label, prediction, probability)


def _evaluated(frame: pd.DataFrame, columns: Columns, configuration: Configuration) -> pa.Table:
    """Validation rows in the shape of evaluated records, each a request of its own."""
    count = len(frame)
    arrays = {
        name: as_array(pa.array(frame[name], from_pandas=True))
        for name in (columns.label, columns.prediction, columns.probability)
        if name is not None
    }
    label = arrays[str(columns.label)]
    said = predictions(arrays, Roles(columns.prediction, columns.probability), configuration, count)
    return pa.table(
        {
            "variant": pa.repeat("", count),
            "window": pa.repeat(pa.scalar(0, pa.int64()), count),
            "request": pa.array(map(str, range(count)), pa.string()),
            "record_index": pa.repeat(pa.scalar(0, pa.int32()), count),
            "record_count": pa.repeat(pa.scalar(1, pa.int32()), count),
            "fold": pa.array(
                [i * 2_654_435_761 % 4_294_967_291 % FOLDS for i in range(count)], pa.int8()
            ),
            "label": canonical_labels(label),
            "label_value": numbers(label),
            "prediction": said.prediction,
            "prediction_value": said.prediction_value,
            "probability": said.probability,
            "probabilities": said.probabilities,
            "classes": said.classes,
        }
    )
