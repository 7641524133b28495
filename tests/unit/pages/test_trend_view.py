"""What the page of an endpoint says, as plain values: windows, variants, and what is together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from monitor.constraints import Status
from monitor.ledger_rows import Version
from monitor.metrics import Uncertainty
from monitor.pages.trend_view import MOST_BUCKETS, MOST_VARIANTS, trend_view
from monitor.quality import ALL_VARIANTS

from .windows import judged, provisional, version


def hours(many: int) -> Iterator[Version]:
    for number in range(many):
        status = Status.VIOLATION if number % 50 == 0 else Status.OK
        yield version(judged(0.9 + number % 7 / 100, status, number))


def test_the_newest_version_of_a_window_counts_and_says_why_there_is_one() -> None:
    first = version(provisional(judged()))
    second = version(judged(0.94, Status.OK), number=2, because="1 file of labels came")
    (row,) = trend_view("churn", [second, first]).rows
    assert (row.number, row.because, row.provisional) == (2, "1 file of labels came", False)
    assert row.values["accuracy"].value == 0.94


@pytest.mark.parametrize(
    ("because", "restated"),
    [
        ("2 files of labels came; it is final", False),
        ("1 file of labels came", True),
        ("1 file of labels changed", True),
    ],
)
def test_to_become_final_is_no_restatement(because: str, restated: bool) -> None:
    (row,) = trend_view("churn", [version(judged(), number=2, because=because)]).rows
    assert row.restated is restated
    (row,) = trend_view("churn", [version(provisional(judged()), number=2)]).rows
    assert not row.restated


def test_an_interval_ends_where_values_do() -> None:
    wide = {"accuracy": Uncertainty(0.3, 0.3, 4, 8)}
    (row,) = trend_view("churn", [version(replace(judged(0.9), errors=wide))]).rows
    found = row.values["accuracy"]
    assert found.low == pytest.approx(0.9 - 1.96 * 0.3)
    assert found.high == 1.0


def test_the_band_of_the_baseline_follows_from_the_ledger_alone() -> None:
    view = trend_view("churn", hours(3))
    reference = view.references["accuracy", "AllTraffic"]
    assert (reference.baseline, reference.limit) == (0.95, 0.9)
    assert reference.error == pytest.approx((0.015**2 - 0.0111**2) ** 0.5)


def test_a_long_history_is_a_week_of_hours_and_the_rest_together() -> None:
    view = trend_view("churn", hours(24 * 365))
    alone = [row for row in view.rows if row.windows == 1]
    assert (view.detailed, len(alone)) == (168, 168)
    assert view.together == 24 * 365 - 168
    buckets = [row for row in view.rows if row.windows > 1]
    assert len(buckets) <= MOST_BUCKETS
    assert sum(row.windows for row in buckets) == view.together
    assert all(row.verdict.kind == "bad" for row in buckets)
    value = buckets[0].values["accuracy"]
    assert (value.low, value.high) == (0.9, 0.96)


def test_variants_stand_side_by_side_and_all_together_is_none_of_them() -> None:
    both = [judged(variant=name) for name in ("blue", "green")]
    whole = replace(judged(), variant=ALL_VARIANTS)
    view = trend_view("churn", [version(*both, whole)])
    assert view.variants == ("blue", "green")
    assert [row.variant for row in view.rows] == ["blue", "green"]


def test_of_very_many_variants_those_with_the_most_records_are_shown() -> None:
    many = [judged(variant=f"v{n:02}") for n in range(30)]
    view = trend_view("churn", [version(*many)])
    assert (len(view.variants), view.all_variants) == (MOST_VARIANTS, 30)


def test_the_newest_judged_window_leads_and_a_provisional_one_does_not() -> None:
    versions = [version(judged(number=0)), version(provisional(judged(number=1)))]
    latest = trend_view("churn", versions).latest
    assert latest is not None
    assert latest.verdict.kind == "bad"


def test_an_endpoint_without_windows_has_a_page_all_the_same() -> None:
    view = trend_view("churn", [])
    assert (view.rows, view.latest, view.span) == ((), None, None)
