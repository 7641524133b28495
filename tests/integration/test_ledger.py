"""The ledger on S3, with several who write at one time."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from monitor.ledger import Ledger, LedgerBusy
from monitor.locations import Location
from monitor.progress import Progress
from monitor.windows import Window
from tests.unit.monitor.kept import version

from . import storage
from .captured import HOUR, NINE

WINDOW = Window(NINE, NINE + HOUR)
WRITERS = 6


@pytest.fixture(params=["S3", "a folder"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, bucket: str) -> Ledger:
    address = f"s3://{bucket}/ledger" if request.param == "S3" else str(tmp_path)
    return Ledger(Location.of(address), "churn")


@pytest.fixture
def remote(bucket: str) -> Ledger:
    return Ledger(Location.of(f"s3://{bucket}/ledger"), "churn")


def test_a_version_is_written_once(ledger: Ledger) -> None:
    assert ledger.append(version(WINDOW))
    assert not ledger.append(replace(version(WINDOW), because="of somebody else"))
    assert ledger.read(WINDOW, 1).because == version(WINDOW).because


def test_of_many_who_write_a_version_at_one_time_one_has_it(ledger: Ledger) -> None:
    barrier = Barrier(WRITERS)

    def append(number: int) -> bool:
        mine = replace(version(WINDOW), because=f"writer {number}")
        barrier.wait()
        return ledger.append(mine)

    with ThreadPoolExecutor(WRITERS) as writers:
        found = list(writers.map(append, range(WRITERS)))
    assert sum(found) == 1
    assert ledger.read(WINDOW, 1).because == f"writer {found.index(True)}"


def test_versions_are_found_listed_and_read(ledger: Ledger) -> None:
    later = Window(NINE + 24 * HOUR, NINE + 25 * HOUR)
    for number in range(1, 4):
        ledger.append(version(WINDOW, number))
    ledger.append(version(later))
    ledger.update(lambda known: known)
    assert ledger.numbers([WINDOW, later, Window(NINE + HOUR, NINE + 2 * HOUR)]) == {
        WINDOW: 3,
        later: 1,
    }
    assert {window: found.number for window, found in ledger.latest([WINDOW]).items()} == {
        WINDOW: 3
    }
    every = ledger.versions(NINE, NINE + 48 * HOUR)
    assert [(found.window, found.number) for found in every] == [
        (WINDOW, 1),
        (WINDOW, 2),
        (WINDOW, 3),
        (later, 1),
    ]


def test_nothing_is_no_ledger(ledger: Ledger) -> None:
    assert ledger.progress() == Progress()
    assert list(ledger.versions(NINE, NINE + HOUR)) == []
    assert ledger.latest([WINDOW]) == {}


def test_of_many_who_change_the_progress_at_one_time_nobodys_change_is_lost(
    remote: Ledger,
) -> None:
    barrier = Barrier(WRITERS)

    def look_at(name: str) -> None:
        barrier.wait()
        for part in range(3):
            remote.update(
                lambda known: replace(known, seen={**known.seen, f"{name}-{part}": "1"})  # noqa: B023
            )

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(look_at, map(str, range(WRITERS))))
    names = {f"{name}-{part}" for name in range(WRITERS) for part in range(3)}
    assert set(remote.progress().seen) == names


def test_where_somebody_always_comes_first_that_is_told_and_nothing_is_lost(
    remote: Ledger,
) -> None:
    def in_between(known: Progress) -> Progress:
        other = Ledger(remote.location, remote.endpoint)
        other.update(lambda found: replace(found, plans=found.plans + 1))
        return replace(known, documents="mine")

    with pytest.raises(LedgerBusy, match=r"_progress\.json\.gz was written by others"):
        remote.update(in_between)
    assert remote.progress().documents == ""
    assert remote.progress().plans == 20


def test_a_damaged_progress_is_replaced(
    remote: Ledger, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = "ledger/endpoint=churn/_progress.json.gz"
    storage.client().put_object(Bucket=bucket, Key=key, Body=b"damaged")
    with caplog.at_level(logging.WARNING):
        remote.update(lambda known: replace(known, documents="d"))
    assert f"s3://{bucket}/{key} is damaged" in caplog.text
    assert remote.progress().documents == "d"
