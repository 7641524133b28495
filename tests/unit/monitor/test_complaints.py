"""Errors of the outside world are told as what is wrong, where, and what to do."""

from __future__ import annotations

import errno

import duckdb
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
)

from inference_records.configuration import BadConfiguration
from monitor.complaints import complaint

ARROW = "When listing objects under key 'a/b' in bucket 'data': AWS Error {} during ListObjectsV2"
TOLD: list[tuple[BaseException, str]] = [
    (NoCredentialsError(), "there are no AWS credentials"),
    (ProfileNotFound(profile="work"), "work"),
    (EndpointConnectionError(endpoint_url="http://s3"), "S3 cannot be reached"),
    (ClientError({"Error": {"Code": "ExpiredToken"}}, "GetObject"), "they may have expired"),
    (OSError(ARROW.format("NO_SUCH_BUCKET")), "s3://data/a/b: there is no such bucket"),
    (OSError(ARROW.format("NETWORK_CONNECTION")), "s3://data/a/b: S3 cannot be reached"),
    (OSError("ListObjectsV2 on s3://data/a failed: NoSuchBucket"), "s3://data/a: there is no such"),
    (OSError("GetObject on s3://data/a failed: PermanentRedirect"), "lies in another region"),
    (OSError(errno.ENOSPC, "No space left on device", "/out/x"), "/out/x: the disk is full"),
    (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
    (PermissionError(errno.EACCES, "Permission denied", "/out"), "/out: it may not be read"),
    (IsADirectoryError(errno.EISDIR, "Is a directory", "/out"), "/out: it is a folder"),
    (MemoryError(), "choose a shorter range"),
    (duckdb.IOException("No space left on device"), "the disk is full"),
    (duckdb.InvalidInputException("No magic bytes found at end of file '/p/x.parquet'"),
     "/p/x.parquet is no Parquet file"),
    (BadConfiguration("monitor.json: `$.treshold` is unknown"), "`$.treshold` is unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "told"), TOLD, ids=lambda item: str(item)[:40])
def test_what_can_be_mended_is_a_sentence(error: BaseException, told: str) -> None:
    text = complaint(error)
    assert text is not None
    assert told in text
    assert "[Errno" not in text


def test_what_the_engine_says_of_our_own_query_is_a_defect() -> None:
    assert complaint(duckdb.BinderException("no column named recordindex")) is None
