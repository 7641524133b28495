"""What an engine counts of the evaluated records before anything is decided about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import ibis
from ibis import _

from inference_records.column_values import UNIT_TOLERANCE
from monitor.metrics import label_order
from monitor.metrics.inputs import MAXIMUM_CLASSES

_SURELY = 0.5


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts and bounds of labels, predictions and probabilities."""

    records: int
    probabilities: int
    vectors: int
    fractional_predictions: int
    fractional_labels: int
    text_labels: int
    text_predictions: int
    lowest: float | None
    highest: float | None
    lowest_probability: float | None
    labelled_probabilities: int
    labels: tuple[str, ...] = ()
    predicted: tuple[str, ...] = ()
    """Predicted classes; none where predictions are numbers with fractions."""
    are_too_many: bool = False
    """More labels or predictions than a classifier may have classes: those are not told then."""

    @property
    def classes(self) -> list[str]:
        """The classes that occur; a window may have labels of one class only, predict others."""
        return sorted({*self.labels, *self.predicted}, key=label_order)

    @property
    def within_unit(self) -> bool:
        """Whether bare predictions may be probabilities, rounded in single precision."""
        if self.lowest is None or self.highest is None:
            return False
        return self.lowest >= -UNIT_TOLERANCE and self.highest <= 1 + UNIT_TOLERANCE

    @property
    def bare_fractions(self) -> bool:
        """Whether the response is a bare number with a fraction."""
        return bool(
            not self.probabilities and not self.text_predictions and self.fractional_predictions
        )

    @property
    def evidently_of_predicted(self) -> bool:
        """Whether no probability is below one half though both labels are predicted."""
        lowest = self.lowest_probability
        sure = lowest is not None and lowest >= _SURELY
        return sure and not self.vectors and len(self.predicted) == 2


def facts_of(evaluated: ibis.Table) -> Facts:
    """The facts of evaluated records."""
    everything = evaluated.mutate(window=ibis.literal(0, "int64"))
    return facts_by_window(everything).get(0, NO_FACTS)


def facts_by_window(evaluated: ibis.Table) -> dict[int, Facts]:
    """The facts of the evaluated records of each window that has some."""
    value, label = _.prediction_value, _.label_value
    found = evaluated.group_by("window").aggregate(
        records=_.count(),
        probabilities=_.probability.count(),
        vectors=_.probabilities.count(),
        # Not floor(), which Ibis casts to a whole number that large values do not fit.
        fractional_predictions=(value % 1 != 0).sum().fill_null(0),
        fractional_labels=(label % 1 != 0).sum().fill_null(0),
        text_labels=label.isnull().sum().fill_null(0),
        text_predictions=(_.prediction.notnull() & value.isnull()).sum().fill_null(0),
        lowest=value.min(),
        highest=value.max(),
        lowest_probability=_.probability.min(),
        labelled_probabilities=(_.probability.notnull() & _.prediction.notnull())
        .sum()
        .fill_null(0),
    )
    labels = _distinct(evaluated, "label")
    counts = {row.pop("window"): row for row in found.to_pyarrow().to_pylist()}
    whole = [window for window, row in counts.items() if not row["fractional_predictions"]]
    predicted = _distinct(evaluated.filter(_.window.isin(whole)), "prediction") if whole else {}
    return {
        window: classes_of(Facts(**row), labels.get(window, ()), predicted.get(window, ()))
        for window, row in counts.items()
    }


def classes_of(
    facts: Facts, labels: Collection[str] | None, predicted: Collection[str] | None
) -> Facts:
    """Facts with the classes that occur; None are too many, and so may be those that are given."""
    found = [
        () if some is None or len(some) > MAXIMUM_CLASSES else tuple(sorted(some, key=label_order))
        for some in (labels, predicted)
    ]
    too_many = any(some is None or len(some) > MAXIMUM_CLASSES for some in (labels, predicted))
    return replace(facts, labels=found[0], predicted=found[1], are_too_many=too_many)


def _distinct(evaluated: ibis.Table, name: str) -> dict[int, list[str]]:
    """The values of a column in order, or one more of them than a classifier may have."""
    values = evaluated.select("window", value=evaluated[name]).drop_null().distinct()
    number = ibis.row_number().over(group_by="window", order_by="value")
    few = values.mutate(number=number).filter(_.number <= MAXIMUM_CLASSES)
    found: dict[int, list[str]] = {}
    for row in few.select("window", "value").to_pyarrow().to_pylist():
        found.setdefault(row["window"], []).append(row["value"])
    return found


NO_FACTS = Facts(
    records=0,
    probabilities=0,
    vectors=0,
    fractional_predictions=0,
    fractional_labels=0,
    text_labels=0,
    text_predictions=0,
    lowest=None,
    highest=None,
    lowest_probability=None,
    labelled_probabilities=0,
)
