"""Whether predictions and labels speak of the same classes at all; if not, nothing is judged.

An accuracy of 0 would page somebody for a missing setting.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from monitor.facts import Facts
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType, label_order
from monitor.metrics.inputs import MAXIMUM_CLASSES

_SHOWN = 10
_ENOUGH_RECORDS = 20


def not_comparable(reading: Interpretation, facts: Facts) -> str | None:
    """The reason why records cannot be judged, with what to do about it; None if they can."""
    if reading.problem_type == ProblemType.REGRESSION or reading.scored:
        return None
    binary = reading.problem_type == ProblemType.BINARY_CLASSIFICATION
    if binary and facts.bare_fractions:
        return (
            f"the response is a bare number from {facts.lowest:.6g} to {facts.highest:.6g}, which "
            "is no probability of a binary label: let the model answer with a probability or a "
            'label, or, if it predicts a number, say "problem_type": "Regression"'
        )
    if facts.are_too_many or len(facts.classes) > MAXIMUM_CLASSES:
        return (
            f"there are more than {MAXIMUM_CLASSES:,} different labels: name the columns of label "
            'and prediction, or, if they are numbers, say "problem_type": "Regression"'
        )
    return _nothing_shared(facts)


def _nothing_shared(facts: Facts) -> str | None:
    labels, predicted = facts.labels, facts.predicted
    if not labels or not predicted or not set(labels).isdisjoint(predicted):
        return None
    # A few records may all be predicted wrongly; names and numbers are never the same classes.
    kinds = {_numeric(label) for label in labels}, {_numeric(label) for label in predicted}
    if not kinds[0].isdisjoint(kinds[1]):
        several = len(labels) > 1 and len(predicted) > 1
        if not several or facts.records < _ENOUGH_RECORDS:
            return None
    found = sorted(labels, key=label_order)[:_SHOWN]
    return (
        f"the model predicts {_listed(predicted)} and the labels are {_listed(labels)}: they share "
        "no class. Name the classes in the order of the model's probabilities, "
        f'"classes": {json.dumps(found, ensure_ascii=False)}, '
        "or write the labels as the model predicts them"
    )


def _numeric(label: str) -> bool:
    return not label_order(label)[0] and math.isfinite(float(label))


def _listed(labels: Sequence[str]) -> str:
    more = ", ..." if len(labels) > _SHOWN else ""
    return ", ".join(map(repr, labels[:_SHOWN])) + more
