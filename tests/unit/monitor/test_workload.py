"""How much a run has to read, told from what was listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from inference_records import partitions
from inference_records.configuration import Configuration
from monitor.ingest import Prepared
from monitor.listing import Listing, listing
from monitor.locations import Location
from monitor.progress import Progress
from monitor.windows import Window
from monitor.workload import FILE_BYTES, ROW_BYTES, probably_due, workload

from .kept import ENDPOINT, Kept
from .rows import HOUR, NINE, ONE_HOUR

NOW = NINE + 2 * HOUR
NOTHING = Progress()


def body(rows: int) -> str:
    return "x" * (FILE_BYTES + rows * ROW_BYTES)


def window(hours: int, length: timedelta = HOUR) -> Window:
    return Window(NINE + hours * HOUR, NINE + hours * HOUR + length)


def listed(kept: Kept, newest: Window = ONE_HOUR) -> Listing:
    prepared = Prepared(Location.of(kept.places.prepared))
    span = Window(newest.end - 336 * HOUR, newest.end)
    return listing(prepared, ENDPOINT, span, Configuration())


def test_rows_are_counted_by_their_bytes_and_a_file_without_any_counts_none(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.predictions(0, body(1_000))
    kept.predictions(0, "few", name="b")
    kept.predictions(-1, body(500))
    kept.labels(NINE)
    found = workload(listed(kept), [ONE_HOUR], Configuration(), indexed=False)
    assert (found.judged, found.read, found.files) == (1_000, 1_500, 4)
    assert found.size == 2 * FILE_BYTES + 1_500 * ROW_BYTES + len("few") + len("{}")


def test_windows_that_are_judged_one_after_the_other_are_not_in_memory_together(
    tmp_path: Path,
) -> None:
    kept = Kept(tmp_path)
    hours = [0, *range(-30, -4)]
    for hour in hours:
        kept.predictions(hour, body(100))
    found = workload(listed(kept), [window(hour) for hour in hours], Configuration(), indexed=True)
    assert found.judged == 2_400


def test_what_shares_no_id_with_a_window_is_not_read(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for hours in (0, -3, -10):
        kept.predictions(hours, body(100))
    found = workload(listed(kept), [ONE_HOUR], Configuration(), indexed=True)
    assert (found.judged, found.read) == (100, 100)
    for hours in (0, 1):
        label = kept.labels(NINE + hours * HOUR).relative_to(tmp_path).as_posix()
        kept.write(label, NOW, body(500))
    assert workload(listed(kept), [ONE_HOUR], Configuration(), indexed=True).read == 300


def test_what_is_joined_reaches_as_far_as_the_settings_say(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    for hours in (0, -3, -10):
        kept.predictions(hours, body(100))
        kept.write(kept.labels(NINE + hours * HOUR).relative_to(tmp_path).as_posix(), NOW, body(10))
    near = Configuration(correction_hours=4, label_horizon_hours=4, label_lookback_hours=2)
    assert workload(listed(kept), [ONE_HOUR], near, indexed=False).read == 210
    assert workload(listed(kept), [ONE_HOUR], Configuration(), indexed=False).read == 330


def test_a_window_of_a_part_of_an_hour_has_its_share_of_the_hour(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.predictions(0, body(600))
    five = timedelta(minutes=5)
    assert workload(listed(kept), [window(0, five)], Configuration(), indexed=False).judged == 50
    assert workload(listed(kept), [], Configuration(), indexed=False).judged == 0


def test_due_is_the_newest_and_the_hours_of_new_requests(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.predictions(-3)
    kept.predictions(1)
    files = listed(kept)
    assert probably_due(files, NOTHING, ONE_HOUR, NOW, again=False) == {window(-3), ONE_HOUR}
    seen = Progress(seen=files.versions)
    assert probably_due(files, seen, ONE_HOUR, NOW, again=False) == {ONE_HOUR}


def test_new_labels_may_be_of_any_window_that_waits_for_some(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.predictions(0)
    waiting = {window(-5): NINE + 100 * HOUR}
    looked_at = Progress(seen=listed(kept).versions, open=waiting)
    assert probably_due(listed(kept), looked_at, ONE_HOUR, NOW, again=False) == {ONE_HOUR}
    kept.labels(NINE)
    expected = {ONE_HOUR, window(-5)}
    assert probably_due(listed(kept), looked_at, ONE_HOUR, NOW, again=False) == expected


def test_other_settings_judge_what_is_open_again_and_what_is_planned_is_due(
    tmp_path: Path,
) -> None:
    progress = Progress(open={window(-5): NINE + 100 * HOUR}, pending={window(-7): 1, window(3): 1})
    files = listed(Kept(tmp_path))
    assert probably_due(files, progress, ONE_HOUR, NOW, again=True) == {
        ONE_HOUR,
        window(-5),
        window(-7),
    }


def test_an_hour_of_requests_is_many_short_windows_or_a_part_of_a_long_one(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.predictions(-1)
    quarter = timedelta(minutes=15)
    newest = window(0, quarter)
    found = probably_due(listed(kept, newest), NOTHING, newest, NOW, again=False)
    assert found == {newest, *quarters(NINE - HOUR)}
    day = Window(datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))
    assert probably_due(listed(kept, day), NOTHING, day, NOW, again=False) == {day}


def quarters(hour: datetime) -> set[Window]:
    step = timedelta(minutes=15)
    return {Window(hour + number * step, hour + (number + 1) * step) for number in range(4)}


def test_what_was_set_aside_is_of_its_hour(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    folder = f"prepared/{partitions.SET_ASIDE}/endpoint={ENDPOINT}/variant=blue"
    kept.write(f"{folder}/{partitions.date_folder(NINE)}/hour=07/a.parquet", NINE)
    assert probably_due(listed(kept), NOTHING, ONE_HOUR, NOW, again=False) == {
        ONE_HOUR,
        window(-2),
    }
