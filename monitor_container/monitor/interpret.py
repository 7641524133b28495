"""What kind of problem it is, and what a binary model's response means.

Settings decide; then the baseline; what is left is inferred from the data and said, together with
the configuration line that settles it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
from ibis import _

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.metrics import ProblemType, label_order

_MANY_CLASSES = 50
_DISTINCT_LABELS = 1_000


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How predictions and labels are to be read; `notes` tell what was inferred."""

    problem_type: ProblemType
    positive: str | None = None
    negative: str | None = None
    scored: bool = False
    """A binary model answers with a bare number: the positive label's probability."""
    notes: tuple[str, ...] = field(default=())


def interpret(
    evaluated: ibis.Table,
    configuration: Configuration,
    baseline: ProblemType | None = None,
    positive: str | None = None,
) -> Interpretation:
    """How to read the records; `baseline` and `positive` are what the baseline says of them."""
    facts = _facts(evaluated)
    labels = _labels(evaluated, with_predictions=not facts["fractional_predictions"])
    notes: list[str] = []
    known = configuration.problem_type or baseline
    if known is None:
        known = _infer_problem_type(facts, labels)
        notes.append(
            f'the problem type is taken for {known}; settle it with "problem_type": "{known}"'
        )
    reading = Interpretation(ProblemType(known))
    if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        reading = _binary(reading, facts, labels, configuration, positive, notes)
    return replace(reading, notes=tuple(notes))


def _facts(evaluated: ibis.Table) -> dict[str, Any]:
    value, label = _.prediction_value, _.label_value
    facts = evaluated.aggregate(
        probabilities=_.probability.count(),
        vectors=_.probabilities.count(),
        # Not floor(), which Ibis casts to a whole number that large values do not fit.
        fractional_predictions=(value % 1 != 0).sum().fill_null(0),
        fractional_labels=(label % 1 != 0).sum().fill_null(0),
        text_labels=label.isnull().sum().fill_null(0),
        text_predictions=(_.prediction.notnull() & value.isnull()).sum().fill_null(0),
        lowest=value.min(),
        highest=value.max(),
    )
    found: dict[str, Any] = facts.to_pyarrow().to_pylist()[0]
    return found


def _labels(evaluated: ibis.Table, with_predictions: bool) -> list[str]:
    """The classes that occur; a window may have labels of one class only, and predict others."""
    labels = evaluated.select("label")
    if with_predictions:
        labels = labels.union(evaluated.select(label="prediction").drop_null())
    column = labels.distinct().limit(_DISTINCT_LABELS).to_pyarrow()["label"]
    return sorted(column.to_pylist(), key=label_order)


def _infer_problem_type(facts: dict[str, Any], labels: Sequence[str]) -> ProblemType:
    if facts["fractional_labels"] or (not facts["text_labels"] and len(labels) > _MANY_CLASSES):
        return ProblemType.REGRESSION
    numeric = facts["fractional_predictions"] and not facts["text_labels"]
    if numeric and not 0 <= facts["lowest"] <= facts["highest"] <= 1:
        return ProblemType.REGRESSION
    if len(labels) <= 2 and not (facts["vectors"] and not facts["probabilities"]):
        return ProblemType.BINARY_CLASSIFICATION
    return ProblemType.REGRESSION if numeric else ProblemType.MULTICLASS_CLASSIFICATION


def _binary(
    reading: Interpretation,
    facts: dict[str, Any],
    labels: Sequence[str],
    configuration: Configuration,
    baseline_positive: str | None,
    notes: list[str],
) -> Interpretation:
    positive = _canonical(configuration.positive_label) or baseline_positive
    if positive is None:
        positive = labels[-1] if labels and "1" not in labels and "0" not in labels else "1"
        if positive != "1":
            notes.append(
                f"{positive!r} is taken for the positive label; "
                f'settle it with "positive_label": "{positive}"'
            )
    others = [label for label in labels if label != positive]
    negative = others[0] if others else ("0" if positive == "1" else f"not {positive}")
    scored = bool(
        not facts["probabilities"]
        and not facts["text_predictions"]
        and facts["fractional_predictions"]
        and facts["lowest"] >= 0
        and facts["highest"] <= 1
    )
    return replace(reading, positive=positive, negative=negative, scored=scored)


def _canonical(label: str | int | bool | None) -> str | None:
    return None if label is None else canonical_labels([label])[0].as_py()


def read_binary(
    evaluated: ibis.Table, reading: Interpretation, configuration: Configuration
) -> ibis.Table:
    """Records of a binary model with the positive label's probability and a predicted label."""
    positive, negative = ibis.literal(reading.positive), ibis.literal(reading.negative)
    if reading.scored:
        table = evaluated.mutate(probability=_.prediction_value, prediction=ibis.null("string"))
    else:
        table = evaluated.mutate(probability=_of_positive(positive, configuration))
    by_threshold = ibis.ifelse(_.probability >= configuration.threshold, positive, negative)
    predicted = ibis.ifelse(_.probability.notnull(), by_threshold, None)
    return table.mutate(prediction=ibis.coalesce(_.prediction, predicted))


def _of_positive(positive: Any, configuration: Configuration) -> Any:
    """The positive label's own among named class probabilities, else as the settings say."""
    told = _.probability
    if configuration.probability_of == "predicted":
        told = ibis.ifelse(_.prediction == positive, told, 1 - told)
    place = _.classes.index(positive)
    return ibis.coalesce(ibis.ifelse(place >= 0, _.probabilities[place], None), told)
