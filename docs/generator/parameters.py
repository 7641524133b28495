"""The stack's parameters, what it refuses, and its outputs, from template.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml

from docs.generator.markdown import code, table

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


def parts() -> dict[str, str]:
    """Name of the part to its text."""
    template = cfn_yaml.load(str(TEMPLATE))
    return {
        "parameters": "\n\n".join(_groups(template)),
        "rules": "\n".join(_rules(template)),
        "outputs": _outputs(template),
    }


def _groups(template: Mapping[str, Any]) -> Iterator[str]:
    """A table for each group that the console shows."""
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    known = template["Parameters"]
    for group in interface["ParameterGroups"]:
        rows = [_row(name, known[name]) for name in group["Parameters"]]
        heads = ("Parameter", "Default", "Allowed", "What it is")
        yield f"### {group['Label']['default']}\n\n{table(heads, rows)}"


def _row(name: str, parameter: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return (
        code(name), code(str(parameter.get("Default", ""))), _allowed(parameter),
        str(parameter["Description"]),
    )  # fmt: skip


def _allowed(parameter: Mapping[str, Any]) -> str:
    if "AllowedValues" in parameter:
        return ", ".join(code(str(value)) for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    return str(parameter.get("ConstraintDescription", "")).removeprefix("must be ")


def _rules(template: Mapping[str, Any]) -> Iterator[str]:
    for rule in template.get("Rules", {}).values():
        for assertion in rule["Assertions"]:
            yield f"- {' '.join(assertion['AssertDescription'].split())}"


def _outputs(template: Mapping[str, Any]) -> str:
    rows = [(code(name), body["Description"]) for name, body in template["Outputs"].items()]
    return table(("Output", "What it is"), rows)
