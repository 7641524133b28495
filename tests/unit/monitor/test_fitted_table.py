"""Tables fit the terminal by leaving out columns, never by breaking lines."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from monitor.fitted_table import Column, fitted, fitted_table

words = st.text("abc", min_size=1, max_size=12)
columns_of_two = st.builds(
    lambda name, cells, rank: Column(name, [Text(cell) for cell in cells], rank),
    words,
    st.lists(words, min_size=2, max_size=2),
    st.integers(1, 9),
)


def printed(columns: list[Column], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(fitted_table(columns, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def column(name: str, rank: int = 0) -> Column:
    return Column(name, [Text("1"), Text("2")], rank)


def test_columns_that_say_least_are_left_out_first() -> None:
    columns = [column("endpoint"), column("records", 2), column("coverage", 1), column("verdict")]
    kept, left_out = fitted(columns, 26)
    assert [item.name for item in kept] == ["endpoint", "coverage", "verdict"]
    assert left_out == ["records"]
    assert fitted(columns, None)[1] == []


def test_columns_that_must_stay_stay_however_narrow_it_is() -> None:
    kept, _left_out = fitted([column("endpoint"), column("records", 1)], 3)
    assert [item.name for item in kept] == ["endpoint"]


@settings(deadline=None)  # the first table loads what rich needs
@given(st.lists(columns_of_two, min_size=1, max_size=8), st.integers(14, 120))
def test_every_row_is_one_line_that_fits(columns: list[Column], width: int) -> None:
    first = Column("a", [Text("x"), Text("y")])
    lines = printed([first, *columns], width)
    assert len(lines) == 3
    assert all(len(line) <= width for line in lines)
