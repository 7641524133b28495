"""A deployed monitor on the embedded S3: its function, its jobs, and its schedule's container."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

from inference_records.configuration import Configuration
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.locations import Location
from monitor.raw_files import prepare
from monitor.windows import Window, iso
from tests.unit.template.resolving import MODEL_MONITOR, Deployment

from . import storage
from .captured import HOUR, NINE, capture_line, capture_path, write
from .jobs import Services

MARKER = "zq4111zq"
TICK = NINE + 2 * HOUR + timedelta(minutes=5)
"""With the template's delay of an hour, the first at which the window from nine is due."""


class Context:
    """What Lambda passes beside the event."""

    function_name = "monitor"
    function_version = "$LATEST"
    memory_limit_in_mb = 3008
    invoked_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:monitor"
    log_stream_name = "2026/11/20/[1]abc"

    def __init__(self) -> None:
        self.aws_request_id = str(uuid4())

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 900_000


@dataclass(frozen=True)
class Deployed:
    """A stack with a bucket, a topic with somebody who listens, and a metrics namespace."""

    bucket: str
    root: Path
    topic: str
    heard: str
    services: Services

    @property
    def s3(self) -> Any:
        return storage.client()

    def variables(self, **parameters: str) -> dict[str, str]:
        """The function's environment."""
        told = Deployment({"DataBucketName": self.bucket, **parameters}).variables(
            "MonitorFunction"
        )
        own = {"NOTIFICATION_TOPIC_ARN": self.topic, "POWERTOOLS_METRICS_NAMESPACE": self.bucket}
        # Lambda sets the region.
        return told | own | {"AWS_REGION": os.environ["AWS_DEFAULT_REGION"]}

    def schedule(self, endpoint: str = "churn") -> dict[str, str]:
        """The environment of the schedule's jobs: SageMaker's own, and what the template adds."""
        given = {"DataBucketName": self.bucket, **MODEL_MONITOR, "ModelMonitorEndpoint": endpoint}
        properties = Deployment(given).resources["MonitorSchedule"]["Properties"]
        definition = properties["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
        return {
            **definition["Environment"],
            "notification_topic_arn": self.topic,
            "metrics_namespace": self.bucket,
            "dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointOutput"]}}',
            "dataset_source": str(self.root / "data-capture"),
            "start_time": iso(NINE),
            "end_time": iso(NINE + HOUR),
            "sagemaker_endpoint_name": endpoint,
            "sagemaker_monitoring_schedule_name": properties["MonitoringScheduleName"],
            "publish_cloudwatch_metrics": "Enabled",
        }

    def upload(self, folder: Path, prefix: str) -> None:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                key = f"{prefix}{path.relative_to(folder)}"
                self.s3.upload_file(str(path), self.bucket, key)

    def put(self, key: str, document: object) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(document).encode())

    def prepare(self) -> None:
        """Split what was captured, as the other functions of the stack do."""
        with ExitStack() as resources:
            found, _ = prepare(
                Location.of(str(self.root / "data-capture")),
                Location.of(str(self.root / "ground-truth")),
                Configuration(),
                resources,
            )
            self.upload(Path(found.location.path), "prepared/")
        # Uploading, they are named at random.
        self.upload(self.root / "ground-truth", "ground-truth/")

    def keys(self, prefix: str) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def reports(self, endpoint: str = "churn", hour: datetime = NINE) -> dict[str, bytes]:
        """The reports of a window, but for the time when it was judged."""
        prefix = f"reports/{endpoint}/{hour:%Y/%m/%d/%H}/"
        return {
            key.removeprefix(prefix): without_time(
                self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            )
            for key in self.keys(prefix)
            if key.endswith(".json")
        }

    def pages(self, endpoint: str = "churn") -> set[str]:
        """The pages of an endpoint and of its windows."""
        return {key for key in self.keys(f"reports/{endpoint}/") if key.endswith(".html")}

    def versions(self, endpoint: str = "churn") -> dict[datetime, list[Version]]:
        """The versions of each window by its start, in order."""
        ledger = Ledger(Location.of(f"s3://{self.bucket}/ledger"), endpoint)
        found: dict[datetime, list[Version]] = {}
        for version in ledger.versions(NINE - 24 * HOUR, NINE + 24 * HOUR):
            found.setdefault(version.window.start, []).append(version)
        return found

    def pending(self, endpoint: str = "churn") -> list[Window]:
        """Windows that are to be judged by the next run, or when they are due."""
        ledger = Ledger(Location.of(f"s3://{self.bucket}/ledger"), endpoint)
        return sorted(ledger.progress().pending)

    def hold_back(self, name: str) -> Callable[[], None]:
        """Take prepared labels away; what is returned has them arrive."""
        (key,) = (key for key in self.keys("prepared/ground-truth/") if name in key)
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        self.s3.delete_object(Bucket=self.bucket, Key=key)
        return lambda: self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def remove(self, prefix: str) -> None:
        for key in self.keys(prefix):
            self.s3.delete_object(Bucket=self.bucket, Key=key)

    def told(self) -> list[str]:
        """The subjects that the topic's listener heard since the last time."""
        sqs, found = boto3.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for item in batch:
                found.append(json.loads(item["Body"])["Subject"])
                sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=item["ReceiptHandle"])
        return found

    def datapoints(self, metric: str, **dimensions: str) -> float:
        """How many datapoints of a metric CloudWatch has."""
        found = boto3.client("cloudwatch").get_metric_statistics(
            Namespace=self.bucket,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=NINE - HOUR,
            EndTime=NINE + 24 * HOUR,
            Period=3600,
            Statistics=["SampleCount"],
        )
        return sum(point["SampleCount"] for point in found["Datapoints"])


def deployed(bucket: str, root: Path, services: Services) -> Deployed:
    """A stack, and a queue that listens to its topic."""
    services.clear()
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    heard = sqs.create_queue(QueueName=f"heard-{uuid4()}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name=f"topic-{uuid4()}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return Deployed(bucket, root, topic, heard, services)


def handler() -> Any:
    """The function after a cold start with the environment of now."""
    module = importlib.import_module("monitor.handler")
    return importlib.reload(module)


def without_time(body: bytes) -> bytes:
    """A report without what differs by run: when it was judged, and by what."""
    return re.sub(rb'("(?:evaluation_time|machine)": )"[^"]+"', rb"\1null", body)


def captured(root: Path, endpoint: str = "churn", hours: tuple[int, ...] = (0, 1)) -> None:
    """Two variants, of which green is wrong more often; the labels of the last request come late.

    Every value of the payload that is a text has the marker in it.
    """
    for hour in hours:
        start = NINE + hour * HOUR
        labels = []
        for variant, wrong in (("blue", 1), ("green", 3)):
            lines = []
            for number in range(10):
                event = f"{endpoint}-{variant}-{hour}-{number}"
                said = [
                    {"predicted_label": f"{MARKER}-{int(number >= wrong)}", "probability": p}
                    for p in (0.1 + number / 20, 0.15 + number / 20)
                ]
                time_ = start + timedelta(minutes=5 * number)
                lines.append(capture_line(event, said, time_, request=[{"x": MARKER}] * 2))
                labels += [
                    json.dumps({"inferenceId": event, "recordIndex": index, "label": label})
                    for index, label in enumerate((f"{MARKER}-1", f"{MARKER}-{number % 2}"))
                ]
            path = capture_path(root / "data-capture", start, endpoint, variant)
            write(path, lines, start + HOUR)
        folder = root / "ground-truth" / endpoint
        for name, rows, at in (
            ("labels", labels[:-2], start + HOUR),
            ("late", labels[-2:], start + 2 * HOUR),
        ):
            write(folder / f"{at:%Y/%m/%d/%H}" / f"{hour}-{name}.jsonl", rows, at)


def contained(environment: dict[str, str], root: Path) -> subprocess.CompletedProcess[str]:
    """The package as the image starts it, with a root of its own, and the report below it."""
    # A job has the region that its environment names, and no other.
    given = {name: value for name, value in os.environ.items() if not name.endswith("_REGION")}
    everything = {
        **given,
        **environment,
        "monitor_root": str(root),
        "output_path": str(root / "report"),
    }
    command = [sys.executable, "-m", "monitor"]
    return subprocess.run(
        command, env=everything, capture_output=True, text=True, check=False, timeout=120
    )


def written(root: Path) -> dict[str, bytes]:
    """The reports of a run of the container, but for the time when it was judged."""
    return {
        str(path.relative_to(root / "report")): without_time(path.read_bytes())
        for path in (root / "report").rglob("*.json")
    }
