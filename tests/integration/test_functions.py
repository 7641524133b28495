"""The deployed handlers against a real S3 API: events in, Parquet, rejections and metrics out."""

from __future__ import annotations

import errno
import gzip
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pyarrow.parquet as pq
import pytest

from inference_records.configuration import Configuration
from inference_records.split import Source, Split
from tests.integration.conftest import ROOT, STACK, Function

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

EVENTS = ROOT / "events"
DATA = Path(__file__).parents[1] / "data"
CAPTURE = (DATA / "capture.jsonl").read_bytes()
LABELS = (DATA / "labels.jsonl").read_bytes()
CAPTURE_KEY = "data-capture/churn/AllTraffic/2026/11/20/09/12-31-482-6f1c.jsonl"
LABEL_KEY = "ground-truth/churn/2026/11/20/10/labels.jsonl"
PREDICTIONS = "prepared/predictions/"
NO_METRICS = "ignore:No application metrics to publish"


def created(bucket: str, key: str) -> dict[str, Any]:
    """EventBridge's event for a new object."""
    event: dict[str, Any] = json.loads((EVENTS / "capture_created_eventbridge.json").read_bytes())
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"]["key"] = key
    return event


def queued(*bodies: object) -> dict[str, Any]:
    """Messages m0, m1, … of one batch of a queue."""
    (message,) = json.loads((EVENTS / "capture_created_sqs.json").read_bytes())["Records"]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    return {
        "Records": [message | {"messageId": f"m{i}", "body": text} for i, text in enumerate(texts)]
    }


def notified(bucket: str, *keys: str) -> dict[str, Any]:
    """S3's own notification, with its keys as it encodes them."""
    event: dict[str, Any] = json.loads((EVENTS / "capture_created_s3.json").read_bytes())
    (record,) = event["Records"]
    return {
        "Records": [
            record | {"s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in keys
        ]
    }


def keys_below(s3: S3Client, bucket: str, prefix: str = "") -> list[str]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for item in listed.get("Contents", [])]


def rows_below(s3: S3Client, bucket: str, prefix: str) -> list[dict[str, Any]]:
    keys = keys_below(s3, bucket, prefix)
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return [row for body in bodies for row in pq.read_table(io.BytesIO(body)).to_pylist()]


def metrics_in(output: str) -> dict[str, float]:
    """Sums of the metrics in the embedded metric format."""
    totals: dict[str, float] = {}
    for line in output.splitlines():
        document = json.loads(line)
        for definition in document.get("_aws", {}).get("CloudWatchMetrics", []):
            assert definition["Namespace"] == STACK
            assert definition["Dimensions"] == [["service"]]
            for metric in definition["Metrics"]:
                values = document[metric["Name"]]
                totals[metric["Name"]] = totals.get(metric["Name"], 0) + sum(values)
    return totals


def errors_in(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Message of the queue to what was logged of it."""
    logged = [record for record in caplog.records if record.levelname == "ERROR"]
    return {record.__dict__["message_id"]: record.getMessage() for record in logged}


def failed(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_capture_that_arrives_becomes_rows_at_its_hour(
    split_capture: Function, s3: S3Client, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    assert failed(split_capture(queued(created(bucket, CAPTURE_KEY)))) == []
    folder = "prepared/predictions/endpoint=churn/variant=AllTraffic/date=2026-11-20/hour=09/"
    aside = folder.replace("predictions", "set-aside")
    folders = [key.rsplit("/", 1)[0] + "/" for key in keys_below(s3, bucket, "prepared/")]
    assert folders == [folder, aside]
    rows = rows_below(s3, bucket, folder)
    assert [(r["inference_id"], r["record_index"], r["prediction"]) for r in rows] == [
        ("req-1", 0, "1"),
        ("req-1", 1, "0"),
        (None, 0, "1"),
        (None, 1, "0"),
        (None, 2, "1"),
    ]
    assert {row["source_key"] for row in rows} == {CAPTURE_KEY}
    (rejected,) = keys_below(s3, bucket, "rejected/")
    assert rejected == f"rejected/{CAPTURE_KEY}.jsonl"
    (line,) = s3.get_object(Bucket=bucket, Key=rejected)["Body"].read().splitlines()
    assert json.loads(line)["reason"] == "broken_json"
    (lost,) = rows_below(s3, bucket, aside)
    assert (lost["reason"], lost["records"], lost["source_key"]) == ("broken_json", 1, CAPTURE_KEY)
    assert metrics_in(capsys.readouterr().out) == {
        "ObjectsSplit": 1,
        "ObjectsFailed": 0,
        "RecordsPrepared": 5,
        "RecordsRejected": 1,
    }


def test_labels_that_arrive_become_rows_at_the_hour_of_their_key(
    split_ground_truth: Function, s3: S3Client, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = "ground-truth/2026/3/7/5/ground_truth.json"
    s3.put_object(Bucket=bucket, Key=LABEL_KEY, Body=gzip.compress(LABELS))
    s3.put_object(Bucket=bucket, Key=shared, Body=b'[{"InferenceId": "0", "label": 2}]')
    answer = split_ground_truth(queued(created(bucket, LABEL_KEY), created(bucket, shared)))
    assert failed(answer) == []
    root = "prepared/ground-truth/"
    rows = rows_below(s3, bucket, f"{root}endpoint=churn/date=2026-11-20/hour=10/")
    assert [(row["inference_id"], row["record_index"], row["label"]) for row in rows] == [
        ("req-1", 0, "1"),
        ("req-1", 1, "1"),
        ("event-2", 2, "0"),
    ]
    changed = s3.head_object(Bucket=bucket, Key=LABEL_KEY)["LastModified"]
    assert {row["arrived_at"] for row in rows} == {changed}
    (row,) = rows_below(s3, bucket, f"{root}endpoint=_shared/date=2026-03-07/hour=05/")
    assert (row["inference_id"], row["label"]) == ("0", "2")
    assert metrics_in(capsys.readouterr().out) == {
        "ObjectsSplit": 2,
        "ObjectsFailed": 0,
        "RecordsPrepared": 4,
        "RecordsRejected": 0,
    }


@pytest.mark.parametrize("way", ["bare", "direct", "queued", "direct and queued"])
def test_every_way_of_an_event_gives_the_same_objects(
    way: str, split_capture: Function, s3: S3Client, bucket: str
) -> None:
    key = "data-capture/churn/AllTraffic/2026/11/20/09/a b+c=é.jsonl"
    s3.put_object(Bucket=bucket, Key=key, Body=CAPTURE)
    direct = notified(bucket, "data-capture/churn/AllTraffic/2026/11/20/09/a+b%2Bc%3D%C3%A9.jsonl")
    event = {
        "bare": created(bucket, key),
        "direct": direct,
        "queued": queued(created(bucket, key)),
        "direct and queued": queued(direct),
    }[way]
    assert failed(split_capture(event)) == []
    assert len(rows_below(s3, bucket, "prepared/predictions/endpoint=churn/")) == 5
    assert keys_below(s3, bucket, "rejected/") == [f"rejected/{key}.jsonl"]


def test_an_object_delivered_twice_overwrites_its_own_result_with_the_same_bytes(
    split_capture: Function, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    found = []
    for _ in range(2):
        split_capture(queued(created(bucket, CAPTURE_KEY), created(bucket, CAPTURE_KEY)))
        found.append(
            {
                key: s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                for key in keys_below(s3, bucket)
            }
        )
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_only_the_messages_that_failed_are_named(
    split_capture: Function,
    s3: S3Client,
    bucket: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    unreadable = CAPTURE_KEY.replace("12-31", "13-00")
    for key, body in ((CAPTURE_KEY, CAPTURE), (unreadable, gzip.compress(CAPTURE)[:-20])):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    s3.put_object(Bucket=bucket, Key="data-capture/not-a-capture.jsonl", Body=CAPTURE)
    answer = split_capture(
        queued(
            created(bucket, unreadable),
            created(bucket, CAPTURE_KEY),
            created(bucket, CAPTURE_KEY + ".missing"),
            created(bucket, "data-capture/not-a-capture.jsonl"),
            created("no-such-bucket", CAPTURE_KEY),
            "this is no event",
            {"source": "aws.s3", "detail": {}},
            notified(bucket, CAPTURE_KEY, CAPTURE_KEY + ".missing"),
        )
    )
    assert failed(answer) == ["m0", "m2", "m3", "m4", "m5", "m6", "m7"]
    assert len(rows_below(s3, bucket, PREDICTIONS)) == 5
    assert metrics_in(capsys.readouterr().out)["ObjectsFailed"] == 7
    errors = errors_in(caplog)
    assert list(errors) == failed(answer)
    assert f"s3://{bucket}/{unreadable}: the gzip stream is broken" in errors["m0"]
    assert "NoSuchKey" in errors["m2"]
    assert "ENDPOINT/VARIANT" in errors["m3"]


@pytest.mark.filterwarnings(NO_METRICS)
@pytest.mark.parametrize("direct", [True, False])
def test_an_event_outside_a_queue_fails_as_a_whole(
    direct: bool, split_capture: Function, s3: S3Client, bucket: str
) -> None:
    key = CAPTURE_KEY + ".missing"
    with pytest.raises(RuntimeError, match=f"s3://{bucket}/{key}"):
        split_capture(notified(bucket, key) if direct else created(bucket, key))


@pytest.mark.filterwarnings(NO_METRICS)
def test_the_test_event_of_a_new_notification_is_ignored(split_capture: Function) -> None:
    event = json.loads((EVENTS / "s3_test_event_sqs.json").read_bytes())
    assert failed(split_capture(event)) == []


@pytest.mark.filterwarnings(NO_METRICS)
def test_an_event_that_is_not_of_s3_is_refused(split_capture: Function) -> None:
    with pytest.raises(ValueError, match="neither S3's nor EventBridge's"):
        split_capture({"source": "aws.ec2", "detail": {}})


def test_settings_are_read_and_mended_settings_remove_what_was_rejected(
    split_capture: Function, s3: S3Client, bucket: str
) -> None:
    sides = {
        "endpointInput": {"data": "a\n5\n6", "encoding": "CSV"},
        "endpointOutput": {"data": '[{"x": 3, "y": 7}, {"x": 4, "y": 8}]', "encoding": "JSON"},
    }
    metadata = {"eventId": "e", "inferenceTime": "2026-11-20T09:00:00Z"}
    body = json.dumps({"captureData": sides, "eventMetadata": metadata}).encode()
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=body)
    clock = iter(range(0, 10_000, 45))
    split_capture.module.worker.clock = lambda: next(clock)
    event = queued(created(bucket, CAPTURE_KEY))

    assert failed(split_capture(event)) == []
    (rejected,) = keys_below(s3, bucket, "rejected/")
    text = s3.get_object(Bucket=bucket, Key=rejected)["Body"].read()
    assert json.loads(text.splitlines()[0])["reason"] == "ambiguous_response"
    assert rows_below(s3, bucket, PREDICTIONS) == []
    assert len(rows_below(s3, bucket, "prepared/set-aside/")) == 1

    settings = {"response": {"prediction": "x"}, "features": "all"}
    s3.put_object(
        Bucket=bucket, Key="monitors/churn/monitor.json", Body=json.dumps(settings).encode()
    )
    for _ in range(2):  # what was read is kept for a minute
        split_capture(event)
    assert keys_below(s3, bucket, "rejected/") == []
    rows = rows_below(s3, bucket, PREDICTIONS)
    assert keys_below(s3, bucket, "prepared/set-aside/") == []
    assert [(row["prediction"], row["feature_a"]) for row in rows] == [("3", 5), ("4", 6)]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (b'{"response": {"prediction": true}}', "$.response.prediction"),
        (b'{"featurs": "all"}', "featurs"),
        (b"{", "monitor.json"),
        (b'{"response": {"records": "\xff"}}', "monitor.json"),
    ],
)
def test_broken_settings_fail_with_a_message_that_names_the_field(
    document: bytes,
    field: str,
    split_capture: Function,
    s3: S3Client,
    bucket: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    s3.put_object(Bucket=bucket, Key="monitors/churn/monitor.json", Body=document)
    other = CAPTURE_KEY.replace("churn", "fraud")
    s3.put_object(Bucket=bucket, Key=other, Body=CAPTURE)
    answer = split_capture(queued(created(bucket, CAPTURE_KEY), created(bucket, other)))
    assert failed(answer) == ["m0"]
    assert keys_below(s3, bucket, "prepared/predictions/endpoint=churn/") == []
    assert len(keys_below(s3, bucket, "prepared/predictions/endpoint=fraud/")) == 1
    error = errors_in(caplog)["m0"]
    assert f"s3://{bucket}/monitors/churn/monitor.json" in error
    assert field in error


def test_settings_name_the_columns_of_labels(
    split_ground_truth: Function, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=LABEL_KEY, Body=b"ref,truth\nr1,cat\n")
    event = queued(created(bucket, LABEL_KEY))
    assert failed(split_ground_truth(event)) == ["m0"]
    settings = {"ground_truth": {"inference_id": "ref", "label": "truth"}}
    s3.put_object(
        Bucket=bucket, Key="monitors/churn/monitor.json", Body=json.dumps(settings).encode()
    )
    split_ground_truth.module.worker.clock = lambda: 1e9
    assert failed(split_ground_truth(event)) == []
    (row,) = rows_below(s3, bucket, "prepared/ground-truth/")
    assert (row["inference_id"], row["label"]) == ("r1", "cat")


def test_payload_values_are_not_logged(
    split_capture: Function, s3: S3Client, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    secret = b'{"captureData": {"endpointOutput": {"data": "4111-1111-1111-1111"'
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=secret + b"\n" + CAPTURE)
    split_capture(queued(created(bucket, CAPTURE_KEY)))
    assert "object split" in caplog.text
    assert "4111" not in "".join(str(record.__dict__) for record in caplog.records)


def test_a_large_capture_is_read_through_a_file_and_written_in_parts(
    split_capture: Function, s3: S3Client, bucket: str
) -> None:
    line = (CAPTURE.splitlines()[0]) + b"\n"
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=line * 20_000)
    assert failed(split_capture(queued(created(bucket, CAPTURE_KEY)))) == []
    assert len(rows_below(s3, bucket, "prepared/")) == 40_000


def test_settings_that_no_longer_fit_leave_no_rows_of_an_earlier_reading(
    split_capture: Function, s3: S3Client, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    event = queued(created(bucket, CAPTURE_KEY))
    assert failed(split_capture(event)) == []
    (key,) = keys_below(s3, bucket, PREDICTIONS)
    settings = b'{"response": {"prediction": "no such column"}}'
    s3.put_object(Bucket=bucket, Key="monitors/churn/monitor.json", Body=settings)
    split_capture.module.worker.clock = lambda: 1e9
    assert failed(split_capture(event)) == []
    assert keys_below(s3, bucket, PREDICTIONS) == [key]
    assert rows_below(s3, bucket, PREDICTIONS) == []


def test_a_full_disk_fails_the_message_of_its_object_alone(
    split_capture: Function, s3: S3Client, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    worker = split_capture.module.worker
    split = worker.split

    def full(source: Source, configuration: Configuration) -> Split:
        if "fraud" in source.key:
            raise OSError(errno.ENOSPC, "No space left on device")
        found: Split = split(source, configuration)
        return found

    worker.split = full
    keys = [CAPTURE_KEY.replace("churn", "fraud"), CAPTURE_KEY]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=CAPTURE)
    assert failed(split_capture(queued(*(created(bucket, key) for key in keys)))) == ["m0"]
    assert "No space left" in errors_in(caplog)["m0"]
    assert len(rows_below(s3, bucket, PREDICTIONS)) == 5


@pytest.mark.parametrize("missing", ["PREPARED_PREFIX", "REJECTED_PREFIX", "MONITORS_PREFIX"])
def test_a_missing_variable_is_named_at_the_cold_start(
    missing: str, split_capture: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(KeyError, match=missing):
        Function("SplitCaptureFunction")


def test_hashed_features_need_the_key_that_the_stack_keeps(
    split_capture: Function,
    s3: S3Client,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = json.dumps({"features": {"hash": ["0"]}}).encode()
    s3.put_object(Bucket=bucket, Key="monitors/churn/monitor.json", Body=settings)
    s3.put_object(Bucket=bucket, Key=CAPTURE_KEY, Body=CAPTURE)
    event = queued(created(bucket, CAPTURE_KEY))
    assert failed(split_capture(event)) == ["m0"]
    assert "FeatureHashing=Enabled" in errors_in(caplog)["m0"]
    assert keys_below(s3, bucket, "prepared/") == []

    secrets = boto3.client("secretsmanager")
    secret = secrets.create_secret(Name=f"key-{bucket}", SecretString="k" * 64)["ARN"]
    monkeypatch.setenv("FEATURE_HASH_KEY_SECRET_ARN", secret)
    function = Function("SplitCaptureFunction")
    assert failed(function(event)) == []
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert failed(function(event)) == []  # the key is read once
    rows = rows_below(s3, bucket, PREDICTIONS)
    assert len(rows) == 5
    assert {len(row["feature_text_0"] or " " * 32) for row in rows} == {32}
    (row, *_) = keys_below(s3, bucket, "rejected/")
    text = s3.get_object(Bucket=bucket, Key=row)["Body"].read()
    assert json.loads(text)["text"] is None
