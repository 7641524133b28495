"""Files that no index knows yet -> entries and id rows: each file is read once, by its ids only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.schema import LABELS, PREDICTIONS, SET_ASIDE, as_stored
from monitor.copies import Copies
from monitor.engine import Engine, arrow_table
from monitor.id_rows import COLUMNS, ID_ROWS, id_rows
from monitor.index_document import Entry
from monitor.listing import Listing, dataset_of
from monitor.locations import File, Location, MissingFile

_TYPES = {
    field.name: field.type for of in (PREDICTIONS, LABELS, SET_ASIDE) for field in as_stored(of)
}


def indexed(
    engine: Engine, listing: Listing, copies: Copies, files: Sequence[File], first: int
) -> tuple[list[Entry], pa.Table]:
    """Entries and rows of some files, numbered from a first one on; raises `MissingFile`."""
    location = listing.location
    if gone := copies.fetch(location, files):
        raise MissingFile(f"{min(gone)} was removed while it was read")
    entries = [Entry(listing.key(file), copies.version(location, file)) for file in files]
    by_dataset: dict[str, list[pa.Table]] = {}
    for number, (file, entry) in enumerate(zip(files, entries, strict=True), start=first):
        dataset = dataset_of(entry.key)
        rows = _columns(_open(location, copies, file), COLUMNS[dataset])
        place = pa.repeat(pa.scalar(number, pa.int32()), rows.num_rows)
        by_dataset.setdefault(dataset, []).append(rows.append_column("file", place))
    found = [ID_ROWS.empty_table()]
    for dataset, tables in by_dataset.items():
        rows = arrow_table(engine, "to_index", pa.concat_tables(tables))
        found.append(id_rows(dataset, rows).to_pyarrow().cast(ID_ROWS))
    return entries, pa.concat_tables(found)


def _open(location: Location, copies: Copies, file: File) -> pq.ParquetFile:
    near = copies.near(location, [file])
    return pq.ParquetFile(near[0] if near else location.open(file))


def _columns(file: pq.ParquetFile, names: Sequence[str]) -> pa.Table:
    """Columns by name, as text where they are dictionaries; nulls where a file lacks one."""
    rows = file.read(columns=list(names))

    def column(name: str) -> Any:
        if name in rows.column_names:
            return rows.column(name).cast(_TYPES[name])
        return pa.nulls(rows.num_rows, _TYPES[name])

    return pa.table({name: column(name) for name in names})
