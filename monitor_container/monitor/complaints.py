"""An error of the outside world -> a sentence for a person: what is wrong, where, what to do."""

from __future__ import annotations

import errno
import re

import botocore.exceptions as aws
import duckdb
import pyarrow as pa

from monitor.access import AccessDenied, explanation
from monitor.failures import USER_ERRORS

FORESEEN = (
    *USER_ERRORS,
    aws.BotoCoreError,
    aws.ClientError,
    duckdb.Error,
    MemoryError,
    pa.ArrowInvalid,
)
"""What may be a person's to mend; `complaint` knows whether it is."""

_CREDENTIALS = (
    aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError,
    aws.TokenRetrievalError, aws.SSOError, aws.ProfileNotFound, aws.UnauthorizedSSOTokenError,
)  # fmt: skip
_NO_CREDENTIALS = (
    "there are no AWS credentials: name a profile (AWS_PROFILE, `aws configure`), or set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
_UNREACHABLE = (aws.EndpointConnectionError, aws.ConnectionError, aws.HTTPClientError)
# Arrow's words, and ours for boto3's: where it happened, and S3's code.
_S3 = re.compile(
    r"(?:key '(?P<key>[^']*)' in )?bucket '(?P<bucket>[^']*)': AWS Error (?P<code>\w+)|"
    r"on s3://(?P<other>\S*) failed: (?P<told>\w+)"
)
_CODES = {
    "NO_SUCH_BUCKET": "there is no such bucket: look at its name, the account and the region",
    "NETWORK_CONNECTION": "S3 cannot be reached: look at the network, the region and, if it is "
    "set, AWS_ENDPOINT_URL",
    "SLOW_DOWN": "S3 is busy: try again later",
}
_BAD_KEYS = (
    "AWS does not accept the credentials: `aws sts get-caller-identity` shows which they are; they "
    "may have expired"
)
_CODES |= {"NoSuchBucket": _CODES["NO_SUCH_BUCKET"], "SlowDown": _CODES["SLOW_DOWN"]}
_CODES |= dict.fromkeys(
    ("INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "INVALID_CLIENT_TOKEN_ID",
     "UNRECOGNIZED_CLIENT", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
     "InvalidToken", "ExpiredTokenException"),
    _BAD_KEYS,
)  # fmt: skip
_CODES |= dict.fromkeys(
    ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
    "the bucket lies in another region: set AWS_DEFAULT_REGION to it",
)
_PARQUET = re.compile(r"(?:[Ff]ile '|file ')(?P<file>[^']+\.parquet)'|(?P<word>[Pp]arquet)")
_OF_DISKS = {
    errno.ENOSPC: "the disk is full: make room, or choose another --output (or TMPDIR)",
    errno.EDQUOT: "the quota of the disk is used up: make room, or choose another --output",
    errno.EACCES: "it may not be read or written by this user: look at its owner and rights",
    errno.EPERM: "it may not be read or written by this user: look at its owner and rights",
    errno.EROFS: "it cannot be written: the disk is mounted for reading only",
    errno.EISDIR: "it is a folder, and a file is wanted",
    errno.ENOTDIR: "part of the path is a file, and a folder is wanted",
    errno.EEXIST: "it is a file, and a folder is wanted",
    errno.ENAMETOOLONG: "the name is too long",
}


def complaint(error: BaseException) -> str | None:
    """The sentence; None for a defect of ours, which only looks like an error of others."""
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return "there is not enough memory: choose a shorter range by --start and --end"
    if isinstance(error, duckdb.Error | pa.ArrowInvalid):
        return _of_engine(str(error))
    if isinstance(error, aws.BotoCoreError | aws.ClientError):
        return _of_aws(error)
    if isinstance(error, OSError):
        return _of_files(error)
    return str(error)


def _of_engine(text: str) -> str | None:
    """What the engine says of files; anything else that it says is ours."""
    text = text.partition("\n\nLINE ")[0]
    if (denied := explanation(text)) is not None:
        return denied
    if (found := _of_s3(text)) is not None:
        return found
    if "No space left on device" in text:
        return f"{_OF_DISKS[errno.ENOSPC]}. The engine said: {text}"
    where = _PARQUET.search(text)
    if where is None:
        return None
    name = where["file"] or "a file of the prepared records"
    return f"{name} is no Parquet file, or was cut short: write it again, or remove it ({text})"


def _of_aws(error: aws.BotoCoreError | aws.ClientError) -> str:
    if isinstance(error, _CREDENTIALS):
        return f"{_NO_CREDENTIALS} ({error})"
    if isinstance(error, _UNREACHABLE):
        return f"{_CODES['NETWORK_CONNECTION']} ({error})"
    if isinstance(error, aws.ClientError):
        told = _CODES.get(error.response["Error"]["Code"])
        return f"{told} ({error})" if told else str(error)
    return f"AWS cannot be asked: {error}"


def _of_files(error: OSError) -> str:
    text = str(error)
    if isinstance(error, AccessDenied) or error.errno is None:
        return _of_s3(text) or text
    if (told := _of_s3(text)) is not None:
        return told
    told = _OF_DISKS.get(error.errno)
    if told is None:
        return text
    return told if error.filename is None else f"{error.filename}: {told}"


def _of_s3(text: str) -> str | None:
    """S3's own error, wherever it is told; None if there is none that is known."""
    found = _S3.search(text)
    told = _CODES.get(found["code"] or found["told"]) if found else None
    if found is None or told is None:
        return None
    where = found["other"] or "/".join(filter(None, (found["bucket"], found["key"])))
    return f"s3://{where.rstrip('/')}: {told}"
