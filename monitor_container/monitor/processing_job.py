"""A window that a processing job is to judge -> the request that starts the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.places import WindowRun
from monitor.sizing import Choice

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        CreateProcessingJobRequestTypeDef,
        NetworkConfigTypeDef,
        ProcessingClusterConfigTypeDef,
        ProcessingOutputConfigTypeDef,
    )

OUTPUT = "/opt/ml/processing/output"
_NAME_LENGTH = 63


class BadStackName(ValueError):
    """The stack's name leaves no room for that of a job."""


class JobFailed(RuntimeError):
    """Every attempt at a window failed, and nothing has changed since."""


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What all jobs of a stack have in common; keys and networks may be none."""

    stack: str
    region: str
    role_arn: str
    instance_type: str
    """What all jobs run on, or `auto`, or `none`: there are no jobs."""
    volume_gb: int
    """Of a disk, at least."""
    max_runtime_seconds: int
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    kms_key_arn: str | None = None
    spark_image: str | None = None
    """What clusters run; without it there are none."""


def job_name(stack: str, run: WindowRun, digest: str) -> str:
    """`STACK-ENDPOINT-yyyymmddhhmm-DIGEST`, cut to SageMaker's 63 characters at the endpoint.

    The stack's name stays whole: permissions and the rule on failed jobs go by it.
    """
    tail = f"{run.newest.start:%Y%m%d%H%M}-{digest}"
    room = _NAME_LENGTH - len(stack) - len(tail) - 2
    if room < -1:
        longest = _NAME_LENGTH - len(tail) - 1
        raise BadStackName(
            f"stack {stack} has a name of {len(stack)} characters; "
            f"processing jobs have room for {longest}: deploy it under a shorter name"
        )
    endpoint = run.endpoint[: max(room, 0)].rstrip("-")
    return "-".join(part for part in (stack, endpoint, tail) if part)


def processing_job(
    settings: JobSettings,
    run: WindowRun,
    name: str,
    image: str,
    environment: Mapping[str, str],
    choice: Choice,
) -> CreateProcessingJobRequestTypeDef:
    """The request of CreateProcessingJob."""
    return {
        "ProcessingJobName": name,
        "RoleArn": settings.role_arn,
        "AppSpecification": {"ImageUri": image},
        "Environment": {
            **environment,
            "output_path": OUTPUT,
            "AWS_DEFAULT_REGION": settings.region,
        },
        "ProcessingOutputConfig": _outputs(environment["report_s3_uri"], settings.kms_key_arn),
        "ProcessingResources": {"ClusterConfig": _cluster(settings, choice)},
        "StoppingCondition": {"MaxRuntimeInSeconds": settings.max_runtime_seconds},
        "NetworkConfig": _network(settings, choice),
        "Tags": [
            {"Key": "batch-payload-monitor:stack", "Value": settings.stack},
            {"Key": "batch-payload-monitor:endpoint", "Value": run.endpoint},
            {"Key": "batch-payload-monitor:window", "Value": environment["start_time"]},
        ],
    }


def _outputs(report: str, key: str | None) -> ProcessingOutputConfigTypeDef:
    """The report is output 0, where SDKs look for it."""
    found: ProcessingOutputConfigTypeDef = {
        "Outputs": [
            {
                "OutputName": "report",
                "S3Output": {"S3Uri": report, "LocalPath": OUTPUT, "S3UploadMode": "EndOfJob"},
            }
        ]
    }
    if key is not None:
        found["KmsKeyId"] = key
    return found


def _cluster(settings: JobSettings, choice: Choice) -> ProcessingClusterConfigTypeDef:
    found: ProcessingClusterConfigTypeDef = {
        "InstanceCount": choice.hosts,
        "InstanceType": choice.instance_type,  # type: ignore[typeddict-item]
        "VolumeSizeInGB": choice.volume_gb,
    }
    if settings.kms_key_arn is not None:
        found["VolumeKmsKeyId"] = settings.kms_key_arn
    return found


def _network(settings: JobSettings, choice: Choice) -> NetworkConfigTypeDef:
    network: NetworkConfigTypeDef = {
        # The job reads S3 itself.
        "EnableNetworkIsolation": False,
        # Between hosts go records.
        "EnableInterContainerTrafficEncryption": choice.hosts > 1,
    }
    if settings.subnets:
        network["VpcConfig"] = {
            "Subnets": list(settings.subnets),
            "SecurityGroupIds": list(settings.security_groups),
        }
    return network
