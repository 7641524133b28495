"""What the command line writes to: results to one stream, everything else to the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from monitor.failures import USER_ERRORS

# A pipe has no width: a path that is broken in the middle cannot be copied.
out = Console(width=None if Console().is_terminal else 10_000)
err = Console(stderr=True)


@contextmanager
def told_to_people() -> Iterator[None]:
    """For a person's own terminal: a defect is a traceback."""
    try:
        yield
    except USER_ERRORS as error:
        complain(str(error))
        raise typer.Exit(2) from error


def complain(text: str) -> None:
    """An error, in one line."""
    # A log takes each line for an entry of its own.
    line = " ".join(f"error: {text}".split())
    err.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
