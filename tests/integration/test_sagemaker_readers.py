"""SageMaker's own SDK reads what the monitor writes, from S3 and from local files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from monitor.cli import app

from .captured import traffic
from .storage import BUCKET, upload

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sagemaker.core.helper.session_helper import Session
    from sagemaker.core.model_monitor.monitoring_files import (
        Constraints,
        ConstraintViolations,
        Statistics,
    )

READERS: dict[str, Any] = {
    "statistics.json": Statistics,
    "constraints.json": Constraints,
    "constraint_violations.json": ConstraintViolations,
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a violated window and of one without data."""
    root = tmp_path_factory.mktemp("reports")
    captured = traffic(root, hours=1)
    rules = root / "constraints.json"
    rules.write_text('{"accuracy": {"threshold": 0.999}, "f1": {"threshold": 0.001}}')
    for name, end in (("judged", "10:00"), ("empty", "11:00")):
        start = "09:00" if name == "judged" else "10:00"
        arguments = {
            "capture": captured.capture,
            "ground-truth": captured.ground_truth,
            "baseline": rules,
            "output": root / "output" / name,
            "start": f"2026-11-20T{start}:00Z",
            "end": f"2026-11-20T{end}:00Z",
        }
        options = [f"--{option}={value}" for option, value in arguments.items()]
        result = CliRunner().invoke(app, ["run", *options])
        assert result.exit_code == 0, result.output
    return root / "output"


@pytest.fixture(scope="module")
def session(aws: str) -> Session:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Session(boto_session=boto3.Session(), default_bucket=BUCKET)


def folder(reports: Path, name: str) -> Path:
    (found,) = (path.parent for path in (reports / name).rglob("statistics.json"))
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("window", ["judged", "empty"])
@pytest.mark.parametrize("name", READERS)
def test_each_report_is_read_from_s3_and_from_a_file(
    name: str, window: str, reports: Path, session: Session
) -> None:
    address = upload(folder(reports, window), window)
    reader = READERS[name]
    from_s3 = reader.from_s3_uri(f"{address}/{name}", sagemaker_session=session)
    path = str(folder(reports, window) / name)
    from_file = reader.from_file_path(path, sagemaker_session=session)
    assert from_s3.body_dict == from_file.body_dict
    assert isinstance(from_s3.body_dict, dict)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_violations_are_listed_as_sagemaker_lists_its_own(
    reports: Path, session: Session
) -> None:
    found = ConstraintViolations.from_file_path(
        str(folder(reports, "judged") / "constraint_violations.json"), sagemaker_session=session
    )
    (violation,) = found.body_dict["violations"]
    assert violation.keys() == {"constraint_check_type", "metric_name", "description"}
    assert violation["metric_name"] == "accuracy"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_constraints_that_the_sdk_saved_are_read_again(reports: Path, session: Session) -> None:
    found = Constraints.from_file_path(
        str(folder(reports, "judged") / "constraints.json"), sagemaker_session=session
    )
    found.body_dict["binary_classification_constraints"]["accuracy"]["threshold"] = 0.25
    saved = found.save(f"s3://{BUCKET}/edited/constraints.json")

    from monitor.baseline import read_baseline
    from monitor.locations import Location

    accuracy, f1 = read_baseline(Location.of(saved), None).constraints
    assert (accuracy.threshold, f1.threshold) == (0.25, 0.001)
