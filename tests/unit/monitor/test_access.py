"""What S3 denied, told so that it can be mended."""

from __future__ import annotations

import pytest

from monitor.access import AccessDenied, explained

SAID = (
    "User: arn:aws:sts::111122223333:assumed-role/monitor/monitor is not authorized to perform: "
    's3:ListBucket on resource: "arn:aws:s3:::data"'
)
# As Arrow 25 words them; the last as DuckDB passes it on.
DENIED = {
    "s3:ListBucket on s3://data/monitors/churn/": (
        "When listing objects under key 'monitors/churn/' in bucket 'data': "
        f"AWS Error ACCESS_DENIED during ListObjectsV2 operation: {SAID}"
    ),
    "s3:PutObject on s3://data/reports/churn/verdicts.json": (
        "When initiating multiple part upload for key 'reports/churn/verdicts.json' in bucket "
        f"'data': AWS Error ACCESS_DENIED during CreateMultipartUpload operation: {SAID}"
    ),
    "s3:GetObject on s3://data/monitors/churn/constraints.json": (
        "When reading information for key 'monitors/churn/constraints.json' in bucket 'data': "
        "AWS Error ACCESS_DENIED during HeadObject operation: No response body."
    ),
    "s3:GetObject on s3://data/prepared/predictions/endpoint=churn/a.parquet": (
        "Invalid Input Error: reading the stream registered as 'predictions' failed: IOError: When "
        "reading information for key 'prepared/predictions/endpoint=churn/a.parquet' in bucket "
        "'data': AWS Error ACCESS_DENIED during HeadObject operation: No response body."
    ),
    "s3:ListBucket on s3://data/": (
        "When testing for existence of bucket 'data': "
        "AWS Error ACCESS_DENIED during HeadBucket operation: No response body."
    ),
}


@pytest.mark.parametrize("kind", [OSError, RuntimeError])
@pytest.mark.parametrize(("told", "text"), DENIED.items(), ids=DENIED)
def test_a_denied_access_names_the_action_the_address_and_where_to_allow_it(
    told: str, text: str, kind: type[Exception]
) -> None:
    with pytest.raises(AccessDenied) as raised, explained():
        raise kind(text)
    assert str(raised.value).startswith(f"{told} is denied: allow it to the role")
    assert str(raised.value).endswith((SAID, "No response body."))


def test_what_was_explained_is_not_explained_again() -> None:
    error = AccessDenied(next(iter(DENIED.values())))
    with pytest.raises(AccessDenied) as raised, explained():
        raise error
    assert raised.value is error


def test_other_errors_are_as_they_were() -> None:
    error = OSError("AWS Error SLOW_DOWN during GetObject operation: wait")
    with pytest.raises(OSError, match="SLOW_DOWN") as raised, explained():
        raise error
    assert raised.value is error
