"""Classifiers' records in arrays: how they are read, and label and prediction counted by request.

What `read_binary` and `confusion` say of an engine's rows holds here, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference_records.configuration import Configuration
from monitor.binary import THRESHOLD
from monitor.cells import Inputs
from monitor.clusters import ONE, Influenced, Sums
from monitor.coded import NONE, Coded, Numbers
from monitor.exact import as_double, sum_of_squares
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, ConfusionMatrix, ProblemType
from monitor.record_arrays import RecordArrays

_MOST_COUNTERS = 1 << 25


def read_in_arrays(
    part: RecordArrays, reading: Interpretation, configuration: Configuration
) -> RecordArrays:
    """Records as the metrics understand them; a threshold of the settings comes first."""
    if reading.problem_type != ProblemType.BINARY_CLASSIFICATION:
        return part
    predicted = part.text("prediction")
    if reading.scored:
        # Rounding in single precision may go beyond 1 by a little.
        probability = np.clip(part.numbers("prediction_value"), 0.0, 1.0)
        predicted = Coded(np.full(len(probability), NONE, dtype=np.int8), ())
    else:
        probability = _of_positive(part.numbers("probability"), predicted, reading)
    told = configuration.threshold
    decides = ~np.isnan(probability)
    if told is None:
        decides &= ~predicted.is_known
    if decides.any():
        is_positive = probability >= (THRESHOLD if told is None else told)
        predicted = _decided(predicted, decides, is_positive, reading)
    columns = {**part.columns, "probability": probability, "prediction": predicted}
    return replace(part, columns=columns)


def _of_positive(probability: Numbers, predicted: Coded, reading: Interpretation) -> Numbers:
    if not reading.of_predicted:
        return probability
    is_positive = predicted.codes == _code(predicted.values, reading.positive)
    return np.where(is_positive & predicted.is_known, probability, 1 - probability)


def _decided(
    predicted: Coded,
    decides: NDArray[np.bool_],
    is_positive: NDArray[np.bool_],
    reading: Interpretation,
) -> Coded:
    classes = (str(reading.negative), str(reading.positive))
    values = tuple(dict.fromkeys((*predicted.values, *classes)))
    negative, positive = (_code(values, name) for name in classes)
    own = np.where(is_positive, positive, negative)
    return Coded(np.where(decides, own, predicted.codes).astype(np.int16), values)


def _code(values: Sequence[str], name: str | None) -> int:
    return values.index(name) if name in values else len(values)


@dataclass(frozen=True, slots=True, eq=False)
class CountedByRequest:
    """Records of each request by label and prediction: of combinations that occur."""

    combinations: Sequence[tuple[str, str]]
    request: NDArray[Any]
    combination: NDArray[Any]
    records: NDArray[Any]
    matrix: ConfusionMatrix
    """Of all records: the influences are those of its cells that are not empty, in order."""

    def sums(self, of: Influenced) -> Sums:
        """Influences summed by request: of how many requests, and the sum of the squares."""
        rows, columns = np.nonzero(self.matrix.counts)
        names = self.matrix.labels
        places = {
            (names[row], names[column]): place
            for place, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))
        }
        order = [places[names] for names in self.combinations]
        value, counted = of.values[ONE][order].astype(np.int64), of.counted[order]
        # Whole numbers far below 2^53: a double adds them exactly.
        totals = np.bincount(self.request, value[self.combination] * self.records)
        seen = np.zeros(len(totals), dtype=np.bool_)
        seen[self.request[counted[self.combination]]] = True
        squares = sum_of_squares(totals.astype(np.int64))
        return Sums(int(np.count_nonzero(seen)), as_double(squares), None)


def confusion_in(
    part: RecordArrays, reading: Interpretation
) -> tuple[tuple[Inputs, tuple[Inputs, ...]], CountedByRequest] | None:
    """The matrix of all records, that of each fold, and what errors are made of."""
    label, predicted = part.text("label"), part.text("prediction")
    chosen = part.is_evaluated & predicted.is_known
    if not chosen.any():
        return None
    width = len(predicted.values)
    key = label.codes[chosen].astype(np.int32) * width + predicted.codes[chosen]
    request, combination, records = _by_request(part, chosen, key, len(label.values) * width)
    used, place = _compact(combination, len(label.values) * width)
    fold = part.folds[request]
    by_fold = np.bincount(fold * np.int64(len(used)) + place, records, FOLDS * len(used))
    counts = by_fold.astype(np.int64).reshape(FOLDS, len(used))
    names = [label.values[code] for code in (used // width).tolist()]
    other = [predicted.values[code] for code in (used % width).tolist()]
    whole, *folds = (_matrix(names, other, own, reading) for own in (counts.sum(axis=0), *counts))
    counted = CountedByRequest(list(zip(names, other, strict=True)), request, place, records, whole)
    inputs: tuple[Inputs, ...] = tuple({"confusion_matrix": matrix} for matrix in folds)
    return ({"confusion_matrix": whole}, inputs), counted


def _by_request(
    part: RecordArrays, chosen: NDArray[np.bool_], key: NDArray[np.int32], size: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Request, key and number of the records of each combination of these that occurs."""
    number = part.number[chosen]
    if part.counts.max() == 1:
        return number, key, np.ones(len(key), dtype=np.int8)
    both = number * np.int64(size)
    both += key
    requests = len(part.counts)
    if requests * size <= _MOST_COUNTERS:
        every = np.bincount(both, minlength=requests * size)
        found = np.flatnonzero(every)
        counts = every[found]
    else:
        found, counts = np.unique(both, return_counts=True)
    return found // size, found % size, counts


def _compact(keys: NDArray[Any], size: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The different keys, in order, and the place of each among them."""
    if size > _MOST_COUNTERS:
        used, place = np.unique(keys, return_inverse=True)
        return used.astype(np.int64), place
    occurs = np.bincount(keys, minlength=size) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs, dtype=np.int32) - 1)[keys]


def _matrix(
    labels: Sequence[str],
    predictions: Sequence[str],
    counts: NDArray[np.int64],
    reading: Interpretation,
) -> ConfusionMatrix:
    # Both classes of a binary model, also where only one of them occurred: the last is positive.
    classes = [name for name in (reading.negative, reading.positive) if name is not None]
    found = np.flatnonzero(counts).tolist()
    return ConfusionMatrix.from_counts(
        [*(labels[place] for place in found), *classes],
        [*(predictions[place] for place in found), *classes],
        [*counts[found].tolist(), *(0 for _class in classes)],
        reading.positive,
    )
