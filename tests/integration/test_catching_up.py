"""Which windows a run over a range judges, on real files in a folder laid out as the bucket is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.container import Judged, run_container
from monitor.settings import container_settings
from monitor.windows import Window

from .captured import HOUR, NINE
from .ledgers import Bucket, prepared_objects, raw_world

SOON = NINE + 4 * HOUR
"""When the window that begins two hours after nine is due."""


def hour(number: int) -> Window:
    return Window(NINE + number * HOUR, NINE + (number + 1) * HOUR)


def judged(run: Judged) -> list[Window]:
    return [found.window for found in run.result.windows]


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Three hours of requests with their labels, in the first of which a capture came in two."""
    root = tmp_path_factory.mktemp("raw")
    raw_world(root, random.Random(3))
    return prepared_objects(root)


def bucket(root: Path, objects: dict[str, bytes], **settings: object) -> Bucket:
    found = Bucket(root / "bucket", {"mature_coverage": 0.5, **settings})
    for key, body in objects.items():
        found.put(key, body)
    return found


def test_what_was_seen_before_its_window_was_due_is_judged_when_it_is(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    """Though the tick at its hour never came."""
    found = bucket(tmp_path, objects)
    assert judged(found.tick(NINE + 2 * HOUR)) == [hour(0)]
    late = judged(found.tick(NINE + 60 * HOUR))
    assert late[:2] == [hour(1), hour(2)]


def test_a_run_with_nothing_new_judges_nothing_and_one_without_its_progress_writes_nothing(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    found = bucket(tmp_path, objects)
    found.tick(SOON)
    before = [(version.window, version.number) for version in found.versions()]
    assert judged(found.tick(SOON)) == []
    (progress,) = (found.root / "ledger").rglob("_progress.json.gz")
    progress.write_bytes(b"damaged")
    assert judged(found.tick(SOON))[:3] == [hour(0), hour(1), hour(2)]
    assert [(version.window, version.number) for version in found.versions()] == before


def test_labels_from_long_before_the_requests_are_looked_at_once(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    found = bucket(
        tmp_path, objects, correction_hours=24, label_horizon_hours=24, label_lookback_hours=240
    )
    late = NINE + 150 * HOUR
    start = f"{late - 25 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    found.tick(late, start_time=start)
    seen = found.ledger.progress().seen
    assert any(key.startswith("ground-truth/") for key in seen)
    assert judged(found.tick(late, start_time=start)) == []
    assert found.ledger.progress().seen == seen


def test_a_window_that_was_left_undone_is_judged_of_all_its_files_when_it_is_out_of_range(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    found = bucket(tmp_path, objects)
    found.tick(SOON)
    before = found.final()
    found.ledger.update(lambda known: replace(known, pending={**known.pending, hour(0): 1}))
    late = found.tick(NINE + 300 * HOUR, start_time=f"{NINE + 298 * HOUR:%Y-%m-%dT%H:%M:%SZ}")
    assert hour(0) in judged(late)
    assert found.final()[hour(0)] == before[hour(0)]


def test_a_window_matures_at_its_horizon_though_it_can_be_corrected_no_more(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    """And it has its files, which lie before the range of the run."""
    found = bucket(tmp_path, objects, mature_coverage=1, label_horizon_hours=48)
    found.tick(SOON)
    (first,) = (version for version in found.versions() if version.window == hour(0))
    assert not first.is_final
    start = NINE + 50 * HOUR
    found.tick(NINE + 60 * HOUR, start_time=f"{start:%Y-%m-%dT%H:%M:%SZ}")
    _, last = (version for version in found.versions() if version.window == hour(0))
    assert last.is_final
    counts = [dict(version.qualities[0].health.counts) for version in (first, last)]
    assert counts[0] == counts[1]


def test_windows_of_an_earlier_length_are_left_as_they_are(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    found = bucket(tmp_path, objects, mature_coverage=1)
    found.tick(SOON)
    before = found.versions()
    halves = judged(found.tick(SOON + HOUR, window_seconds="1800"))
    assert {window.end - window.start for window in halves} == {timedelta(minutes=30)}
    assert set(found.ledger.progress().open) <= set(halves)
    assert [version for version in found.versions() if version.window in {hour(0), hour(1)}] == [
        version for version in before if version.window in {hour(0), hour(1)}
    ]


def test_where_time_runs_out_the_next_run_goes_on(
    tmp_path: Path, objects: dict[str, bytes]
) -> None:
    found = bucket(tmp_path, objects)
    far = {key.replace("2026-11-20", "2026-11-10"): body for key, body in objects.items()}
    for key, body in far.items():
        found.put(key, body)
    at_once = Bucket(tmp_path / "at-once", {"mature_coverage": 0.5})
    for key, body in {**objects, **far}.items():
        at_once.put(key, body)
    at_once.tick(SOON)
    settings = container_settings(found.environment(SOON - HOUR))
    first = run_container(settings, SOON, lambda: False)
    while not (again := run_container(settings, SOON, lambda: False)).complete:
        assert again.result.windows
    assert found.final() == at_once.final()
    assert judged(first)


@pytest.mark.parametrize("now", [[SOON, SOON], [SOON + HOUR, SOON]])
def test_two_runs_at_one_time_end_in_the_ledger_of_one(
    tmp_path: Path, objects: dict[str, bytes], now: Sequence[datetime]
) -> None:
    found = bucket(tmp_path / "two", objects)
    with ThreadPoolExecutor(2) as runs:
        list(runs.map(found.tick, now))
    found.tick(max(now))
    alone = bucket(tmp_path / "one", objects)
    alone.tick(max(now))
    assert found.final() == alone.final()
