"""What a newcomer gets wrong: refused, or told with what to do, and never judged as if right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from monitor.cli import app
from monitor.cli_documents import ErrorDocument, json_schema

from .captured import NINE, Traffic, capture_line, capture_path, traffic, write
from .test_container import Container, below

REGRESSION = {"regression_constraints": {"mae": {"threshold": 40.0, "comparison_operator":
              "GreaterThanThreshold"}}}  # fmt: skip
TENTHS = [77.3, 102.1, 123.7, 136.2, 151.3, 169.1, 183.1, 204.7, 227.6]
STATISTICS = {
    "regression_metrics": {"mae": {"value": 42.0}},
    "batch_payload_monitor": {"problem_type": "Regression", "pictures": {"tenths": TENTHS}},
}


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def in_one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return traffic(tmp_path_factory.mktemp("traffic"))


@pytest.fixture
def files(hours: Traffic) -> list[object]:
    return ["--capture", hours.capture, "--labels", hours.ground_truth]


@pytest.fixture
def wrong_baseline(tmp_path: Path) -> Path:
    """Of a regression, where the model tells two classes apart."""
    folder = tmp_path / "diabetes"
    folder.mkdir()
    (folder / "constraints.json").write_text(json.dumps(REGRESSION))
    (folder / "statistics.json").write_text(json.dumps(STATISTICS))
    return folder


@pytest.mark.parametrize("ledger", [False, True])
def test_a_baseline_of_another_kind_of_model_is_refused(
    ledger: bool, files: list[object], wrong_baseline: Path, tmp_path: Path
) -> None:
    kept = ["--ledger", tmp_path / "ledger"] if ledger else []
    output = ["--output", tmp_path / "reports", "--baseline", wrong_baseline]
    result = command("run", *files, *output, *kept)
    assert result.exit_code == 2
    told = in_one_line(result.stderr)
    assert f"{wrong_baseline}/constraints.json: the baseline is of another kind of model" in told
    assert "it says Regression" in told
    assert "python -m monitor baseline" in told
    assert not list(tmp_path.rglob("report.html"))
    assert not list(tmp_path.rglob("*.parquet"))


def test_settings_of_another_problem_than_the_baseline_are_refused(
    files: list[object], wrong_baseline: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "monitor.json"
    settings.write_text('{"problem_type": "BinaryClassification"}')
    output = ["--output", tmp_path / "reports", "--baseline", wrong_baseline]
    result = command("run", *files, *output, "--config", settings)
    assert result.exit_code == 2
    told = in_one_line(result.stderr)
    assert f"{wrong_baseline}/constraints.json is the baseline of a Regression model" in told
    assert f'{settings} says "problem_type": "BinaryClassification"' in told


@pytest.mark.parametrize("says", [{"problem_type": "BinaryClassification"}, {}])
def test_the_container_refuses_it_as_it_does_bad_settings(
    says: dict[str, str], hours: Traffic, wrong_baseline: Path, tmp_path: Path
) -> None:
    container = Container(tmp_path / "opt-ml")
    below(hours, container)
    (wrong_baseline / "monitor.json").write_text(json.dumps(says))
    result = container.run(monitor_s3_uri_path=str(wrong_baseline))
    assert result.exit_code == 2
    assert container.message.startswith("Failed: ")
    assert "Regression" in container.message
    assert "constraints.json" in container.message
    assert container.written() == {"output/message"}


def test_a_baseline_of_two_baselines_is_refused(wrong_baseline: Path, files: list[object],
                                                tmp_path: Path) -> None:  # fmt: skip
    mixed = {**STATISTICS, "batch_payload_monitor": {"problem_type": "BinaryClassification"}}
    (wrong_baseline / "statistics.json").write_text(json.dumps(mixed))
    result = command("run", *files, "--baseline", wrong_baseline, "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert "they are of two baselines" in in_one_line(result.stderr)


@pytest.fixture
def kept(files: list[object], tmp_path: Path) -> list[object]:
    """A window of a run by hand, and how it is verified."""
    ledger = tmp_path / "ledger"
    done = command("run", *files, "--output", tmp_path / "reports", "--ledger", ledger)
    assert done.exit_code == 0, done.output
    return ["verify", "2026-11-20T09:00:00Z", "--ledger", ledger]


def test_a_window_that_was_judged_by_hand_is_verified_from_the_same_files(
    kept: list[object], files: list[object]
) -> None:
    result = command(*kept, *files)
    assert result.exit_code == 0, result.output
    assert "the same to the bit" in result.stdout


def test_other_files_than_those_of_the_window_are_a_wrong_call_and_no_difference(
    kept: list[object], hours: Traffic, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    for wrong in (["--prepared", tmp_path / "elsewhere"], ["--capture", hours.capture]):
        result = command(*kept, *wrong)
        assert result.exit_code == 2, result.output
        assert "that the window was made of" in in_one_line(result.stderr)
    assert command(*kept).exit_code == 2


def test_labels_and_capture_that_are_swapped_are_told(hours: Traffic, tmp_path: Path) -> None:
    swapped = ["--capture", hours.ground_truth, "--ground-truth", hours.capture]
    result = command("run", *swapped, "--output", tmp_path)
    assert result.exit_code == 2
    assert "--capture and --ground-truth are swapped" in in_one_line(result.stderr)
    result = command("run", "--capture", hours.ground_truth, "--output", tmp_path)
    assert result.exit_code == 2
    assert "are no data capture" in in_one_line(result.stderr)


def test_a_range_without_requests_is_told_with_what_there_is(
    hours: Traffic, tmp_path: Path
) -> None:
    write(
        capture_path(tmp_path / "one", NINE), [capture_line("e", [{"label": 1}], NINE), "{"], NINE
    )
    asked = ["--start", "2026-11-01", "--end", "2026-11-01T02:00"]
    result = command("run", "--capture", tmp_path / "one", "--output", tmp_path / "o", *asked)
    assert result.exit_code == 0
    told = in_one_line(result.stderr)
    assert "set aside in the 1 file read, of whatever time: 1 (broken_json: 1)" in told
    assert "0 of them are records of these windows" in told
    assert "what there is was captured 2026-11-20 09:00 to 10:00 UTC" in told


def test_an_endpoint_that_there_is_not_is_told_with_those_there_are(
    hours: Traffic, tmp_path: Path
) -> None:
    result = command("run", "--capture", hours.capture, "--output", tmp_path, "--endpoint", "dem")
    assert result.exit_code == 2
    assert f"{hours.capture} has demo" in in_one_line(result.stderr)


def test_a_baseline_that_lies_elsewhere_is_told_with_where_one_is(
    files: list[object], wrong_baseline: Path, tmp_path: Path
) -> None:
    for given, told in (
        (wrong_baseline.parent, "such are diabetes in it"),
        (wrong_baseline / "statistics.json", "give the folder that has it"),
        (tmp_path / "empty", "--baseline wants the folder that"),
    ):
        (tmp_path / "empty").mkdir(exist_ok=True)
        result = command("run", *files, "--output", tmp_path / "o", "--baseline", given)
        assert result.exit_code == 2
        assert told in in_one_line(result.stderr)


def test_the_past_is_not_judged_by_the_baseline_of_another_kind_of_model(
    kept: list[object], wrong_baseline: Path
) -> None:
    ledger = kept[-1]
    span = ["--from", "2026-11-20", "--to", "2026-11-21"]
    result = command("replay", "--ledger", ledger, "--baseline", wrong_baseline, *span)
    assert result.exit_code == 2
    assert "the windows are of BinaryClassification" in in_one_line(result.stderr)


def test_a_window_that_is_not_in_the_ledger_is_told_with_those_that_are(
    kept: list[object], files: list[object]
) -> None:
    result = command("verify", "2026-11-20T09:30:00Z", *kept[2:], *files)
    assert result.exit_code == 2
    assert "its windows are from 2026-11-20T09:00:00Z/" in in_one_line(result.stderr)


def test_a_baseline_is_made_of_validation_data_and_of_nothing_else(
    hours: Traffic, tmp_path: Path
) -> None:
    (tmp_path / "validation.csv").write_text(f"{VALIDATION}0,0,0.1\n")
    for data, more, told in (
        (next(hours.capture.rglob("*.jsonl")), [], "this is data capture: `run` judges"),
        (next(hours.ground_truth.rglob("*.jsonl")), [], "this is ground truth without"),
        (tmp_path / "validation.csv", ["--positive-label", "yes"], "no row has the positive"),
    ):
        result = command("baseline", "--data", data, "--output", tmp_path / "b", *more)
        assert result.exit_code == 2
        assert told in in_one_line(result.stderr)


VALIDATION = "label,prediction,probability\n1,1,0.9\n"
STRANGE = {
    "empty.jsonl": (b"", "an empty file"),
    "README.md": (b"# Title\n\nText, with a comma.\n", "text without columns"),
    "validation.csv": (VALIDATION.encode(), "make a baseline of it by `python -m monitor baseline"),
    "validation.jsonl": (b'{"label": 1, "score": 0.9}\n', "validation data"),
    "constraints.json": (json.dumps(REGRESSION, indent=2).encode(), "constraints of a baseline"),
    "statistics.json": (json.dumps(STATISTICS, indent=2).encode(), "the statistics of a baseline"),
    "monitor.json": (b'{"threshold": 0.5}', "give them with --config"),
    "picture.png": (b"\x89PNG\r\n\x1a\n\x00\x00", "a binary file of another kind"),
    "report.html": (b"<!doctype html>\n<p>", "open it in a browser"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_inspect_says_what_a_file_is_that_is_neither_capture_nor_labels(
    name: str, tmp_path: Path
) -> None:
    body, told = STRANGE[name]
    (tmp_path / name).write_bytes(body)
    result = command("inspect", tmp_path / name)
    assert result.exit_code == 2
    assert f"{tmp_path / name} is neither data capture nor labels, but" in result.stderr
    assert told in in_one_line(result.stderr)


def test_a_label_file_with_predictions_beside_the_ids_is_still_one(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("inference_id,record_index,label,prediction\nid,0,1,1\n")
    result = command("inspect", path)
    assert result.exit_code == 0, result.output
    assert "ground truth, 1 records" in in_one_line(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["inspect", "gone"], "there is nothing at gone"),
        (["run"], "Missing option '--output'."),
        (["run", "--output", "o"], "give either --capture"),
        (["run", "--output", "o", "--fail-on", "anything"], "'--fail-on'"),
        (["nonsense"], "No such command 'nonsense'."),
    ],
)
def test_an_error_is_a_document_where_a_machine_asked(arguments: list[str], told: str) -> None:
    result = command(*arguments, "--json")
    assert result.exit_code == 2
    found: dict[str, Any] = json.loads(result.stdout)
    schema = json_schema()
    assert ErrorDocument.__name__ in str(schema["anyOf"])
    jsonschema.validate(found, {"$ref": "#/$defs/ErrorDocument", "$defs": schema["$defs"]})
    assert told in found["error"]
    assert found["status"] == 2
    assert command(*arguments).stdout == ""


def test_without_a_command_and_without_a_job_the_help_is_shown() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert not done.stdout
    assert "First steps:" in done.stderr
    assert "environment variable" not in done.stderr


def test_the_version_is_told_with_that_of_the_code() -> None:
    told = command("--version")
    assert told.exit_code == 0
    assert told.stdout.startswith("batch-payload-monitor ")
    assert ", code " in told.stdout


def test_a_baseline_of_few_rows_says_that_it_is_one(tmp_path: Path) -> None:
    row = VALIDATION.splitlines()[1]
    for many in (99, 100):
        path = tmp_path / f"{many}.csv"
        path.write_text(
            "\n".join([VALIDATION.splitlines()[0], *[row, "0,0,0.1"] * many][: many + 1])
        )
        result = command("baseline", "--data", path, "--output", tmp_path / str(many))
        assert result.exit_code == 0, result.output
        assert ("known too loosely" in in_one_line(result.stderr)) == (many < 100)
        assert "validation rows" in result.stdout
        assert "window" not in result.stdout


def test_windows_that_are_no_hours_are_shown_with_their_ends(
    files: list[object], tmp_path: Path
) -> None:
    for period, shown in (("1h", "11-20 09:00 "), ("30min", "11-20 09:00 to 09:30"),
                          ("1d", "11-20 00:00 to 11-21 00:00")):  # fmt: skip
        result = command("run", *files, "--output", tmp_path / period, "--period", period)
        assert result.exit_code == 0, result.output
        assert shown in result.stdout
        assert ("00 to " in result.stdout) == (period != "1h")
