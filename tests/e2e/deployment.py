"""The application on the emulator: `sam deploy` of a copy of the built template.

The copy differs in what the emulator lacks and in how long a test can wait; `for_the_emulator` says
what that is, and nothing else does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped] # it ships no types

from tests.e2e.emulator import RIE_IN_CONTAINER, Emulator
from tests.e2e.world import HOST, IMAGE, ROOT, SAM, run

STACK = "bpm-e2e"
MONITOR_IMAGE = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/{IMAGE}"
PARAMETERS = {"MonitorRuntime": "Lambda", "WindowMinutes": "1", "EvaluationDelayMinutes": "0"}
VISIBILITY_SECONDS = 30
RECEIVES = 4

Template = dict[str, Any]


def deploy(emulator: Emulator, proxy_port: int) -> dict[str, str]:
    """Deploys the built application; the outputs of its stack."""
    built = ROOT / ".aws-sam/build/template.yaml"
    template = for_the_emulator(yaml.safe_load(built.read_text()), f"http://{HOST}:{proxy_port}")
    # Beside the built one: its addresses of code are relative.
    copy = built.with_name("emulator.yaml")
    copy.write_text(json.dumps(template, default=str))
    known = template["Parameters"]
    given = [f"{name}={value}" for name, value in PARAMETERS.items() if name in known]
    run("docker", "tag", IMAGE, MONITOR_IMAGE)
    run(
        *(SAM, "deploy", "--config-file", ROOT / "samconfig.toml", "--no-confirm-changeset"),
        *("--template-file", copy, "--stack-name", STACK),
        *(("--parameter-overrides", *given) if given else ()),
        environment=emulator.environment,
    )
    return outputs(emulator)


def outputs(emulator: Emulator) -> dict[str, str]:
    stacks = emulator.session.client("cloudformation", endpoint_url=emulator.url)
    (stack,) = stacks.describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def for_the_emulator(template: Template, s3_url: str) -> Template:
    """A copy in which S3 is the proxy, queues are impatient, and what cannot be had is left out."""
    resources: dict[str, Any] = {
        name: body for name, body in template["Resources"].items() if not _is_metric_math(body)
    }
    for body in resources.values():
        properties = body.get("Properties", {})
        match body["Type"]:
            case "AWS::Serverless::Function":
                _function(properties, s3_url)
            case "AWS::SQS::Queue" if "RedrivePolicy" in properties:
                properties["VisibilityTimeout"] = VISIBILITY_SECONDS
                properties["RedrivePolicy"]["maxReceiveCount"] = RECEIVES
            case "AWS::Scheduler::Schedule":
                # The emulator does not know <aws.scheduler.scheduled-time>; what it sends without
                # an input has the time under the same name.
                del properties["Target"]["Input"]
    return {**template, "Resources": resources}


def _is_metric_math(body: Mapping[str, Any]) -> bool:
    """The emulator refuses alarms on more than one metric."""
    return body["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in body["Properties"]


def _function(properties: dict[str, Any], s3_url: str) -> None:
    variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
    variables["AWS_ENDPOINT_URL_S3"] = s3_url
    # The emulator has no X-Ray, and the SDK complains of each segment.
    variables["POWERTOOLS_TRACE_DISABLED"] = "true"
    for event in properties.get("Events", {}).values():
        if event["Type"] == "SQS":
            # As many containers at once as there are processors.
            event["Properties"]["ScalingConfig"] = {"MaximumConcurrency": 2}
    if properties.get("PackageType") == "Image":
        properties["ImageUri"] = MONITOR_IMAGE
        # In Lambda the other side of the runtime interface is there already.
        started = properties["ImageConfig"]["EntryPoint"]
        properties["ImageConfig"]["EntryPoint"] = [RIE_IN_CONTAINER, *started]


def physical_name(emulator: Emulator, resource: str) -> str:
    """What a resource of the template is called in the stack."""
    stacks = emulator.session.client("cloudformation", endpoint_url=emulator.url)
    found = stacks.describe_stack_resource(StackName=STACK, LogicalResourceId=resource)
    name: str = found["StackResourceDetail"]["PhysicalResourceId"]
    return name


def built_template(name: str, change: Mapping[str, str]) -> Path:
    """A copy of the built template with variables of its own in every function."""
    built = ROOT / ".aws-sam/build/template.yaml"
    template = yaml.safe_load(built.read_text())
    template["Globals"]["Function"]["Environment"]["Variables"].update(change)
    copy = built.with_name(name)
    copy.write_text(json.dumps(template, default=str))
    return copy
