"""Where prepared records lie: the Parquet files of one endpoint in a range of hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from inference_records import partitions
from monitor.locations import Location


@dataclass(frozen=True, slots=True)
class Prepared:
    """Parquet files of predictions and of labels, by endpoint and hour, below one location."""

    location: Location

    def endpoints(self) -> list[str]:
        """The endpoints that have predictions."""
        folder = self.location / partitions.PREDICTIONS
        names = {file.key.split("/")[0].removeprefix("endpoint=") for file in folder.files()}
        return sorted(names)

    def predictions(
        self, endpoint: str, since: datetime | None, until: datetime | None
    ) -> list[str]:
        """Paths of the files with predictions of a range of inference time."""
        return self._paths(f"{partitions.PREDICTIONS}/endpoint={endpoint}", since, until)

    def labels(self, endpoint: str, since: datetime | None) -> list[str]:
        """Paths of the files with labels for an endpoint, its own and those that name none."""
        folders = (endpoint, partitions.SHARED_ENDPOINT)
        return [
            path
            for name in folders
            for path in self._paths(f"{partitions.GROUND_TRUTH}/endpoint={name}", since, None)
        ]

    def _paths(self, folder: str, since: datetime | None, until: datetime | None) -> list[str]:
        chosen = []
        for file in (self.location / folder).files():
            hour = partitions.partition_hour(file.path)
            if hour is None or not file.path.endswith(".parquet"):
                continue
            if since is not None and hour + timedelta(hours=1) <= since:
                continue
            if until is not None and hour >= until:
                continue
            chosen.append(file.path)
        return chosen
