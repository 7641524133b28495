"""Small files of hours that are over -> one segment: the same rows in one file, named by its parts.

The files stay where they are. A segment is never written over by other rows and is read only while
each of its files is what it was, so that no reader can be disturbed and no order of runs matters.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.partitions import GROUND_TRUTH, PREDICTIONS
from inference_records.schema import LABELS, as_stored
from inference_records.schema import PREDICTIONS as PREDICTION_COLUMNS
from monitor.copies import Copies
from monitor.derived import Derived
from monitor.index_document import Entry
from monitor.listing import Listing, dataset_of
from monitor.locations import File

log = logging.getLogger(__name__)

_LARGEST = 4 << 20
_MOST_BYTES = 48 << 20
_HOUR = timedelta(hours=1)
_COLUMNS = {PREDICTIONS: as_stored(PREDICTION_COLUMNS), GROUND_TRUTH: as_stored(LABELS)}


def compacted(
    listing: Listing,
    copies: Copies,
    derived: Derived,
    files: Sequence[File],
    entries: Sequence[Entry],
    now: datetime,
) -> list[Entry]:
    """The entries of a day, with the segments that were made of some of its files."""
    if not derived.is_kept:
        return list(entries)
    known = {entry.key: entry for entry in entries}
    loose: dict[str, list[File]] = {}
    for file in files:
        key = listing.key(file)
        is_over = listing.hours[key] + _HOUR <= now
        is_small = file.size <= _LARGEST and dataset_of(key) in _COLUMNS
        if is_over and is_small and not known[key].segment:
            loose.setdefault(key.rpartition("/")[0], []).append(file)
    for folder, some in loose.items():
        if len(some) >= derived.fewest and sum(file.size for file in some) <= _MOST_BYTES:
            for entry in _segment(listing, copies, derived, folder, some):
                known[entry.key] = entry
    return [known[entry.key] for entry in entries]


def _segment(
    listing: Listing, copies: Copies, derived: Derived, folder: str, files: Sequence[File]
) -> list[Entry]:
    """Entries of files whose rows are in a segment now; none if one of them is gone."""
    location = listing.location
    files = sorted(files, key=listing.key)
    if copies.fetch(location, files):
        return []
    entries = [Entry(listing.key(file), copies.version(location, file)) for file in files]
    name = f"{folder}/{_digest(entries)}.parquet"
    schema = _COLUMNS[dataset_of(folder)]
    tables = [_rows(path, schema) for path in copies.near(location, files)]
    body = io.BytesIO()
    floating = [column.name for column in schema if pa.types.is_floating(column.type)]
    pq.write_table(
        pa.concat_tables(tables),
        body,
        compression="zstd",
        use_dictionary=[name for name in schema.names if name not in floating],
        store_schema=False,
    )
    derived.write_segment(name, body.getvalue())
    log.info("%d files of %s put together", len(files), folder)
    return [replace(entry, segment=name) for entry in entries]


def _digest(entries: Sequence[Entry]) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry.key}\0{entry.etag}\n".encode())
    return digest.hexdigest()[:24]


def _rows(path: str, schema: pa.Schema) -> pa.Table:
    """The columns that a run reads, whatever others there are."""
    file = pq.ParquetFile(path)
    rows = file.read(columns=schema.names)
    return pa.table(
        {
            column.name: rows.column(column.name).cast(column.type)
            if column.name in rows.column_names
            else pa.nulls(rows.num_rows, column.type)
            for column in schema
        }
    )
