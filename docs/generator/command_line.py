"""Help and documents of the command line -> the reference in docs/command-line.md."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from typer.testing import CliRunner

from docs.generator.configuration import fields
from docs.generator.markdown import table
from monitor.cli import app
from monitor.cli_documents import DOCUMENTS, ErrorDocument, json_schema

# As wide as a terminal that nobody has made wider.
_WIDTH = 80


def parts() -> dict[str, str]:
    """The parts' names to their texts."""
    return {"commands": "\n\n".join(_commands()), "json-documents": "\n\n".join(_documents())}


def _commands() -> Iterator[str]:
    """What `--help` of each command prints."""
    for command in app.registered_commands:
        if command.callback is None:
            continue
        name = command.name or command.callback.__name__
        told = CliRunner().invoke(
            app,
            [name, "--help"],
            prog_name="python -m monitor",
            terminal_width=_WIDTH,
            env={"COLUMNS": str(_WIDTH)},
        )
        yield f"### {name}\n\n```text\n{told.stdout.strip()}\n```"


def _documents() -> Iterator[str]:
    schema = json_schema()
    described: list[tuple[str, type[Struct]]] = [
        (f"{name} --json", found) for name, found in DOCUMENTS.items()
    ]
    described.append(("error", ErrorDocument))
    for name, document in described:
        of_command = {**schema["$defs"][document.__name__], "$defs": schema["$defs"]}
        rows = [(field, kind, told) for field, kind, _default, told in fields(of_command)]
        yield f"### `{name}`\n\n{table(('Field', 'Value', 'What it is'), rows)}"
