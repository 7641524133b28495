"""What is said of a changed verdict, read as its readers read it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.baseline import Baseline
from monitor.constraints import Constraint, Operator, Status
from monitor.messages import SUBJECT_CHARACTERS, Message, message
from monitor.metrics import Uncertainty
from monitor.notices import Finding, event_detail, findings
from monitor.quality import Quality
from monitor.verdicts import Change, Held
from monitor.wording import duration, number, numbers, share, span

from .rows import HOUR, NINE, at
from .told import BASELINE, DOUBTFUL, RECOVERED, VIOLATING, hour, measured

TOPIC = "arn:aws:sns:eu-central-1:111122223333:verdicts"
REPORT = "s3://data/reports/fraud-scoring/2026/11/20/09"
YESTERDAY = NINE - timedelta(hours=27)

names = st.text(min_size=1, max_size=300)

VIOLATION_TEXT = """\
Endpoint fraud-scoring, variant AllTraffic: the model is VIOLATING its
constraints.

Window     2026-11-20 09:00 to 10:00 UTC
Before     OK since 2026-11-19 06:00 UTC (1 day 3 hours)
Judged     960 records of 40 requests; 80 % of the captured records have a
           label
Join       240 unlabelled, 12 orphan labels
How sure   High: accuracy is 4.2 standard errors beyond its threshold.

Violated, worst first (2 of 4 constraints); +/- is one standard error
  accuracy: 0.8117 +/- 0.021
    must be at least 0.9; was 0.931 in the baseline
    4.2 standard errors beyond the threshold
  false_positive_rate: 0.1034 +/- 0.008
    must be at most 0.1; was 0.0712 in the baseline
    0.4 standard errors beyond the threshold

Not evaluated: auc

Report
  s3://data/reports/fraud-scoring/2026/11/20/09
  https://eu-central-1.console.aws.amazon.com/s3/buckets/data?region=eu-central-1&prefix=reports/fraud-scoring/2026/11/20/09/

What to do
  1. Look at the join first: the counts above, the alarms on rejected records
     and dead letters. Labels that are lost, late or doubled make a good
     model look bad.
  2. Open the report: report.html says what is wrong, and where;
     constraint_violations.json and statistics.json are for programs.
  3. Ask what changed: the inputs (a caller, a feature), the labels (their
     source, their meaning) or the model (a deployment).
  More: docs/operations.md, "A model is violating its constraints"
"""

RECOVERED_TEXT = """\
Endpoint fraud-scoring, variant AllTraffic: the model has RECOVERED.

Window     2026-11-20 09:00 to 10:00 UTC
Before     VIOLATION since 2026-11-19 06:00 UTC (1 day 3 hours)
Judged     960 records of 40 requests; 80 % of the captured records have a
           label
Join       240 unlabelled, 12 orphan labels
How sure   High: accuracy is 2.4 standard errors inside its threshold.

Now, the closest first (all 4); +/- is one standard error
  accuracy: 0.9512 +/- 0.021
    must be at least 0.9; was 0.931 in the baseline
    2.4 standard errors inside the threshold
  recall: 0.85 +/- 0.02
    must be at least 0.8; was 0.85 in the baseline
    2.5 standard errors inside the threshold
  false_positive_rate: 0.05 +/- 0.008
    must be at most 0.1; was 0.0712 in the baseline
    6.2 standard errors inside the threshold
  auc: 0.96 (standard error unknown)
    must be at least 0.95

Report
  s3://data/reports/fraud-scoring/2026/11/20/09
  https://eu-central-1.console.aws.amazon.com/s3/buckets/data?region=eu-central-1&prefix=reports/fraud-scoring/2026/11/20/09/

What to do
  1. Nothing is urgent. See that the window is a usual one: as many requests
     and labels as always.
  2. If nobody repaired anything, compare its report with one of a violating
     window: the cause may come back.
  3. Write down the cause; move a threshold that chance alone can cross.
  More: docs/operations.md, "A model has recovered"
"""

DOUBTFUL_TEXT = """\
Endpoint fraud-scoring, variant AllTraffic: the model is VIOLATING its
constraints.

This is a correction: the same window had the other verdict before. It was
judged again, with the records and labels that are there now.

Window     2026-11-20 09:00 to 10:00 UTC
Before     OK since 2026-11-20 09:00 UTC
Judged     150 records of 40 requests; 12 % of the captured records have a
           label
Join       1,050 unlabelled, 12 orphan labels
How sure   UNKNOWN: no standard error, which takes records of several
           requests. LITTLE LABELLED: 88 % of the records may tell otherwise.

Violated, worst first (1 of 4 constraints); +/- is one standard error
  accuracy: 0.89999 (standard error unknown)
    must be at least 0.9; was 0.931 in the baseline

Not evaluated: recall, auc

"""


def said(change: Change, baseline: Baseline = BASELINE, topic: str = TOPIC) -> Message:
    return message(change, baseline, REPORT, topic)


def detail(change: Change, baseline: Baseline = BASELINE) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    body = event_detail(change, baseline, REPORT, at(75))
    found: dict[str, Any] = json.loads(body, parse_constant=refuse)
    return found


def test_the_message_of_a_model_that_got_worse() -> None:
    told = said(Change(VIOLATING, Held(Status.OK, YESTERDAY)))
    assert told.subject == "VIOLATION fraud-scoring/AllTraffic: accuracy 0.8117 < 0.9 and 1 more"
    assert told.text == VIOLATION_TEXT
    assert told.attributes == {
        "endpoint": "fraud-scoring",
        "variant": "AllTraffic",
        "verdict": "VIOLATION",
    }


def test_the_message_of_a_model_that_recovered() -> None:
    told = said(Change(RECOVERED, Held(Status.VIOLATION, YESTERDAY)))
    assert told.subject == "RECOVERED fraud-scoring/AllTraffic: after 1 day 3 hours"
    assert told.text == RECOVERED_TEXT
    assert told.attributes["verdict"] == "OK"


def test_a_message_says_plainly_that_it_rests_on_little() -> None:
    told = said(Change(DOUBTFUL, Held(Status.OK, NINE), corrected=True))
    assert told.subject == "VIOLATION fraud-scoring/AllTraffic: accuracy 0.89999 < 0.9"
    assert told.text.startswith(DOUBTFUL_TEXT)


def test_a_violation_within_two_standard_errors_is_called_little() -> None:
    close = measured({"accuracy": 0.89}, {"accuracy": 0.0105}, rules=VIOLATING.constraints[:1])
    told = said(Change(close)).text
    assert "How sure   LOW: accuracy is 0.5 standard errors beyond its threshold; chance" in told
    assert "Before     not known: this is the first verdict" in told


def test_a_corrected_recovery_says_so() -> None:
    told = said(Change(RECOVERED, Held(Status.VIOLATION, NINE), corrected=True))
    assert told.subject == "RECOVERED fraud-scoring/AllTraffic: corrected, the window is OK"
    assert "\nThis is a correction: the same window had the other verdict before." in told.text
    assert "Before     VIOLATION since 2026-11-20 09:00 UTC\n" in told.text


@pytest.mark.parametrize(
    ("topic", "page"),
    [
        (TOPIC, "https://eu-central-1.console.aws.amazon.com/s3/buckets/data?region=eu-central-1&"),
        ("arn:aws-cn:sns:cn-north-1:1:t", "https://cn-north-1.console.amazonaws.cn/s3/buckets/"),
        ("arn:aws-us-gov:sns:us-gov-west-1:1:t", "us-gov-west-1.console.amazonaws-us-gov.com/s3"),
    ],
)
def test_the_console_is_the_partitions_own(topic: str, page: str) -> None:
    assert page in said(Change(VIOLATING), topic=topic).text


@pytest.mark.parametrize("topic", ["arn:aws-iso:sns:us-iso-east-1:1:t", "nothing"])
def test_a_console_that_is_not_known_is_not_shown(topic: str) -> None:
    told = said(Change(VIOLATING), topic=topic).text
    assert "https://" not in told
    assert REPORT in told


def test_no_reason_is_told_for_it_may_hold_a_payload() -> None:
    reasons = [value.reason for value in VIOLATING.values.values() if value.reason]
    assert "'4111-1111' is no number" in reasons
    change = Change(VIOLATING)
    assert "4111" not in said(change).text + json.dumps(detail(change))
    assert "Not evaluated: auc\n" in said(change).text


@given(endpoint=names, variant=names, metric=names, many=st.integers(1, 300))
def test_no_name_breaks_a_message(endpoint: str, variant: str, metric: str, many: int) -> None:
    rules = [Constraint(f"{metric}{n}", Operator.LESS, 0.9) for n in range(many)]
    values = {rule.metric: 0.1 + 0.2 for rule in rules}
    bad = measured(values, dict.fromkeys(values, 1e-7), rules=rules)
    told = said(Change(replace(bad, endpoint=endpoint, variant=variant)))
    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert len(told.subject) <= SUBJECT_CHARACTERS
    for line in told.text.splitlines():
        assert len(line) < 78 or "s3://" in line or "https://" in line
    assert len(told.text) < 10_000
    assert len(event_detail(Change(bad), BASELINE, REPORT, NINE).encode()) < 250_000


def test_the_event_has_all_that_a_rule_may_ask_for() -> None:
    assert detail(Change(VIOLATING, Held(Status.OK, YESTERDAY))) == {
        "endpoint": "fraud-scoring",
        "variant": "AllTraffic",
        "window": {"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:00:00Z"},
        "verdict": "VIOLATION",
        "previous_verdict": "OK",
        "previous_since": "2026-11-19T06:00:00Z",
        "corrected": False,
        "violations": [
            {
                "metric_name": "accuracy",
                "value": 0.81171,
                "standard_deviation": 0.0105,
                "standard_errors_beyond_threshold": pytest.approx(4.2043, abs=1e-4),
                "p_value": None,
                "threshold": 0.9,
                "comparison_operator": "LessThanThreshold",
                "baseline_value": 0.931,
            },
            {
                "metric_name": "false_positive_rate",
                "value": 0.1034,
                "standard_deviation": 0.004,
                "standard_errors_beyond_threshold": pytest.approx(0.425),
                "p_value": None,
                "threshold": 0.1,
                "comparison_operator": "GreaterThanThreshold",
                "baseline_value": 0.0712,
            },
        ],
        "violations_in_all": 2,
        "records_judged": 960,
        "requests": 40,
        "coverage": 0.8,
        "report": REPORT,
        "run_time": "2026-11-20T10:15:00Z",
    }


@pytest.mark.parametrize("deviation", [None, math.nan, math.inf])
def test_what_is_not_known_is_null_in_the_event(deviation: float | None) -> None:
    bad = measured({"accuracy": 0.5}, {"accuracy": deviation}, rules=VIOLATING.constraints[:1])
    found = detail(Change(bad), Baseline())
    assert (found["previous_verdict"], found["previous_since"]) == (None, None)
    (violation,) = found["violations"]
    assert violation["standard_errors_beyond_threshold"] is None
    assert violation["baseline_value"] is None
    assert said(Change(bad))


@given(st.floats(0, 1), st.floats(0, 1))
def test_how_sure_it_is_can_be_compared_by_a_rule(value: float, deviation: float) -> None:
    rules = [Constraint("accuracy", Operator.LESS, 2.0)]
    bad = measured({"accuracy": value}, {"accuracy": deviation}, labelled=937, rules=rules)
    found = detail(Change(bad))
    (violation,) = found["violations"]
    for told in (found["coverage"], violation["standard_errors_beyond_threshold"]):
        assert 0 < told <= 1e6
        assert told == round(told, 6)


def test_what_no_subsample_doubts_is_beyond_every_limit_that_a_rule_may_have() -> None:
    bad = measured({"accuracy": 0.0}, {"accuracy": 0.0}, rules=VIOLATING.constraints[:1])
    (violation,) = detail(Change(bad))["violations"]
    assert violation["standard_errors_beyond_threshold"] == 1e6
    assert "accuracy is by far (no request differs) beyond its threshold" in said(
        Change(bad)
    ).text.replace("\n           ", " ")


def test_an_event_is_small_whatever_metrics_there_are() -> None:
    rules = [Constraint(f"{n}" + "é" * 400, Operator.LESS, 0.9) for n in range(500)]
    values = {rule.metric: 0.123456789012345 for rule in rules}
    bad = measured(values, dict.fromkeys(values, 0.123456789012345), rules=rules)
    body = event_detail(Change(bad), Baseline(values=values), REPORT, NINE)
    assert len(body.encode()) < 200_000
    assert json.loads(body)["violations_in_all"] == 500


@given(st.permutations(RECOVERED.checks))
def test_the_worst_comes_first_in_whatever_order_they_were_checked(checks: list[object]) -> None:
    quality: Quality = replace(RECOVERED, checks=checks)  # type: ignore[arg-type]
    found = findings(quality, BASELINE, Status.OK)
    assert [item.metric for item in found] == ["accuracy", "recall", "false_positive_rate", "auc"]


def test_the_standard_error_is_twice_the_spread_over_subsamples() -> None:
    found = Finding("accuracy", 0.8, 0.9, Operator.LESS, deviation=0.01)
    assert found.standard_error == 0.02
    assert found.beyond == pytest.approx(5.0)
    assert Finding("accuracy", 0.8, 0.9, Operator.LESS, deviation=0.0).beyond == math.inf
    assert Finding("accuracy", 0.9, 0.9, Operator.LESS, deviation=0.0).beyond == 0.0
    assert Finding("accuracy", 0.8, 0.9, Operator.GREATER, deviation=None).beyond is None


def test_an_error_clustered_by_request_comes_before_one_of_subsamples() -> None:
    errors = {"accuracy": Uncertainty(0.05, 0.01, 40, 960)}
    bad = measured({"accuracy": 0.8}, {"accuracy": 0.001}, rules=VIOLATING.constraints[:1])
    (alone,) = findings(bad, BASELINE, Status.VIOLATION)
    (found,) = findings(replace(bad, errors=errors), BASELINE, Status.VIOLATION)
    assert alone.standard_error == 0.002
    assert found.standard_error == 0.05
    assert found.deviation == 0.001
    (violation,) = detail(Change(replace(bad, errors=errors)))["violations"]
    assert violation["standard_errors_beyond_threshold"] == pytest.approx(found.beyond)


def test_without_spread_the_distance_in_shares_decides() -> None:
    rules = [Constraint("a", Operator.LESS, 0.9), Constraint("b", Operator.GREATER, 10.0)]
    bad = measured({"a": 0.8, "b": 100.0}, {}, rules=rules)
    assert [item.metric for item in findings(bad, BASELINE, Status.VIOLATION)] == ["b", "a"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81171, "0.8117"), (12_345.6, "12,346"), (1e20, "1e+20"), (-0.00012, "-0.00012"), (0, "0")],
)
def test_numbers_have_four_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1))
def test_a_value_is_never_shown_as_equal_to_a_threshold_that_it_missed(
    value: float, share: float
) -> None:
    threshold = value * share
    first, second = numbers(value, threshold)
    assert (first == second) == (value == threshold)


def test_shares_and_times_are_told_in_words() -> None:
    assert [share(part) for part in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %",
        "less than 1 %",
        "50 %",
        "more than 99 %",
        "100 %",
    ]
    assert duration(timedelta(days=2, hours=5, minutes=3)) == "2 days 5 hours"
    assert duration(timedelta(minutes=15)) == "15 minutes"
    assert duration(timedelta()) == "no time"
    night = hour(14, 2 * HOUR)
    assert span(night.start, night.end) == "2026-11-20 23:00 to 2026-11-21 01:00 UTC"
    assert span(NINE, NINE + timedelta(seconds=10)) == "2026-11-20 09:00 to 09:00:10 UTC"
