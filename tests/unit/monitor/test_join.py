"""The join, case by case, on data small enough to check by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from inference_records.partitions import SHARED_ENDPOINT
from monitor.engine import arrow_table, connect
from monitor.health import Arrivals
from monitor.join import join
from monitor.metrics import FOLDS
from monitor.windows import Window

from .rows import (
    HOUR,
    NINE,
    ONE_HOUR,
    Label,
    Lost,
    Predicted,
    at,
    joined,
    labels_table,
    predictions_table,
    request,
)

MAIN = "AllTraffic"


def test_each_record_of_a_request_meets_the_label_of_its_position() -> None:
    labels = [Label("e", index, f"label {index}") for index in (2, 0, 1)]
    found = joined(request("e", "abc"), labels)
    assert {key[2]: label for key, (_, label) in found.labels.items()} == {
        0: "label 0",
        1: "label 1",
        2: "label 2",
    }
    assert found.counts == {
        (MAIN, 0): {"requests": 1, "records": 3, "evaluated": 3},
        (None, 0): {"labels": 3, "arrived_labels": 3},
    }


def test_a_record_without_a_label_is_counted_and_not_evaluated() -> None:
    found = joined(request("e", "ab"), [Label("e", 1)])
    assert list(found.labels) == [(MAIN, "e", 1)]
    assert found.totals == {
        "requests": 1,
        "records": 2,
        "evaluated": 1,
        "unlabelled": 1,
    }


def test_the_label_that_arrived_last_wins() -> None:
    labels = [Label("e", 0, "late", at(9)), Label("e", 0, "early", at(3))]
    found = joined([Predicted("e")], labels)
    assert found.labels == {(MAIN, "e", 0): (0, "late")}
    assert found.totals["duplicate_labels"] == 1
    assert found.totals["conflicting_labels"] == 1


def test_of_labels_that_arrived_together_the_last_key_wins_and_then_the_last_line() -> None:
    labels = [
        Label("e", 0, "first line", key="b", line=1),
        Label("e", 0, "second line", key="b", line=2),
        Label("e", 0, "lower key", key="a", line=9),
    ]
    assert joined([Predicted("e")], labels).labels == {(MAIN, "e", 0): (0, "second line")}


def test_equal_labels_are_duplicates_without_conflict() -> None:
    labels = [Label("e", 0, "1"), Label("e", 0, 1.0, line=2), Label("e", 0, True, line=3)]
    assert joined([Predicted("e")], labels).totals == {
        "requests": 1,
        "records": 1,
        "evaluated": 1,
        "duplicate_labels": 2,
    }


def test_the_value_of_a_corrected_label_is_that_of_the_correction() -> None:
    # joined() asserts that the number belongs to the text.
    labels = [Label("e", 0, "2.5"), Label("e", 0, "unknown", at(5))]
    assert joined([Predicted("e")], labels).labels == {(MAIN, "e", 0): (0, "unknown")}


def test_the_inference_id_is_the_key_where_the_caller_sent_one() -> None:
    found = joined([Predicted("e", inference_id="mine")], [Label("mine", 0)])
    assert list(found.labels) == [(MAIN, "mine", 0)]


def test_a_label_by_event_id_is_found_though_the_caller_sent_an_inference_id() -> None:
    found = joined([Predicted("e", inference_id="mine")], [Label("e", 0)])
    assert list(found.labels) == [(MAIN, "mine", 0)]
    assert "orphan_labels" not in found.totals


def test_labels_by_both_ids_are_labels_of_one_record() -> None:
    labels = [Label("e", 0, "by event", at(1)), Label("mine", 0, "by inference id", at(2))]
    found = joined([Predicted("e", inference_id="mine")], labels)
    assert found.labels == {(MAIN, "mine", 0): (0, "by inference id")}
    assert found.totals["duplicate_labels"] == 1


def test_labels_by_record_id_meet_their_records() -> None:
    rows = [Predicted("e", index, 2, record_id=f"customer-{index}") for index in range(2)]
    labels = [Label(None, label=f"of {i}", record_id=f"customer-{i}") for i in (1, 0, 7)]
    found = joined(rows, labels)
    assert found.labels == {(MAIN, "e", 0): (0, "of 0"), (MAIN, "e", 1): (0, "of 1")}
    assert found.totals["orphan_labels"] == 1


def test_a_record_id_labels_every_prediction_that_was_made_for_it() -> None:
    rows = [Predicted("e", record_id="c"), Predicted("f", record_id="c", time=at(9), line=2)]
    found = joined(rows, [Label(None, record_id="c")])
    assert found.totals["evaluated"] == 2
    assert "duplicate_labels" not in found.totals


def test_a_record_id_tells_the_record_of_a_request_where_no_position_does() -> None:
    rows = [
        Predicted(event, index, 2, record_id=f"c{index}", line=line)
        for line, event in enumerate(("e", "f"), start=1)
        for index in range(2)
    ]
    found = joined(rows, [Label("f", label="x", record_id="c1"), Label("g", record_id="c1")])
    assert [key[1:] for key in found.labels] == [("f", 1)]
    assert found.totals["orphan_labels"] == 1
    assert "labels_without_position" not in found.totals


def test_a_label_by_record_id_for_an_earlier_window_is_no_orphan() -> None:
    rows = [Predicted("e", record_id="c", time=at(-30)), Predicted("f", line=2)]
    found = joined(rows, [Label(None, record_id="c", arrived=at(10))])
    assert "orphan_labels" not in found.totals


def test_a_position_beyond_the_payload_is_counted() -> None:
    found = joined(request("e", "ab"), [Label("e", 0), Label("e", 2)])
    assert found.totals["positions_out_of_range"] == 1
    assert found.totals["evaluated"] == 1


def test_a_label_without_position_fits_a_request_of_one_record() -> None:
    assert joined([Predicted("e")], [Label("e")]).totals["evaluated"] == 1


def test_a_label_without_position_fits_no_record_of_several() -> None:
    assert joined(request("e", "ab"), [Label("e")]).totals == {
        "requests": 1,
        "records": 2,
        "unlabelled": 2,
        "labels_without_position": 1,
    }


def test_a_later_label_without_position_does_not_displace_the_one_of_the_first_record() -> None:
    labels = [Label("e", 0, "right"), Label("e", None, "whose?", at(5))]
    found = joined(request("e", "ab"), labels)
    assert found.labels == {(MAIN, "e", 0): (0, "right")}
    assert found.totals["labels_without_position"] == 1
    assert "conflicting_labels" not in found.totals


def test_a_label_of_no_known_request_is_an_orphan_of_the_window_of_its_arrival() -> None:
    span = Window(NINE, NINE + 2 * HOUR)
    labels = [Label("lost", 0, arrived=at(61)), Label("early", 0, arrived=at(-1))]
    found = joined([Predicted("e")], labels, span)
    assert found.counts[None, 1] == {"orphan_labels": 1, "arrived_labels": 1}
    assert found.totals["orphan_labels"] == 1


def test_an_orphan_that_arrives_after_the_span_counts_in_its_last_window() -> None:
    span = Window(NINE, NINE + 2 * HOUR)
    found = joined([Predicted("e")], [Label("lost", 0, arrived=at(500))], span)
    assert found.counts[None, 1] == {"orphan_labels": 1, "arrived_labels": 1}


def test_an_orphan_that_is_delivered_twice_is_one_orphan() -> None:
    labels = [Label("lost", 0), Label("lost", 0, key="copy"), Label("lost", 1, line=2)]
    assert joined([Predicted("e")], labels).totals["orphan_labels"] == 2


def test_a_label_of_a_request_outside_the_window_is_no_orphan() -> None:
    rows = [Predicted("e"), Predicted("before", time=at(-30), line=2)]
    found = joined(rows, [Label("before", 0, arrived=at(5))])
    assert "orphan_labels" not in found.totals


def test_a_request_captured_twice_counts_once() -> None:
    found = joined(
        [*request("e", "ab"), *request("e", "ab", key="capture/b.jsonl", line=7)],
        [Label("e", 0), Label("e", 1)],
    )
    assert found.totals == {
        "requests": 1,
        "records": 2,
        "evaluated": 2,
        "captured_twice": 1,
    }


def test_a_request_on_two_lines_of_one_file_counts_once() -> None:
    found = joined([Predicted("e"), Predicted("e", line=2)], [Label("e", 0)])
    assert found.totals == {
        "requests": 1,
        "records": 1,
        "evaluated": 1,
        "captured_twice": 1,
    }


def test_an_inference_id_on_two_events_belongs_to_the_later_one() -> None:
    rows = [
        *request("e", "abc", inference_id="id", time=at(1)),
        *request("f", "xy", inference_id="id", time=at(2), line=2),
    ]
    found = joined(rows, [Label("id", index) for index in range(3)])
    assert found.totals == {
        "requests": 1,
        "records": 2,
        "evaluated": 2,
        "duplicate_inference_ids": 1,
        "positions_out_of_range": 1,
    }


def test_an_inference_id_used_again_in_a_later_window_is_counted_where_it_was_lost() -> None:
    rows = [
        Predicted("e", inference_id="id", time=at(59)),
        Predicted("f", inference_id="id", time=at(61), line=2),
    ]
    found = joined(rows, [Label("id", 0)], Window(NINE, NINE + 2 * HOUR))
    assert found.counts == {
        (MAIN, 0): {"duplicate_inference_ids": 1},
        (MAIN, 1): {"requests": 1, "records": 1, "evaluated": 1},
        (None, 0): {"arrived_labels": 1},
        (None, 1): {"labels": 1},
    }


def test_an_inference_id_on_two_events_of_which_one_is_captured_twice() -> None:
    rows = [
        Predicted("e", inference_id="id", time=at(1)),
        Predicted("e", inference_id="id", time=at(1), line=2),
        Predicted("f", inference_id="id", time=at(2), line=3),
    ]
    assert joined(rows, []).totals == {
        "requests": 1,
        "records": 1,
        "unlabelled": 1,
        "captured_twice": 1,
        "duplicate_inference_ids": 1,
    }


def test_a_shadow_variant_with_the_same_inference_id_shares_the_labels() -> None:
    rows = [
        *request("e", "ab", inference_id="id"),
        *request("f", "ab", inference_id="id", variant="shadow", key="capture/shadow.jsonl"),
    ]
    found = joined(rows, [Label("id", 0), Label("id", 1)])
    one = {"requests": 1, "records": 2, "evaluated": 2}
    both = {"labels": 2, "arrived_labels": 2}
    assert found.counts == {(MAIN, 0): one, ("shadow", 0): one, (None, 0): both}


def test_a_record_id_that_two_variants_share_has_one_label() -> None:
    rows = [
        Predicted("e", inference_id="id", record_id="c"),
        Predicted("f", inference_id="id", record_id="c", variant="shadow", key="shadow"),
    ]
    found = joined(rows, [Label(None, record_id="c")])
    assert found.totals == {"requests": 2, "records": 2, "evaluated": 2}


def test_a_window_holds_its_start_and_not_its_end() -> None:
    microsecond = timedelta(microseconds=1)
    times = {
        "before": NINE - microsecond,
        "start": NINE,
        "last": NINE + HOUR - microsecond,
        "end": NINE + HOUR,
    }
    rows = [Predicted(name, time=time, line=i) for i, (name, time) in enumerate(times.items())]
    found = joined(rows, [Label(name, 0) for name in times])
    assert {request for _, request, _ in found.labels} == {"start", "last"}
    assert found.totals == {"requests": 2, "records": 2, "evaluated": 2}


def test_fractions_of_a_second_belong_to_the_window_they_lie_in() -> None:
    # A cast from seconds to a whole number that rounds would move the first to the next window.
    rows = [
        Predicted("a", time=NINE + timedelta(minutes=59, seconds=59, milliseconds=600)),
        Predicted("b", time=NINE + timedelta(minutes=60, milliseconds=400), line=2),
    ]
    found = joined(rows, [Label("a", 0), Label("b", 0)], Window(NINE, NINE + 2 * HOUR))
    assert {request: window for (_, request, _), (window, _) in found.labels.items()} == {
        "a": 0,
        "b": 1,
    }


def test_a_last_window_that_is_shorter_has_the_next_number() -> None:
    span = Window(NINE, NINE + 90 * timedelta(minutes=1))
    found = joined([Predicted("e", time=at(89))], [Label("e", 0)], span)
    assert found.labels == {(MAIN, "e", 0): (1, "1")}


def test_labels_that_come_before_their_predictions_count() -> None:
    found = joined([Predicted("e", time=at(30))], [Label("e", 0, arrived=at(-600))])
    assert found.totals["evaluated"] == 1


def test_without_predictions_and_labels_there_is_nothing() -> None:
    found = joined([], [])
    assert found.labels == {}
    assert found.counts == {}


def test_labels_without_predictions_are_orphans() -> None:
    found = joined([], [Label("e", 0), Label(None, record_id="r")])
    assert found.counts == {(None, 0): {"orphan_labels": 2, "arrived_labels": 2}}


def test_what_was_set_aside_is_counted_at_its_time() -> None:
    lost = [
        Lost("a", records=3, reason="count_mismatch"),
        Lost(None, time=at(61), line=2),
        Lost(None, time=at(-1), line=3),
    ]
    found = joined([Predicted("e")], [], Window(NINE, NINE + 2 * HOUR), set_aside=lost)
    counted = {"requests": 1, "records": 1, "unlabelled": 1, "rejected": 3, "length_mismatches": 1}
    later = {"rejected": 1, "unreadable_requests": 1}
    assert found.counts == {(MAIN, 0): counted, (MAIN, 1): later}


def test_a_request_that_was_captured_twice_is_set_aside_once() -> None:
    lost = [
        Lost("a", records=2),
        Lost("a", records=1, reason="no_prediction"),
        Lost("a", records=2, key="capture/b.jsonl"),
        Lost("a", records=1, reason="no_prediction", key="capture/b.jsonl"),
        Lost("a", records=7, variant="shadow", key="shadow"),
    ]
    found = joined([], [], set_aside=lost)
    assert found.counts == {
        (MAIN, 0): {"rejected": 3, "unreadable_requests": 1},
        ("shadow", 0): {"rejected": 7, "unreadable_requests": 1},
    }


def test_lines_that_do_not_tell_their_request_count_each() -> None:
    lost = [Lost(None), Lost(None, line=2), Lost(None, key="capture/b.jsonl")]
    assert joined([], [], set_aside=lost).totals == {"rejected": 3, "unreadable_requests": 3}


def test_records_that_were_lost_singly_leave_a_request_that_was_read() -> None:
    lost = [Lost("e", reason="no_prediction", records=2), Lost(None, "", NINE, "empty_object", 0)]
    assert joined([], [], set_aside=lost).totals == {"rejected": 2}


def test_a_label_of_a_request_that_could_not_be_read_is_no_orphan() -> None:
    lost = [Lost("a"), Lost("b", "mine", line=2)]
    labels = [Label(name, 0) for name in ("a", "b", "mine", "nobody")]
    found = joined([Predicted("e")], labels, set_aside=lost)
    assert found.totals["orphan_labels"] == 1
    assert found.wholes == (0, 4)


def test_a_label_that_names_no_endpoint_may_be_anothers_where_there_are_several() -> None:
    labels = [
        Label("e", 0, endpoint=SHARED_ENDPOINT),
        Label("lost", 0, endpoint=SHARED_ENDPOINT, line=2),
        Label("lost", 1, line=3),
        Label("lost", 1, endpoint=SHARED_ENDPOINT, line=4),
    ]
    alone = joined([Predicted("e")], labels)
    among_others = joined([Predicted("e")], labels, arrivals=Arrivals(are_shared=True))
    assert (alone.totals["orphan_labels"], alone.wholes) == (2, (1, 3))
    assert (among_others.totals["orphan_labels"], among_others.wholes) == (1, (1, 2))
    assert among_others.totals["evaluated"] == 1


def test_labels_that_arrived_later_are_of_a_later_window_where_that_is_known() -> None:
    labels = [
        Label("e", 0, arrived=at(500)),
        Label("lost", 0, arrived=at(500), line=2),
        Label("lost", 1, arrived=at(5), line=3),
        Label("lost", 1, arrived=at(7), line=4),
    ]
    found = joined([Predicted("e")], labels, arrivals=Arrivals(are_known=True))
    assert found.totals == {"requests": 1, "records": 1, "evaluated": 1, "orphan_labels": 1}
    assert found.wholes == (1, 1)


def test_times_are_utc_whatever_the_zone_of_the_machine() -> None:
    eastern = datetime.fromisoformat("2026-11-20T04:00:00-05:00")
    assert eastern.astimezone(UTC) == NINE
    assert joined([Predicted("e", time=eastern)], [], ONE_HOUR).totals["records"] == 1


@pytest.mark.parametrize("form", ["{}", "request-{}", "{}-batch", "{:032x}", "\N{SNOWMAN}{}"])
def test_single_records_of_one_second_spread_over_the_folds(form: str) -> None:
    backend = connect()
    rows = [Predicted(form.format(number)) for number in range(1_000)]
    labels = [Label(row.event, 0) for row in rows]
    found = join(
        backend,
        arrow_table(backend, "predictions", predictions_table(rows)),
        arrow_table(backend, "labels", labels_table(labels)),
        ONE_HOUR,
        HOUR,
    )
    folds = Counter(found.evaluated.to_pyarrow()["fold"].to_pylist())
    assert len(folds) == FOLDS
    assert min(folds.values()) > 50
