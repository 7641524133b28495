"""Ground truth arrives -> one row per label, as Parquet."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference_records.configuration import Configuration
from inference_records.object_worker import Prefixes, Worker
from inference_records.partitions import ground_truth_endpoint
from inference_records.split import Source, Split, split_ground_truth

logger = Logger()
metrics = Metrics()
tracer = Tracer()
s3 = boto3.client("s3")
prefix = os.environ["GROUND_TRUTH_PREFIX"]


def _endpoint(key: str) -> str:
    return ground_truth_endpoint(key, prefix)


def _split(source: Source, configuration: Configuration) -> Split:
    return split_ground_truth(source, _endpoint(source.key), configuration)


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
