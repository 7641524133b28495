"""Fixtures of the integration tests: the real handlers, on the real S3 API of a moto server."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from cfnlint.decode import cfn_yaml

from tests.integration import storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[2]
STACK = "monitor-of-tests"
TEMPLATE = cfn_yaml.load(str(ROOT / "template.yaml"))


class Context:
    """What Lambda passes beside the event, as far as Powertools reads it."""

    function_name = "split"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:111122223333:function:split"
    aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"


class Function:
    """A function of the template after a cold start."""

    def __init__(self, name: str) -> None:
        properties = TEMPLATE["Resources"][name]["Properties"]
        self.module = _load(ROOT / properties["CodeUri"] / "app.py")

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.module.lambda_handler(event, Context())
        return answer


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cold_start_of_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def variables_of(function: str) -> dict[str, str]:
    """The environment that the template gives to a function, by default."""
    common = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    own = TEMPLATE["Resources"][function]["Properties"]["Environment"]["Variables"]
    return {name: _by_default(value) for name, value in {**common, **own}.items()}


def _by_default(value: Any) -> str:
    """What CloudFormation makes of a value in a stack without parameters of its own."""
    match value:
        case {"Ref": "AWS::StackName"}:
            return STACK
        case {"Ref": name}:
            return str(TEMPLATE["Parameters"][name]["Default"])
        case {"Fn::If": [condition, then, otherwise]}:
            one, other = map(_by_default, TEMPLATE["Conditions"][condition]["Fn::Equals"])
            return _by_default(then if one == other else otherwise)
    return str(value)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    """The address of a server that every AWS client of these tests finds by its environment."""
    with storage.embedded_s3() as address:
        yield address


@pytest.fixture
def s3(aws: str) -> S3Client:
    return storage.client()


@pytest.fixture
def bucket(s3: S3Client) -> str:
    """A bucket of the test's own."""
    name = f"data-{uuid4()}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name


def _cold_start(name: str, monkeypatch: pytest.MonkeyPatch) -> Function:
    for variable, value in variables_of(name).items():
        monkeypatch.setenv(variable, value)
    return Function(name)


@pytest.fixture
def split_capture(aws: str, monkeypatch: pytest.MonkeyPatch) -> Function:
    return _cold_start("SplitCaptureFunction", monkeypatch)


@pytest.fixture
def split_ground_truth(aws: str, monkeypatch: pytest.MonkeyPatch) -> Function:
    return _cold_start("SplitGroundTruthFunction", monkeypatch)
