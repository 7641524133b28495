"""What was set aside of a capture, as rows that can be counted: what, when and why, not its text.

Ground truth that could not be read is no part of it: such a label speaks of no request.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import pyarrow as pa

from inference_records import partitions
from inference_records.partitions import CaptureKey, Partition
from inference_records.prepared_files import PreparedFiles
from inference_records.rejections import Rejected
from inference_records.schema import SET_ASIDE

_OWN = pa.schema([field for field in SET_ASIDE if field.name != "source_key"])


@dataclass(slots=True)
class SetAside:
    """The files of one captured object, by the hour of what was set aside."""

    files: PreparedFiles
    where: CaptureKey
    captured_at: datetime
    """Stands for the time of a line that tells none."""

    @classmethod
    def of(cls, source_key: str, where: CaptureKey, resources: ExitStack) -> SetAside:
        """Nothing set aside yet."""
        name = partitions.prepared_name(source_key)

        def key(hour: datetime) -> str:
            partition = Partition(partitions.SET_ASIDE, where.endpoint, where.variant, hour)
            return partition.prefix + name

        told = {"source_key": source_key}
        files = PreparedFiles(SET_ASIDE, "inference_time", key, told, resources)
        return cls(files, where, partitions.captured_at(source_key, where.hour))

    def add(self, rejections: Sequence[Rejected]) -> None:
        """A row for each rejection, in which all records of a line that share a fault are one."""
        rows = [
            {
                **item.asked._asdict(),
                "inference_time": item.asked.time or self.captured_at,
                "reason": item.code,
                "records": item.records,
                "source_line": item.line,
            }
            for item in rejections
        ]
        if rows:
            self.files.add(pa.Table.from_pylist(rows, _OWN))

    def close(self, prepared: Iterable[str]) -> tuple[dict[str, IO[bytes]], list[str]]:
        """The files, and the keys at which an earlier reading may have left one.

        What was set aside then and is good now has become a row of the same hour.
        """
        files = self.files.close()
        hours = {partitions.partition_hour(key) for key in prepared} | {self.where.hour}
        found = {self.files.key_of(hour) for hour in hours if hour is not None}
        return files, sorted(found - set(files))
