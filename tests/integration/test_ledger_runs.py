"""Runs that keep a ledger: at one time, cut short, computed again, judged by other settings."""

from __future__ import annotations

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.baseline import read_baseline_folder
from monitor.cli import app
from monitor.container import run_container
from monitor.endpoints import read_configuration
from monitor.ledger import Ledger
from monitor.locations import Location
from monitor.replay import replay, variants
from monitor.settings import container_settings
from monitor.windows import Window, iso

from . import storage
from .captured import HOUR, NINE, capture_line, capture_path, label_line, write
from .ledgers import ENDPOINT, Bucket, deliveries, prepared_objects, raw_world

LATE = NINE + 300 * HOUR
DAYS = 3


@pytest.fixture
def bucket_folder(tmp_path: Path) -> Bucket:
    """A bucket with three hours of everything that can happen."""
    raw_world(tmp_path / "raw", random.Random(11))
    found = Bucket(tmp_path / "bucket")
    for key, body in prepared_objects(tmp_path / "raw").items():
        found.put(key, body)
    return found


def command(bucket: Bucket, *arguments: str) -> Result:
    where = ("--ledger", str(bucket.root / "ledger"), "--baseline",
             str(bucket.root / "monitors" / ENDPOINT))  # fmt: skip
    return CliRunner().invoke(app, [*arguments, *where])


def test_two_runs_at_one_time_end_in_the_ledger_of_one(bucket_folder: Bucket, bucket: str) -> None:
    bucket_folder.tick(LATE)
    for path in bucket_folder.root.rglob("*"):
        key = str(path.relative_to(bucket_folder.root))
        if path.is_file() and key.startswith(("prepared/", "monitors/")):
            storage.client().upload_file(str(path), bucket, key)
    root = f"s3://{bucket}"
    environment = bucket_folder.environment(LATE.replace(minute=0) - HOUR) | {
        "prepared_s3_uri_path": f"{root}/prepared",
        "monitor_s3_uri_path": f"{root}/monitors/{ENDPOINT}",
        "reports_s3_uri": f"{root}/reports",
        "ledger_s3_uri": f"{root}/ledger",
        "output_path": f"{root}/newest",
    }
    with ThreadPoolExecutor(2) as runs:
        list(runs.map(lambda _n: run_container(container_settings(environment), LATE), range(2)))
    ledger = Ledger(Location.of(f"{root}/ledger"), ENDPOINT)
    # What either could not know of the other's files is looked at once more, and found the same.
    run_container(container_settings(environment), LATE)
    found = list(ledger.versions(NINE - HOUR, LATE))
    assert {version.number for version in found} == {1}
    here = {version.window: version.qualities for version in bucket_folder.versions()}
    assert {v.window: [q.values for q in v.qualities] for v in found} == {
        window: [quality.values for quality in qualities] for window, qualities in here.items()
    }
    assert not ledger.progress().pending
    assert ledger.progress().seen


def test_a_run_that_is_cut_short_is_made_up_for_by_the_next(tmp_path: Path) -> None:
    """Portions are of a day; the time is up after the first."""
    found = Bucket(tmp_path / "bucket")
    raw = tmp_path / "raw"
    for day in range(DAYS):
        start = NINE + 24 * day * HOUR
        said = [{"predicted_label": 1, "probability": 0.9}] * 2
        lines = [capture_line(f"{day}-{n}", said, start, f"{day}-{n}") for n in range(3)]
        write(capture_path(raw / "data-capture", start, ENDPOINT), lines, start + HOUR)
        labels = [label_line(f"{day}-{n}", [1, 1]) for n in range(3)]
        at = start + HOUR
        write(raw / "ground-truth" / f"{at:%Y/%m/%d/%H}" / f"{day}.jsonl", labels, at)
    for key, body in prepared_objects(raw).items():
        found.put(key, body)
    now = NINE + 24 * DAYS * HOUR
    settings = container_settings(found.environment(now))
    short = run_container(settings, now, lambda: False)
    assert not short.complete
    begun = {version.window for version in found.versions()}
    assert found.ledger.progress().pending
    rest = run_container(settings, now)
    assert rest.complete
    assert {window.window for window in rest.result.windows}.isdisjoint(begun)
    every = {v.window.start for v in found.versions() if v.qualities[0].judged}
    assert every == {NINE + 24 * day * HOUR for day in range(DAYS)}
    assert not found.ledger.progress().pending


def test_a_window_is_computed_again_to_the_bit(bucket_folder: Bucket) -> None:
    bucket_folder.tick(NINE + 3 * HOUR)
    bucket_folder.tick(LATE)
    prepared = ("--prepared", str(bucket_folder.root / "prepared"))
    for version in bucket_folder.versions():
        asked = ("verify", iso(version.window.start), "--version", str(version.number))
        result = command(bucket_folder, *asked, *prepared)
        assert result.exit_code == 0, result.output
        assert "the same to the bit" in result.output


def test_a_window_that_comes_to_the_same_has_no_other_version(bucket_folder: Bucket) -> None:
    bucket_folder.tick(LATE)
    before = len(bucket_folder.versions())
    asked = {"start_time": iso(NINE), "end_time": iso(NINE + HOUR), "window_seconds": ""}
    bucket_folder.tick(LATE, **asked)
    assert len(bucket_folder.versions()) == before


def test_what_was_changed_since_is_told(bucket_folder: Bucket) -> None:
    bucket_folder.tick(LATE)
    (first,) = (v for v in bucket_folder.versions() if v.window == Window(NINE, NINE + HOUR))
    labels = [item.key for item in first.lineage.inputs if item.key.startswith("ground-truth")]
    (bucket_folder.root / "prepared" / labels[0]).unlink()
    prepared = ("--prepared", str(bucket_folder.root / "prepared"))
    result = command(bucket_folder, "verify", iso(NINE), *prepared)
    assert result.exit_code == 1
    assert f"since then: {labels[0]} is gone" in result.output
    assert "it is NOT what its inputs come to" in result.output
    assert command(bucket_folder, "verify", iso(NINE - HOUR), *prepared).exit_code == 2


def test_the_past_is_judged_by_other_settings(tmp_path: Path) -> None:
    """Six good hours, then three bad ones; by evidence two pages, by thresholds more."""
    found = traffic_that_turns_bad(tmp_path)
    trial = tmp_path / "new.json"
    trial.write_text(json.dumps({"verdicts": {"policy": "threshold"}}))
    span = ("--from", iso(NINE), "--to", iso(NINE + 24 * HOUR))
    plain = json.loads(command(found, "replay", *span, "--json").stdout)
    told = json.loads(command(found, "replay", *span, "--json", "--config", str(trial)).stdout)
    assert plain["windows"] == told["windows"] == 9
    (page,) = plain["pages"]
    assert page["window"]["start"] == iso(NINE + 6 * HOUR)
    assert told["pages_with_the_settings_that_hold"] == 1
    assert plain["verdicts"]["VIOLATION"] == 3
    assert told["verdicts"]["VIOLATION"] > 3
    spoken = command(found, "replay", *span).output
    assert "9 windows judged" in spoken
    assert "with these settings: 1 page, the first at" in spoken


@pytest.mark.parametrize(("seed", "coverage"), [(1, 0.3), (2, 1.0)])
def test_the_past_by_the_settings_that_held_is_what_was_recorded(
    tmp_path: Path, seed: int, coverage: float
) -> None:
    """Also of windows that came late, were corrected, or matured at their horizon."""
    chance = random.Random(seed)
    raw_world(tmp_path / "raw", chance)
    found = Bucket(tmp_path / "bucket", {"mature_coverage": coverage})
    objects, ticks = prepared_objects(tmp_path / "raw"), (2, 4, 33, 103, 175, 300)
    for keys, hours in zip(deliveries(objects, chance, len(ticks)), ticks, strict=True):
        for key in keys:
            found.put(key, objects[key])
        found.tick(NINE + hours * HOUR)
    newest = {version.window: version for version in found.versions()}
    final = [version for version in newest.values() if version.is_final]
    folder = Location.of(str(found.root / "monitors" / ENDPOINT))
    told = replay(
        found.versions(), read_configuration(folder), read_baseline_folder(folder), LATE + HOUR
    )
    assert told.windows == len(final)
    assert told.verdicts == Counter(q.status for of in final for q in variants(of))
    assert told.broken_joins == sum(bool(q.broken_join) for of in final for q in variants(of))


def test_what_would_be_counted_otherwise_cannot_be_replayed(tmp_path: Path) -> None:
    found = Bucket(tmp_path / "bucket")
    trial = tmp_path / "new.json"
    trial.write_text(json.dumps({"threshold": 0.9}))
    (found.root / "ledger" / f"endpoint={ENDPOINT}").mkdir(parents=True)
    span = ("--from", iso(NINE), "--to", iso(NINE + HOUR))
    result = command(found, "replay", *span, "--config", str(trial))
    assert result.exit_code == 2
    assert "with other threshold: records would be counted anew" in " ".join(result.output.split())


def traffic_that_turns_bad(tmp_path: Path) -> Bucket:
    """Nine hours, of which the last three have three times as many errors."""
    chance = random.Random(5)
    raw = tmp_path / "raw"
    for hour in range(9):
        start = NINE + hour * HOUR
        wrong = 0.19 if hour < 6 else 0.6
        lines, labels = [], []
        for number in range(60):
            truth = [chance.randrange(2) for _ in range(10)]
            said = [y if chance.random() >= wrong else 1 - y for y in truth]
            body = [{"predicted_label": z, "probability": 0.2 + 0.6 * z} for z in said]
            lines.append(capture_line(f"{hour}-{number}", body, start, f"{hour}-{number}"))
            labels.append(label_line(f"{hour}-{number}", truth))
        write(capture_path(raw / "data-capture", start, ENDPOINT), lines, start + HOUR)
        at: datetime = start + HOUR
        write(raw / "ground-truth" / f"{at:%Y/%m/%d/%H}" / f"{hour}.jsonl", labels, at)
    found = Bucket(tmp_path / "bucket")
    rule = {"accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"}}
    constraints = found.root / "monitors" / ENDPOINT / "constraints.json"
    constraints.write_text(json.dumps({"binary_classification_constraints": rule}))
    for key, prepared in prepared_objects(raw).items():
        found.put(key, prepared)
    found.tick(NINE + 11 * HOUR)
    return found


def test_a_run_by_hand_keeps_versions_where_it_is_told_to(bucket_folder: Bucket) -> None:
    root = bucket_folder.root
    where = ("--prepared", str(root / "prepared"), "--output", str(root / "by-hand"))
    labels = next((root / "prepared/ground-truth").rglob("*.parquet"))
    held_back = labels.read_bytes()
    labels.unlink()
    first = command(bucket_folder, "run", *where)
    assert first.exit_code == 0, first.output
    labels.write_bytes(held_back)
    assert command(bucket_folder, "run", *where).exit_code == 0
    assert command(bucket_folder, "run", *where).exit_code == 0
    found = bucket_folder.versions()
    assert {version.because for version in found if version.number == 1} == {
        "judged for the first time"
    }
    restated = [version for version in found if version.number == 2]
    assert restated
    assert all("1 file of labels came" in version.because for version in restated)
    assert max(version.number for version in found) == 2
