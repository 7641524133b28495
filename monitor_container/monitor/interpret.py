"""What kind of problem it is, and what a binary model's response means.

Settings decide; then the baseline; what is left is inferred from the data and said, together with
the configuration line that settles it.
"""

from __future__ import annotations

from dataclasses import replace

import ibis

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.comparable import not_comparable
from monitor.facts import Facts, facts_of
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

_MANY_CLASSES = 50
_ENOUGH_PROBABILITIES = 20
_USUAL = frozenset({"-1", "0", "1"})


def interpret(
    evaluated: ibis.Table,
    configuration: Configuration,
    baseline: ProblemType | None = None,
    positive: str | None = None,
) -> Interpretation:
    """How to read the records; `baseline` and `positive` are what the baseline says of them."""
    return interpret_facts(facts_of(evaluated), configuration, baseline, positive)


def interpret_facts(
    facts: Facts,
    configuration: Configuration,
    baseline: ProblemType | None = None,
    positive: str | None = None,
) -> Interpretation:
    """The same, where the facts of the records are known."""
    notes: list[str] = []
    known = configuration.problem_type or baseline
    if known is None:
        known = _infer_problem_type(facts)
        notes.append(
            f'the problem type is taken for {known}; settle it with "problem_type": "{known}"'
        )
    reading = Interpretation(ProblemType(known))
    if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        reading = _binary(reading, facts, configuration, positive, notes)
    refused = not_comparable(reading, facts)
    return replace(reading, refused=refused, notes=tuple(notes))


def _infer_problem_type(facts: Facts) -> ProblemType:
    classes = facts.classes
    are_many = facts.are_too_many or len(classes) > _MANY_CLASSES
    if facts.fractional_labels or (not facts.text_labels and are_many):
        return ProblemType.REGRESSION
    numeric = facts.fractional_predictions and not facts.text_labels
    if numeric and not facts.within_unit:
        return ProblemType.REGRESSION
    if (
        not facts.are_too_many
        and len(classes) <= 2
        and not (facts.vectors and not facts.probabilities)
    ):
        return ProblemType.BINARY_CLASSIFICATION
    return ProblemType.REGRESSION if numeric else ProblemType.MULTICLASS_CLASSIFICATION


def _binary(
    reading: Interpretation,
    facts: Facts,
    configuration: Configuration,
    baseline_positive: str | None,
    notes: list[str],
) -> Interpretation:
    classes = facts.classes
    positive = _canonical(configuration.positive_label) or baseline_positive
    if positive is None:
        positive = "1" if _USUAL.issuperset(classes) else classes[-1]
        if positive != "1":
            notes.append(
                f"{positive!r} is taken for the positive label; "
                f'settle it with "positive_label": "{positive}"'
            )
    others = [label for label in classes if label != positive]
    negative = others[0] if others else ("0" if positive == "1" else f"not {positive}")
    return replace(
        reading,
        positive=positive,
        negative=negative,
        scored=facts.bare_fractions and facts.within_unit,
        of_predicted=_of_predicted(facts, configuration, notes),
    )


def _of_predicted(facts: Facts, configuration: Configuration, notes: list[str]) -> bool:
    """Whether the probability is the predicted label's: told, or evident as none is below 0.5."""
    if configuration.probability_of is not None:
        return configuration.probability_of == "predicted"
    enough = facts.labelled_probabilities >= _ENOUGH_PROBABILITIES
    if enough and facts.evidently_of_predicted:
        notes.append(
            "no probability is below 0.5, so it is taken for the predicted label's; "
            'settle it with "probability_of": "predicted" (or "positive")'
        )
        return True
    return False


def _canonical(label: str | int | bool | None) -> str | None:
    return None if label is None else canonical_labels([label])[0].as_py()
