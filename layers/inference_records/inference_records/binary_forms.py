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

from inference_records.readings import Layout, Reading, counted, numbered
from inference_records.rejections import BadRecord

NPY_MAGIC = b"\x93NUMPY"
PARQUET_MAGIC = b"PAR1"

_DTYPE = re.compile(r"[<|=]([fiub])(\d)")
_TEXT_DTYPE = re.compile(r"[<|=]([US])(\d+)")
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
    array = _npy_array(data)
    if isinstance(array, Reading):
        return [array]
    values, shape, by_column = array
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


def _npy_array(data: bytes) -> tuple[pa.Array, tuple[int, ...], bool] | Reading:
    """Values, shape and whether column by column; of what is no table at least the count."""
    descr, shape, by_column, start = _npy_header(data)
    shape = shape[:1] if len(shape) == 2 and shape[1] == 1 else shape
    body = pa.py_buffer(data)[start:]
    count = prod(shape)
    match = _DTYPE.fullmatch(descr)
    kind = _ARROW.get(match[1] + match[2]) if match else None
    text = _TEXT_DTYPE.fullmatch(descr)
    wide = int(text[2]) * (4 if text[1] == "U" else 1) if text else 1
    if min(shape) < 0 or (count == 0 and not _is_table(shape)):
        raise BadRecord("broken_npy", f"NPY of type {descr} and shape {shape} is not supported")
    if len(body) < count * (kind.bit_width // 8 if kind is not None else max(wide, 1)):
        raise BadRecord("broken_npy", f"the NPY body is shorter than its shape {shape} says")
    if text and len(shape) == 1:
        return _texts(body.to_pybytes(), count, wide, text[1]), shape, by_column
    if kind is None or not _is_table(shape):
        why = BadRecord("broken_npy", f"NPY of type {descr} and shape {shape} is not supported")
        return counted("NPY of another type or more dimensions", shape[0], why)
    return pa.Array.from_buffers(kind, count, [None, body]), shape, by_column


def _npy_header(data: bytes) -> tuple[str, tuple[int, ...], bool, int]:
    try:
        wide = data[6] >= 2
        (length,) = struct.unpack_from("<I" if wide else "<H", data, 8)
        start = (12 if wide else 10) + length
        header = ast.literal_eval(data[12 if wide else 10 : start].decode("latin-1"))
        shape = tuple(int(size) for size in header["shape"]) or (1,)
        return str(header["descr"]), shape, bool(header["fortran_order"]), start
    except _BROKEN_HEADER as error:
        raise BadRecord("broken_npy", f"the NPY header is broken: {error!r}") from error


def _texts(body: bytes, count: int, wide: int, kind: str) -> pa.Array:
    encoding = "utf-32-le" if kind == "U" else "utf-8"
    cells = (body[place * wide : (place + 1) * wide] for place in range(count))
    try:
        return pa.array([cell.decode(encoding).rstrip("\0") for cell in cells], pa.string())
    except UnicodeDecodeError as error:
        raise BadRecord("broken_npy", f"the NPY holds broken text: {error}") from error


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
