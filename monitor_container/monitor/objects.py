"""S3 by its own API, for what Arrow's filesystem lacks: ETags, and writes on a condition."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from monitor.access import AccessDenied, denied

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# As many connections as there are ever threads that fetch.
_PATIENCE = Config(retries={"mode": "standard", "total_max_attempts": 8}, max_pool_connections=32)
# S3 answers the first where the condition fails, the second while another write is under way:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html.
_LOST = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
_GONE = frozenset({"NoSuchKey", "404"})
_DENIED = frozenset({"AccessDenied", "403"})


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as a listing tells of it."""

    key: str
    changed_at: datetime
    size: int
    etag: str


def region_in(environment: Mapping[str, str]) -> str | None:
    """The region that an environment names; boto3 by itself ignores AWS_REGION, which jobs have."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")


def stored(bucket: str, prefix: str, after: str = "") -> Iterator[Stored]:
    """Every object below a prefix, in order of key; a page is asked for only if it is needed."""
    pages = _s3().get_paginator("list_objects_v2")
    try:
        for page in pages.paginate(Bucket=bucket, Prefix=prefix, StartAfter=after):
            for item in page.get("Contents", ()):
                etag = item["ETag"].strip('"')
                yield Stored(item["Key"], item["LastModified"].astimezone(UTC), item["Size"], etag)
    except ClientError as error:
        raise _explained(error, "ListObjectsV2", bucket, prefix) from error


def has_bucket(bucket: str) -> bool:
    """Whether there is such a bucket; one that may not be asked about may well be there."""
    try:
        _s3().head_bucket(Bucket=bucket)
    except ClientError as error:
        return error.response["Error"]["Code"] not in ("404", "NoSuchBucket")
    return True


def fetch(bucket: str, key: str) -> tuple[bytes, str] | None:
    """An object and its ETag, in one request; None if it is not there."""
    try:
        found = _s3().get_object(Bucket=bucket, Key=key)
        return found["Body"].read(), found["ETag"].strip('"')
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE | {"NoSuchBucket"}:
            return None
        raise _explained(error, "GetObject", bucket, key) from error


def write(bucket: str, key: str, body: bytes, content_type: str | None = None) -> None:
    """Write an object in the place of what is there."""
    _put(bucket, key, body, {} if content_type is None else {"ContentType": content_type})


def create(bucket: str, key: str, body: bytes) -> bool:
    """Write an object that is not there yet; False if it is there."""
    return _put(bucket, key, body, {"IfNoneMatch": "*"})


def replace(bucket: str, key: str, body: bytes, etag: str) -> bool:
    """Write over an object that still is what it was; False if it is not."""
    return _put(bucket, key, body, {"IfMatch": f'"{etag}"'})


def _put(bucket: str, key: str, body: bytes, more: dict[str, str]) -> bool:
    try:
        _s3().put_object(Bucket=bucket, Key=key, Body=body, **more)  # type: ignore[arg-type]
    except ClientError as error:
        if error.response["Error"]["Code"] in _LOST | _GONE:
            return False
        raise _explained(error, "PutObject", bucket, key) from error
    return True


def _explained(error: ClientError, operation: str, bucket: str, key: str) -> Exception:
    told = error.response["Error"]
    if told["Code"] not in _DENIED:
        return OSError(f"{operation} on s3://{bucket}/{key} failed: {told['Code']}")
    return AccessDenied(denied(operation, bucket, key, told.get("Message", "")))


def _s3() -> S3Client:
    names = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    return _client(tuple(os.environ.get(name) for name in names))


@cache
def _client(_environment: tuple[str | None, ...]) -> S3Client:
    """One client for each environment: a client costs more than a request."""
    return boto3.client("s3", region_name=region_in(os.environ), config=_PATIENCE)
