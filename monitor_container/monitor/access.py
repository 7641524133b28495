"""What S3 denied, told so that it can be mended: the action, the address, and where to allow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# Arrow's words, also where the engine passes them on.
_DENIED = re.compile(
    r"(?:key '(?P<key>[^']*)' in )?bucket '(?P<bucket>[^']*)': "
    r"AWS Error ACCESS_DENIED during (?P<operation>\w+) operation: (?P<said>.*)",
    re.DOTALL,
)
_ACTIONS = {
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


class AccessDenied(PermissionError):
    """S3 denied an action; the message says which, on what, and where to allow it."""


def explanation(text: str) -> str | None:
    """What an error's text says of a denied access; None if it says nothing of one."""
    found = _DENIED.search(text)
    if found is None:
        return None
    return denied(found["operation"], found["bucket"], found["key"] or "", found["said"].strip())


def denied(operation: str, bucket: str, key: str, said: str) -> str:
    """Which action was denied on what, and where to allow it."""
    return (
        f"{_ACTIONS.get(operation, operation)} on s3://{bucket}/{key} is "
        "denied: allow it to the role that runs the monitor, in the role's policy, the bucket's "
        f"and that of the bucket's KMS key, if it has one. S3 said: {said}"
    )


@contextmanager
def explained() -> Iterator[None]:
    """Raise `AccessDenied` for whatever error says that S3 denied an access."""
    try:
        yield
    except AccessDenied:
        raise
    except Exception as error:
        if (text := explanation(str(error))) is None:
            raise
        raise AccessDenied(text) from error
