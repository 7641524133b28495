"""What CloudFormation is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from monitor.own_image import answer, is_custom_resource, own_image, own_image_soon, put

URL = "https://cloudformation-custom-resource-response.s3.amazonaws.com/x?signature=y"
IMAGE = f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/monitor@sha256:{'0a' * 32}"
LAMBDA = boto3.client(
    "lambda", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
GET = "get_function"
FOUND = {"Code": {"ImageUri": "monitor:latest", "ResolvedImageUri": IMAGE}}
NAMED = {"FunctionName": "monitor"}


def request(kind: str, **others: str) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": URL,
        "StackId": "arn:aws:cloudformation:eu-central-1:111122223333:stack/monitor/1",
        "RequestId": "r-1",
        "LogicalResourceId": "MonitorImage",
        "ResourceType": "Custom::MonitorImage",
        **others,
    }


def answered(event: dict[str, Any], image: Callable[[], str]) -> dict[str, Any]:
    sent: list[tuple[str, bytes]] = []
    answer(event, image, "2026/11/20/[1]abc", lambda url, body: sent.append((url, body)))
    ((url, body),) = sent
    assert url == URL
    assert len(body) <= 4096
    found: dict[str, Any] = json.loads(body)
    names = ("StackId", "RequestId", "LogicalResourceId")
    assert {name: found[name] for name in names} == {name: event[name] for name in names}
    return found


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_image_is_told(kind: str) -> None:
    found = answered(request(kind), lambda: IMAGE)
    assert (found["Status"], found["Data"]) == ("SUCCESS", {"ImageUri": IMAGE})
    assert found["PhysicalResourceId"] == "monitor-image"


def test_a_resource_keeps_its_name() -> None:
    found = answered(request("Update", PhysicalResourceId="before"), lambda: IMAGE)
    assert found["PhysicalResourceId"] == "before"


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetFunction"),
        KeyError("ResolvedImageUri"),
        RuntimeError("something else"),
    ],
)
def test_whatever_goes_wrong_is_answered_with_the_reason(error: Exception) -> None:
    def image() -> str:
        raise error

    found = answered(request("Create"), image)
    assert found["Status"] == "FAILED"
    assert found["Reason"].startswith(type(error).__name__)
    assert "2026/11/20/[1]abc" in found["Reason"]
    assert "Data" not in found


def test_to_delete_nothing_is_asked() -> None:
    def image() -> str:
        raise AssertionError("asked")

    found = answered(request("Delete", PhysicalResourceId="monitor-image"), image)
    assert found["Status"] == "SUCCESS"


def test_only_cloudformation_asks_so() -> None:
    assert is_custom_resource(request("Create"))
    assert not is_custom_resource({"time": "2026-11-20T09:00:00Z"})


def test_the_image_is_the_one_with_a_digest() -> None:
    with Stubber(LAMBDA) as stubber:
        stubber.add_response(GET, FOUND, NAMED)
        assert own_image(LAMBDA, "monitor") == IMAGE


def test_a_permission_is_waited_for() -> None:
    pauses: list[float] = []
    with Stubber(LAMBDA) as stubber:
        for _ in range(3):
            stubber.add_client_error(GET, "AccessDeniedException")
        stubber.add_response(GET, FOUND, NAMED)
        assert own_image_soon(LAMBDA, "monitor", pauses.append) == IMAGE
    assert len(pauses) == 3


def test_a_permission_that_never_comes_is_told_in_time() -> None:
    pauses: list[float] = []
    with Stubber(LAMBDA) as stubber:
        for _ in range(100):
            stubber.add_client_error(GET, "AccessDeniedException")
        with pytest.raises(ClientError, match="AccessDenied"):
            own_image_soon(LAMBDA, "monitor", pauses.append)
    assert sum(pauses) < 300, "the template's ServiceTimeout"


def test_another_error_is_not_waited_for() -> None:
    with Stubber(LAMBDA) as stubber:
        stubber.add_client_error(GET, "ResourceNotFoundException")
        with pytest.raises(ClientError, match="NotFound"):
            own_image_soon(LAMBDA, "monitor", lambda _: pytest.fail("waited"))


def test_the_answer_goes_over_https_only() -> None:
    with pytest.raises(ValueError, match="not https"):
        put("file:///etc/passwd", b"{}")
