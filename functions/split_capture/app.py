"""Captured object arrives -> one row per inference record, as Parquet."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference_records.object_worker import Prefixes, Worker
from inference_records.partitions import parse_capture_key
from inference_records.split import split_capture

logger = Logger()
metrics = Metrics()
s3 = boto3.client("s3")


def _endpoint(key: str) -> str:
    where = parse_capture_key(key)
    return where.endpoint if where is not None else ""


worker = Worker(
    s3=s3,
    prefixes=Prefixes.from_environment(os.environ),
    endpoint_of=_endpoint,
    split=split_capture,
    logger=logger,
    metrics=metrics,
)


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point: an S3 event, direct, through EventBridge, or in messages of a queue."""
    return worker.handle(event)
