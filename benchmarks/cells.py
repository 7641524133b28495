"""What is simulated: every combination of size, grouping, classes and model, and its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from scipy.stats import beta

from benchmarks.estimates import Estimates, correlations, of_requests, of_singles
from benchmarks.populations import (
    Grouping,
    Law,
    difficulty,
    grouped_records,
    law,
    single_records,
)
from benchmarks.rules import ANY_DROP, PEERS, SETTINGS, Promise, Scene, assessed, ours

SEED = 20_261_124
BASELINE_RECORDS = 10_000
FOLDS = 5
# Half the distance between the classes is how well a model separates: before, and after the drop.
MODELS = {"good": (2.4, 2.05), "nearly perfect": (5.6, 4.6), "perfect": (14.0, 4.65)}
CLASSES = {"balanced": 0.5, "2 % positive": 0.02}
SIZES = (100, 500, 2_000, 10_000)
PER_REQUEST = (1, 5, 20, 50)
CORRELATIONS = (0.0, 0.02, 0.1, 0.3)
NOMINAL = {"1 %": 0.01, "default": 1 / 720}
"""Chance of a false page that a window may have; the default is one page in 30 days of hours."""
OURS = {
    "ours, 1 %": ("1 %", SETTINGS),
    "ours, 1 %, any drop": ("1 %", ANY_DROP),
    "ours, default": ("default", SETTINGS),
}
ALLOWANCE = 1.25
_CHECKED = 20


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination."""

    classes: str
    model: str
    records: int
    per_request: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one rule in one cell: pages among unchanged windows, and among those after the drop."""

    false: int
    unchanged: int
    found: int
    dropped: int

    @property
    def rate(self) -> float:
        """False pages per window."""
        return self.false / self.unchanged

    @property
    def upper(self) -> float:
        """Of that rate, with a confidence of 95 % (Clopper and Pearson)."""
        if self.false == self.unchanged:
            return 1.0
        return float(beta.ppf(0.95, self.false + 1, self.unchanged - self.false))

    @property
    def power(self) -> float:
        """Share of the windows after the drop that page."""
        return self.found / self.dropped

    def keeps(self, nominal: float) -> bool:
        """Whether it is sure to be within the budget."""
        return self.upper <= ALLOWANCE * nominal

    def weaker(self, other: Outcome) -> bool:
        """Whether it finds less than another rule, beyond the doubt of the simulation."""
        doubt = (self.power * (1 - self.power) + other.power * (1 - other.power)) / self.dropped
        return bool(self.power < other.power - 2.6 * doubt**0.5)


def every_cell(sizes: tuple[int, ...]) -> Iterator[Cell]:
    """All combinations; where one record is a request, or none is wrong, nothing correlates."""
    for classes, model, records, per_request, correlation in product(
        CLASSES, MODELS, sizes, PER_REQUEST, CORRELATIONS
    ):
        if correlation == 0 or (per_request > 1 and model != "perfect"):
            yield Cell(classes, model, records, per_request, correlation)


def run(cell: Cell, unchanged: int, dropped: int) -> dict[str, Outcome]:
    """Outcome of every rule."""
    rng = np.random.default_rng([SEED, *map(ord, repr(cell))])
    before = _law(cell)
    after = before.moved(MODELS[cell.model][1])
    part = difficulty(before, cell.correlation)
    grouping = Grouping(cell.records, cell.per_request, part)
    promise = promised(cell.classes, cell.model, unchanged)
    same = _windows(before, grouping, unchanged, rng)
    false = Scene(same, promise, same)
    some = Promise(promise.estimates[:dropped], promise.deviations[:dropped], promise.correlations)
    found = Scene(_windows(after, grouping, dropped, rng), some, same)
    pages = {
        name: tuple(ours(scene, NOMINAL[budget], settings) for scene in (false, found))
        for name, (budget, settings) in OURS.items()
    }
    for scene, said in zip((false, found), pages["ours, 1 %"], strict=True):
        _check(scene, said, NOMINAL["1 %"])
    pages |= {name: (rule(false), rule(found)) for name, rule in PEERS.items()}
    return {
        name: Outcome(int(one.sum()), len(one), int(other.sum()), len(other))
        for name, (one, other) in pages.items()
    }


def _check(scene: Scene, said: np.ndarray, level: float) -> None:
    """What was computed for all windows at once is what `assess` says of each."""
    for place in range(_CHECKED):
        if assessed(scene, place, level) != said[place]:
            raise AssertionError(f"window {place} is not judged as `assess` judges it")


def _law(cell: Cell) -> Law:
    return law(CLASSES[cell.classes], MODELS[cell.model][0])


def _windows(of: Law, grouping: Grouping, count: int, rng: np.random.Generator) -> Estimates:
    if grouping.per_request == 1:
        return of_singles(single_records(of, grouping.records, count, rng), of.threshold)
    parts = grouped_records(of, grouping, count, rng)
    return Estimates.joined(of_requests(codes, of.threshold) for codes in parts)


@lru_cache(maxsize=1)
def promised(classes: str, model: str, count: int) -> Promise:
    """A baseline of 10,000 records for each window, the same for every size and grouping."""
    of = law(CLASSES[classes], MODELS[model][0])
    rng = np.random.default_rng([SEED, *map(ord, classes + model)])
    folds = [single_records(of, BASELINE_RECORDS // FOLDS, count, rng) for _ in range(FOLDS)]
    whole = np.sum(folds, axis=0)
    without = np.stack([of_singles(whole - fold, of.threshold).values for fold in folds])
    return Promise(
        of_singles(whole, of.threshold),
        without.std(axis=0),
        correlations(whole[0], of.threshold),
    )
