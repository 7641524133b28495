"""What docs/ says is what the code does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import orjson
import pytest
from botocore import xform_name
from cfnlint.decode import cfn_yaml

from docs.generator import documents
from docs.generator.configuration import settings
from docs.generator.cost import (
    ALARM_METRICS,
    FUNCTION_METRICS,
    SIZES,
    Prices,
    Size,
    metrics_of_a_variant,
    monthly,
    window,
)
from inference_records.configuration import json_schema, parse_configuration

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
MADE = (
    "command-line.md", "command-line.schema.json", "metrics.md", "monitor.schema.json",
    "configuration.md", "cost.md", "data.md", "sizing.md",
)  # fmt: skip
PACKAGES = (
    ROOT / "layers/inference_records/inference_records",
    ROOT / "monitor_container/monitor",
)
TEMPLATE = cfn_yaml.load(str(ROOT / "template.yaml"))
SESSION = botocore.session.Session()
# Of the command line itself, or of its own commands that are no operation of a service.
GLOBAL_OPTIONS = {"--output", "--query", "--cli-binary-format", "--cli-read-timeout"}
OWN_COMMANDS = {("s3", "cp"), ("s3", "ls"), ("logs", "tail")}
# The command line's own name for an option that would hide a global one.
RENAMED = {("sns", "subscribe"): {"--notification-endpoint"}}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """The code blocks of a page, also those within a list."""
    pattern = rf"^( *)```(?:{'|'.join(languages)})\n(.*?)^ *```$"
    for match in re.finditer(pattern, page.read_text(), re.DOTALL | re.MULTILINE):
        yield match[2]


def anchors(page: Path) -> set[str]:
    """What a link may name of a page, as GitHub makes it of its headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return documents()


@pytest.mark.parametrize("name", MADE)
def test_documents_made_from_the_code_are_up_to_date(made: dict[str, bytes], name: str) -> None:
    assert (DOCS / name).read_bytes() == made[name], "run `make docs`"


def test_all_that_is_made_is_compared(made: dict[str, bytes]) -> None:
    assert set(made) == set(MADE)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_walk_through_the_architecture_passes_every_room(package: Path) -> None:
    walk = (DOCS / "architecture.md").read_text()
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert not {module for module in modules if f"`{module}`" not in walk}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        found = page.parent / name if name else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_every_alarm_has_its_section() -> None:
    named = {
        section
        for text in re.findall(r"docs/operations\.md, section ([^.]+)\.", _text_of(TEMPLATE))
        for section in [" ".join(text.split())]
    }
    assert named, "the descriptions of alarms name sections"
    titles = set(re.findall(r"^## (.+)$", (DOCS / "operations.md").read_text(), re.MULTILINE))
    assert not named - titles


@each_page
def test_named_outputs_and_resources_of_the_stack_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(r"\$\(output (\w+)\)", text)) <= set(TEMPLATE["Outputs"])
    assert set(re.findall(r"\$\(resource (\w+)\)", text)) <= set(TEMPLATE["Resources"])


@each_page
def test_shown_commands_of_aws_exist(page: Path) -> None:
    for block in blocks(page, "bash", "console"):
        for service, operation, options in commands(block):
            if (service, operation) in OWN_COMMANDS:
                continue
            assert not options - known_options(service, operation), f"aws {service} {operation}"


def commands(block: str) -> Iterator[tuple[str, str, set[str]]]:
    """Service, operation and options of each `aws` command of a shell's script."""
    for line in block.replace("\\\n", " ").splitlines():
        for part in re.split(r"(?=\baws [a-z0-9]+ )", line):
            if part.startswith("aws "):
                outer = part.partition(')"')[0] if "$(" not in part else part
                words = shlex.split(outer.replace("$(", "").replace(")", ""), comments=True)
                yield words[1], words[2], {word for word in words[3:] if word.startswith("--")}


def known_options(service: str, operation: str) -> set[str]:
    model = SESSION.get_service_model(service.removesuffix("api"))
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    members = shape.members if shape is not None else {}
    own = {f"--{xform_name(name, '-')}" for name in members}
    return own | GLOBAL_OPTIONS | RENAMED.get((service, operation), set())


def test_examples_of_monitor_json_are_valid() -> None:
    examples = list(blocks(DOCS / "configuration.md", "json"))
    assert examples
    for example in examples:
        jsonschema.validate(orjson.loads(example), json_schema())
        parse_configuration(example.encode())


def test_the_reference_has_fields_of_objects_wherever_they_are_allowed() -> None:
    inner = {
        "title": "Inner",
        "type": "object",
        "properties": {
            "size": {"type": "integer", "minimum": 1, "description": "how | large"},
            "again": {"$ref": "#/$defs/Inner"},
        },
        "required": ["size"],
    }
    reference = {"$ref": "#/$defs/Inner"}
    choice = {"anyOf": [{"enum": ["all"]}, reference, {"type": "null"}], "default": None}
    table = settings(
        {
            "properties": {"choice": choice, "list": {"type": "array", "items": reference}},
            "$defs": {"Inner": inner},
        }
    )
    assert table.splitlines()[2:] == [
        '| `choice` | `"all"` or object |  |  |',
        "| `choice.size` | whole number, at least 1 | required | how \\| large |",
        "| `choice.again` | object |  |  |",
        "| `list` | list of (object) |  |  |",
        "| `list[].size` | whole number, at least 1 | required | how \\| large |",
        "| `list[].again` | object |  |  |",
    ]


def test_every_parameter_of_the_stack_is_in_the_reference() -> None:
    reference = (DOCS / "configuration.md").read_text()
    assert not {name for name in TEMPLATE["Parameters"] if f"| `{name}` |" not in reference}


def test_the_bill_counts_the_metrics_of_the_alarms() -> None:
    alarms = [r for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    # One of two exists: the clock's own, or that of SageMaker's schedule.
    either = sum("Condition" in alarm for alarm in alarms) // 2
    looked_at = sum(map(_metrics_looked_at, alarms)) - either
    assert looked_at == ALARM_METRICS


def _metrics_looked_at(alarm: dict[str, Any]) -> int:
    metrics = alarm["Properties"].get("Metrics")
    return 1 if metrics is None else sum("MetricStat" in metric for metric in metrics)


def test_the_bill_is_what_its_formula_says() -> None:
    size = Size(
        "", 1, 1.0, 0.0, "Lambda", horizon_hours=0, lookback_hours=0, correction_hours=0,
        monitor_gb=1.0,
    )  # fmt: skip
    bill = monthly(size)
    # 1 million records of 1,415 bytes a day; 97 MB/s to split, 75 MB/s to fetch, 1,769 MB.
    seconds = 1415 * (730 / 24) * (1 / 97 + 1 / 75)
    assert bill["splitters"] == pytest.approx(seconds * 1769 / 1024 * 0.0000166667)
    assert bill["monitor"] == pytest.approx(730 * (3 + 4.2 / 24) * 0.0000166667)
    assert bill["alarms, dashboard"] == pytest.approx(ALARM_METRICS * 0.1 + 3)
    assert bill["CloudWatch metrics"] == pytest.approx(
        (metrics_of_a_variant() + FUNCTION_METRICS) * 0.3 + 730 * 0.00001
    )


def test_a_job_costs_its_start() -> None:
    size = replace(SIZES[0], horizon_hours=1, lookback_hours=1, correction_hours=1)
    assert window(size, "Processing") > 180 / 3600 * 0.05 > window(size, "Lambda")


def test_prices_are_the_readers_own_to_change() -> None:
    dearer = monthly(SIZES[0], Prices(metric=0.6))
    assert dearer["CloudWatch metrics"] > 1.9 * monthly(SIZES[0])["CloudWatch metrics"]


def _text_of(node: Any) -> str:
    if isinstance(node, dict):
        return "\n".join(map(_text_of, node.values()))
    if isinstance(node, list):
        return "\n".join(map(_text_of, node))
    return str(node)
