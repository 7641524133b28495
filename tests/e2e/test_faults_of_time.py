"""Clocks that disagree, and hours in which nothing happens."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.e2e.judging import (
    CONSTRAINTS,
    UNDISTURBED,
    assert_undisturbed,
    comparable,
    judge,
    undisturbed,
)
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import MINUTE, WINDOW, Uploads, captured, requests

pytestmark = [pytest.mark.e2e, begins(undisturbed)]

SKEWED, QUIET = "clock-skew", "quiet"
HOUR = timedelta(hours=1)
# The clock of a caller that is two days ahead of the window, and one of ours.
FUTURE = WINDOW + timedelta(days=2)
AHEAD = requests(count=100, first=1000)


def captures() -> Uploads:
    """The usual requests in folders of other hours, and some whose time is yet to come."""
    early, late = requests()[:200], requests()[200:]
    return (
        captured(SKEWED, said=early, files=2, folder=WINDOW - HOUR)
        | captured(SKEWED, said=late, files=3, folder=WINDOW + 2 * HOUR)
        | captured(SKEWED, FUTURE, said=AHEAD, files=1, folder=WINDOW)
    )


def labels() -> Uploads:
    return labelled(SKEWED) | labelled(SKEWED, FUTURE, said=AHEAD)


def skew(stack: Stack) -> None:
    stack.upload(captures() | labels())


@begins(skew)
def test_requests_are_judged_in_the_window_of_their_inference(stack: Stack) -> None:
    stack.wait_until_split(SKEWED, captures(), labels())
    # A line that cannot be read has no time but that of its file, which is wrong here.
    assert_undisturbed(stack, SKEWED, but=("rejected", "unreadable_requests"))

    ahead = json.loads(judge(stack, SKEWED, FUTURE)["statistics.json"])
    readable = [request for request in AHEAD if not request.is_broken]
    assert ahead["dataset"]["item_count"] == sum(request.records for request in readable)


def test_a_window_that_is_judged_again_has_the_same_reports(stack: Stack) -> None:
    stack.wait_until_split(UNDISTURBED, captured(UNDISTURBED), labelled(UNDISTURBED))
    first, again = judge(stack, UNDISTURBED), judge(stack, UNDISTURBED)
    assert first.keys() == again.keys()
    assert comparable(first.pop("statistics.json")) == comparable(again.pop("statistics.json"))
    assert first == again


def be_quiet(stack: Stack) -> None:
    """An endpoint with a baseline that was called in the minute before only."""
    stack.put(f"monitors/{QUIET}/constraints.json", json.dumps(CONSTRAINTS))
    stack.upload(captured(QUIET, WINDOW - MINUTE))


@begins(be_quiet)
def test_a_window_without_requests_is_a_result_and_no_violation(stack: Stack) -> None:
    stack.wait_until_split(QUIET, captured(QUIET, WINDOW - MINUTE), Uploads({}, {}))
    found = judge(stack, QUIET)
    statistics = json.loads(found["statistics.json"])
    assert statistics["dataset"]["item_count"] == 0
    assert statistics["batch_payload_monitor"]["verdict"] == "NOT_EVALUATED"
    assert "no request" in statistics["batch_payload_monitor"]["reason"]
    violations = json.loads(found["constraint_violations.json"])
    assert violations["violations"] == []
    assert {each["metric_name"] for each in violations["not_evaluated"]} == {"accuracy", "f1"}
    # What was never judged has no verdict that could change.
    assert stack.keys(f"reports/{QUIET}/verdicts.json") == []
