"""Captured object arrives -> one row per inference record, as Parquet."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference_records.configuration import Configuration
from inference_records.feature_hashing import hash_key
from inference_records.object_worker import Prefixes, Worker
from inference_records.partitions import parse_capture_key
from inference_records.split import Source, Split, split_capture

logger = Logger()
metrics = Metrics()
tracer = Tracer()
s3 = boto3.client("s3")
secret = os.environ.get("FEATURE_HASH_KEY_SECRET_ARN", "")


def _endpoint(key: str) -> str:
    where = parse_capture_key(key)
    return where.endpoint if where is not None else ""


@cache
def _hash_key() -> bytes | None:
    """Read when the first configuration hashes features, and kept as long as this environment."""
    if not secret:
        return None
    found = boto3.client("secretsmanager").get_secret_value(SecretId=secret)
    return hash_key(found["SecretString"], secret)


def _split(source: Source, configuration: Configuration) -> Split:
    key = _hash_key() if configuration.kept_features.hash else None
    return split_capture(source, configuration, key)


worker = Worker(
    s3=s3,
    prefixes=Prefixes.from_environment(os.environ),
    endpoint_of=_endpoint,
    split=_split,
    logger=logger,
    metrics=metrics,
    tracer=tracer,
)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point: an S3 event, direct, through EventBridge, or in messages of a queue."""
    return worker.handle(event, context.aws_request_id)
