"""What a person is asked at deployment: described, grouped, and contradicted in time."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.template.resolving import TEMPLATE

PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]
INTERFACE = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
LINE_OF_A_CONSOLE = 4000


def test_every_parameter_is_described_and_labelled_and_shown_in_one_group() -> None:
    grouped = [name for group in INTERFACE["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(PARAMETERS)
    assert sorted(INTERFACE["ParameterLabels"]) == sorted(PARAMETERS)
    assert all(len(body["Description"]) < LINE_OF_A_CONSOLE for body in PARAMETERS.values())


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_default_and_refuses_nonsense(name: str) -> None:
    body = PARAMETERS[name]
    assert "Default" in body, "sam deploy works without an answer"
    limits = ("AllowedValues", "AllowedPattern", "MinValue")
    assert any(limit in body for limit in limits)
    if "AllowedPattern" in body:
        assert re.search(body["AllowedPattern"], body["Default"])
    if "AllowedValues" not in body:
        assert body["ConstraintDescription"].startswith("must ")


@pytest.mark.parametrize("name", ["CapturePrefix", "GroundTruthPrefix"])
@pytest.mark.parametrize("own", ["prepared", "rejected", "monitors", "ledger", "reports"])
def test_what_comes_in_does_not_lie_among_what_the_stack_writes(name: str, own: str) -> None:
    body = PARAMETERS[name]
    assert not re.search(body["AllowedPattern"], f"{own}/in/")
    assert f"{own}/" in body["ConstraintDescription"]


@pytest.mark.parametrize("rule", TEMPLATE["Rules"])
def test_a_rule_says_what_to_do(rule: str) -> None:
    for assertion in TEMPLATE["Rules"][rule]["Assertions"]:
        text = assertion["AssertDescription"]
        assert text.endswith(".")
        assert re.search(r"Choose|Name|Leave", text)
        assert any(name in text for name in PARAMETERS)


@pytest.mark.parametrize(
    ("mapping", "parameter"), [("Windows", "WindowMinutes"), ("Delays", "EvaluationDelayMinutes")]
)
def test_a_mapping_has_a_row_for_each_allowed_value(mapping: str, parameter: str) -> None:
    allowed = PARAMETERS[parameter]["AllowedValues"]
    assert [str(value) for value in allowed] == list(TEMPLATE["Mappings"][mapping])
    assert all(first < second for first, second in pairwise(allowed))


def test_windows_divide_the_day() -> None:
    assert all(24 * 60 % minutes == 0 for minutes in PARAMETERS["WindowMinutes"]["AllowedValues"])
