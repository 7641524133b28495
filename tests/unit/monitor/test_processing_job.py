"""The request that starts a processing job, as SageMaker's own model of it has it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.places import Places, WindowRun
from monitor.processing_job import BadStackName, JobSettings, job_name, processing_job
from monitor.sizing import Choice
from monitor.windows import Window

from .rows import HOUR, NINE, ONE_HOUR

SAGEMAKER = boto3.client(
    "sagemaker", "eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing"
)
# Stubber checks types and required members; the model has patterns and lengths that it does not.
SHAPES = SAGEMAKER.meta.service_model
NAME_PATTERN = re.compile(SHAPES.shape_for("ProcessingJobName").metadata["pattern"])
RUN = WindowRun("churn", ONE_HOUR)
PLACES = Places("s3://data", "prepared/", "reports/", "monitors/", "ledger/")
ENVIRONMENT = RUN.environment(PLACES, "monitor", "arn:aws:sns:eu-central-1:111122223333:topic")
IMAGE = f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/monitor@sha256:{'0a' * 32}"
PLAIN = JobSettings(
    "monitor", "eu-central-1", "arn:aws:iam::111122223333:role/job", "auto", 30, 3600
)
ONE = Choice("duckdb", "ml.m5.large", "ml.m5.large", volume_gb=40)
CLUSTER = Choice("spark", "4 x ml.m5.4xlarge", "ml.m5.4xlarge", hosts=4, volume_gb=200)
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d"
SETTINGS = {
    "plain": PLAIN,
    "with a key": replace(PLAIN, kms_key_arn=KEY),
    "in a network": replace(PLAIN, subnets=("subnet-0a", "subnet-0b"), security_groups=("sg-0a",)),
    "with a key in a network": replace(
        PLAIN, kms_key_arn=KEY, subnets=("subnet-0a",), security_groups=("sg-0a", "sg-0b")
    ),
}
names = st.from_regex(r"[a-zA-Z0-9](-?[a-zA-Z0-9]){0,62}", fullmatch=True).filter(
    lambda name: len(name) <= 63
)
stacks = st.from_regex(r"[a-zA-Z][-a-zA-Z0-9]{0,38}", fullmatch=True)
digests = st.from_regex(r"[0-9a-f]{8}[12]?", fullmatch=True)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("choice", [ONE, CLUSTER], ids=["one machine", "a cluster"])
def test_the_request_is_valid_and_says_what_was_set(settings: JobSettings, choice: Choice) -> None:
    request = processing_job(settings, RUN, "monitor-churn-1", IMAGE, ENVIRONMENT, choice)
    with Stubber(SAGEMAKER) as stubber:
        answer = {
            "ProcessingJobArn": "arn:aws:sagemaker:eu-central-1:111122223333:processing-job/x"
        }
        stubber.add_response("create_processing_job", answer, cast("dict[str, object]", request))
        SAGEMAKER.create_processing_job(**request)
    cluster = request["ProcessingResources"]["ClusterConfig"]
    assert (cluster["InstanceCount"], cluster["InstanceType"]) == (
        choice.hosts,
        choice.instance_type,
    )
    assert cluster["VolumeSizeInGB"] == choice.volume_gb
    assert cluster.get("VolumeKmsKeyId") == settings.kms_key_arn
    assert request["ProcessingOutputConfig"].get("KmsKeyId") == settings.kms_key_arn
    # What goes between hosts has records in it.
    encrypted = request["NetworkConfig"]["EnableInterContainerTrafficEncryption"]
    assert encrypted is (choice is CLUSTER)
    network = request["NetworkConfig"].get("VpcConfig")
    if settings.subnets:
        assert network == {
            "Subnets": list(settings.subnets),
            "SecurityGroupIds": list(settings.security_groups),
        }
    else:
        assert network is None


def test_reports_are_uploaded_from_where_the_job_is_told_to_write_them() -> None:
    request = processing_job(PLAIN, RUN, "monitor-churn-1", IMAGE, ENVIRONMENT, ONE)
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["LocalPath"] == request["Environment"]["output_path"]
    assert output["S3Output"]["S3Uri"] == "s3://data/reports/churn/2026/11/20/09"
    assert "ProcessingInputs" not in request, "the job reads S3 itself"
    assert request["AppSpecification"] == {"ImageUri": IMAGE}
    others = {name: text for name, text in ENVIRONMENT.items() if name != "output_path"}
    assert others.items() <= request["Environment"].items()


@settings(deadline=None)
@given(stacks, names, digests)
def test_a_name_is_valid_and_begins_with_the_stacks(stack: str, endpoint: str, digest: str) -> None:
    name = job_name(stack, WindowRun(endpoint, ONE_HOUR), digest)
    assert NAME_PATTERN.fullmatch(name)
    assert len(name) <= 63
    assert name.startswith(f"{stack}-")
    assert name.endswith(f"-202611200900-{digest}")


@settings(deadline=None)
@given(stacks, names, digests, digests)
def test_other_inputs_are_another_job(stack: str, endpoint: str, one: str, other: str) -> None:
    run = WindowRun(endpoint, ONE_HOUR)
    assert (job_name(stack, run, one) == job_name(stack, run, other)) is (one == other)
    later = WindowRun(endpoint, Window(NINE + HOUR, NINE + 2 * HOUR))
    assert job_name(stack, run, one) != job_name(stack, later, one)


def test_a_name_reads_as_what_it_is() -> None:
    assert job_name("monitor", RUN, "0a1b2c3d") == "monitor-churn-202611200900-0a1b2c3d"


def test_a_job_over_a_range_is_named_and_reports_by_its_newest_window() -> None:
    run = WindowRun("churn", Window(NINE - 24 * HOUR, NINE + HOUR), HOUR)
    assert job_name("monitor", run, "0a1b2c3d") == "monitor-churn-202611200900-0a1b2c3d"
    told = run.environment(PLACES, "monitor", "arn:aws:sns:eu-central-1:111122223333:topic")
    request = processing_job(PLAIN, run, "monitor-churn-1", IMAGE, told, ONE)
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == "s3://data/reports/churn/2026/11/20/09"
    assert request["Environment"]["window_seconds"] == "3600"
    assert request["Environment"]["start_time"] == "2026-11-19T09:00:00Z"


def test_a_stack_whose_name_leaves_no_room_is_refused() -> None:
    digest = "0a1b2c3d"
    assert job_name("s" * 41, RUN, digest) == f"{'s' * 41}-202611200900-{digest}"
    with pytest.raises(BadStackName, match=r"has a name of 42 characters; .* room for 41"):
        job_name("s" * 42, RUN, digest)
