"""Arrow's filesystem over S3, as an environment leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlparse

import pyarrow.fs as pafs

from monitor.objects import region_in

# S3 answers 503 while it spreads a busy prefix; Arrow's own three attempts are soon over.
_PATIENCE = pafs.AwsStandardS3RetryStrategy(max_attempts=8)


def s3_filesystem(environment: Mapping[str, str]) -> pafs.S3FileSystem:
    """The filesystem of the account, or of the server that the environment names."""
    region = region_in(environment)
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    options: dict[str, str] = {"region": region} if region else {}
    if endpoint:
        parts = urlparse(endpoint)
        options |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    return pafs.S3FileSystem(retry_strategy=_PATIENCE, **options)
