"""Baselines and verdicts, by the functions that the monitor's own commands call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demonstration.aws import BUCKET
from demonstration.endpoints import Endpoint
from inference_records.configuration import Configuration
from monitor import reports
from monitor.baseline import Columns, make_baseline, read_baseline_folder
from monitor.bookkeeping import Bookkeeper
from monitor.cli_report import write
from monitor.ingest import Prepared
from monitor.ledger import Ledger
from monitor.lineage_of import lineages
from monitor.listing import listing
from monitor.locations import Location
from monitor.page_files import Pages
from monitor.publish import publish_windows, write_constraints, write_statistics
from monitor.quality import Quality
from monitor.requested import RunRequest
from monitor.results import RunResult
from monitor.run import run
from monitor.validation import read_validation_data
from monitor.windows import Window

HOUR = timedelta(hours=1)
# Some hundred validation records promise little: a drop of a twentieth is tolerated.
MARGIN = 0.05
"""A model may lose so much of what it had, before it is said to be worse."""


@dataclass(frozen=True)
class Folders:
    """Where the demo leaves its files; `monitors` is in the bucket, too."""

    root: Path

    @property
    def capture(self) -> Path:
        """Raw data capture, as the endpoints uploaded it."""
        return self.root / "capture"

    @property
    def ground_truth(self) -> Path:
        """Raw labels, as they were uploaded."""
        return self.root / "ground-truth"

    @property
    def validation(self) -> Path:
        """Validation data of each endpoint."""
        return self.root / "validation"

    @property
    def monitors(self) -> Path:
        """The baseline of each endpoint."""
        return self.root / "monitors"

    @property
    def reports(self) -> Path:
        """What the monitor published."""
        return self.root / "reports"

    @property
    def ledger(self) -> Path:
        """Every version of every window, for the pages."""
        return self.root / "ledger"

    @property
    def log(self) -> Path:
        """What the functions logged, and their metrics."""
        return self.root / "functions.log"


def make_baselines(endpoint: Endpoint, folders: Folders) -> Quality:
    """Validation data -> statistics and constraints, in the bucket and on disk."""
    folders.validation.mkdir(parents=True, exist_ok=True)
    path = folders.validation / f"{endpoint.name}.parquet"
    endpoint.validation_data().to_parquet(path, index=False)
    frame = read_validation_data(Location.of(str(path)))
    quality = make_baseline(frame, Columns(), Configuration(), MARGIN)
    document = reports.baseline_statistics(quality, datetime.now(UTC))
    for address in (_monitor(endpoint), str(folders.monitors / endpoint.name)):
        folder = Location.of(address)
        write_statistics(folder, document)
        write_constraints(folder, quality)
    return quality


def judge(endpoint: Endpoint, start: datetime, end: datetime, folders: Folders) -> RunResult:
    """The windows of some hours, from what the functions prepared in the bucket."""
    request = RunRequest(
        prepared=Prepared(Location.of(f"s3://{BUCKET}/prepared")),
        endpoint=endpoint.name,
        period=HOUR,
        as_of=datetime.now(UTC),
        start=start,
        end=end,
        baseline=read_baseline_folder(Location.of(_monitor(endpoint))),
    )
    result = run(request)
    _keep(result, request, Window(start, end), folders)
    return result


def _keep(result: RunResult, request: RunRequest, span: Window, folders: Folders) -> None:
    """A version of each window that is another one than before."""
    ledger = Ledger(Location.of(str(folders.ledger)), request.endpoint)
    keeper = Bookkeeper(ledger, request.as_of, lambda *_told: True)
    windows = [found.window for found in result.windows]
    keeper.remember(windows)
    files = listing(request.prepared, request.endpoint, span, request.configuration)
    made_of = lineages(request, files, windows)
    for found in result.windows:
        keeper.keep(found, made_of[found.window])


def publish(results: Sequence[RunResult], folders: Folders) -> None:
    """Reports of some windows, over those of an earlier look at the same windows."""
    folder = Location.of(str(folders.reports))
    every = RunResult([window for result in results for window in result.windows])
    publish_windows(every, folder, datetime.now(UTC), HOUR)


def draw(endpoint: Endpoint, folders: Folders, start: datetime, end: datetime) -> Path:
    """The pages of an endpoint, of what its ledger has; the one to open."""
    ledger = Ledger(Location.of(str(folders.ledger)), endpoint.name)
    baseline = read_baseline_folder(Location.of(_monitor(endpoint)))
    pages = Pages(Location.of(str(folders.reports)), endpoint.name, baseline)
    write(pages, list(ledger.versions(start, end)))
    return Path(pages.index.path)


def _monitor(endpoint: Endpoint) -> str:
    return f"s3://{BUCKET}/monitors/{endpoint.name}"
