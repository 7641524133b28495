"""A stream of real records, scored by a real model, in requests, that changes at a known time.

Handwritten digits that scikit-learn ships: is it odd? A request holds the digits of one form, in
which two of the ten prevail, so that its records are easy or hard together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

PER_REQUEST = 20
_TRAINING = 600
# A row of the sensor's eight: what it saw is not seen any more.
_DEAD_ROW = slice(24, 32)
_PREVAILING = 0.6
CHANGES = {
    "nothing": "the same as before",
    "dead sensor": "one of the scanner's eight rows reads 0",
    "new customer": "half of the forms are about the two digits that are read worst",
}


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Every record that there is, from which baseline and stream are drawn alike."""

    digit: NDArray[np.int64]
    probability: NDArray[np.float64]
    """Of being odd, as the model says."""
    blind: NDArray[np.float64]
    """The same with the dead sensor."""
    worst: tuple[int, int]


@lru_cache(maxsize=1)
def population() -> Population:
    """The digits that the model was not trained on."""
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    training, rest = order[:_TRAINING], order[_TRAINING:]
    model = LogisticRegression(max_iter=2_000)
    model.fit(digits.data[training] / 16, digits.target[training] % 2)
    dead = digits.data[rest].copy()
    dead[:, _DEAD_ROW] = 0
    digit = digits.target[rest]
    seen = model.predict_proba(digits.data[rest] / 16)[:, 1]
    wrong = (seen > 0.5) != (digit % 2 == 1)
    shares = [wrong[digit == each].mean() for each in range(10)]
    first, second = np.argsort(shares)[-2:].tolist()
    return Population(digit, seen, model.predict_proba(dead / 16)[:, 1], (int(first), int(second)))


def baseline(records: int, rng: np.random.Generator) -> pd.DataFrame:
    """Validation data: forms of one record each, with its label."""
    everyone = population()
    places = np.concatenate([_form(1, None, rng) for _ in range(records)])
    return pd.DataFrame(
        {"label": everyone.digit[places] % 2, "probability": everyone.probability[places]}
    )


def window(requests: int, change: str, rng: np.random.Generator) -> pd.DataFrame:
    """Records of one window with their requests."""
    everyone = population()
    prevailing = everyone.worst if change == "new customer" else None
    places = np.concatenate([
        _form(PER_REQUEST, prevailing if number % 2 else None, rng) for number in range(requests)
    ])  # fmt: skip
    probability = everyone.blind if change == "dead sensor" else everyone.probability
    return pd.DataFrame(
        {
            "request": np.repeat(np.arange(requests), PER_REQUEST),
            "label": everyone.digit[places] % 2,
            "probability": probability[places],
        }
    )


def _form(
    records: int, prevailing: tuple[int, int] | None, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Records of one request."""
    digit = population().digit
    pair = prevailing or rng.choice(10, 2, replace=False)
    weights = np.where(np.isin(digit, pair), _PREVAILING / np.isin(digit, pair).sum(), 0.0)
    weights += (1 - _PREVAILING) / len(digit)
    return np.asarray(rng.choice(len(digit), records, p=weights))
