"""What the functions log: one id to follow an object by, and no value of a payload, ever."""

from __future__ import annotations

import base64
import gzip
import io
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inference_records.configuration import Configuration
from inference_records.split import Source, Split
from tests.integration.captured import NINE, capture_line, label_line
from tests.integration.conftest import Context, Function
from tests.integration.test_functions import (
    CAPTURE,
    CAPTURE_KEY,
    LABEL_KEY,
    LABELS,
    created,
    failed,
    metrics_in,
    notified,
    queued,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MARKER = "zq4111zq"
EVENT_ID = "19f7be34-01ca-5114-aa0b-34d0dc977467"
NO_METRICS = "ignore:No application metrics to publish"


class Log:
    """The lines that a function writes at every level."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def follow(self, function: Function) -> None:
        logger = function.module.logger
        logger.registered_handler.setStream(self.stream)
        logger.setLevel(logging.DEBUG)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def log(split_capture: Function, split_ground_truth: Function) -> Iterator[Log]:
    found = Log()
    before = {}
    for function in (split_capture, split_ground_truth):
        handler = function.module.logger.registered_handler
        before[handler] = handler.stream
        found.follow(function)
    yield found
    for handler, stream in before.items():
        handler.setStream(stream)


def side(data: object, encoding: str = "CSV") -> dict[str, object]:
    return {"data": data, "encoding": encoding, "observedContentType": "text/csv"}


def line(response: object, request: object = None, **metadata: object) -> bytes:
    sides = {"endpointOutput": response, "endpointInput": request}
    known = {"eventId": "e", "inferenceTime": "2026-11-20T09:00:00Z"}
    return json.dumps({"captureData": sides, "eventMetadata": known | metadata}).encode()


def base64_of(body: bytes) -> dict[str, object]:
    return side(base64.b64encode(body).decode(), "BASE64")


def parquet(**columns: list[str]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


REJECTED = {
    "no JSON": f'{{"captureData": "{MARKER}"'.encode(),
    "a bad time": line(side("1"), inferenceTime=MARKER),
    "a bad encoding": line(side("1", MARKER)),
    "bad BASE64": line(side(f"{MARKER}é", "BASE64")),
    "broken Parquet": line(base64_of(b"PAR1" + MARKER.encode() * 9)),
    "broken NPY": line(base64_of(b"\x93NUMPY\x01\x00" + MARKER.encode())),
    "broken CSV": line(side(f"a,b\n1,2\n{MARKER},2,3\n")),
    "a broken request": line(side("1\n0"), side(f"a,b\n1,2\n{MARKER},2,3\n")),
    "an error": line(side(json.dumps({"error": MARKER}), "JSON")),
    "unclear columns": line(side(json.dumps([{MARKER: 1, "y": 7}]), "JSON")),
    "too many records": line(side("1\n0"), side(f"{MARKER}\n1\n2\n")),
    "no prediction": line(side(json.dumps([{"label": [MARKER]}]), "JSON")),
    "no records found": line(side(json.dumps({"nothing": {MARKER: {}}}), "JSON")),
}
UNREADABLE_LABELS = {
    "no header": f"{MARKER},cat\n{MARKER},dog\n".encode(),
    "no label": f"inference_id,{MARKER}\nr1,1\n".encode(),
    "a column twice": f"inference_id,label,label,{MARKER}\nr1,1,1,1\n".encode(),
    "an open quote": f'"{MARKER},label\nr1,1\n'.encode(),
    "cut Parquet": parquet(inference_id=[MARKER], label=[MARKER])[:-9],
    "Parquet without label": parquet(**{MARKER: [MARKER]}),
    "a cut array": f'[{{"InferenceId": "{MARKER}", "label": "{MARKER}'.encode(),
    "cut gzip": gzip.compress(f"inference_id,label\n{MARKER},1\n".encode())[:-6],
}


@pytest.mark.parametrize("features", ["none", "all", {"leave_out": ["x"]}])
def test_nothing_of_a_rejected_line_is_logged(
    features: object, split_capture: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    settings = json.dumps({"features": features, "request": {"record_id": 0}}).encode()
    s3.put_object(Bucket=bucket, Key="monitors/churn/monitor.json", Body=settings)
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=b"\n".join(REJECTED.values()))
    assert failed(split_capture(queued(created(bucket, CAPTURE_KEY)))) == []
    (entry,) = log.lines
    assert entry["rejected"] >= len(REJECTED)
    assert MARKER not in log.stream.getvalue()
    kept = s3.get_object(Bucket=bucket, Key=f"rejected/{CAPTURE_KEY}.jsonl")["Body"].read()
    assert (MARKER.encode() in kept) is isinstance(features, str)


@pytest.mark.parametrize("labels", UNREADABLE_LABELS.values(), ids=UNREADABLE_LABELS)
def test_nothing_of_an_unreadable_label_file_is_logged(
    labels: bytes, split_ground_truth: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=LABEL_KEY, Body=labels)
    assert failed(split_ground_truth(queued(created(bucket, LABEL_KEY)))) == ["m0"]
    (entry,) = log.lines
    assert entry["level"] == "ERROR"
    assert f"s3://{bucket}/{LABEL_KEY}: " in entry["message"]
    assert MARKER not in log.stream.getvalue()


@pytest.mark.parametrize("error", [pa.ArrowInvalid(MARKER), OSError(MARKER)])
def test_an_error_that_may_quote_is_told_by_its_kind_and_place(
    error: Exception, split_capture: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    split_capture.module.worker.split = raising(error)
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    assert failed(split_capture(queued(created(bucket, CAPTURE_KEY)))) == ["m0"]
    (entry,) = log.lines
    assert type(error).__name__ in entry["message"]
    assert "object_worker.py:" in entry["message"]
    assert MARKER not in log.stream.getvalue()


@pytest.mark.filterwarnings(NO_METRICS)
@pytest.mark.parametrize("error", [KeyError(MARKER), ValueError(MARKER), pa.ArrowInvalid(MARKER)])
def test_what_lambda_logs_of_an_error_that_leaves_the_handler_quotes_nothing(
    error: Exception, split_capture: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    split_capture.module.worker.split = raising(error)
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    with pytest.raises(RuntimeError, match=type(error).__name__) as caught:
        split_capture(created(bucket, CAPTURE_KEY))
    assert MARKER not in "".join(traceback.format_exception(caught.value))
    assert MARKER not in log.stream.getvalue()


def raising(error: Exception) -> Callable[[Source, Configuration], Split]:
    def split(source: Source, configuration: Configuration) -> Split:
        raise error

    return split


def test_values_that_are_understood_are_not_logged_either(
    split_capture: Function, split_ground_truth: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    capture = capture_line(MARKER, [{"label": MARKER}], NINE, MARKER, [{"name": MARKER}])
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=capture.encode())
    s3.put_object(Bucket=bucket, Key=LABEL_KEY, Body=label_line(MARKER, [MARKER]).encode())
    assert failed(split_capture(queued(created(bucket, CAPTURE_KEY)))) == []
    assert failed(split_ground_truth(queued(created(bucket, LABEL_KEY)))) == []
    assert [entry["records"] for entry in log.lines] == [1, 1]
    assert MARKER not in log.stream.getvalue()


def test_every_line_about_an_object_has_the_id_of_its_event_or_message(
    split_capture: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    other = created(bucket, CAPTURE_KEY) | {"id": "another-event"}
    missing = created(bucket, CAPTURE_KEY + ".missing") | {"id": "a-third"}
    split_capture(
        queued(
            created(bucket, CAPTURE_KEY),
            notified(bucket, CAPTURE_KEY, CAPTURE_KEY),
            "no event",
            other,
            missing,
        )
    )
    assert [(entry["level"], entry["correlation_id"]) for entry in log.lines] == [
        ("INFO", EVENT_ID),
        ("INFO", "m1"),
        ("INFO", "m1"),
        ("ERROR", "m2"),
        ("INFO", "another-event"),
        ("ERROR", "a-third"),
    ]


def test_direct_events_are_followed_by_their_id_or_the_request(
    split_capture: Function, log: Log, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    split_capture(created(bucket, CAPTURE_KEY))
    split_capture(notified(bucket, CAPTURE_KEY))
    ids = [entry["correlation_id"] for entry in log.lines]
    assert ids == [EVENT_ID, Context.aws_request_id]


def test_failures_count_as_such_and_zeros_are_counted_too(
    split_ground_truth: Function, s3: S3Client, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event = queued(created(bucket, LABEL_KEY))
    assert failed(split_ground_truth(event)) == ["m0"]
    nothing = {"ObjectsSplit": 0, "ObjectsFailed": 1, "RecordsPrepared": 0, "RecordsRejected": 0}
    assert metrics_in(capsys.readouterr().out) == nothing
    s3.put_object(Bucket=bucket, Key=LABEL_KEY, Body=LABELS)
    assert failed(split_ground_truth(event)) == []
    assert metrics_in(capsys.readouterr().out)["RecordsRejected"] == 0
