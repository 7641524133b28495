"""Statistics by variant, window and fold: the shape in which the engine's answers are handed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import ibis
import pandas as pd

from monitor.metrics import FOLDS

CELL = ["variant", "window", "fold"]
Inputs = dict[str, object]

# A statistic in each (variant, window): of all records, and of each fold.
Part = dict[tuple[str, int], tuple[Inputs, tuple[Inputs, ...]]]


def by_cell(
    table: ibis.Table,
    of_fold: Callable[[pd.DataFrame], Inputs],
    of_all: Callable[[pd.DataFrame], Inputs] | None = None,
) -> Part:
    """Build a statistic for each window; `of_all` where that of all folds together differs."""
    part: Part = {}
    # Text as categories: a variant's name, repeated a million times, costs a million integers.
    frame = table.to_pyarrow().to_pandas(strings_to_categorical=True)
    for cell, rows in frame.groupby(["variant", "window"], sort=True, observed=True):
        variant, window = cast(tuple[str, int], cell)
        folds = tuple(of_fold(rows[rows.fold == fold]) for fold in range(FOLDS))
        part[variant, int(window)] = (of_all or of_fold)(rows), folds
    return part
