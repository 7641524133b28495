"""The command line for people and for scripts: terminals, pipes, documents, exit statuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.cli_documents import DOCUMENTS, json_schema

from .captured import NINE, Traffic, by_threshold, capture_line, capture_path, traffic, write
from .storage import BUCKET
from .terminal import on_terminal


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def document(name: str, *arguments: object) -> dict[str, Any]:
    """What a command prints with --json, after it was held against the published schema."""
    result = command(name, *arguments, "--json")
    assert result.exit_code == 0, result.output
    assert "NaN" not in result.stdout
    found: dict[str, Any] = json.loads(result.stdout)
    schema = json_schema()
    of_command = {"$ref": f"#/$defs/{DOCUMENTS[name].__name__}", "$defs": schema["$defs"]}
    jsonschema.validate(found, of_command)
    return found


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return traffic(tmp_path_factory.mktemp("traffic"))


@pytest.fixture
def run(hours: Traffic, tmp_path: Path) -> list[object]:
    return [
        "run",
        *("--capture", hours.capture, "--ground-truth", hours.ground_truth),
        *("--output", tmp_path / "reports"),
    ]


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """Validation data, on which the model is better than in the hours."""
    path = tmp_path / "validation.csv"
    rows = [f"{y},{y},{0.9 if y else 0.1}" for y in (1, 0) * 50]
    path.write_text("\n".join(["label,prediction,probability", *rows]))
    return path


def test_a_run_prints_one_document_for_machines(run: list[object], hours: Traffic) -> None:
    found = document(*map(str, run))
    assert [window["start"] for window in found["windows"]] == [
        "2026-11-20T09:00:00Z",
        "2026-11-20T10:00:00Z",
    ]
    first = found["windows"][0]
    assert first["judged"] == len(hours.label[0])
    assert first["verdict"] == "NOT_EVALUATED"
    assert found["output"].endswith("reports")


def test_an_undefined_metric_is_null_for_machines(tmp_path: Path) -> None:
    line = capture_line("e", [{"label": 1}], NINE)
    write(capture_path(tmp_path / "capture", NINE), [line], NINE)
    found = document("run", "--capture", tmp_path / "capture", "--output", tmp_path / "reports")
    (window,) = found["windows"]
    assert window["coverage"] == 0
    assert set(window["metrics"].values()) <= {None}


def test_a_baseline_prints_one_document_for_machines(baseline: Path, tmp_path: Path) -> None:
    found = document("baseline", "--data", baseline, "--output", tmp_path / "baseline")
    assert found["rows"] == 100
    assert found["metrics"]["accuracy"] == 1
    names = {constraint["metric"] for constraint in found["constraints"]}
    assert "accuracy" in names
    assert any("--request" in note for note in found["notes"])


def test_an_inspection_prints_one_document_for_machines(hours: Traffic, tmp_path: Path) -> None:
    path = next(hours.capture.rglob("*.jsonl"))
    found = document("inspect", path, "--limit", 3)
    assert found["kind"] == "data capture"
    assert len(found["first_records"]) == 3
    assert found["suggested"]["response"]["prediction"] == "predicted_label"
    labels = document("inspect", next(hours.ground_truth.rglob("*.jsonl")))
    assert labels["kind"] == "ground truth"


def test_an_inspection_of_rejected_lines_tells_them_to_machines(tmp_path: Path) -> None:
    lines = [capture_line("e", [{"label": 1, "score": None}], NINE), "{broken"]
    found = document("inspect", write(tmp_path / "capture.jsonl", lines, NINE))
    assert found["first_rejected"][0]["reason"] == "broken_json"


def test_the_exit_status_tells_of_violations_only_when_asked(
    run: list[object], baseline: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "baseline"
    assert command("baseline", "--data", baseline, "--output", folder).exit_code == 0
    settings = by_threshold(tmp_path / "settings") / "monitor.json"
    run = [*run, "--baseline", folder, "--config", settings]
    assert command(*run).exit_code == 0
    assert command(*run, "--fail-on", "violation").exit_code == 1
    assert command(*run, "--fail-on", "violation", "--json").exit_code == 1
    assert command(*run, "--fail-on", "anything").exit_code == 2


def test_a_run_without_a_verdict_is_no_violation_but_not_ok_either(run: list[object]) -> None:
    assert command(*run, "--fail-on", "violation").exit_code == 0
    assert command(*run, "--fail-on", "not-ok").exit_code == 1


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_table_has_a_line_a_window_whatever_the_width(run: list[object], columns: int) -> None:
    seen = on_terminal(run, columns)
    assert seen.status == 0
    # An address is never broken: it would be none.
    assert max(len(line) for line in seen.lines if not line.startswith("open ")) <= columns
    rows = [line for line in seen.lines if line.startswith("demo ")]
    assert len(rows) == 2
    assert all("NOT_EVALUATED" in row for row in rows)
    head = next(line for line in seen.lines if line.startswith("endpoint"))
    assert all(name in head for name in ("window (UTC)", "accuracy", "verdict"))
    assert ("auc" in head) == (columns > 60)


def test_long_work_shows_how_far_it_is_on_a_terminal_only(run: list[object]) -> None:
    seen = on_terminal(run)
    assert any(re.match(r"preparing .* \d+ of \d+ ", line) for line in seen.lines)
    piped = subprocess.run(
        [sys.executable, "-m", "monitor", *map(str, run)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TERM": "xterm"},
    )
    assert not piped.stderr
    assert "\x1b" not in piped.stdout


def test_no_color_is_respected(run: list[object]) -> None:
    assert on_terminal(run).is_coloured
    assert not on_terminal(run, NO_COLOR="1").is_coloured
    assert on_terminal(run, TERM="dumb").raw.count("\x1b") == 0


def test_help_shows_an_example_of_every_command() -> None:
    names = [
        str(found.name or found.callback.__name__)
        for found in app.registered_commands
        if found.callback
    ]
    assert set(DOCUMENTS) <= set(names)
    for name in names:
        told = command(name, "--help").stdout
        assert "Example" in told, name
        assert f"python -m monitor {name} " in told
        assert max(map(len, told.splitlines())) <= 80, name


WRONG = {
    "s3:/bucket/prefix": "is no address",
    "gs://bucket/prefix": "is no address",
    "https://bucket.s3.amazonaws.com": "is no address",
    "s3://": "names no bucket",
    "s3://no-such-bucket/prefix": "there is no bucket no-such-bucket",
    f"s3://{BUCKET}/nothing-here": "there is nothing at",
    "": "an empty address",
}


@pytest.mark.parametrize("address", WRONG)
@pytest.mark.parametrize("option", ["--capture", "--prepared"])
def test_a_wrong_address_is_told_before_anything_is_done(
    option: str, address: str, aws: str, tmp_path: Path
) -> None:
    result = command("run", option, address, "--output", tmp_path)
    assert result.exit_code == 2
    assert WRONG[address] in " ".join(result.stderr.split())
    assert result.stderr.count("\n") == 1


def test_an_output_that_cannot_be_written_is_told_before_the_work(
    run: list[object], aws: str
) -> None:
    run = [*run[:-1], "s3://no-such-bucket/reports"]
    result = command(*run)
    assert result.exit_code == 2
    assert "there is no bucket no-such-bucket" in result.stderr


def test_missing_credentials_are_told_with_what_to_do(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    result = command("inspect", f"s3://{BUCKET}/labels.csv")
    assert result.exit_code == 2
    assert "there are no AWS credentials" in result.stderr
    assert "AWS_PROFILE" in result.stderr


def test_a_prepared_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    folder = "predictions/endpoint=e/variant=v/date=2026-11-20/hour=09"
    broken = tmp_path / folder / "broken.parquet"
    broken.parent.mkdir(parents=True)
    broken.write_text("not Parquet at all")
    result = command("run", "--prepared", tmp_path, "--output", tmp_path / "reports")
    assert result.exit_code == 2
    assert f"{broken} is no Parquet file" in result.stderr


def test_a_defect_has_an_exit_status_of_its_own(tmp_path: Path) -> None:
    # A file of custom code may do anything; that it stops the process is nobody's input error.
    program = (
        "import sys; from monitor import cli_files\n"
        "def broken(*_a): raise ZeroDivisionError('ours')\n"
        "cli_files.inspect_file = broken\n"
        "sys.argv = ['monitor', 'inspect', sys.argv[1]]\n"
        "import runpy; runpy.run_module('monitor', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "ZeroDivisionError: ours" in done.stderr
    assert "defect of the monitor" in done.stderr
