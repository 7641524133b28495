"""The CSV forms of a payload: lines with or without a header, or one line of one value a record."""

from __future__ import annotations

import csv
import io
import re

from inference_records.readings import Layout, Reading, numbered, of_columns
from inference_records.rejections import BadRecord

CSV_LINES = "CSV lines"

_NUMERIC = re.compile(
    r"\s*([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|inf|-inf|true|false|)\s*", re.I
)


# Quoted cells, other line breaks and bytes that no text has are looked at one by one.
_ODD = ('"', "\r", "\0")


def csv_readings(text: str, header: bool | None = None) -> list[Reading]:
    """Readings of a CSV body; `header` says whether its first line has names, None: unknown."""
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.strip("\n")
    if "\0" in text:
        raise BadRecord("nul_byte", "the CSV body holds a NUL byte", text.count("\n") + 1)
    if not text or text.isspace():
        return [Reading("empty body", Layout.COLUMNS, (), {}, 0)]
    try:
        first, second, count = _first_rows(text)
    except csv.Error as error:
        raise BadRecord("broken_csv", f"not readable as CSV: {error}") from error
    plain = Reading(CSV_LINES, Layout.TEXT, numbered(len(first)), text, count)
    without = [plain]
    if count == 1 and len(first) > 1:
        without.append(of_columns("CSV values on one line", {"0": first}, len(first)))
    if header is False or not (header or _may_be_header(first)):
        return without
    if len(set(first)) < len(first):
        raise BadRecord("broken_csv", "the header names a column twice", max(count - 1, 1))
    rest = text.partition("\n")[2]
    headed = Reading("CSV lines with header", Layout.TEXT, tuple(first), rest, count - 1)
    if header:
        return [headed]
    numbers_below = any(map(_NUMERIC.fullmatch, second))
    return [headed, *without] if numbers_below else [*without, headed]


def counted_lines(text: str, width: int, header: bool | None) -> int:
    """The number of records, if the text is certainly nothing but lines of values; else 0.

    `csv_readings` begins with the same count of a text that neither begins nor ends with a line
    break.
    """
    first, _, _ = text.partition("\n")
    if first.count(",") + 1 != width or header or text.isspace() or first.startswith("\ufeff"):
        return 0
    if header is None and not _NUMERIC.fullmatch(first.partition(",")[0]):
        return 0
    if any(odd in text for odd in _ODD):
        return 0
    lines = io.BytesIO(text.encode()).readlines()  # several times faster than counting breaks
    return 0 if b"\n" in lines else len(lines)


def numeric_row(line: str) -> bool:
    """Whether a line of text is nothing but numbers between commas."""
    return all(cell.strip() and _NUMERIC.fullmatch(cell) for cell in line.split(","))


def _first_rows(text: str) -> tuple[list[str], list[str], int]:
    """The first two rows and the number of rows."""
    if '"' in text:  # a quoted cell may hold a line break: only a parser can count
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
        return rows[0], rows[1] if len(rows) > 1 else [], len(rows)
    first, _, rest = text.partition("\n")
    count = text.count("\n") + 1 - (_blank_lines(text) if "\n\n" in text else 0)
    return first.split(","), rest.partition("\n")[0].split(",") if rest else [], count


def _blank_lines(text: str) -> int:
    return sum(not line for line in text.split("\n"))


def _may_be_header(cells: list[str]) -> bool:
    return len(set(cells)) == len(cells) and not any(map(_NUMERIC.fullmatch, cells))
