"""Keys and hours: where things lie, and which folders a window touches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records import partitions
from inference_records.partitions import Partition

MODEST = settings(max_examples=60, deadline=None)
hours = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    partitions.floor_hour
)
names = st.from_regex(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,20}", fullmatch=True)


@MODEST
@given(names, names, hours)
def test_a_capture_key_gives_back_what_was_put_into_it(
    endpoint: str, variant: str, hour: datetime
) -> None:
    folders = f"{hour.year:04}/{hour.month:02}/{hour.day:02}/{hour.hour:02}"
    found = partitions.parse_capture_key(f"data-capture/{endpoint}/{variant}/{folders}/x.jsonl")
    assert found == partitions.CaptureKey(endpoint, variant, hour)


@MODEST
@given(names, st.one_of(st.none(), names), hours)
def test_the_hour_of_a_partition_is_read_back_from_its_prefix(
    endpoint: str, variant: str | None, hour: datetime
) -> None:
    prefix = Partition(partitions.PREDICTIONS, endpoint, variant, hour).prefix
    assert partitions.partition_hour(f"prepared/{prefix}x.parquet") == hour


@pytest.mark.parametrize(
    "key",
    [
        "x.jsonl",
        "e/v/2026/11/20/x.jsonl",
        "2026/11/20/09/x.jsonl",
        "v/2026/11/20/09/x.jsonl",
        "e/v/2026/11/20/09/",
        "e/v/2026/11/20/09/deeper/x.jsonl",
        "e/v/2026/13/20/09/x.jsonl",
        "e/v/2026/02/30/09/x.jsonl",
        "e/v/2026/11/20/24/x.jsonl",
        "e/v/26/11/20/09/x.jsonl",
        "",
    ],
)
def test_any_other_key_is_no_capture_key(key: str) -> None:
    assert partitions.parse_capture_key(key) is None


@pytest.mark.parametrize(
    ("key", "endpoint"),
    [
        ("ground-truth/churn/2026/11/20/10/labels.jsonl", "churn"),
        ("ground-truth/2026/11/20/10/labels.jsonl", partitions.SHARED_ENDPOINT),
        ("ground-truth/2026/3/7/5/ground_truth.json", partitions.SHARED_ENDPOINT),
        ("ground-truth/labels.csv", partitions.SHARED_ENDPOINT),
        ("ground-truth/churn/labels.csv", "churn"),
        ("ground-truth/not an endpoint/labels.csv", partitions.SHARED_ENDPOINT),
        ("ground-truth/-x/labels.csv", partitions.SHARED_ENDPOINT),
        ("ground-truth/2026/11/labels.csv", partitions.SHARED_ENDPOINT),
        ("ground-truth/2026/09/01/l.jsonl", partitions.SHARED_ENDPOINT),
    ],
)
def test_ground_truth_belongs_to_the_endpoint_that_its_key_names(key: str, endpoint: str) -> None:
    assert partitions.ground_truth_endpoint(key, "ground-truth/") == endpoint


def test_files_of_one_name_in_different_folders_do_not_overwrite_each_other() -> None:
    keys = [f"a/{folder}/labels.jsonl" for folder in range(100)] + ["labels.json", "labels.csv.gz"]
    prepared = {partitions.prepared_name(key) for key in keys}
    assert len(prepared) == len(keys)
    assert {name.rsplit("-", 1)[0] for name in prepared} == {"labels"}


@pytest.mark.parametrize(
    "key", ["a/é ü.jsonl", "a/" + "x" * 900, "a/.jsonl", "a/x=1&y.csv", "a/\n"]
)
def test_a_prepared_name_is_safe_whatever_its_source_is_called(key: str) -> None:
    name = partitions.prepared_name(key)
    assert name == partitions.prepared_name(key)
    assert len(name) < 130
    assert set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def test_hours_are_of_utc_whatever_the_zone() -> None:
    evening = datetime(2026, 12, 31, 21, 30, 5, tzinfo=timezone(timedelta(hours=-5)))
    assert partitions.floor_hour(evening) == datetime(2027, 1, 1, 2, tzinfo=UTC)
    assert partitions.date_folder(evening) == "date=2027-01-01"


@MODEST
@given(hours)
def test_an_hour_lies_in_the_folder_of_its_day(hour: datetime) -> None:
    prefix = Partition("predictions", "e", "v", hour).prefix
    assert f"/{partitions.date_folder(hour)}/" in prefix
