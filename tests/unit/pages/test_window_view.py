"""What the page of a window says, as plain values: sentences, flow, places, what moved."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from monitor.baseline import Baseline
from monitor.constraints import Check, Status
from monitor.join_health import JoinCheck
from monitor.metrics import MetricValue
from monitor.pages.window_view import WindowView, window_view
from monitor.quality import Health, Quality

from .windows import ACCURACY, BASELINE, judged, provisional, version


def view(quality: Quality, baseline: Baseline = BASELINE) -> WindowView:
    return window_view(version(quality), quality, baseline)


def test_a_violation_is_said_with_the_metric_that_is_worst_and_the_baseline() -> None:
    found = view(judged())
    assert found.verdict.kind == "bad"
    assert found.verdict.sentence == (
        "The model is worse than it should be: accuracy fell from 0.95 to 0.7123 "
        "(1 of 1 check failed, beyond what chance explains)."
    )


@pytest.mark.parametrize(
    ("value", "begins"),
    [
        (0.93, "Nothing is known to be wrong, but 1,000 records of 40 requests are too few"),
        (0.5, "It looks worse (accuracy 0.5 against 0.95), but 1,000 records of 40 requests"),
    ],
)
def test_what_is_too_little_to_be_sure_says_how_it_looks(value: float, begins: str) -> None:
    found = view(judged(value, Status.NOT_ENOUGH_EVIDENCE))
    assert found.verdict.sentence.startswith(begins)


def test_a_window_that_is_fine_says_so_and_asks_for_nothing() -> None:
    found = view(judged(0.94, Status.OK))
    assert found.verdict.sentence == (
        "The model is as good as its baseline: 1 check passed on 1,000 records."
    )
    assert found.steps == ("Nothing. The next window is judged by itself.",)


def test_a_provisional_window_is_too_early_and_not_bad() -> None:
    found = view(provisional(judged()))
    assert (found.verdict.kind, found.verdict.word) == ("waiting", "Provisional")
    assert found.verdict.sentence == (
        "Too early to judge: 86 % of the records have a label so far."
    )


def test_a_broken_join_is_said_to_say_nothing_of_the_model() -> None:
    broken = JoinCheck("orphan_labels", 0.2, 0.05, Status.VIOLATION, "20 % of the labels")
    unjudged = (Check(ACCURACY, Status.NOT_EVALUATED),)
    found = view(replace(judged(), join_checks=(broken,), checks=unjudged))
    assert found.verdict.word == "Join broken"
    assert "says nothing about the model" in found.verdict.sentence
    assert found.steps[0] == "Mend the join: orphan labels is 20 %, its limit 5 %."


def test_records_are_followed_from_capture_to_verdict_and_losses_are_named() -> None:
    flow = view(judged()).flow
    assert [(s.name, s.records) for s in flow.stages] == [
        ("Captured", 1_200), ("Prepared", 1_180), ("Matched", 1_010), ("Judged", 1_000),
    ]  # fmt: skip
    lost = [(loss.many, loss.what) for stage in flow.stages for loss in stage.losses]
    assert [many for many, _what in lost] == [20, 170, 10]
    assert sum(many for many, _what in lost) == 1_200 - 1_000
    assert [(loss.many, loss.what) for loss in flow.labels] == [
        (3, "labels that fit no captured request")
    ]


def test_whole_requests_that_were_lost_are_told_as_part_of_the_records() -> None:
    counts = {**judged().health.counts, "length_mismatches": 1, "unreadable_requests": 2}
    found = view(replace(judged(), health=Health(counts)))
    lost = [(loss.many, loss.what, loss.within) for loss in found.flow.stages[1].losses]
    assert lost == [
        (20, "set aside: could not be read", False),
        (1, "whole request: not as many answers as records", True),
        (2, "whole requests: could not be read", True),
    ]
    (join, *_others) = found.steps
    assert "20 set aside" in join
    assert "whole request" not in join


def test_labels_may_still_come_only_while_the_window_is_provisional() -> None:
    def missing(quality: Quality) -> str:
        return view(quality).flow.stages[2].losses[0].what

    assert missing(provisional(judged())) == "have no label yet"
    assert missing(judged()) == "have no label"


def test_a_place_with_far_more_errors_is_pointed_at() -> None:
    found = view(judged())
    positions = found.places[0]
    assert [(b.name, b.records, b.wrong) for b in positions.bins] == [
        ("0", 400, 40), ("1", 400, 44), ("8 to 15", 200, 120),
    ]  # fmt: skip
    assert any("8 to 15" in step and "60 %" in step for step in found.steps)


def test_what_moved_is_a_share_of_all_captured_predictions() -> None:
    quality = replace(judged(), labelled=orjson.dumps([["0", 0, 90, 9], ["1", 9, 10, 1]]).decode())
    classes, probabilities = view(quality).moved
    assert classes.records == 100
    assert classes.share == pytest.approx(0.4)
    assert probabilities.share == pytest.approx(0.4)


def test_curves_of_another_baseline_are_left_out() -> None:
    other = replace(BASELINE, values={"accuracy": 0.5})
    found = view(judged(), other)
    assert not found.has_baseline
    assert not found.moved
    assert all(not curve.baseline for curve in found.curves)


def test_a_version_of_an_older_monitor_lacks_the_panel_and_says_so() -> None:
    found = view(replace(judged(pictures={}), delay=None, cost=None))
    assert (found.places, found.counted) == ((), False)


def test_many_classes_are_put_together_and_no_record_is_lost() -> None:
    labels = tuple(f"class {n}" for n in range(300))
    confusion = view(judged(labels=labels)).confusion
    assert confusion is not None
    assert len(confusion.labels) == 10
    total = sum(cell.count for row in confusion.rows for cell in row)
    assert total == sum(range(1, 300 * 300 + 1))


def test_the_text_of_an_error_of_somebody_elses_metric_is_not_shown() -> None:
    quality = judged()
    values = {
        **quality.values,
        "own": MetricValue(None, "own failed: ValueError: '4111-1111' is no number", True),
        "mcc": MetricValue(None, "mcc failed: ValueError: '4111-1111' is no number", True),
    }
    rows = {row.name: row for row in view(replace(quality, values=values)).rows}
    assert "4111" not in str(rows["own"].reason)
    assert "4111" not in str(rows["mcc"].reason)


def test_metrics_of_any_unit_meet_at_the_baseline_and_the_limit() -> None:
    (row,) = view(judged()).limited
    assert row.scaled(0.95) == pytest.approx(0)
    assert row.scaled(0.9) == pytest.approx(-1)
    assert row.interval == pytest.approx((0.7123456789 - 0.021756, 0.7123456789 + 0.021756))
