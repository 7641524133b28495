"""Records of a binary model -> the positive label's probability, and a predicted label."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import _

from inference_records.configuration import Configuration
from monitor.interpretation import Interpretation

THRESHOLD = 0.5
"""Decides where the response has a probability and no label, and the settings say nothing."""


def read_binary(
    evaluated: ibis.Table, reading: Interpretation, configuration: Configuration
) -> ibis.Table:
    """Records of a binary model with the positive label's probability and a predicted label.

    A threshold of the settings comes before the label of the response.
    """
    positive, negative = ibis.literal(reading.positive), ibis.literal(reading.negative)
    if reading.scored:
        # Rounding in single precision may go beyond 1 by a little.
        clipped = ibis.greatest(ibis.least(_.prediction_value, 1.0), 0.0)
        probability = ibis.ifelse(_.prediction_value.notnull(), clipped, None)
        table = evaluated.mutate(probability=probability, prediction=ibis.null("string"))
    else:
        table = evaluated.mutate(probability=_of_positive(positive, reading))
    told = configuration.threshold
    by_threshold = ibis.ifelse(
        _.probability >= (THRESHOLD if told is None else told), positive, negative
    )
    predicted = ibis.ifelse(_.probability.notnull(), by_threshold, None)
    first, second = (_.prediction, predicted) if told is None else (predicted, _.prediction)
    return table.mutate(prediction=ibis.coalesce(first, second))


def _of_positive(positive: Any, reading: Interpretation) -> Any:
    """The positive label's own among named class probabilities, else as it was understood."""
    told = _.probability
    if reading.of_predicted:
        told = ibis.ifelse(_.prediction == positive, told, 1 - told)
    place = _.classes.index(positive)
    return ibis.coalesce(ibis.ifelse(place >= 0, _.probabilities[place], None), told)
