"""The demo, made smaller: its verdicts, and the same numbers from the raw files that it leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

from monitor.cli import app

ROOT = Path(__file__).parents[2]
ENDPOINTS = ("tumours", "digits", "diabetes")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def printed(output: Path) -> str:
    size = ("--hours", "3", "--records", "3000", "--output", str(output))
    done = subprocess.run(
        [sys.executable, ROOT / "examples/demo.py", *size],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def windows(output: Path, printed: str) -> pd.DataFrame:
    assert printed
    return pd.read_csv(output / "reports/windows.csv")


def test_healthy_hours_are_ok_and_degraded_hours_are_violations(windows: pd.DataFrame) -> None:
    for name in ENDPOINTS:
        verdicts = windows[windows.endpoint == name].verdict.tolist()
        assert verdicts == ["OK", "OK", "VIOLATION"], name


def test_labels_that_never_come_leave_the_coverage_below_one(windows: pd.DataFrame) -> None:
    assert windows.coverage.between(0.85, 0.995).all()


def test_mishaps_are_counted(printed: str, windows: pd.DataFrame) -> None:
    assert "broken_json 3, invalid_base64 3, no_label" in printed
    assert "1 unreadable object" in printed
    assert windows.captured_twice.sum() == len(ENDPOINTS)
    assert (windows.groupby("endpoint").duplicate_labels.sum() > 0).all()


def test_the_table_shows_each_window_with_its_whole_verdict(printed: str) -> None:
    rows = [
        line for line in printed.splitlines() if line.startswith(ENDPOINTS) and "accuracy" in line
    ]
    assert len(rows) == 6
    assert printed.count("VIOLATION ") == len(ENDPOINTS)


def test_the_functions_report_every_record_as_prepared_or_rejected(
    output: Path, printed: str, windows: pd.DataFrame
) -> None:
    log = (output / "functions.log").read_text()
    metrics = [json.loads(line) for line in log.splitlines() if '"CloudWatchMetrics"' in line]
    captured = [found for found in metrics if found["service"] == "split-capture"]
    prepared = sum(sum(found["RecordsPrepared"]) for found in captured)
    again = prepared - windows.records.sum()
    assert 0 < again <= 50 * len(ENDPOINTS), "requests that were captured twice count once"


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_raw_files_give_the_numbers_of_the_event_driven_way(
    name: str, output: Path, windows: pd.DataFrame, tmp_path: Path
) -> None:
    command = ["run", "--endpoint", name, "--output", str(tmp_path)]
    command += ["--capture", str(output / "capture")]
    command += ["--ground-truth", str(output / "ground-truth")]
    command += ["--baseline", str(output / "monitors" / name)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    by_hand = pd.read_csv(tmp_path / "windows.csv")
    event_driven = windows[windows.endpoint == name].reset_index(drop=True)
    assert_frame_equal(by_hand, event_driven[by_hand.columns], check_exact=True, check_dtype=False)
