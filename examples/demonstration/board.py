"""What is to be seen while the demo runs: a line of verdicts for each endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from monitor.constraints import Status
from monitor.quality import Quality

_STYLES = {
    Status.OK: "green",
    Status.VIOLATION: "bold red",
    Status.NOT_EVALUATED: "yellow",
    Status.NOT_ENOUGH_EVIDENCE: "cyan",
}


class Board:
    """Verdict and label coverage of each endpoint and hour, as far as they are known."""

    def __init__(self, console: Console, endpoints: Iterable[str], hours: Iterable[datetime]):
        self.console = console
        self._hours = list(hours)
        self._cells: dict[str, dict[datetime, Text]] = {name: {} for name in endpoints}
        self._step = ""
        # The functions' own output is redirected; this goes to the terminal past it.
        self._live = Live(
            console=console,
            get_renderable=self._render,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )

    def __enter__(self) -> Board:
        self._live.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def tell(self, step: str) -> None:
        """Say what is being done; where nothing can be drawn over, as a line."""
        self._step = step
        if not self.console.is_terminal:
            self.console.print(step, highlight=False)

    def show(self, qualities: Iterable[Quality]) -> None:
        """Verdicts of some windows."""
        for quality in qualities:
            coverage = quality.health.coverage or 0.0
            self._cells[quality.endpoint][quality.window.start] = Text(
                f"{quality.status}\n{coverage:.0%} labelled", style=_STYLES[quality.status]
            )

    def _render(self) -> Group:
        table = Table("", *(f"{hour:%H:%M}" for hour in self._hours), box=None, header_style="bold")
        for name, cells in self._cells.items():
            table.add_row(name, *(cells.get(hour, Text("\n")) for hour in self._hours))
        return Group(table, Spinner("dots", self._step))
