"""The datapoints of one window for CloudWatch's API, and which of them it would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from monitor.constraints import Status
from monitor.publish import metric_lines
from monitor.results import RunResult, WindowResult

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

MOST_IN_A_REQUEST = 500
"""CloudWatch takes 1,000 datapoints and 1 MB; of the longest names, 1,000 are more than that."""

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html:
# two weeks back, two hours ahead. An hour of each is left for the run itself.
_OLDEST = timedelta(weeks=2) - timedelta(hours=1)
_NEWEST = timedelta(hours=1)
_LONGEST_NAME = 255
_LONGEST_VALUE = 1_024


@dataclass(frozen=True, slots=True)
class Datapoints:
    """What can be sent, and of what cannot: how many, by reason."""

    accepted: Sequence[MetricDatumTypeDef]
    refused: Mapping[str, int]

    def requests(self) -> Iterator[Sequence[MetricDatumTypeDef]]:
        """The datapoints in portions that one request takes."""
        for first in range(0, len(self.accepted), MOST_IN_A_REQUEST):
            yield self.accepted[first : first + MOST_IN_A_REQUEST]


def datapoints(window: WindowResult, run_time: datetime, *, wakes: bool = True) -> Datapoints:
    """Those of the window at its start, and the number of verdicts at the time of the run.

    A window of the past that `wakes` nobody does not count for the alarm on broken joins.
    """
    accepted: list[MetricDatumTypeDef] = list(_verdict_counts(window, run_time, wakes))
    refused: dict[str, int] = {}
    for line in metric_lines(RunResult([window])):
        if (reason := _refusal(line, window.window.start, run_time)) is None:
            accepted.append(_datum(line, window.window.start))
        else:
            refused[reason] = refused.get(reason, 0) + 1
    return Datapoints(accepted, refused)


def _verdict_counts(
    window: WindowResult, run_time: datetime, wakes: bool
) -> Iterator[MetricDatumTypeDef]:
    verdicts = [quality.status for quality in window.variants if quality.matured]
    unknown = verdicts.count(Status.NOT_EVALUATED)
    counts = {
        "VariantsJudged": len(verdicts) - unknown,
        "VariantsViolating": verdicts.count(Status.VIOLATION),
        "VariantsNotEvaluated": unknown,
    }
    if wakes:
        broken = sum(quality.broken_join is not None for quality in window.variants)
        counts["JoinsBroken"] = broken
    for name, value in counts.items():
        yield {"MetricName": name, "Timestamp": run_time, "Value": value, "Unit": "Count"}


def _datum(line: Mapping[str, Any], time: datetime) -> MetricDatumTypeDef:
    return {
        "MetricName": line["MetricName"],
        "Timestamp": time,
        "Dimensions": line["Dimensions"],
        "Value": line["Value"],
    }


def _refusal(line: Mapping[str, Any], start: datetime, run_time: datetime) -> str | None:
    """Why CloudWatch would refuse it, and with it the whole request."""
    if start < run_time - _OLDEST:
        return "CloudWatch takes none that are two weeks old"
    if start > run_time + _NEWEST:
        return "CloudWatch takes none of the future"
    if not _named(line["MetricName"], _LONGEST_NAME):
        return f"CloudWatch takes names of at most {_LONGEST_NAME} ASCII characters"
    if not all(_named(item["Value"], _LONGEST_VALUE) for item in line["Dimensions"]):
        return "CloudWatch takes endpoints and variants of ASCII characters"
    return None


def _named(name: str, most: int) -> bool:
    return name.isascii() and name.isprintable() and bool(name.strip()) and len(name) <= most
