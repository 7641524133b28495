"""The edge that both functions share: event -> objects from S3 -> split -> objects to S3.

An object that fails is reported to the queue, which retries it and then dead-letters it; the other
objects of the event go on.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

from inference_records import partitions
from inference_records.arrivals import (
    Arrival,
    UnknownEvent,
    arrivals,
    correlation_id,
    event_in_message,
    is_queue_event,
)
from inference_records.configuration import Configuration, parse_configuration
from inference_records.failures import ObjectFailed, told
from inference_records.split import Source, Split

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONFIGURATION_SECONDS = 60
_SPOOL_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Where things lie in the bucket; each ends with a slash."""

    prepared: str
    rejected: str
    monitors: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Prefixes:
        """Raises `KeyError` that names the missing variable."""
        names = ("PREPARED_PREFIX", "REJECTED_PREFIX", "MONITORS_PREFIX")
        return cls(*(environment[name].rstrip("/") + "/" for name in names))


@dataclass(slots=True)
class Worker:
    """Splits the objects of events with one splitter; keeps settings of endpoints for a minute."""

    s3: S3Client
    prefixes: Prefixes
    endpoint_of: Callable[[str], str]
    split: Callable[[Source, Configuration], Split]
    logger: Logger
    metrics: Metrics
    tracer: Tracer
    clock: Callable[[], float] = time.monotonic
    _settings: dict[tuple[str, str], tuple[float, Configuration]] = field(default_factory=dict)

    def handle(self, event: Mapping[str, Any], request_id: str) -> dict[str, list[dict[str, str]]]:
        """Split what arrived; the answer names the messages that failed, for the queue."""
        if not is_queue_event(event):
            self._process_all(event, request_id)
            return {"batchItemFailures": []}
        failed = [
            {"itemIdentifier": record["messageId"]}
            for record in event["Records"]
            if not self._succeeds(record)
        ]
        return {"batchItemFailures": failed}

    def _succeeds(self, record: Mapping[str, Any]) -> bool:
        message = record["messageId"]
        self.logger.set_correlation_id(message)
        try:
            self._process_all(event_in_message(record["body"]), message)
        except (ObjectFailed, UnknownEvent) as error:
            self.logger.error(f"{error}", message_id=message)
            self._count(failed=1)
            return False
        return True

    def _process_all(self, event: Mapping[str, Any], carrier: str) -> None:
        self.logger.set_correlation_id(correlation_id(event, carrier))
        for arrival in arrivals(event):
            self._process(arrival)

    def _process(self, arrival: Arrival) -> None:
        """Raises only what may be logged: Lambda and X-Ray record the text of what leaves here."""
        name = f"s3://{arrival.bucket}/{arrival.key}"
        with self.tracer.provider.in_subsegment("## object"):
            self.tracer.put_annotation("object", name)
            try:
                self._split_and_store(arrival)
            except Exception as error:  # noqa: BLE001 - raised again, without its text
                raise told(name, error) from None

    def _split_and_store(self, arrival: Arrival) -> None:
        configuration = self._configuration(arrival)
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
            source = self._fetch(arrival, cast(IO[bytes], spool))
            with self.split(source, configuration) as split:
                self._store(arrival, split)
                self._report(arrival, split)

    def _fetch(self, arrival: Arrival, spool: IO[bytes]) -> Source:
        answer = self.s3.get_object(Bucket=arrival.bucket, Key=arrival.key)
        shutil.copyfileobj(answer["Body"], spool, 1 << 20)
        return Source(arrival.key, answer["LastModified"], spool)

    def _configuration(self, arrival: Arrival) -> Configuration:
        endpoint = self.endpoint_of(arrival.key)
        key = self.prefixes.monitors + partitions.configuration_key(endpoint)
        known = self._settings.get((arrival.bucket, key))
        if known is not None and self.clock() - known[0] < _CONFIGURATION_SECONDS:
            return known[1]
        configuration = Configuration()
        if self._exists(arrival.bucket, key):
            document = self.s3.get_object(Bucket=arrival.bucket, Key=key)["Body"].read()
            configuration = parse_configuration(document, f"s3://{arrival.bucket}/{key}")
        self._settings[arrival.bucket, key] = (self.clock(), configuration)
        return configuration

    def _exists(self, bucket: str, key: str) -> bool:
        """Asked by listing: reading a key that is not there may be answered with 403."""
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        return any(item["Key"] == key for item in found.get("Contents", []))

    def _store(self, arrival: Arrival, split: Split) -> None:
        """Each object appears whole or not at all; what an earlier attempt wrote is overwritten."""
        for key, body in (split.prepared | split.set_aside).items():
            self.s3.upload_fileobj(body, arrival.bucket, self.prefixes.prepared + key)
        for key in split.stale:
            self.s3.delete_object(Bucket=arrival.bucket, Key=self.prefixes.prepared + key)
        key = self.prefixes.rejected + partitions.rejected_key(arrival.key)
        if split.rejected is not None:
            self.s3.upload_fileobj(split.rejected, arrival.bucket, key)
        else:  # an earlier attempt, before the settings were mended, may have left one
            self.s3.delete_object(Bucket=arrival.bucket, Key=key)

    def _report(self, arrival: Arrival, split: Split) -> None:
        self._count(split=1, prepared=split.records, rejected=split.records_rejected)
        self.logger.info(
            "object split",
            bucket=arrival.bucket,
            key=arrival.key,
            records=split.records,
            rejected=split.records_rejected,
            reasons=dict(split.reasons),
            requests_unread=split.understanding.requests_unread,
            prepared=list(split.prepared),
            set_aside=list(split.set_aside),
        )

    def _count(
        self, *, split: int = 0, failed: int = 0, prepared: int = 0, rejected: int = 0
    ) -> None:
        """Zeros, too: an alarm over a share needs both its numbers in every period."""
        self.metrics.add_metric("ObjectsSplit", MetricUnit.Count, split)
        self.metrics.add_metric("ObjectsFailed", MetricUnit.Count, failed)
        self.metrics.add_metric("RecordsPrepared", MetricUnit.Count, prepared)
        self.metrics.add_metric("RecordsRejected", MetricUnit.Count, rejected)
