"""What the command line writes to: results to one stream, everything else to the other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from monitor.cli_documents import VERSION, ErrorDocument
from monitor.complaints import FORESEEN, complaint

WRONG = 2
"""Exit status of wrong usage or input."""
T = TypeVar("T")

# A pipe has no width: a path that is broken in the middle cannot be copied.
out = Console(width=None if sys.stdout.isatty() else 10_000)
err = Console(stderr=True)


@contextmanager
def told_to_people(as_json: bool) -> Iterator[None]:
    """For a person's own terminal: what can be mended is a sentence, a defect is a traceback."""
    try:
        yield
    except FORESEEN as error:
        if (text := complaint(error)) is None:
            raise
        complain(text)
        if as_json:
            print_error(text, WRONG)
        raise typer.Exit(WRONG) from error


def complain(text: str) -> None:
    """An error, in one line."""
    _tell("error", text, "red")


def note(text: str) -> None:
    """What a person should know of a result that is fine."""
    _tell("note", text, "yellow")


def _tell(kind: str, text: str, style: str) -> None:
    # A log takes each line for an entry of its own.
    line = " ".join(f"{kind}: {text}".split())
    err.print(line, style=style, highlight=False, markup=False, soft_wrap=True)


def print_error(text: str, status: int) -> None:
    """What a machine gets in place of a document."""
    print_json(ErrorDocument(VERSION, " ".join(text.split()), status))


def print_json(document: object) -> None:
    """The one document of `--json`, indented; what is undefined is null, never NaN."""
    typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


@contextmanager
def working(doing: str) -> Iterator[Callable[[str], None]]:
    """A spinner while something is done whose end is not known; call it to say what is done now."""
    with _progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda step: shown.update(task, description=step)


def tracked(
    items: Sequence[T], doing: str, size: Callable[[T], float] = lambda _item: 1
) -> Iterator[T]:
    """The items, with a bar of how much of them is done; `size` says what one of them weighs."""
    with _progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        TextColumn(f"{{task.fields[number]:,}} of {len(items):,}"), TimeRemainingColumn(),
    ) as shown:  # fmt: skip
        task = shown.add_task(doing, total=sum(map(size, items)), number=0)
        for number, item in enumerate(items, start=1):
            yield item
            shown.update(task, advance=size(item), number=number)


def _progress(*columns: ProgressColumn) -> Progress:
    # Whoever reads a pipe or a log would see each state of a bar as a line of its own.
    shown = sys.stderr.isatty() and not err.is_dumb_terminal
    return Progress(*columns, console=err, transient=True, disable=not shown)
