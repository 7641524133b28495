"""CSV lines -> Arrow columns, all at once: the text of many payloads is read as one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa
import pyarrow.csv as pv

from inference_records.rejections import BadRecord


def read_csv_rows(data: bytes, names: Sequence[str], numeric: Collection[str] = ()) -> pa.Table:
    """CSV lines without header as columns of text; an empty cell is null. Raises `BadRecord`.

    The `numeric` columns are float64 if they all can be.
    """
    try:
        return pv.read_csv(
            pa.BufferReader(data),
            pv.ReadOptions(column_names=list(names), use_threads=False, block_size=len(data) + 1),
            pv.ParseOptions(newlines_in_values=b'"' in data),
            pv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string())
                | dict.fromkeys(numeric, pa.float64()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if numeric:
            return read_csv_rows(data, names)
        raise BadRecord("broken_csv", f"not readable as CSV: {error}") from error
