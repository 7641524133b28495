"""NPY and Parquet bodies as readings.

NPY is read without NumPy, which would add 50 MB and 100 ms to functions that need nothing else of
it: the header is a Python literal and the body a flat buffer that Arrow takes as it is.
"""

from __future__ import annotations

import ast
import re
import struct
from math import prod

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inference_records.readings import Layout, Reading, numbered
from inference_records.rejections import BadRecord

NPY_MAGIC = b"\x93NUMPY"
PARQUET_MAGIC = b"PAR1"

_DTYPE = re.compile(r"[<|=]([fiub])(\d)")
_ARROW = {
    "f2": pa.float16(), "f4": pa.float32(), "f8": pa.float64(),
    "i1": pa.int8(), "i2": pa.int16(), "i4": pa.int32(), "i8": pa.int64(),
    "u1": pa.uint8(), "u2": pa.uint16(), "u4": pa.uint32(), "u8": pa.uint64(),
    "b1": pa.uint8(),
}  # fmt: skip
_BROKEN_HEADER = (
    IndexError, KeyError, MemoryError, RecursionError, SyntaxError, TypeError, ValueError,
    struct.error,
)  # fmt: skip


def npy_readings(data: bytes) -> list[Reading]:
    """Readings of an array of one or two dimensions; of one, a value a record or one record."""
    values, shape, by_column = _npy_values(data)
    if len(shape) == 1:
        many = _table("NPY vector", {"0": values})
        if len(values) < 2:
            return [many]
        one = _table("one record's NPY vector", _split(values, 1, len(values), by_column))
        return [many, one]
    return [_table("NPY matrix", _split(values, shape[0], shape[1], by_column))]


def parquet_readings(data: bytes) -> list[Reading]:
    """The rows of a Parquet file."""
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise BadRecord("broken_parquet", f"not readable as Parquet: {error}") from error
    names = tuple(table.column_names)
    return [Reading("Parquet table", Layout.TABLE, names, table, table.num_rows)]


def _npy_values(data: bytes) -> tuple[pa.Array, tuple[int, ...], bool]:
    try:
        wide = data[6] >= 2
        (length,) = struct.unpack_from("<I" if wide else "<H", data, 8)
        start = (12 if wide else 10) + length
        header = ast.literal_eval(data[12 if wide else 10 : start].decode("latin-1"))
        shape = tuple(int(size) for size in header["shape"]) or (1,)
        by_column = bool(header["fortran_order"])
        match = _DTYPE.fullmatch(header["descr"])
        kind = _ARROW[match[1] + match[2]] if match else None
    except _BROKEN_HEADER as error:
        raise BadRecord("broken_npy", f"the NPY header is broken: {error!r}") from error
    shape = shape[:1] if len(shape) == 2 and shape[1] == 1 else shape
    if kind is None or not _is_table(shape):
        raise BadRecord(
            "broken_npy", f"NPY of type {header['descr']} and shape {shape} is not supported"
        )
    body = pa.py_buffer(data)[start:]
    count = prod(shape)
    if len(body) < count * kind.bit_width // 8:
        raise BadRecord("broken_npy", f"the NPY body is shorter than its shape {shape} says")
    values = pa.Array.from_buffers(kind, count, [None, body])
    return values, shape, by_column


def _is_table(shape: tuple[int, ...]) -> bool:
    return min(shape) >= 0 and (len(shape) == 1 or (len(shape) == 2 and shape[1] > 0))


def _split(values: pa.Array, rows: int, width: int, by_column: bool) -> dict[str, pa.Array]:
    if by_column:
        return {name: values.slice(i * rows, rows) for i, name in enumerate(numbered(width))}
    matrix = pa.FixedSizeListArray.from_arrays(values, width)
    return {name: pc.list_element(matrix, i) for i, name in enumerate(numbered(width))}


def _table(form: str, columns: dict[str, pa.Array]) -> Reading:
    table = pa.table(columns)
    return Reading(form, Layout.TABLE, tuple(columns), table, table.num_rows)
