"""The command line as a whole: what wrong usage prints where a machine asked."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from monitor.cli_output import WRONG, print_error

JSON = "--json"
# Typer carries Click within it, and names no more of it.
_USAGE_ERROR: type[BaseException] = typer.BadParameter.__mro__[1]


class Commands(TyperGroup):
    """The commands; with --json an error of usage is a document, too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Remember whether a machine asked."""
        ctx.meta[JSON] = JSON in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except _USAGE_ERROR as error:
            if ctx.meta[JSON]:
                print_error(error.format_message(), WRONG)  # type: ignore[attr-defined]
            raise
