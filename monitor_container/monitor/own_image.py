"""The function's own image: told to CloudFormation, so that a monitoring schedule can run it.

`sam deploy` knows the image's address, and writes it into the function alone.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

log = logging.getLogger(__name__)

_SECONDS = 30
_ATTEMPTS, _PAUSE_SECONDS = 12, 5.0
Pause = Callable[[float], None]
Send = Callable[[str, bytes], None]


def own_image(client: LambdaClient, function_name: str) -> str:
    """The address of the image that the function runs, with its digest."""
    return client.get_function(FunctionName=function_name)["Code"]["ResolvedImageUri"]


def own_image_soon(client: LambdaClient, function_name: str, pause: Pause = time.sleep) -> str:
    """The same while a stack is being made: a permission takes seconds to come into force."""
    for _ in range(_ATTEMPTS):
        try:
            return own_image(client, function_name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            pause(_PAUSE_SECONDS)
    return own_image(client, function_name)


def is_custom_resource(event: Mapping[str, Any]) -> bool:
    """Whether CloudFormation asks, for `Custom::MonitorImage`."""
    return "RequestType" in event and "ResponseURL" in event


def answer(event: Mapping[str, Any], image: Callable[[], str], log_stream: str, send: Send) -> None:
    """Answer in every case: a stack that hears nothing hangs for an hour."""
    body: dict[str, Any] = {
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "PhysicalResourceId": event.get("PhysicalResourceId", "monitor-image"),
        "Status": "SUCCESS",
    }
    if event["RequestType"] != "Delete":
        try:
            body["Data"] = {"ImageUri": image()}
        except Exception as error:
            log.exception("the function's own image could not be found out")
            body["Status"] = "FAILED"
            body["Reason"] = f"{type(error).__name__}: {error}. See log stream {log_stream}"
    send(event["ResponseURL"], json.dumps(body).encode())


def put(url: str, body: bytes) -> None:
    """Send an answer to the address that CloudFormation gave, which is signed: it is not logged."""
    if not url.startswith("https://"):
        raise ValueError("CloudFormation's ResponseURL is not https")
    request = urllib.request.Request(  # noqa: S310 (the scheme was just checked)
        url, data=body, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
        log.info("answered CloudFormation: %s", response.status)
