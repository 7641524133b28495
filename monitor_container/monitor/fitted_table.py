"""Tables that fit a terminal: where it is narrow, columns are left out, and no line is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

_GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column with all its cells; of those that may be left out the highest rank goes first."""

    name: str
    cells: Sequence[Text]
    rank: int = 0
    """0 stays, however narrow it is."""
    right: bool = False
    folds: bool = False
    """Whether its text may be broken where even the columns that stay are too wide."""

    @property
    def width(self) -> int:
        """What it takes without being broken."""
        return max(map(cell_len, (self.name, *(cell.plain for cell in self.cells))))


def fitted(columns: Sequence[Column], width: int | None) -> tuple[list[Column], list[str]]:
    """The columns that fit, and the names of the others; None: everything fits."""
    kept = list(columns)
    while width is not None and sum(item.width + _GAP for item in kept) - _GAP > width:
        last = max(kept, key=lambda item: item.rank)
        if not last.rank:
            break
        kept.remove(last)
    names = {item.name for item in kept}
    return kept, [item.name for item in columns if item.name not in names]


def fitted_table(columns: Sequence[Column], width: int | None) -> Table:
    """The columns that fit, as a table without lines."""
    kept, _left_out = fitted(columns, width)
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for item in kept:
        table.add_column(
            item.name,
            justify="right" if item.right else "left",
            no_wrap=not item.folds,
            overflow="fold" if item.folds else "ellipsis",
        )
    for row in zip(*(item.cells for item in kept), strict=True):
        table.add_row(*row)
    return table
