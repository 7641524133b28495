"""The clients of AWS by which a window is told; each is made when it is first needed."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from monitor.objects import region_in

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

# A network without a way to a service must not use up the time in which the others are told.
_PATIENCE = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
)


class Clients:
    """SNS, EventBridge and CloudWatch, in the region that the environment names."""

    @cached_property
    def sns(self) -> SNSClient:
        return boto3.client("sns", region_name=region_in(os.environ), config=_PATIENCE)

    @cached_property
    def events(self) -> EventBridgeClient:
        return boto3.client("events", region_name=region_in(os.environ), config=_PATIENCE)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        return boto3.client("cloudwatch", region_name=region_in(os.environ), config=_PATIENCE)
