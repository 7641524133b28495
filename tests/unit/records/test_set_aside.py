"""What the monitor is told of captures that could not be read: what, when and why, and no text."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.unit.records.splitting import (
    CAPTURE_KEY,
    Outcome,
    capture_line,
    side,
    split_captures,
    split_labels,
)

GOOD = capture_line(side([1, 0]))
MISMATCH = capture_line(
    side([1, 0, 1]), side([[1], [2]]), event_id="e", inference_id="i", time="2026-11-20T09:41:05Z"
)
FOLDER = "set-aside/endpoint=churn/variant=AllTraffic/"
NINE = f"{FOLDER}date=2026-11-20/hour=09/"


def folders(keys: list[str]) -> list[str]:
    return sorted(re.sub(r"[^/]+$", "", key) for key in keys)


def test_a_line_that_tells_its_request_is_set_aside_under_its_ids_and_its_time() -> None:
    outcome = split_captures(GOOD, MISMATCH)
    assert outcome.set_aside == [
        {
            "event_id": "e",
            "inference_id": "i",
            "inference_time": datetime(2026, 11, 20, 9, 41, 5, tzinfo=UTC),
            "reason": "count_mismatch",
            "records": 3,
            "source_key": CAPTURE_KEY,
            "source_line": 2,
        }
    ]
    assert folders(list(outcome.set_aside_files)) == [NINE]


def test_records_that_one_request_lost_to_one_fault_are_a_row_with_its_time() -> None:
    bad = capture_line(side([{"label": 1}, {"label": None}, {"label": None}]), event_id="e")
    (row,) = split_captures(bad).set_aside
    assert (row["event_id"], row["reason"], row["records"]) == ("e", "no_prediction", 2)
    assert row["inference_time"] == datetime(2026, 11, 20, 9, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "minute", "second"),
    [
        ("48-07-482-6f1c0000-0000-0000-0000-000000000000.jsonl", 48, 7),
        ("48-07-482-6f1c.jsonl.gz", 48, 7),
        ("capture.jsonl", 0, 0),
        ("61-07-482-6f1c.jsonl", 0, 0),
        ("x48-07-482-6f1c.jsonl", 0, 0),
    ],
)
def test_a_line_that_tells_no_time_has_that_of_its_file(
    name: str, minute: int, second: int
) -> None:
    key = CAPTURE_KEY.rsplit("/", 1)[0] + "/" + name
    for line in (b"{", GOOD.replace(b"2026-11-20T09:12:31Z", b"yesterday")):
        (row,) = split_captures(line, key=key).set_aside
        assert row["inference_time"] == datetime(2026, 11, 20, 9, minute, second, tzinfo=UTC)


def test_what_is_set_aside_lies_at_the_hour_of_its_request() -> None:
    late = MISMATCH.replace(b"T09:41", b"T11:41")
    assert folders(list(split_captures(late, b"{").set_aside_files)) == [
        NINE,
        NINE.replace("hour=09", "hour=11"),
    ]


def test_where_nothing_is_set_aside_there_is_no_file_but_the_key_that_an_earlier_one_had() -> None:
    outcome = split_captures(GOOD)
    assert outcome.set_aside_files == {}
    assert folders(outcome.stale) == [NINE]


def test_mended_settings_leave_nothing_of_what_was_set_aside_before() -> None:
    def split(settings: dict[str, object]) -> Outcome:
        lines = [
            capture_line(side([{"x": 3, "y": 7}]), time=f"2026-11-20T{hour}:30:00Z")
            for hour in ("08", "09", "10")
        ]
        return split_captures(*lines, settings=settings)

    before, mended = split({}), split({"response": {"prediction": "x"}})
    assert len(before.set_aside_files) == 3
    assert set(before.set_aside_files) <= set(mended.stale)
    assert before.stale == sorted(set(before.stale) - set(before.set_aside_files))


def test_a_key_is_never_written_and_removed() -> None:
    outcome = split_captures(GOOD, MISMATCH, GOOD.replace(b"T09:12", b"T10:12"))
    assert folders(outcome.stale) == [NINE.replace("hour=09", "hour=10")]
    assert not set(outcome.stale) & set(outcome.set_aside_files)


def test_no_text_of_a_payload_is_told() -> None:
    lines = [GOOD.replace(b"[1, 0]", b"<4111-1111>"), b'{"card": "4111-1111"', MISMATCH]
    outcome = split_captures(*lines)
    assert len(outcome.set_aside) == 3
    assert b"4111" not in b"".join(outcome.set_aside_files.values())


def test_a_file_of_no_bytes_is_told_and_counts_no_record() -> None:
    (row,) = split_captures(b"").set_aside
    assert (row["reason"], row["records"], row["event_id"]) == ("empty_object", 0, None)


def test_labels_that_cannot_be_read_are_no_part_of_it() -> None:
    outcome = split_labels(b'{"inference_id": "a"}\n{"inference_id": "a", "label": 1}')
    assert outcome.records_rejected == 1
    assert (outcome.set_aside_files, outcome.stale) == ({}, [])
