"""Baselines: made from validation data of every form, and read again."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inference_records.configuration import Configuration
from monitor.baseline import (
    BadValidationData,
    Baseline,
    Columns,
    make_baseline,
    read_baseline,
    read_baseline_folder,
)
from monitor.constraints import BadConstraints, Constraint, Operator
from monitor.locations import Location, MissingFile
from monitor.metrics import REGISTRY, ProblemType
from monitor.quality import Quality
from monitor.reports import baseline_statistics, to_json
from monitor.validation import read_validation_data

BY_NAME = Columns()
GZIP = gzip.compress(b"label,prediction\n1,1\n" * 99, mtime=0)


def made(frame: pd.DataFrame, **settings: object) -> Quality:
    return make_baseline(frame, BY_NAME, Configuration(**settings))  # type: ignore[arg-type]


def value(quality: Quality, name: str) -> float | None:
    return quality.values[name].value


def frame(text: str, tmp_path: Path, name: str = "data.csv") -> pd.DataFrame:
    path = tmp_path / name
    path.write_text(text)
    return read_validation_data(Location.of(str(path)))


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    text = "id,groundTruthLabel,label,score\n1,1,1,0.9\n2,0,1,0.6\n3,0,0,0.1\n4,1,1,0.7\n"
    found = made(frame(text, tmp_path))
    assert found.judged == 4
    assert value(found, "accuracy") == 0.75
    assert value(found, "auc") == 1.0
    assert {rule.metric: rule.threshold for rule in found.constraints}["accuracy"] == 0.75


def test_columns_can_be_named(tmp_path: Path) -> None:
    data = frame("a,b\n1,1\n0,1\n", tmp_path)
    found = make_baseline(data, Columns(label="a", prediction="b"), Configuration())
    assert value(found, "accuracy") == 0.5


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(label="x"), "--label: no column 'x' among label, prediction"),
        (Columns(prediction="x"), "--prediction: no column 'x' among label, prediction"),
        (Columns(probability="x"), "--probability: no column 'x' among label, prediction"),
    ],
)
def test_a_column_that_is_not_there_is_told(columns: Columns, message: str) -> None:
    data = pd.DataFrame({"label": [1], "prediction": [1]})
    with pytest.raises(BadValidationData, match=message):
        make_baseline(data, columns, Configuration())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "prediction"], "which column is the label"),
        (["label", "b"], "which column is the prediction"),
    ],
)
def test_a_column_that_cannot_be_found_is_asked_for(names: list[str], message: str) -> None:
    with pytest.raises(BadValidationData, match=message):
        made(pd.DataFrame({name: [1] for name in names}))


@pytest.mark.parametrize(
    "data",
    [
        {"label": [], "prediction": []},
        {"label": [None, None], "prediction": [1, 0]},
        {"label": [1, 0], "prediction": [None, None]},
    ],
)
def test_without_a_row_to_compare_there_is_no_baseline(data: dict[str, list[object]]) -> None:
    with pytest.raises(BadValidationData, match="no row"):
        made(pd.DataFrame(data), problem_type="BinaryClassification")


def test_a_row_without_prediction_and_probability_is_not_counted() -> None:
    data = pd.DataFrame({"label": [1, 0, 0], "prediction": [1, None, 0]})
    found = made(data, problem_type="BinaryClassification")
    assert found.judged == 2
    assert value(found, "accuracy") == 1.0


def test_probabilities_alone_predict_by_the_threshold() -> None:
    data = pd.DataFrame({"label": [1, 0, 1], "probability": [0.9, 0.2, 0.4]})
    assert value(made(data), "accuracy") == pytest.approx(2 / 3)
    assert value(made(data, threshold=0.3), "accuracy") == 1.0


def test_vectors_of_class_probabilities_are_read_as_captured_ones_are(tmp_path: Path) -> None:
    rows = [
        {"label": "eel", "probabilities": [0.1, 0.2, 0.7]},
        {"label": "cat", "probabilities": [0.6, 0.3, 0.1]},
        {"label": "dog", "probabilities": [0.6, 0.3, 0.1]},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    found = made(frame(lines, tmp_path, "data.jsonl"), classes=("cat", "dog", "eel"))
    assert found.reading is not None
    assert found.reading.problem_type is ProblemType.MULTICLASS_CLASSIFICATION
    assert value(found, "accuracy") == pytest.approx(2 / 3)
    assert value(found, "log_loss") == pytest.approx(0.6905, abs=1e-4)


def test_vectors_of_scores_that_are_no_probabilities_give_no_calibration() -> None:
    data = pd.DataFrame({"label": [0, 1, 2], "prediction": [0, 1, 1]})
    data["scores"] = [[-2.0, -5.0, -9.5], [12.0, -3.0, 4.0], []]
    found = made(data)
    assert value(found, "accuracy") == pytest.approx(2 / 3)
    assert value(found, "log_loss") is None


def test_text_is_left_as_it_is_written(tmp_path: Path) -> None:
    found = made(frame("label,prediction\nNA,NA\nnull,null\n01,1\n", tmp_path))
    matrix = found.details["confusion_matrix"]
    assert isinstance(matrix, dict)
    assert set(matrix) >= {"NA", "null"}


@pytest.mark.parametrize(
    "suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz", "ndjson", "parquet", "parquet.gz"]
)
def test_each_form_of_file_gives_the_same(suffix: str, tmp_path: Path) -> None:
    rows = [("007", "007"), ("b", "007"), ("b", "b")]
    frame = pd.DataFrame(rows, columns=["label", "prediction"])
    sink = io.BytesIO()
    if suffix.startswith("parquet"):
        frame.to_parquet(sink)
    elif suffix.startswith("csv"):
        frame.to_csv(sink, index=False)
    else:
        frame.to_json(sink, orient="records", lines=True)
    body = sink.getvalue()
    path = tmp_path / f"data.{suffix}"
    path.write_bytes(gzip.compress(body) if suffix.endswith("gz") else body)
    found = made(read_validation_data(Location.of(str(path))))
    assert value(found, "accuracy") == pytest.approx(2 / 3)
    matrix = found.details["confusion_matrix"]
    assert isinstance(matrix, dict)
    assert set(matrix) == {"007", "b"}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("data.txt", b"label,prediction\n1,1\n"),
        ("data.csv", b""),
        ("data.jsonl", b"{not json\n"),
        ("data.parquet", b"PAR1"),
        ("data.csv.gz", GZIP[:9]),
        ("data.csv.gz", GZIP[:-9]),
        ("data.csv.gz", GZIP[:12] + b"????" + GZIP[16:]),
    ],
)
def test_a_file_that_cannot_be_read_is_named(name: str, body: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(BadValidationData, match=name):
        read_validation_data(Location.of(str(path)))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone\.csv"):
        read_validation_data(Location.of(str(tmp_path / "gone.csv")))


def test_metrics_of_the_users_own_are_in_the_baseline(tmp_path: Path) -> None:
    source = tmp_path / "own.py"
    source.write_text(
        "from monitor.metrics import ConfusionMatrix, ProblemType, metric\n"
        "@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True, suggested=True)\n"
        "def always_half(confusion_matrix: ConfusionMatrix) -> float:\n"
        "    '''Always the same.'''\n"
        "    return 0.5\n"
    )
    data = pd.DataFrame({"label": [1, 0], "prediction": [1, 0]})
    with REGISTRY.restored():
        found = made(data, custom_metrics=(str(source),))
    assert value(found, "always_half") == 0.5
    assert Constraint("always_half", Operator.LESS, 0.5) in found.constraints


def test_a_baseline_is_read_from_a_folder_or_from_a_file(tmp_path: Path) -> None:
    rules = {"accuracy": {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}}
    document = {"version": 0.0, "multiclass_classification_constraints": rules}
    (tmp_path / "constraints.json").write_text(json.dumps(document))
    expected = Baseline(
        (Constraint("accuracy", Operator.LESS, 0.9),), ProblemType.MULTICLASS_CLASSIFICATION
    )
    assert read_baseline_folder(Location.of(str(tmp_path))) == expected
    assert read_baseline_folder(Location.of(str(tmp_path / "constraints.json"))) == expected


def test_the_statistics_tell_problem_type_and_positive_label(tmp_path: Path) -> None:
    own = {"problem_type": "BinaryClassification", "positive_label": "bad"}
    (tmp_path / "constraints.json").write_text('{"accuracy": {"threshold": 0.9}}')
    (tmp_path / "statistics.json").write_text(json.dumps({"batch_payload_monitor": own}))
    found = read_baseline_folder(Location.of(str(tmp_path)))
    assert found.problem_type is ProblemType.BINARY_CLASSIFICATION
    assert found.positive == "bad"


def test_the_statistics_tell_the_baselines_own_values(tmp_path: Path) -> None:
    data = pd.DataFrame({"label": [1, 0, 1, 1], "prediction": [1, 0, 0, 1]})
    quality = made(data)
    document = baseline_statistics(quality, datetime(2026, 11, 20, tzinfo=UTC))
    (tmp_path / "statistics.json").write_bytes(to_json(document))
    found = read_baseline(None, Location.of(str(tmp_path / "statistics.json"))).values
    defined = {name: item.value for name, item in quality.values.items() if item.value is not None}
    assert found == defined
    assert found["accuracy"] == 0.75


def test_what_is_no_number_among_the_statistics_is_no_value(tmp_path: Path) -> None:
    metrics = {"a": {"value": 1}, "b": {"value": None}, "c": {"value": "NaN"}, "d": 0.5, "e": {}}
    sections = {"regression_metrics": metrics, "binary_classification_metrics": [1]}
    (tmp_path / "statistics.json").write_text(json.dumps(sections))
    statistics = Location.of(str(tmp_path / "statistics.json"))
    assert read_baseline(None, statistics).values == {"a": 1.0}


def test_the_statistics_of_the_aws_sample_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "statistics.json").write_text('{"metrics": {"accuracy": 0.93}}')
    statistics = Location.of(str(tmp_path / "statistics.json"))
    assert read_baseline(None, statistics) == Baseline()
    assert read_baseline(None, None) == Baseline()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"accuracy": NaN}'])
@pytest.mark.parametrize("name", ["constraints.json", "statistics.json"])
def test_a_broken_baseline_is_told(name: str, body: str, tmp_path: Path) -> None:
    (tmp_path / "constraints.json").write_text("{}")
    (tmp_path / name).write_text(body)
    with pytest.raises(BadConstraints, match=name):
        read_baseline_folder(Location.of(str(tmp_path)))


def test_a_problem_type_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "constraints.json").write_text("{}")
    document = {"batch_payload_monitor": {"problem_type": "Guesswork"}}
    (tmp_path / "statistics.json").write_text(json.dumps(document))
    with pytest.raises(BadConstraints, match="Guesswork"):
        read_baseline_folder(Location.of(str(tmp_path)))


def test_validation_data_whose_classes_share_nothing_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadValidationData, match='"classes": '):
        made(pd.DataFrame({"label": ["cat", "dog"], "prediction": [0, 1]}))


def by_request(seed: int = 1, requests: int = 200, size: int = 5) -> pd.DataFrame:
    """Rows whose request decides how hard they are."""
    chance = np.random.default_rng(seed)
    count = requests * size
    hard = np.repeat(chance.normal(0, 1, requests), size)
    y = chance.random(count) < 0.4
    score = 1 / (1 + np.exp(-((2 * y - 1) * (0.7 + hard) + chance.normal(0, 1, count))))
    names = [f"r{number:04}" for number in np.repeat(np.arange(requests), size)]
    label, said = y.astype(int), (score >= 0.5).astype(int)
    columns = {"label": label, "prediction": said, "probability": score.round(4)}
    return pd.DataFrame({**columns, "inference_id": names})


@pytest.mark.parametrize("name", ["inference_id", "InferenceId", "request_id", "EVENT ID"])
def test_the_column_of_the_request_is_found_by_name(name: str) -> None:
    found = made(by_request().rename(columns={"inference_id": name}))
    assert found.requests_known
    assert found.errors["accuracy"].requests == 200
    assert found.errors["accuracy"].records == 1000
    assert (found.errors["accuracy"].design_effect or 0) > 1.3
    assert not any("--request" in note for note in found.reading.notes)


def test_the_column_of_the_request_can_be_named() -> None:
    data = by_request().rename(columns={"inference_id": "batch"})
    found = make_baseline(data, Columns(request="batch"), Configuration())
    assert found.errors == made(by_request()).errors
    with pytest.raises(BadValidationData, match="--request: no column 'x' among"):
        make_baseline(data, Columns(request="x"), Configuration())


def test_without_a_column_of_the_request_rows_are_independent_and_the_notes_say_so() -> None:
    found = made(by_request().drop(columns="inference_id"))
    assert not found.requests_known
    assert found.errors["accuracy"].requests == 1000
    assert found.errors["accuracy"].design_effect == pytest.approx(1.0)
    assert any("--request" in note and "independent" in note for note in found.reading.notes)


def test_a_row_without_the_id_of_its_request_is_a_request_of_its_own() -> None:
    data = by_request()
    data.loc[:9, "inference_id"] = None
    assert made(data).errors["accuracy"].requests == 198 + 10


def test_no_order_of_the_rows_changes_what_is_known_of_the_baseline() -> None:
    data = by_request()
    found = made(data)
    other = made(data.sample(frac=1.0, random_state=3))
    assert other.errors == found.errors
    assert other.correlations == found.correlations
    assert other.deviations == found.deviations


def test_metrics_that_are_one_have_errors_that_are_one() -> None:
    found = made(by_request()).correlations
    assert found["recall", "true_positive_rate"] == 1.0
    assert found["false_negative_rate", "recall"] == -1.0
    assert all(one < other and -1 <= value <= 1 for (one, other), value in found.items())


def test_a_metric_that_nothing_moves_is_correlated_with_none() -> None:
    right = pd.DataFrame({"label": [1, 0, 1], "prediction": [1, 0, 1]})
    assert not {name for pair in made(right).correlations for name in pair} & {"accuracy", "recall"}


def test_the_statistics_tell_errors_and_correlations(tmp_path: Path) -> None:
    quality = made(by_request())
    document = baseline_statistics(quality, datetime(2026, 11, 20, tzinfo=UTC))
    (tmp_path / "statistics.json").write_bytes(to_json(document))
    found = read_baseline(None, Location.of(str(tmp_path / "statistics.json")))
    assert found.errors == quality.errors
    assert found.correlations == quality.correlations
    assert document["batch_payload_monitor"]["uncertainty"]["requests_known"] is True
