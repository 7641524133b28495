"""The command line: the same numbers from every source, and errors that say what to do."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sklearn.metrics as sk
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from inference_records.configuration import Configuration
from monitor.cli import app
from monitor.locations import Location
from monitor.metrics import REGISTRY
from monitor.raw_files import prepare

from .captured import (
    HOUR,
    NINE,
    Traffic,
    by_threshold,
    capture_line,
    capture_path,
    traffic,
    write,
)
from .storage import BUCKET, upload


def command(name: str, *arguments: object, **options: object) -> Result:
    told = [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]
    return CliRunner().invoke(app, [name, *map(str, arguments), *told])


def judged(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "windows.csv")


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return traffic(tmp_path_factory.mktemp("traffic"))


@pytest.fixture(scope="module")
def from_raw(hours: Traffic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("from-raw")
    result = command("run", capture=hours.capture, ground_truth=hours.ground_truth, output=output)
    assert result.exit_code == 0, result.output
    return output


def test_raw_files_give_the_numbers_of_their_rows(from_raw: Path, hours: Traffic) -> None:
    table = judged(from_raw)
    assert list(table.start) == ["2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"]
    row: Any
    for hour, row in enumerate(table.itertuples()):
        y, z, p = hours.label[hour], hours.prediction[hour], hours.score[hour]
        assert row.judged == len(y)
        assert row.accuracy == pytest.approx(sk.accuracy_score(y, z))
        assert row.auc == pytest.approx(sk.roc_auc_score(y, p))
        assert row.coverage == pytest.approx(row.evaluated / row.records)
    for path in from_raw.rglob("*.json"):
        json.loads(path.read_bytes())
    for line in (from_raw / "cloudwatch_metrics.jsonl").read_text().splitlines():
        json.loads(line)


def test_raw_files_on_s3_give_the_same(
    from_raw: Path, hours: Traffic, aws: str, tmp_path: Path
) -> None:
    # S3 keeps no time of change: what was uploaded now arrived now.
    result = command(
        "run",
        capture=upload(hours.capture, "data-capture"),
        ground_truth=upload(hours.ground_truth, "ground-truth"),
        output=f"s3://{BUCKET}/reports",
    )
    assert result.exit_code == 0, result.output
    table = Location.of(f"s3://{BUCKET}/reports/windows.csv").read()
    (tmp_path / "windows.csv").write_bytes(table)
    assert_frame_equal(judged(tmp_path), judged(from_raw))


@pytest.mark.parametrize("where", ["local", "s3"])
def test_prepared_records_give_the_same(
    where: str, from_raw: Path, hours: Traffic, aws: str, tmp_path: Path
) -> None:
    with ExitStack() as resources:
        prepared, _ = prepare(
            Location.of(str(hours.capture)),
            Location.of(str(hours.ground_truth)),
            Configuration(),
            resources,
        )
        address = prepared.location.address
        if where == "s3":
            address = upload(Path(address), "prepared")
        result = command("run", prepared=address, output=tmp_path)
    assert result.exit_code == 0, result.output
    assert_frame_equal(judged(tmp_path), judged(from_raw))


def test_a_range_may_be_chosen_and_cut_in_other_windows(hours: Traffic, tmp_path: Path) -> None:
    result = command(
        "run",
        capture=hours.capture,
        ground_truth=hours.ground_truth,
        output=tmp_path,
        start="2026-11-20T09:30:00Z",
        end="2026-11-20T10:15:00Z",
        period="30min",
    )
    assert result.exit_code == 0, result.output
    table = judged(tmp_path)
    assert list(table.start) == ["2026-11-20T09:30:00Z", "2026-11-20T10:00:00Z"]
    assert list(table.end) == ["2026-11-20T10:00:00Z", "2026-11-20T10:15:00Z"]
    folders = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("statistics.json")}
    assert folders == {"demo/2026/11/20/09/30", "demo/2026/11/20/10/00"}


def test_a_range_without_data_is_reported_too(hours: Traffic, tmp_path: Path) -> None:
    result = command(
        "run",
        capture=hours.capture,
        output=tmp_path,
        start="2026-11-21T00:00:00Z",
        end="2026-11-21T02:00:00Z",
    )
    assert result.exit_code == 0, result.output
    assert list(judged(tmp_path).records) == [0, 0]
    assert len(list(tmp_path.rglob("*.json"))) == 6


@pytest.fixture
def validation(tmp_path: Path) -> Path:
    path = tmp_path / "validation.csv"
    rows = [f"{y},{z},{p}" for y, z, p in ((1, 1, 0.9), (0, 0, 0.2), (1, 0, 0.4), (0, 0, 0.1))]
    path.write_text("\n".join(["label,prediction,probability", *rows]))
    return path


def test_a_baseline_is_made_and_then_checked_against(
    validation: Path, hours: Traffic, tmp_path: Path
) -> None:
    result = command("baseline", data=validation, output=tmp_path / "baseline", margin=0.05)
    assert result.exit_code == 0, result.output
    rules = json.loads((tmp_path / "baseline/constraints.json").read_bytes())
    accuracy = rules["binary_classification_constraints"]["accuracy"]
    assert accuracy == {
        "threshold": pytest.approx(0.75 - 0.05 * 0.75),
        "comparison_operator": "LessThanThreshold",
    }
    statistics = json.loads((tmp_path / "baseline/statistics.json").read_bytes())
    assert statistics["dataset"]["item_count"] == 4
    options = {
        "capture": hours.capture,
        "ground_truth": hours.ground_truth,
        "output": tmp_path / "reports",
        "baseline": tmp_path / "baseline",
        "config": by_threshold(tmp_path / "settings") / "monitor.json",
    }
    assert command("run", **options).exit_code == 0
    assert set(judged(tmp_path / "reports").verdict) == {"VIOLATION"}
    failing = command("run", "--fail-on=violation", **options)
    assert failing.exit_code == 1
    assert "Traceback" not in failing.output
    assert (tmp_path / "reports/windows.csv").exists()


def test_a_drop_of_a_metric_that_there_is_not_is_refused(validation: Path, tmp_path: Path) -> None:
    settings = tmp_path / "monitor.json"
    settings.write_text(json.dumps({"verdicts": {"drops": {"recal": {"smallest": 0.1}}}}))
    result = command("baseline", data=validation, output=tmp_path / "baseline", config=settings)
    assert result.exit_code == 2
    assert "names recal, and no metric is called so" in in_one_line(result.output)


def test_a_baseline_says_whether_it_knows_which_rows_were_one_request(
    validation: Path, tmp_path: Path
) -> None:
    result = command("baseline", data=validation, output=tmp_path / "plain")
    assert "--request" in result.stderr
    rows = validation.read_text().splitlines()
    named = [f"{row},{name}" for row, name in zip(rows, ("batch", *"aabb"), strict=True)]
    validation.write_text("\n".join(named))
    result = command("baseline", data=validation, output=tmp_path / "named", request="batch")
    assert result.exit_code == 0, result.output
    assert "--request" not in result.stderr
    told = {
        folder: json.loads((tmp_path / folder / "statistics.json").read_bytes())[
            "batch_payload_monitor"
        ]["uncertainty"]
        for folder in ("plain", "named")
    }
    assert (told["plain"]["requests_known"], told["named"]["requests_known"]) == (False, True)
    assert told["plain"]["errors"]["accuracy"]["requests"] == 4
    assert told["named"]["errors"]["accuracy"]["requests"] == 2


def test_metrics_of_the_users_own_and_costs_come_from_the_configuration(
    hours: Traffic, tmp_path: Path
) -> None:
    source = tmp_path / "own.py"
    source.write_text(
        "import numpy as np\n"
        "from monitor.metrics import ProblemType, metric\n"
        "@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)\n"
        "def share_of_ones(label: np.ndarray, weight: np.ndarray) -> float:\n"
        "    '''Share of the labels that are 1.'''\n"
        "    return float(weight[label == '1'].sum() / weight.sum())\n"
        "@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)\n"
        "def broken(label: np.ndarray) -> float:\n"
        "    '''Fails.'''\n"
        "    raise ValueError('first line\\nsecond line')\n"
    )
    config = tmp_path / "monitor.json"
    costs = {"1": {"0": 10.0, "1": 0.0}, "0": {"1": 1.0, "0": 0.0}}
    document = {
        "problem_type": "BinaryClassification",
        "custom_metrics": [str(source)],
        "cost_matrix": costs,
    }
    config.write_text(json.dumps(document))
    with REGISTRY.restored():
        result = command(
            "run",
            capture=hours.capture,
            ground_truth=hours.ground_truth,
            output=tmp_path / "reports",
            config=config,
        )
    assert result.exit_code == 0, result.output
    row = judged(tmp_path / "reports").iloc[0]
    y, z = hours.label[0], hours.prediction[0]
    assert row.share_of_ones == pytest.approx(sum(y) / len(y))
    cost = sum(costs[str(a)][str(b)] for a, b in zip(y, z, strict=True)) / len(y)
    assert row.expected_cost == pytest.approx(cost)
    path = next((tmp_path / "reports").rglob("statistics.json"))
    broken = json.loads(path.read_bytes())["binary_classification_metrics"]["broken"]
    assert broken["value"] is None
    assert "first line" in broken["reason"]


def test_multiclass_vectors_and_regressions_are_judged_from_raw_files(tmp_path: Path) -> None:
    vectors = [{"probabilities": [0.2, 0.5, 0.3]}, {"probabilities": [0.7, 0.2, 0.1]}]
    numbers = [{"value": 10.5}, {"value": -3.0}]
    lines = {
        "classes": [capture_line("v1", vectors, NINE), capture_line("v2", vectors, NINE)],
        "values": [capture_line("n1", numbers, NINE), capture_line("n2", numbers, NINE)],
    }
    labels: dict[str, list[float]] = {
        "v1": [1, 0],
        "v2": [2, 0],
        "n1": [10.0, -3.5],
        "n2": [11.25, 1.0],
    }
    for endpoint, captured in lines.items():
        write(capture_path(tmp_path / "capture", NINE, endpoint), captured, NINE + HOUR)
    rows = [
        json.dumps({"eventId": event, "recordIndex": index, "label": label})
        for event, given in labels.items()
        for index, label in enumerate(given)
    ]
    write(tmp_path / "labels.jsonl", rows, NINE + HOUR)
    tables = {}
    for endpoint in lines:
        result = command(
            "run",
            capture=tmp_path / "capture",
            ground_truth=tmp_path / "labels.jsonl",
            output=tmp_path / endpoint,
            endpoint=endpoint,
        )
        assert result.exit_code == 0, result.output
        tables[endpoint] = judged(tmp_path / endpoint).iloc[0]
    assert tables["classes"].accuracy == 0.75
    assert tables["classes"].log_loss == pytest.approx(0.6526, abs=1e-3)
    assert tables["values"].mae == pytest.approx((0.5 + 0.5 + 0.75 + 4.0) / 4)
    # Of labels that name no endpoint, each of two may be the other's.
    assert tables["values"].orphan_labels == 0


def test_inspect_tells_how_a_capture_file_is_understood(hours: Traffic) -> None:
    path = next(hours.capture.rglob("*.jsonl"))
    result = command("inspect", path)
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stdout)
    assert "data capture" in told
    assert "0 rejected" in told
    assert "prediction = predicted_label" in told
    assert "probability = probability" in told


def test_inspect_tells_how_a_label_file_is_understood(hours: Traffic, tmp_path: Path) -> None:
    path = next(hours.ground_truth.rglob("*.jsonl"))
    result = command("inspect", path)
    assert result.exit_code == 0, result.output
    assert "ground truth" in in_one_line(result.stdout)
    table = tmp_path / "labels.csv"
    table.write_text("inference_id,record_index,label\nid,0,1\nid,zero,1\n")
    result = command("inspect", table)
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stdout)
    assert "1 records, 1 rejected" in told
    assert "bad_position" in told


def test_inspect_shows_what_was_rejected_and_why(tmp_path: Path) -> None:
    lines = [capture_line("e", [{"label": 1}], NINE), "{broken", '{"captureData": {}}']
    path = write(tmp_path / "capture.jsonl", lines, NINE)
    result = command("inspect", path)
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stdout)
    assert "1 records, 2 rejected" in told
    assert "broken_json" in told


def test_inspect_of_a_wide_file_stays_readable(tmp_path: Path) -> None:
    request = [{f"column_{n:02}": n for n in range(30)}]
    line = capture_line("e", [{"label": 1}], NINE, request=request)
    settings = tmp_path / "monitor.json"
    settings.write_text('{"features": "all"}')
    path = write(tmp_path / "capture.jsonl", [line], NINE)
    result = command("inspect", path, config=settings)
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stdout)
    assert "request columns: column_00, column_01, " in told
    assert "column_23, … and 6 more" in told
    assert "… and 26 more columns: feature_column_04, " in told


@pytest.mark.parametrize(
    ("features", "unknown"),
    [
        (["age", "agee"], "agee"),
        ({"leave_out": ["agee"], "hash": ["plann", "plan"]}, "agee, plann"),
        ({"leave_out": ["age"]}, None),
        ("all", None),
    ],
)
def test_inspect_warns_of_features_that_no_request_has(
    features: object, unknown: str | None, tmp_path: Path
) -> None:
    # The first object of a payload may lack what others have.
    request = [{"age": 30}, {"age": 40, "plan": "basic"}]
    lines = ["{broken", capture_line("e", [{"label": 1}, {"label": 0}], NINE, request=request)]
    settings = tmp_path / "monitor.json"
    settings.write_text(json.dumps({"features": features}))
    path = write(tmp_path / "capture.jsonl", lines, NINE)
    told = in_one_line(command("inspect", path, config=settings).stdout)
    assert "request columns: age, plan" in told
    warning = f"note: features names {unknown}, which no request of this file has"
    assert (warning in told) == (unknown is not None)
    assert ("features names" in told) == (unknown is not None)


RUN = "run --capture={root}/one --output={root}/output"
WRONG = {
    "no source": ("run --output={root}", "give either --capture"),
    "two sources": (f"{RUN} --prepared={{root}}", "give either --capture"),
    "no capture": ("run --capture={root}/gone --output={root}", "there is nothing at"),
    "no labels": (f"{RUN} --ground-truth={{root}}/gone", "there is nothing at"),
    "no prepared": ("run --prepared={root}/gone --output={root}", "there is nothing at"),
    "empty capture": ("run --capture={root}/empty --output={root}", "files lie there as"),
    "two endpoints": ("run --capture={root}/two --output={root}", "first, second"),
    "unknown endpoint": (f"{RUN} --endpoint=other", "no request to endpoint other"),
    "no time": (f"{RUN} --start=noon", "'noon' is no ISO 8601 time"),
    "no period": (f"{RUN} --period=often", "'often' is no period"),
    "wrong order": (
        f"{RUN} --start=2026-11-20T10:00:00Z --end=2026-11-20T09:00:00Z", "ends before it begins",
    ),
    "start after the data": (f"{RUN} --start=2026-11-21T00:00:00Z", "ends before it begins"),
    "no baseline": (f"{RUN} --baseline={{root}}/gone", "there is nothing at"),
    "broken baseline": (f"{RUN} --baseline={{root}}/broken.json", "broken.json: not JSON"),
    "no configuration": (f"{RUN} --config={{root}}/gone", "there is no file"),
    "folder as configuration": (f"{RUN} --config={{root}}/one", "there is no file"),
    "broken configuration": (f"{RUN} --config={{root}}/broken.json", "broken.json"),
    "unknown setting": (f"{RUN} --config={{root}}/unknown.json", "treshold"),
    "no custom metrics": (f"{RUN} --config={{root}}/own.json", "/nowhere/own.py"),
    "output is a file": ("run --capture={root}/one --output={root}/data.csv", "data.csv"),
    "no data": ("baseline --data={root}/gone.csv --output={root}", "there is nothing at"),
    "folder as data": ("baseline --data={root}/one --output={root}", "there is no file"),
    "no label column": ("baseline --data={root}/data.csv --output={root}", "Say --label"),
    "no such column": ("baseline --data={root}/data.csv --output={root} --label=c", "'c'"),
    "no file to inspect": ("inspect {root}/gone", "there is nothing at"),
    "folder to inspect": ("inspect {root}/one", "is a folder: inspect one of its files"),
    "unreadable labels": ("inspect {root}/data.csv", '{"ground_truth": {"label": "NAME"}}'),
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What the wrong command lines name."""
    lines = [capture_line("e", [{"label": 1}], NINE)]
    write(capture_path(tmp_path / "one", NINE), lines, NINE)
    for endpoint in ("first", "second"):
        write(capture_path(tmp_path / "two", NINE, endpoint), lines, NINE)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "unknown.json").write_text('{"treshold": 0.5}')
    (tmp_path / "own.json").write_text('{"custom_metrics": ["/nowhere/own.py"]}')
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")
    return tmp_path


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_work_is_told_without_a_traceback(name: str, files: Path) -> None:
    line, message = WRONG[name]
    result = CliRunner().invoke(app, line.format(root=files).split())
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    # A terminal breaks lines anywhere, and frames some.
    assert message.replace(" ", "") in "".join(result.stderr.replace("│", "").split())


def test_records_that_were_set_aside_are_told(hours: Traffic, tmp_path: Path) -> None:
    lines = [capture_line("e", [{"label": 1}], NINE), "{broken"]
    write(capture_path(tmp_path / "capture", NINE), lines, NINE)
    (tmp_path / "labels.csv.gz").write_bytes(b"\x1f\x8bgarbage")
    result = command(
        "run",
        capture=tmp_path / "capture",
        ground_truth=tmp_path / "labels.csv.gz",
        output=tmp_path / "reports",
    )
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stderr)
    assert "of whatever time: 1 (broken_json: 1); 1 of them are records" in told
    assert "labels.csv.gz" in told.replace(" ", "")


def test_a_folder_whose_name_looks_like_a_pattern_is_read(tmp_path: Path) -> None:
    odd = tmp_path / "run [1] *"
    captured = traffic(odd, hours=1, requests=6)
    with ExitStack() as resources:
        prepared, _ = prepare(Location.of(str(captured.capture)), None, Configuration(), resources)
        target = odd / "prepared"
        Path(prepared.location.path).rename(target)
        Path(prepared.location.path).mkdir()
    result = command("run", prepared=target, output=odd / "reports")
    assert result.exit_code == 0, result.output
    table: Any = judged(odd / "reports")
    assert table.requests.sum() == 6


def test_one_event_with_a_wrong_clock_makes_one_window_more(tmp_path: Path) -> None:
    old = NINE.replace(year=2020)
    for time in (old, NINE):
        line = capture_line(f"e{time.year}", [{"label": 1}], time)
        write(capture_path(tmp_path / "capture", time), [line], time)
    result = command("run", capture=tmp_path / "capture", output=tmp_path / "reports")
    assert result.exit_code == 0, result.output
    starts = ["2020-11-20T09:00:00Z", "2026-11-20T09:00:00Z"]
    assert list(judged(tmp_path / "reports").start) == starts
    assert len(list((tmp_path / "reports").rglob("statistics.json"))) == 2


def test_a_capture_file_whose_first_line_is_broken_is_still_capture(tmp_path: Path) -> None:
    lines = ["{broken", capture_line("e", [{"label": 1}], NINE)]
    result = command("inspect", write(tmp_path / "capture.jsonl", lines, NINE))
    assert result.exit_code == 0, result.output
    told = in_one_line(result.stdout)
    assert "data capture" in told
    assert "1 records, 1 rejected" in told


def test_an_s3_that_refuses_is_told_in_one_line(
    aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(_self: Location) -> list[str]:
        raise OSError("AWS Error ACCESS_DENIED during ListObjectsV2\noperation: Access Denied")

    monkeypatch.setattr(Location, "folders", refused)
    monkeypatch.setattr(Location, "exists", lambda _self: True)
    result = command("run", prepared="s3://elsewhere/prepared", output=tmp_path)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert "ACCESS_DENIED during ListObjectsV2 operation" in in_one_line(result.stderr)
