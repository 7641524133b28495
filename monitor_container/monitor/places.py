"""Where the monitor's things lie in the stack's bucket, and how a run is told so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from monitor.verdicts import VERDICTS_FILE
from monitor.windows import Window, iso

CONFIGURATION_FILE = "monitor.json"


def window_folder(endpoint: str, window: Window, period: timedelta) -> str:
    """`ENDPOINT/yyyy/mm/dd/hh`, and minute and second where windows do not begin with the hour."""
    start = window.start
    parts = "%Y/%m/%d/%H"
    if period % timedelta(minutes=1) or start.second:
        parts += "/%M/%S"
    elif period % timedelta(hours=1) or start.minute:
        parts += "/%M"
    return f"{endpoint}/{start.strftime(parts)}"


def variant_folder(variant: str) -> str:
    """Where one of several variants has its own report, below the window's."""
    return f"variants/{variant}"


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses below one root, `s3://BUCKET`; the prefixes end with a slash."""

    root: str
    prepared_prefix: str
    reports_prefix: str
    monitors_prefix: str
    ledger_prefix: str
    derived_prefix: str

    @property
    def prepared(self) -> str:
        """Rows of predictions and labels."""
        return f"{self.root}/{self.prepared_prefix.rstrip('/')}"

    @property
    def monitors(self) -> str:
        """A folder for each endpoint, with its baseline and settings."""
        return f"{self.root}/{self.monitors_prefix.rstrip('/')}"

    def monitor(self, endpoint: str) -> str:
        """The endpoint's baseline and settings."""
        return f"{self.monitors}/{endpoint}"

    def reports(self, endpoint: str) -> str:
        """All reports of an endpoint."""
        return f"{self.root}/{self.reports_prefix}{endpoint}"

    def report(self, endpoint: str, window: Window) -> str:
        """The reports of one window."""
        folder = window_folder(endpoint, window, window.end - window.start)
        return f"{self.root}/{self.reports_prefix}{folder}"

    @property
    def ledger(self) -> str:
        """Every version of every window."""
        return f"{self.root}/{self.ledger_prefix.rstrip('/')}"

    @property
    def derived(self) -> str:
        """What runs made of prepared data to read it again at less cost."""
        return f"{self.root}/{self.derived_prefix.rstrip('/')}"

    def verdicts(self, endpoint: str) -> str:
        """What was told of the endpoint last."""
        return f"{self.reports(endpoint)}/{VERDICTS_FILE}"


@dataclass(frozen=True, slots=True)
class WindowRun:
    """One window of one endpoint that is to be judged."""

    endpoint: str
    window: Window
    period: timedelta | None = None
    """Length of the windows of a range that is to be brought up to date; None: it is one window."""

    @property
    def newest(self) -> Window:
        """The last window of the range."""
        end = self.window.end
        return self.window if self.period is None else Window(end - self.period, end)

    def environment(
        self, places: Places, metrics_namespace: str, topic_arn: str, output: str | None = None
    ) -> dict[str, str]:
        """The container's environment; reports go to `output`, or straight to where they belong."""
        report = places.report(self.endpoint, self.newest)
        seconds = "" if self.period is None else str(int(self.period.total_seconds()))
        return {
            "sagemaker_endpoint_name": self.endpoint,
            "start_time": iso(self.window.start),
            "end_time": iso(self.window.end),
            "prepared_s3_uri_path": places.prepared,
            "monitor_s3_uri_path": places.monitor(self.endpoint),
            "output_path": output or report,
            "report_s3_uri": report,
            "verdicts_s3_uri": places.verdicts(self.endpoint),
            "ledger_s3_uri": places.ledger,
            "derived_s3_uri": places.derived,
            "reports_s3_uri": f"{places.root}/{places.reports_prefix.rstrip('/')}",
            "metrics_namespace": metrics_namespace,
            "notification_topic_arn": topic_arn,
            "publish_cloudwatch_metrics": "Disabled",
            "window_seconds": seconds,
        }
