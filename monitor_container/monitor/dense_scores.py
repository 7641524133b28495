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
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, GRID, ScoreCounts

_LOW = 20
_LOW_MASK = (1 << _LOW) - 1
_SAFE = 1 << 20


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
            int(np.count_nonzero(seen)), float(_sum_of_squares(totals.astype(np.int64))), None
        )


def _filled(grid: ScoreCounts) -> NDArray[np.int64]:
    """Places in the order of the coefficients: all positives that there are, then negatives."""
    positive, negative = np.flatnonzero(grid.positives), np.flatnonzero(grid.negatives)
    return np.concatenate([2 * positive + 1, 2 * negative])


def _sum_of_squares(totals: NDArray[np.int64]) -> int:
    """Exact, so that no order of the requests changes it."""
    high, low = totals >> _LOW, totals & _LOW_MASK
    if len(totals) and max(int(high.max()), -int(high.min()), len(totals) >> 3) >= _SAFE:
        return sum(total * total for total in totals.tolist())
    squares = int((high * high).sum()) << 2 * _LOW
    return squares + (int((high * low).sum()) << _LOW + 1) + int((low * low).sum())


def dense_cells(records: ibis.Table) -> tuple[list[Cell], bool]:
    """Variants and windows with many different probabilities, and whether there are no others.

    Each is decided for itself.
    """
    counts = records.group_by("variant", "window").aggregate(n=_.probability.approx_nunique())
    found = counts.to_pyarrow().to_pylist()
    dense = [(row["variant"], row["window"]) for row in found if row["n"] > 2 * GRID]
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
        rows = _sorted(records if alone else records.filter(is_in([cell])), reading)
        part[cell], dense[cell] = _of_cell(rows)
    return part, dense


def _sorted(records: ibis.Table, reading: Interpretation) -> pa.Table:
    """Records of a cell by probability; requests have numbers, or get some."""
    is_positive = _.label == ibis.literal(reading.positive)
    request = "number" if "number" in records.columns else "request"
    rows = records.filter(_.probability.notnull())
    columns = {"is_positive": is_positive.cast("int8"), "of": _[request]}
    return rows.select("probability", "fold", **columns).order_by("probability").to_pyarrow()


def _of_cell(rows: pa.Table) -> tuple[tuple[Inputs, tuple[Inputs, ...]], DenseScores]:
    score = rows["probability"].to_numpy()
    is_positive, fold = rows["is_positive"].to_numpy(), rows["fold"].to_numpy()
    begins = np.concatenate([[True], score[1:] > score[:-1]])
    counts = _counted(score, is_positive, begins)
    starts = counts.grid_starts()
    grid = counts.on_grid(starts)
    of_score = np.zeros(len(counts.score), dtype=np.int32)
    of_score[starts[1:]] = 1
    of_score = np.cumsum(of_score, dtype=np.int32)
    place = of_score if begins.all() else of_score[np.cumsum(begins, dtype=np.int32) - 1]
    place = 2 * place + is_positive
    by_fold = np.bincount(
        fold * np.int64(2 * len(starts)) + place, minlength=FOLDS * 2 * len(starts)
    )
    negatives, positives = np.moveaxis(by_fold.reshape(FOLDS, len(starts), 2), 2, 0)
    folds: tuple[Inputs, ...] = tuple(
        {"score_counts": ScoreCounts.from_counts(grid.score, positives[i], negatives[i])}
        for i in range(FOLDS)
    )
    return ({"score_counts": counts}, folds), DenseScores(grid, place, _numbers(rows["of"]))


def _counted(
    score: NDArray[np.float64], is_positive: NDArray[np.int8], begins: NDArray[np.bool_]
) -> ScoreCounts:
    if begins.all():
        positives = is_positive.astype(np.int64)
        return ScoreCounts(score, positives, 1 - positives)
    first = np.flatnonzero(begins)
    positives = np.add.reduceat(is_positive.astype(np.int64), first)
    records = np.diff(np.append(first, len(score)))
    return ScoreCounts(score[first], positives, records - positives)


def _numbers(requests: pa.ChunkedArray) -> NDArray[np.int32]:
    if pa.types.is_integer(requests.type):
        numbers: NDArray[np.int32] = requests.to_numpy()
        return numbers
    encoded = requests.combine_chunks().dictionary_encode()
    indices: NDArray[np.int32] = encoded.indices.to_numpy()
    return indices
