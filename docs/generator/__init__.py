"""The parts of docs/ that are made from the code: `make docs` writes them, a test compares them.

A document is made whole, or is written by hand and has parts between two comments that are made.
It lies here and not in the monitor's package because it needs the tools of the development
environment, and the image needs none of it.
"""

from __future__ import annotations

import re
from pathlib import Path

from docs.generator import (
    command_line,
    configuration,
    cost_tables,
    join,
    machines,
    metrics,
    parameters,
)
from inference_records.configuration import json_schema
from monitor import cli_documents
from monitor.reports import to_json

DOCS = Path(__file__).parents[1]
_PART = re.compile(r"(<!-- made: (?P<name>[a-z-]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


class UnknownPart(ValueError):
    """A document asks for a part that nothing makes."""


def documents() -> dict[str, bytes]:
    """File name to content."""
    return {
        "command-line.md": _with_parts("command-line.md"),
        "command-line.schema.json": to_json(cli_documents.json_schema()),
        "metrics.md": metrics.document().encode(),
        "monitor.schema.json": to_json(json_schema()),
        "configuration.md": _with_parts("configuration.md"),
        "cost.md": _with_parts("cost.md"),
        "data.md": _with_parts("data.md"),
        "sizing.md": _with_parts("sizing.md"),
    }


def _with_parts(name: str) -> bytes:
    """A document with its made parts put in anew; what is written by hand stays."""
    parts = {"settings": configuration.settings(json_schema())}
    parts |= parameters.parts() | cost_tables.parts() | join.parts()
    parts |= machines.parts() | command_line.parts()

    def made(match: re.Match[str]) -> str:
        if match["name"] not in parts:
            raise UnknownPart(f"docs/{name}: nothing makes {match['name']!r}")
        return f"{match[1]}\n{parts[match['name']]}\n{match[3]}"

    return _PART.sub(made, (DOCS / name).read_text()).encode()
