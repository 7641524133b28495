"""Whether a baseline can be of this model at all: one of another kind passes what it cannot see.

What settings say is compared with what the baseline says; where they are silent, what was captured
must evidently be of another kind before anything is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from inference_records.configuration import Configuration
from monitor.baseline import Baseline
from monitor.facts import Facts
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

MISFIT = "the baseline is of another kind of model"
_ENOUGH_RECORDS = 20
_TWO = 2


class WrongBaseline(ValueError):
    """The baseline is of another model; the message says of which, and what to do."""


def check_fits(baseline: Baseline, configuration: Configuration, settings: str) -> None:
    """Raises `WrongBaseline` where the settings at an address speak of another kind of problem."""
    said, known = configuration.problem_type, baseline.problem_type
    if said is not None and known is not None and said != known:
        raise WrongBaseline(
            f"{baseline.address} is the baseline of a {known} model, and {settings} says "
            f'"problem_type": "{said}": give the baseline of this model, make one '
            "(`python -m monitor baseline`), or correct the settings"
        )


def misfit(facts: Facts, baseline: Baseline, configuration: Configuration) -> str | None:
    """The reason why records are none of a baseline's model; None if they may be."""
    known = baseline.problem_type
    if known is None or configuration.problem_type is not None or facts.records < _ENOUGH_RECORDS:
        return None
    if (found := _EVIDENCE[known](facts, baseline)) is None:
        return None
    return (
        f"{MISFIT}: it says {known}, and {found}. Give the baseline of this model, or make one "
        "(`python -m monitor baseline`); if the baseline is right, "
        f'"problem_type": "{known}" in monitor.json (--config) says so'
    )


def check_read(readings: Collection[Interpretation], baseline: Baseline) -> None:
    """Raises `WrongBaseline` where every reading of a model's records is refused for it."""
    refused = [reading.refused for reading in readings]
    if refused and all(reason and reason.startswith(MISFIT) for reason in refused):
        raise WrongBaseline(f"{baseline.address}: {refused[0]}")


def check_kinds(kinds: Collection[ProblemType], baseline: Baseline) -> None:
    """Raises `WrongBaseline` where none of some windows was read as the baseline's problem."""
    known = baseline.problem_type
    if known is not None and kinds and known not in kinds:
        raise WrongBaseline(
            f"{baseline.address} is the baseline of a {known} model, and the windows are of "
            f"{', '.join(sorted(set(kinds)))}: give the baseline of their endpoint"
        )


def _no_regression(facts: Facts, baseline: Baseline) -> str | None:
    if 2 * facts.vectors > facts.records:
        return "the model answers with a list of probabilities"
    if 2 * max(facts.text_labels, facts.text_predictions) > facts.records:
        return "labels or predictions are names"
    if facts.fractional_predictions or facts.fractional_labels:
        return None
    if baseline.tenths and all(edge % 1 for edge in baseline.tenths):
        return "all predictions are whole numbers, where the baseline's have fractions"
    few = 0 < len(facts.classes) <= _TWO and facts.labelled_probabilities
    return "the model answers with one of two labels and a probability" if few else None


def _not_binary(facts: Facts, baseline: Baseline) -> str | None:
    if min(len(facts.labels), len(facts.predicted)) > _TWO:
        return f"{len(facts.predicted)} classes are predicted"
    return _not_classes(facts, baseline)


def _not_multiclass(facts: Facts, baseline: Baseline) -> str | None:
    many, lowest = len(baseline.classes), facts.lowest_probability
    two = 0 < len(facts.classes) <= _TWO < many and not facts.vectors
    # Of so many classes the likeliest has at least its share.
    if two and lowest is not None and lowest < 1 / many and facts.labelled_probabilities:
        return (
            f"labels and predictions are of two classes, of the baseline's {many}, and one has "
            "the probability"
        )
    if facts.bare_fractions and not facts.fractional_labels:
        return "the model answers with numbers that have fractions"
    return _not_classes(facts, baseline)


def _not_classes(facts: Facts, baseline: Baseline) -> str | None:
    """Numbers with fractions, or classes of which the baseline has none."""
    if facts.bare_fractions and not facts.within_unit:
        return "the model answers with numbers that are no probabilities"
    if 2 * facts.fractional_labels > facts.records:
        return "labels are numbers with fractions"
    classes = {*facts.labels, *facts.predicted}
    if baseline.classes and classes and classes.isdisjoint(baseline.classes):
        return "it has none of the classes that labels and predictions have"
    return None


_EVIDENCE: dict[ProblemType, Callable[[Facts, Baseline], str | None]] = {
    ProblemType.REGRESSION: _no_regression,
    ProblemType.BINARY_CLASSIFICATION: _not_binary,
    ProblemType.MULTICLASS_CLASSIFICATION: _not_multiclass,
}
