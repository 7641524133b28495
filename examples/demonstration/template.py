"""What template.yaml says of the two functions, so that the demo runs them as they are deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped] # it ships no types

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Wiring:
    """One function: its code, its environment, and the way of events to it."""

    code: Path
    environment: dict[str, str]
    event_pattern: dict[str, Any]
    batch_size: int
    most_receives: int


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # a base without types
    """Reads CloudFormation's short forms: `!Ref X` as {"Ref": "X"}, `!If [..]` as {"If": [..]}."""


def _short_form(loader: _Loader, name: str, node: Any) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _short_form)


def read_wiring(function: str, bucket: str) -> Wiring:
    """The wiring of a function where the application is deployed with its own bucket."""
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506 - safe
    resources = template["Resources"]
    known = {name: body.get("Default") for name, body in template["Parameters"].items()}
    known |= {"DataBucket": bucket}
    properties = _resolve(resources[function]["Properties"], known)
    common = _resolve(template["Globals"]["Function"], known)["Environment"]["Variables"]
    (event,) = properties["Events"].values()
    queue = event["Properties"]["Queue"]["GetAtt"].partition(".")[0]
    return Wiring(
        code=ROOT / properties["CodeUri"] / "app.py",
        environment={**common, **properties["Environment"]["Variables"]},
        event_pattern=_resolve(_rule_into(queue, resources)["EventPattern"], known),
        batch_size=event["Properties"]["BatchSize"],
        most_receives=resources[queue]["Properties"]["RedrivePolicy"]["maxReceiveCount"],
    )


def _rule_into(queue: str, resources: Mapping[str, Any]) -> dict[str, Any]:
    for body in resources.values():
        if body["Type"] != "AWS::Events::Rule":
            continue
        targets = [target["Arn"] for target in body["Properties"]["Targets"]]
        if {"GetAtt": f"{queue}.Arn"} in targets:
            return dict(body["Properties"])
    raise LookupError(f"no rule of template.yaml has {queue} for its target")


def _resolve(node: Any, known: Mapping[str, Any]) -> Any:
    """The node with the parameters' defaults in place, and every condition taken for true."""
    if isinstance(node, list):
        return [_resolve(item, known) for item in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"Ref"}:
        return known.get(node["Ref"], node["Ref"])
    if node.keys() == {"If"}:
        return _resolve(node["If"][1], known)
    return {name: _resolve(value, known) for name, value in node.items()}
