"""Sufficient statistics of classifiers, computed by the engine."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis import _

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.cells import CELL, Inputs, Part, by_cell
from monitor.exact import exact_sum
from monitor.interpretation import Interpretation
from monitor.metrics import (
    CONFIDENCE_BINS,
    ClassProbabilities,
    ConfidenceBins,
    ConfusionMatrix,
    ScoreCounts,
)

_EPSILON = float(np.finfo(np.float64).eps)
_MAXIMUM_LOSS = -float(np.log(_EPSILON))


def confusion(records: ibis.Table, reading: Interpretation) -> Part:
    known = records.filter(_.prediction.notnull())
    counts = known.group_by(*CELL, "label", "prediction").aggregate(count=_.count())
    # Both classes of a binary model, also where only one of them occurred: the last is positive.
    classes = [name for name in (reading.negative, reading.positive) if name is not None]

    def build(rows: pd.DataFrame) -> Inputs:
        matrix = ConfusionMatrix.from_counts(
            [*rows.label, *classes],
            [*rows.prediction, *classes],
            [*rows["count"], *(0 for _class in classes)],
            reading.positive,
        )
        return {"confusion_matrix": matrix}

    return by_cell(counts, build)


def scores(records: ibis.Table, reading: Interpretation) -> Part:
    is_positive = _.label == ibis.literal(reading.positive)
    counts = (
        records.filter(_.probability.notnull())
        .group_by(*CELL, "probability")
        .aggregate(positives=is_positive.sum(), negatives=(~is_positive).sum())
    )

    def build(rows: pd.DataFrame) -> Inputs:
        if rows.empty:
            return {}
        scores = ScoreCounts.from_counts(
            rows.probability.to_numpy(), rows.positives.to_numpy(), rows.negatives.to_numpy()
        )
        return {"score_counts": scores}

    return by_cell(counts.order_by("probability"), build)


def class_sums(records: ibis.Table, configuration: Configuration) -> Part:
    """Sums, ranks and confidence bins over vectors of class probabilities."""
    grouped = (
        vectors(records, configuration)
        .group_by(*CELL, "rank", "width", "bin")
        .aggregate(
            count=_.count(),
            confidence_sum=exact_sum(_.confidence, 1.0),
            log_loss_sum=exact_sum(_.log_loss, _MAXIMUM_LOSS),
            brier_sum=exact_sum(_.brier, 2.0),
        )
    )
    return by_cell(grouped.order_by(*CELL, "rank", "width", "bin"), _class_probabilities)


def vectors(records: ibis.Table, configuration: Configuration) -> ibis.Table:
    """What each record with a vector of class probabilities adds to the sums, and where."""
    table = _with_probability_of_label(records.filter(_.probabilities.notnull()), configuration)
    place = ibis.coalesce(_.of_label, 0.0)
    clipped = ibis.greatest(ibis.least(place, 1 - _EPSILON), _EPSILON)
    terms = table.mutate(
        rank=ibis.ifelse(_.of_label.isnull(), -1, _above(table)),
        width=_.probabilities.length(),
        confidence=_.probabilities.maxs(),
        log_loss=-clipped.ln(),
        brier=_.probabilities.map(lambda p: p * p).sums() - 2 * place + 1,
    )
    bin_ = ibis.least((_.confidence * CONFIDENCE_BINS).floor(), CONFIDENCE_BINS - 1).cast("int64")
    return terms.mutate(bin=bin_)


def _above(table: ibis.Table) -> Any:
    """Number of classes whose probability is strictly greater than the actual class's."""
    flagged = table.probabilities.zip(table.probabilities.map(lambda _p: table.of_label))
    return flagged.filter(lambda pair: pair.f1 > pair.f2).length()


def _with_probability_of_label(table: ibis.Table, configuration: Configuration) -> ibis.Table:
    """Classes are named by the response, by the settings, or numbered from 0."""
    numbered = ibis.range(0, table.probabilities.length()).map(lambda i: i.cast("string"))
    names = table.classes
    if configuration.classes:
        labels = canonical_labels([str(name) for name in configuration.classes]).to_pylist()
        names = ibis.coalesce(names, ibis.array(labels))
    place = ibis.coalesce(names, numbered).index(table.label)
    return table.mutate(of_label=ibis.ifelse(place >= 0, table.probabilities[place], None))


def _class_probabilities(rows: pd.DataFrame) -> Inputs:
    if rows.empty:
        return {}
    ranked = rows[rows["rank"] >= 0]
    rank = np.zeros(int(rows.width.max()), dtype=np.int64)
    np.add.at(rank, ranked["rank"].to_numpy(), ranked["count"].to_numpy())
    count = np.zeros(CONFIDENCE_BINS, dtype=np.int64)
    correct = np.zeros(CONFIDENCE_BINS, dtype=np.int64)
    confidence = np.zeros(CONFIDENCE_BINS)
    np.add.at(count, rows.bin.to_numpy(), rows["count"].to_numpy())
    np.add.at(confidence, rows.bin.to_numpy(), rows.confidence_sum.to_numpy())
    best = rows[rows["rank"] == 0]
    np.add.at(correct, best.bin.to_numpy(), best["count"].to_numpy())
    return {
        "class_probabilities": ClassProbabilities(
            count=int(rows["count"].sum()),
            log_loss_sum=float(rows.log_loss_sum.sum()),
            brier_sum=float(rows.brier_sum.sum()),
            label_rank=rank,
            confidence=ConfidenceBins(count, confidence, correct),
        )
    }
