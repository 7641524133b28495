"""Windows with more different probabilities than can be grouped: their records in arrays, sorted.

The metrics are exact. What tells how far they may be off (folds, influences) is computed on a grid
of the probabilities, which is a thousand times finer than those figures are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.cells import Inputs, Part
from monitor.clusters import ONE, Cell, Influenced, Sums
from monitor.coded import Numbers
from monitor.exact import as_double, sum_of_squares
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, GRID, ScoreCounts
from monitor.record_arrays import RecordArrays
from monitor.sorted_scores import counted, places

MOST_SCORES = 2 * GRID
"""Different probabilities of a window; of more the errors are computed on a grid."""


@dataclass(frozen=True, slots=True, eq=False)
class DenseScores:
    """Of one variant and window: the place of each record in the grid, and its request."""

    grid: ScoreCounts
    place: NDArray[np.int32]
    """2 times the place in the grid, 1 more for a positive."""
    request: NDArray[np.int32]

    def sums(self, of: Influenced) -> Sums:
        """Influences summed by request: of how many requests, and the sum of the squares."""
        by_place = np.zeros(2 * len(self.grid.score))
        by_place[_filled(self.grid)] = of.values[ONE]
        counted = np.zeros(len(by_place), dtype=np.bool_)
        counted[_filled(self.grid)] = of.counted
        totals = np.bincount(self.request, by_place[self.place])
        about = self.request if counted.all() else self.request[counted[self.place]]
        seen = np.zeros(len(totals), dtype=np.bool_)
        seen[about] = True
        return Sums(
            int(np.count_nonzero(seen)), as_double(sum_of_squares(totals.astype(np.int64))), None
        )


def _filled(grid: ScoreCounts) -> NDArray[np.int64]:
    """Places in the order of the coefficients: all positives that there are, then negatives."""
    positive, negative = np.flatnonzero(grid.positives), np.flatnonzero(grid.negatives)
    return np.concatenate([2 * positive + 1, 2 * negative])


def dense_cells(records: ibis.Table) -> tuple[list[Cell], bool]:
    """Variants and windows with many different probabilities, and whether there are no others.

    Each is decided for itself.
    """
    counts = records.group_by("variant", "window").aggregate(n=_.probability.nunique())
    found = counts.to_pyarrow().to_pylist()
    dense = [(row["variant"], row["window"]) for row in found if row["n"] > MOST_SCORES]
    return sorted(dense), len(dense) == len(found)


def is_in(cells: list[Cell]) -> Any:
    """Whether a record is of one of some variants and windows."""
    return ibis.or_(*((_.variant == variant) & (_.window == window) for variant, window in cells))


def dense_scores(
    records: ibis.Table, reading: Interpretation, cells: list[Cell], alone: bool
) -> tuple[Part, Mapping[Cell, DenseScores]]:
    """Probabilities of the cells, and what the errors of their metrics are made of.

    `alone`: the records are those of the only cell.
    """
    part: Part = {}
    dense: dict[Cell, DenseScores] = {}
    for cell in cells:
        rows = _rows(records if alone else records.filter(is_in([cell])), reading)
        part[cell], dense[cell] = _of_cell(
            rows["probability"].to_numpy(),
            rows["is_positive"].to_numpy().astype(np.bool_),
            rows["fold"].to_numpy(),
            _numbers(rows["of"]),
        )
    return part, dense


def scores_in(
    part: RecordArrays, reading: Interpretation
) -> tuple[tuple[Inputs, tuple[Inputs, ...]], DenseScores] | None:
    """The same of records in arrays, whether many probabilities differ or few."""
    probability, label = part.numbers("probability"), part.text("label")
    chosen = part.is_evaluated & ~np.isnan(probability)
    if not chosen.any():
        return None
    positive = label.values.index(reading.positive) if reading.positive in label.values else -1
    number = part.number
    if not chosen.all():
        probability, number = probability[chosen], number[chosen]
        label = label.at(chosen)
    return _of_cell(probability, label.codes == positive, part.folds[number], number)


def _rows(records: ibis.Table, reading: Interpretation) -> pa.Table:
    """Probabilities of a cell's records; requests have numbers, or get some."""
    is_positive = _.label == ibis.literal(reading.positive)
    request = "number" if "number" in records.columns else "request"
    rows = records.filter(_.probability.notnull())
    columns = {"is_positive": is_positive.cast("int8"), "of": _[request]}
    return rows.select("probability", "fold", **columns).to_pyarrow()


def _of_cell(
    score: Numbers,
    is_positive: NDArray[np.bool_],
    fold: NDArray[np.int8],
    request: NDArray[np.int32],
) -> tuple[tuple[Inputs, tuple[Inputs, ...]], DenseScores]:
    counts = counted(score, is_positive)
    few = len(counts.score) <= MOST_SCORES
    starts = np.arange(len(counts.score)) if few else counts.grid_starts()
    grid = counts if few else counts.on_grid(starts)
    place = places(counts.score[starts], score)
    place *= 2
    place += is_positive
    size = 2 * len(starts)
    folds: list[Inputs] = []
    for number in range(FOLDS):
        negatives, positives = (
            np.bincount(place[fold == number], minlength=size).reshape(len(starts), 2).T
        )
        of_fold = ScoreCounts.from_counts(grid.score, positives, negatives)
        folds.append({"score_counts": of_fold} if of_fold.count else {})
    return ({"score_counts": counts}, tuple(folds)), DenseScores(grid, place, request)


def _numbers(requests: pa.ChunkedArray) -> NDArray[np.int32]:
    if pa.types.is_integer(requests.type):
        numbers: NDArray[np.int32] = requests.to_numpy()
        return numbers
    encoded = requests.combine_chunks().dictionary_encode()
    indices: NDArray[np.int32] = encoded.indices.to_numpy()
    return indices
