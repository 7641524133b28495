"""Evaluated records of fixed seeds: what our metrics and the peers' are asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

BINARY = "BinaryClassification"
MULTICLASS = "MulticlassClassification"
REGRESSION = "Regression"

ANIMALS = ("ant", "bee", "cat", "dog", "eel", "fox", "gnu")
RARE = "gnu"
SEED = 20_261_124


class Case(NamedTuple):
    """Records, and the `monitor.json` that they are judged by."""

    frame: pd.DataFrame
    settings: dict[str, Any]


def cases() -> dict[str, Case]:
    """All cases by name, each from a generator of its own."""
    return {name: make(np.random.default_rng(SEED)) for name, make in _MAKERS.items()}


def _balanced(random: np.random.Generator) -> Case:
    return _binary(random, random.beta(2, 2, 20_000), threshold=0.5)


def _two_percent(random: np.random.Generator) -> Case:
    return _binary(random, random.beta(0.05, 2.45, 20_000), threshold=0.3)


def _ties(random: np.random.Generator) -> Case:
    """Five scores for all records; some certain ones are wrong."""
    case = _binary(random, random.choice([0, 0.25, 0.5, 0.75, 1], 2_000), threshold=0.5)
    wrong = case.frame.probability.isin([0, 1]) & (random.random(len(case.frame)) < 0.05)
    return case._replace(frame=case.frame.assign(label=case.frame.label ^ wrong.astype(np.int64)))


def _binary(random: np.random.Generator, probability: Numbers, threshold: float) -> Case:
    label = random.random(len(probability)) < probability
    frame = pd.DataFrame(
        {
            "label": label.astype(np.int64),
            "prediction": (probability >= threshold).astype(np.int64),
            "probability": probability,
        }
    )
    return Case(frame, {"problem_type": BINARY, "cost_matrix": _costs(("0", "1"))})


def _seven_classes(random: np.random.Generator) -> Case:
    """Six frequent classes, and one of few records that is never predicted."""
    return _multiclass(random, rare=random.random(3_000) < 0.004)


def _absent_class(random: np.random.Generator) -> Case:
    """The model knows a class that nothing is of and nothing is taken for."""
    return _multiclass(random, rare=np.zeros(3_000, dtype=np.bool_))


def _multiclass(random: np.random.Generator, rare: NDArray[np.bool_]) -> Case:
    frequent = random.dirichlet([0.6, 0.5, 0.4, 0.3, 0.2, 0.1], len(rare)) * 0.99
    probability = np.column_stack([frequent, np.full(len(rare), 0.01)])
    drawn = np.array([random.choice(6, p=row / row.sum()) for row in frequent])
    names = np.array(ANIMALS)
    frame = pd.DataFrame(
        {
            "label": names[np.where(rare, ANIMALS.index(RARE), drawn)],
            "prediction": names[probability.argmax(axis=1)],
            "probability": list(probability),
            **dict(zip(ANIMALS, probability.T, strict=True)),
        }
    )
    settings = {"problem_type": MULTICLASS, "classes": ANIMALS, "cost_matrix": _costs(ANIMALS)}
    return Case(frame, settings)


def _costs(classes: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """A mistake costs more the later its classes stand; a right prediction earns something."""
    return {
        actual: {
            predicted: -0.5 if row == column else 1.0 + 2 * row + column / 4
            for column, predicted in enumerate(classes)
        }
        for row, actual in enumerate(classes)
    }


def _prices(random: np.random.Generator) -> Case:
    return _regression(random, random.lognormal(3, 1, 20_000), spread=5)


def _counts_with_zeros(random: np.random.Generator) -> Case:
    return _regression(random, random.poisson(3, 20_000).astype(np.float64), spread=1.5)


def _temperatures(random: np.random.Generator) -> Case:
    """Labels on both sides of zero."""
    return _regression(random, random.normal(0, 10, 20_000), spread=3)


def _far_from_zero(random: np.random.Generator) -> Case:
    """Labels whose spread is a millionth of their size."""
    return _regression(random, random.normal(1e6, 1, 20_000), spread=0.7)


def _regression(random: np.random.Generator, label: Numbers, spread: float) -> Case:
    prediction = label + random.normal(0.1, spread, len(label))
    frame = pd.DataFrame({"label": label, "prediction": prediction})
    return Case(frame, {"problem_type": REGRESSION})


_MAKERS: dict[str, Callable[[np.random.Generator], Case]] = {
    "balanced": _balanced,
    "two_percent": _two_percent,
    "ties": _ties,
    "seven_classes": _seven_classes,
    "absent_class": _absent_class,
    "prices": _prices,
    "counts_with_zeros": _counts_with_zeros,
    "temperatures": _temperatures,
    "far_from_zero": _far_from_zero,
}
