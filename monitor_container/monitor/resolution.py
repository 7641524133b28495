"""How finely scores are told apart, where one process cannot hold all that differ.

A metric of ranks needs every distinct score with its counts, which leave the cluster. Beyond so
many, scores are counted in steps: half a step is as far as any moves, and none crosses 0.5.
"""

from __future__ import annotations

import logging

import ibis
from ibis import _

from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

log = logging.getLogger(__name__)

STEPS = 2**20
_RESIDUALS = 5
"""An error of a regression costs its executor a fifth of what a score costs the driver."""


class TooManyRecords(ValueError):
    """A window is larger than its exact metrics can be computed for."""


def resolved(
    records: ibis.Table, reading: Interpretation, most_values: int | None, steps: int = STEPS
) -> ibis.Table:
    """The records, with coarser scores if there are too many; raises `TooManyRecords`."""
    if most_values is None:
        return records
    if reading.problem_type == ProblemType.REGRESSION:
        _check_residuals(records, most_values * _RESIDUALS)
        return records
    if reading.problem_type != ProblemType.BINARY_CLASSIFICATION:
        return records
    name = "prediction_value" if reading.scored else "probability"
    distinct = records.aggregate(n=records[name].approx_nunique()).to_pyarrow()["n"][0].as_py()
    if distinct <= most_values:
        return records
    log.warning(
        "about %d distinct scores, more than %d: they are counted in steps of 1/%d",
        distinct,
        most_values,
        steps,
    )
    return records.mutate(**{name: _stepped(records[name], steps)})


def _stepped(score: ibis.Value, steps: int) -> ibis.Value:
    """The middle of the step in which a score lies; what is surely 0 or 1 stays so."""
    middle = ((score * steps).floor().cast("float64") + 0.5) / steps
    return ibis.ifelse((score <= 0.0) | (score >= 1.0), score, middle)


def _check_residuals(records: ibis.Table, most: int) -> None:
    """Exact quantiles of the errors are taken by one executor for each window."""
    counts = records.group_by("window").aggregate(n=_.count()).to_pyarrow()["n"].to_pylist()
    if counts and max(counts) > most:
        raise TooManyRecords(
            f"a window has {max(counts):,} labelled records of a regression; its exact median is "
            f"computed for at most {most:,}: use a shorter period (docs/scaling.md)"
        )
