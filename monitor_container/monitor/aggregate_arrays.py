"""Records in arrays -> the inputs of the metrics, and what their errors are made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from inference_records.configuration import Configuration
from monitor.array_classes import confusion_in, read_in_arrays
from monitor.cells import Part
from monitor.clusters import Cell, InArrays
from monitor.dense_scores import DenseScores, scores_in
from monitor.errors import InProcess
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType
from monitor.record_arrays import RecordArrays
from monitor.residual_sums import Adding, residuals_in

Parts = tuple[list[Part], InProcess, set[Cell]]


def serve(arrays: Mapping[Cell, RecordArrays], reading: Interpretation) -> bool:
    """Whether the arrays hold all that the metrics of the problem ask for.

    Probabilities of classes are lists, which only an engine reads.
    """
    if reading.problem_type == ProblemType.REGRESSION:
        return True
    return all(part.vectors is None for part in arrays.values())


def parts_in(
    arrays: Mapping[Cell, RecordArrays], reading: Interpretation, configuration: Configuration
) -> Parts:
    """Statistics of each cell, and those cells in which each record is a request of its own."""
    single = {cell for cell, part in arrays.items() if _is_single(part)}
    if reading.problem_type == ProblemType.REGRESSION:
        return (*_of_regression(arrays), single)
    return (*_of_classifier(arrays, reading, configuration), single)


def _of_regression(arrays: Mapping[Cell, RecordArrays]) -> tuple[list[Part], InProcess]:
    part: Part = {}
    residuals: dict[Cell, Adding] = {}
    for cell, records in arrays.items():
        if (found := residuals_in(records)) is not None:
            part[cell], residuals[cell] = found
    return [part], InProcess(residuals=residuals)


def _of_classifier(
    arrays: Mapping[Cell, RecordArrays], reading: Interpretation, configuration: Configuration
) -> tuple[list[Part], InProcess]:
    classes: Part = {}
    likely: Part = {}
    confusion: dict[Cell, InArrays] = {}
    scores: dict[Cell, DenseScores] = {}
    for cell, captured in arrays.items():
        records = read_in_arrays(captured, reading, configuration)
        if (counted := confusion_in(records, reading)) is not None:
            classes[cell], confusion[cell] = counted
        if reading.problem_type != ProblemType.BINARY_CLASSIFICATION:
            continue
        if (found := scores_in(records, reading)) is not None:
            likely[cell], scores[cell] = found
    return [classes, likely], InProcess(confusion, scores)


def _is_single(part: RecordArrays) -> bool:
    """Of the records that have a label."""
    alone = part.is_evaluated[part.first[:-1][part.counts == 1]]
    return bool(np.count_nonzero(alone) == np.count_nonzero(part.is_evaluated))
