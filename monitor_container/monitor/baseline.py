"""What windows are compared with: a baseline made from validation data, or one that is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import ibis
import orjson
import pandas as pd

from inference_records.configuration import BadConfiguration, Configuration
from monitor.aggregate import aggregate, read_records
from monitor.baseline_document import details_in, read_document, values_in
from monitor.constraints import BadConstraints, Constraint, Constraints, parse, suggest
from monitor.correlations import correlations
from monitor.engine import arrow_table, connect
from monitor.errors import sources
from monitor.facts import facts_of
from monitor.interpret import interpret
from monitor.interpretation import Interpretation
from monitor.judgement import measure
from monitor.labelled import labelled
from monitor.locations import Location
from monitor.metrics import ProblemType, Uncertainty, load_custom, registered
from monitor.positions import pictures
from monitor.quality import NO_HEALTH, Quality
from monitor.reports import CONSTRAINTS_FILE, STATISTICS_FILE
from monitor.uncertainty_document import parse_uncertainty
from monitor.validation_rows import BadValidationData as BadValidationData
from monitor.validation_rows import Columns as Columns
from monitor.validation_rows import validation_rows
from monitor.windows import Window
from monitor.wording import count

_ENOUGH_ROWS = 100
_FEW = (
    "a baseline of {} is known too loosely to be trusted: hardly any window can be worse than it "
    "beyond chance; take some hundred rows, better some thousand"
)
_NEVER = datetime.fromtimestamp(0, UTC)
_INDEPENDENT = (
    "no column says which rows were one request (--request), so that each row counts as "
    "independent of all others"
)


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
    details: Mapping[str, Any] = field(default_factory=dict)
    """Curves, matrices and counts of its document, for the pages."""
    address: str = field(default="the baseline", compare=False)
    """Where it was read from, for messages."""

    @property
    def classes(self) -> frozenset[str]:
        """The classes of a classifier that its matrix knows."""
        found = self.details.get("confusion_matrix")
        return frozenset(found) if isinstance(found, dict) else frozenset()

    @property
    def tenths(self) -> tuple[float, ...]:
        """Where the tenths of its predictions end, of a regression; else nothing."""
        found = self.details.get("tenths")
        return tuple(map(float, found)) if isinstance(found, list) else ()


def load_custom_metrics(configuration: Configuration) -> None:
    """Register the user's own metrics, which constraints and settings may name.

    Raises `BadConfiguration` where the settings name one that there is not.
    """
    for path in configuration.custom_metrics:
        load_custom(path)
    known = {metric.name for kind in ProblemType for metric in registered(kind)}
    if unknown := sorted(configuration.verdicts.drops.keys() - known):
        raise BadConfiguration(
            f"`$.verdicts.drops` names {', '.join(unknown)}, and no metric is called so: "
            "docs/metrics.md lists those there are"
        )


def read_baseline(constraints: Location | None, statistics: Location | None) -> Baseline:
    """A baseline from its two files, either of which may be missing."""
    rules = Constraints()
    if constraints is not None:
        rules = parse(read_document(constraints), constraints.address)
    address = next((given.address for given in (constraints, statistics) if given), "")
    if statistics is None or not statistics.exists():
        return Baseline(rules.items, rules.problem_type, address=address)
    document = read_document(statistics)
    told = document.get("batch_payload_monitor", {})
    problem_type = rules.problem_type or told.get("problem_type")
    if problem_type not in (None, *ProblemType):
        raise BadConstraints(f"{statistics.address}: problem_type {problem_type!r} is unknown")
    if told.get("problem_type") not in (None, problem_type):
        raise BadConstraints(
            f"{address} is of a {problem_type} model, and {statistics.address} of a "
            f"{told['problem_type']} model: they are of two baselines; make one anew"
        )
    errors, correlations = parse_uncertainty(told.get("uncertainty") or {})
    return Baseline(
        rules.items,
        ProblemType(problem_type) if problem_type else None,
        told.get("positive_label"),
        values_in(document),
        errors,
        correlations,
        details_in(document, told),
        address,
    )


def read_baseline_folder(folder: Location) -> Baseline:
    """A baseline from the folder that `baseline` wrote, or from a constraints file alone."""
    if folder.path.endswith(".json"):
        return read_baseline(folder, None)
    return read_baseline(folder / CONSTRAINTS_FILE, folder / STATISTICS_FILE)


def make_baseline(
    frame: pd.DataFrame, columns: Columns, configuration: Configuration, margin: float = 0.0
) -> Quality:
    """Quality on validation data, with the constraints that it suggests."""
    load_custom_metrics(configuration)
    rows = validation_rows(frame, columns, configuration)
    records = arrow_table(connect(), "validation", rows.table)
    records = records.filter(records.label.notnull())
    reading = interpret(records, configuration)
    classes = facts_of(records).classes
    if reading.positive is not None and classes and reading.positive not in classes:
        raise BadValidationData(
            f"no row has the positive label {reading.positive!r}: labels and predictions are "
            f"{', '.join(classes)}"
        )
    needed = {name for m in registered(reading.problem_type) for name in m.parameters}
    statistics = aggregate(records, reading, configuration, needed).get(("", 0))
    if statistics is None or not statistics.count:
        nothing = "no row has both a label and a prediction to compare it with"
        raise BadValidationData(reading.refused or nothing)
    quality = measure("", "", Window(_NEVER, _NEVER), reading, statistics, NO_HEALTH)
    inputs = {("", 0): statistics.inputs}
    found = sources(read_records(records, reading, configuration), reading, configuration, inputs)
    notes = [*reading.notes, *([] if rows.requests_known else [_INDEPENDENT])]
    if quality.judged < _ENOUGH_ROWS:
        notes.append(_FEW.format(count(quality.judged, "row")))
    reading = replace(reading, notes=tuple(notes))
    return replace(
        quality,
        reading=reading,
        constraints=suggest(registered(reading.problem_type), quality.values, margin),
        correlations=correlations(found),
        requests_known=rows.requests_known,
        labelled=labelled(records, {reading: [0]}).get(("", 0), "[]"),
        pictures=_pictures(records, reading, configuration),
    )


def _pictures(records: ibis.Table, reading: Interpretation, configuration: Configuration) -> str:
    """What `positions` counts, and where the tenths of a regression's predictions end."""
    counted = pictures(records, records, {reading: [0]}, configuration).get(("", 0), "{}")
    if reading.problem_type != ProblemType.REGRESSION:
        return counted
    tenths = [records.prediction_value.quantile(tenth / 10) for tenth in range(1, 10)]
    edges = records.aggregate(**{f"t{n}": edge for n, edge in enumerate(tenths, 1)})
    (found,) = edges.to_pyarrow().to_pylist()
    document = {**orjson.loads(counted), "tenths": list(found.values())}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()
