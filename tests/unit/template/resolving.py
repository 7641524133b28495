"""template.yaml as CloudFormation sees it, for given parameters: no function is left in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).parents[3]
TEMPLATE = cfn_yaml.load(str(ROOT / "template.yaml"))
STACK, ACCOUNT, REGION = "batch-payload-monitor", "111122223333", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/monitor@sha256:{'0a' * 32}"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:NotificationTopic"

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
}
_ATTRIBUTES = {
    "MonitorImage.ImageUri": IMAGE,
    "JobRole.Arn": f"arn:aws:iam::{ACCOUNT}:role/JobRole",
}
_NOTHING = object()

PROCESSING: dict[str, str] = {}
LAMBDA = {"MonitorRuntime": "Lambda", "WindowMinutes": "5"}
WITHOUT_JOBS = LAMBDA | {"JobInstanceType": "none"}
SPARK_IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/monitor-spark:1.2"
MODEL_MONITOR = {"MonitorRuntime": "ModelMonitor", "ModelMonitorEndpoint": "churn"}
EVERYTHING = {
    "KmsKeyArn": KEY,
    "FeatureHashing": "Enabled",
    "JobSubnetIds": "subnet-0a,subnet-0b",
    "JobSecurityGroupIds": "sg-0a",
    "SparkImageUri": SPARK_IMAGE,
    "NotificationEmail": "team@example.com",
}
DEPLOYMENTS = {
    "processing": PROCESSING,
    "lambda": LAMBDA,
    "lambda without jobs": WITHOUT_JOBS,
    "model monitor": MODEL_MONITOR,
    "everything": EVERYTHING,
    "everything of model monitor": EVERYTHING | MODEL_MONITOR,
    "existing bucket": {"DataBucketName": "ours"},
}


@dataclass
class Deployment:
    """The resources that a stack with these parameters has, with plain values."""

    given: dict[str, str]
    resources: dict[str, dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.resources = {
            name: self.resolve(body)
            for name, body in TEMPLATE["Resources"].items()
            if self.holds(body.get("Condition"))
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of each resource of a type."""
        return {
            name: body.get("Properties", {})
            for name, body in self.resources.items()
            if body["Type"] == kind
        }

    def variables(self, function: str) -> dict[str, str]:
        """The environment of a function."""
        common = self.resolve(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
        own = self.resources[function]["Properties"]["Environment"]["Variables"]
        return {name: str(value) for name, value in {**common, **own}.items()}

    def holds(self, condition: str | None) -> bool:
        return condition is None or self._truth(TEMPLATE["Conditions"][condition])

    def _truth(self, node: dict[str, Any]) -> bool:
        ((name, operand),) = node.items()
        if name == "Fn::Not":
            return not self._truth(operand[0])
        if name == "Condition":
            return self.holds(operand)
        assert name == "Fn::Equals"
        first, second = (str(self.resolve(side)) for side in operand)
        return first == second

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [found for item in node if (found := self.resolve(item)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, operand),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), operand)
        resolved = {name: self.resolve(value) for name, value in node.items()}
        return {name: value for name, value in resolved.items() if value is not _NOTHING}

    def _function(self, name: str, operand: Any) -> Any:
        if name == "Ref":
            return self._reference(operand)
        if name == "GetAtt":
            attribute = ".".join(operand) if isinstance(operand, list) else operand
            return _ATTRIBUTES.get(attribute, attribute)
        if name == "Sub":
            return self._substitute(operand)
        if name == "If":
            condition, yes, no = operand
            return self.resolve(yes if self.holds(condition) else no)
        resolved = self.resolve(operand)
        if name == "Join":
            return resolved[0].join(resolved[1])
        if name == "Split":
            return resolved[1].split(resolved[0])
        if name == "Select":
            return resolved[1][int(resolved[0])]
        assert name == "FindInMap", name
        table, row, column = resolved
        return TEMPLATE["Mappings"][table][str(row)][str(column)]

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in TEMPLATE["Parameters"]:
            return self.given.get(name, TEMPLATE["Parameters"][name]["Default"])
        return {"NotificationTopic": TOPIC, **_PSEUDO}.get(name, name)

    def _substitute(self, operand: Any) -> str:
        text, own = operand if isinstance(operand, list) else (operand, {})

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in own:
                return str(self.resolve(own[name]))
            is_attribute = "." in name and not name.startswith("AWS::")
            return str(self._function("GetAtt" if is_attribute else "Ref", name))

        return re.sub(r"\$\{([^}]+)\}", value, text)


def statements(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statements of a policy, actions and resources always in lists."""
    for statement in document["Statement"]:
        yield {
            **statement,
            "Action": _listed(statement["Action"]),
            "Resource": _listed(statement.get("Resource", [])),
        }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
