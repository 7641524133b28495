"""A confusion matrix of at most a dozen classes, whatever their number, beside the baseline's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.metrics import ConfusionMatrix
from monitor.wording import plain

MOST_CLASSES = 10
OTHERS = "all others"
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """Records of one actual class that were predicted as one class."""

    count: int
    share: float | None
    """Of the records of the actual class."""
    before: float | None
    """The same in the baseline; None: not known."""
    right: bool

    @property
    def shade(self) -> int:
        """0 to 9, for the colour."""
        return 0 if self.share is None else min(int(self.share * 9 + 0.999), 9)


@dataclass(frozen=True, slots=True)
class Confusion:
    """Rows are actual classes, columns predicted ones."""

    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    classes: int
    has_baseline: bool

    @property
    def shortened(self) -> bool:
        """Whether classes were put together."""
        return self.classes > len(self.labels)


def confusion_of(matrix: ConfusionMatrix | None, before: object) -> Confusion | None:
    """The classes with the most confusion by themselves, the others together."""
    if matrix is None or not matrix.count:
        return None
    kept = _kept(matrix)
    names = [matrix.labels[place] for place in kept]
    counts = _folded(matrix, kept)
    old = _baseline(before, names, len(counts) > len(kept))
    rows = counts.sum(axis=1)
    cells = tuple(
        tuple(
            Cell(
                int(count),
                float(count / rows[i]) if rows[i] else None,
                None if old is None else old[i][j],
                # Those together may be confused with each other.
                i == j and i < len(kept),
            )
            for j, count in enumerate(row)
        )
        for i, row in enumerate(counts)
    )
    labels = [plain(name, _LONGEST) for name in names]
    labels += [OTHERS] * (len(counts) > len(kept))
    return Confusion(tuple(labels), cells, len(matrix.labels), old is not None)


def _kept(matrix: ConfusionMatrix) -> list[int]:
    if len(matrix.labels) <= MOST_CLASSES:
        return list(range(len(matrix.labels)))
    right = np.diag(matrix.counts)
    wrong = matrix.counts.sum(axis=0) + matrix.counts.sum(axis=1) - 2 * right
    order = sorted(range(len(wrong)), key=lambda place: (-int(wrong[place]), place))
    return sorted(order[: MOST_CLASSES - 1])


def _folded(matrix: ConfusionMatrix, kept: Sequence[int]) -> Any:
    size = len(matrix.labels)
    place = np.full(size, len(kept), dtype=np.int64)
    place[list(kept)] = range(len(kept))
    many = len(kept) + (len(kept) < size)
    counts = np.zeros((many, many), dtype=np.int64)
    np.add.at(counts, (place[:, None], place[None, :]), matrix.counts)
    return counts


def _baseline(
    found: object, names: Sequence[str], together: bool
) -> list[list[float | None]] | None:
    """The baseline's shares of the same cells."""
    if not isinstance(found, Mapping):
        return None
    place = {name: i for i, name in enumerate(names)}
    many = len(names) + together
    counts = np.zeros((many, many), dtype=np.int64)
    for actual, row in found.items():
        i = place.get(actual, len(names))
        for predicted, count in row.items() if isinstance(row, Mapping) else ():
            j = place.get(predicted, len(names))
            if i < many and j < many:
                counts[i, j] += count
    rows = counts.sum(axis=1)
    return [
        [float(count / rows[i]) if rows[i] else None for count in row]
        for i, row in enumerate(counts)
    ]
