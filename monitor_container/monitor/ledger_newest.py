"""The newest versions of a ledger's newest windows in one file, as far as their page shows them.

Nothing in it is needed: a version never changes, and what the file lacks is read where it lies.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from monitor.access import AccessDenied
from monitor.ledger import Ledger
from monitor.ledger_reading import from_rows
from monitor.ledger_rows import Version, to_rows
from monitor.ledger_schema import LEDGER
from monitor.windows import Window

log = logging.getLogger(__name__)

# Readers of Parquet datasets pass over names that begin so.
_FILE = "_newest"
_NOT_SHOWN: Mapping[str, Any] = {
    "inputs": [],
    "pictures": "{}",
    "labelled": "[]",
    "statistics": "{}",
}
_READERS = 16

Numbered = tuple[Window, int]


def newest_versions(
    ledger: Ledger, numbers: Mapping[Window, int], at_hand: Collection[Version] = ()
) -> list[Version]:
    """Some versions of windows; the file has them all from then on."""
    known = _kept(ledger)
    known |= {(v.window, v.number): _shown(to_rows(v)) for v in at_hand}
    missing = [item for item in numbers.items() if item not in known]
    with ThreadPoolExecutor(_READERS) as readers:
        for item, version in zip(
            missing, readers.map(lambda item: ledger.read(*item), missing), strict=True
        ):
            known[item] = _shown(to_rows(version))
    table = _table([known[item] for item in numbers.items()])
    if missing or at_hand:
        body = io.BytesIO()
        pq.write_table(table, body, compression="zstd")
        _keep(ledger, body.getvalue())
    return [from_rows(rows, ledger.endpoint) for rows in _by_version(table.to_pylist()).values()]


def _keep(ledger: Ledger, body: bytes) -> None:
    """Where a ledger may only be added to, the next run reads the versions again."""
    try:
        (ledger.folder / _FILE).write(body)
    except AccessDenied as error:
        log.warning("the file of newest versions is not kept: %s", error)


def _kept(ledger: Ledger) -> dict[Numbered, list[dict[str, Any]]]:
    found = (ledger.folder / _FILE).found()
    if found is None:
        return {}
    try:
        table = pq.read_table(pa.BufferReader(found[0]))
    except (pa.ArrowInvalid, OSError) as error:
        log.warning("the file of newest versions is damaged (%s): they are read anew", error)
        return {}
    # One of before, or of a later monitor, may have other columns.
    return _by_version(table.to_pylist()) if table.schema.equals(LEDGER) else {}


def _shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, **_NOT_SHOWN} for row in rows]


def _table(found: list[list[dict[str, Any]]]) -> pa.Table:
    return pa.Table.from_pylist([row for rows in found for row in rows], schema=LEDGER)


def _by_version(rows: list[dict[str, Any]]) -> dict[Numbered, list[dict[str, Any]]]:
    found: dict[Numbered, list[dict[str, Any]]] = {}
    for row in rows:
        window = Window(row["window_start"], row["window_end"])
        found.setdefault((window, row["version"]), []).append(row)
    return found
