"""What a month costs: prices, rates and sizes -> dollars; the numbers of docs/cost.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.health import HEALTH_COUNTS
from monitor.join_shares import SHARES
from monitor.metrics import ProblemType, registered
from monitor.sizing import Means, Workload, choose

HOURS = 730.0
"""Of a month."""

DAYS = HOURS / 24
BESIDE_METRICS = len(SHARES) + len(("violations", "join_violations"))
FUNCTION_METRICS = 17
"""Of the three functions, and of all variants together; an upper bound."""

ALARM_METRICS = 17
"""Metrics that the stack's alarms look at: fourteen alarms, of which one looks at four."""


def _number(value: float, meaning: str, origin: str = "") -> float:
    found: float = field(default=value, metadata={"meaning": meaning, "origin": origin})
    return found


@dataclass(frozen=True)
class Prices:
    """us-east-1 list prices as remembered, November 2026, in dollars; no free tier."""

    lambda_gb_second: float = _number(0.0000166667, "Lambda, x86, a GB-second")
    lambda_million: float = _number(0.20, "Lambda, a million invocations")
    s3_put: float = _number(0.005, "S3, a thousand PUT or LIST requests")
    s3_get: float = _number(0.0004, "S3, a thousand GET requests")
    s3_gb: float = _number(0.023, "S3, a GB kept for a month")
    event_million: float = _number(1.00, "EventBridge, a million events of S3")
    sqs_million: float = _number(0.40, "SQS, a million requests")
    metric: float = _number(0.30, "CloudWatch, a custom metric for a month, of the first 10,000")
    alarm: float = _number(0.10, "CloudWatch, a metric of an alarm for a month")
    dashboard: float = _number(3.00, "CloudWatch, a dashboard for a month")
    put_metric: float = _number(0.01, "CloudWatch, a thousand PutMetricData requests")
    log_gb: float = _number(0.50, "CloudWatch Logs, a GB taken in")
    trace_million: float = _number(5.00, "X-Ray, a million traces recorded")
    ml_t3_medium: float = _number(0.05, "SageMaker, an hour of a job on ml.t3.medium")
    ml_m5_large: float = _number(0.115, "SageMaker, an hour of a job on ml.m5.large")
    ml_m5_xlarge: float = _number(0.23, "SageMaker, an hour of a job on ml.m5.xlarge")
    ml_m5_2xlarge: float = _number(0.461, "SageMaker, an hour of a job on ml.m5.2xlarge")
    ml_m5_4xlarge: float = _number(0.922, "SageMaker, an hour of a job on ml.m5.4xlarge")
    ml_r5_4xlarge: float = _number(1.21, "SageMaker, an hour of a job on ml.r5.4xlarge")
    ml_r5_12xlarge: float = _number(3.629, "SageMaker, an hour of a job on ml.r5.12xlarge")

    def instance(self, name: str) -> float:
        """An hour of a job on an instance."""
        price: float = getattr(self, name.replace(".", "_"))
        return price


@dataclass(frozen=True)
class Rates:
    """How fast, how many, how large."""

    split_mb_second: float = _number(97.0, "MB of capture split in a second", "measured")
    fetch_mb_second: float = _number(75.0, "MB of capture fetched in a second", "estimated")
    split_file_seconds: float = _number(0.2, "seconds for a file, besides", "estimated")
    splitter_gb: float = _number(1769 / 1024, "GB of memory of a splitter", "template.yaml")
    judge_million_seconds: float = _number(
        4.2, "seconds to judge a million records", "measured: 3.8 to 4.5, binary"
    )
    beside_million_seconds: float = _number(
        0.5, "seconds to read a million rows beside the window", "estimated"
    )
    file_read_seconds: float = _number(0.006, "seconds for a file that is read", "estimated")
    run_seconds: float = _number(3.0, "seconds for a run, besides", "estimated")
    job_seconds: float = _number(180.0, "billed seconds for a job to start and end", "estimated")
    file_gets: float = _number(3.0, "GET requests for a file that is read", "estimated")
    prepared_bytes: float = _number(6.0, "bytes of prepared data a record", "measured: 4 to 11")
    log_kb: float = _number(3.0, "kB of log an invocation", "estimated")


@dataclass(frozen=True)
class Size:
    """What an installation has to do."""

    name: str
    endpoints: int
    million_records_a_day: float
    files_an_hour: float
    runtime: str
    monitor_gb: float = 3008 / 1024
    window_hours: float = 1.0
    horizon_hours: float = 168.0
    lookback_hours: float = 24.0
    correction_hours: float = 336.0
    bytes_a_record: float = 1415.0
    kept_days: float = 90.0
    variants: int = 1

    @property
    def windows(self) -> float:
        """Windows of all endpoints in a month."""
        return HOURS / self.window_hours * self.endpoints

    @property
    def beside_hours(self) -> float:
        """Hours of requests or labels that a run reads beside its windows.

        To judge a window, those before it; to find the windows that new files touch, the ids of
        all requests that may be corrected, and of the labels of these and before.
        """
        before = max(self.horizon_hours, self.correction_hours)
        return before + self.lookback_hours + 2 * self.correction_hours + before

    @property
    def instance(self) -> str:
        """What a job runs on, as `auto` chooses it."""
        judged = self.million_records_an_hour * self.window_hours
        before = max(self.horizon_hours, self.correction_hours) + self.lookback_hours
        joined = 2 * judged + self.million_records_an_hour * before
        work = Workload(round(judged * 1e6), round(joined * 1e6), 0, 0)
        return str(choose(work, Means(None)).instance_type)

    @property
    def million_records_an_hour(self) -> float:
        """Of one endpoint."""
        return self.million_records_a_day / 24


SIZES = (
    Size("1 endpoint of 100,000 records a day", 1, 0.1, 40, "Lambda"),
    Size("the same, with the default runtime", 1, 0.1, 40, "Processing"),
    Size("10 endpoints of 10 million records a day each", 10, 10.0, 120, "Processing"),
    Size(
        "1 endpoint of 1 billion records a day", 1, 1000.0, 1200, "Processing",
        horizon_hours=1, lookback_hours=1,
        correction_hours=1,
    ),
)  # fmt: skip


def monthly(size: Size, prices: Prices = Prices(), rates: Rates = Rates()) -> dict[str, float]:
    """Dollars a month by what they are for, in the order of the document."""
    files = size.files_an_hour * HOURS * size.endpoints * 2  # as many of labels
    return {
        "splitters": _splitting(size, files, prices, rates),
        "events and queues": _queues(files, prices),
        "S3 requests": _requests(size, files, prices, rates),
        "prepared data kept": _kept(size, prices, rates),
        "monitor": size.windows * window(size, size.runtime, prices, rates),
        "CloudWatch metrics": _metrics(size, prices),
        "alarms, dashboard": ALARM_METRICS * prices.alarm + prices.dashboard,
        "logs, traces": _logs(size, files, prices, rates),
    }


def window(size: Size, runtime: str, prices: Prices = Prices(), rates: Rates = Rates()) -> float:
    """Dollars to judge one window of one endpoint."""
    seconds = window_seconds(size, rates)
    if runtime == "Processing":
        started = rates.run_seconds * size.monitor_gb * prices.lambda_gb_second
        return (rates.job_seconds + seconds) / 3600 * prices.instance(size.instance) + started
    return seconds * size.monitor_gb * prices.lambda_gb_second


def window_seconds(size: Size, rates: Rates = Rates()) -> float:
    """Seconds to judge one window of one endpoint, without a job's start."""
    judged = size.million_records_an_hour * size.window_hours
    beside = size.million_records_an_hour * size.beside_hours
    return (
        rates.run_seconds
        + judged * rates.judge_million_seconds
        + beside * rates.beside_million_seconds
        + _files_read(size) * rates.file_read_seconds
    )


def metrics_of_a_variant() -> int:
    """The most datapoints that a variant has: metrics of its problem, and the join's health."""
    most = max(len(registered(problem_type)) for problem_type in ProblemType)
    return most + len(HEALTH_COUNTS) + BESIDE_METRICS


def _files_read(size: Size) -> float:
    """Prepared files, of predictions and of labels, that one run reads."""
    hours = 2 * size.window_hours + size.beside_hours
    return size.files_an_hour * hours


def _splitting(size: Size, files: float, prices: Prices, rates: Rates) -> float:
    megabytes = size.million_records_a_day * DAYS * size.bytes_a_record * size.endpoints
    seconds = megabytes * (1 / rates.split_mb_second + 1 / rates.fetch_mb_second)
    seconds += files * rates.split_file_seconds
    return (
        seconds * rates.splitter_gb * prices.lambda_gb_second + files / 1e6 * prices.lambda_million
    )


def _queues(files: float, prices: Prices) -> float:
    """An event and three requests a file; and the polling of two queues by five pollers each."""
    polling = 2 * 5 * 3 * 60 * HOURS
    return files / 1e6 * prices.event_million + (3 * files + polling) / 1e6 * prices.sqs_million


def _requests(size: Size, files: float, prices: Prices, rates: Rates) -> float:
    """A file is read and written, its rejections removed (free); a run reads what it needs."""
    puts = files * 2 + size.windows * 10
    gets = files + size.windows * _files_read(size) * rates.file_gets
    return puts / 1e3 * prices.s3_put + gets / 1e3 * prices.s3_get


def _kept(size: Size, prices: Prices, rates: Rates) -> float:
    records = size.million_records_a_day * size.kept_days * size.endpoints * 2
    return records * rates.prepared_bytes / 1e3 * prices.s3_gb


def _metrics(size: Size, prices: Prices) -> float:
    """A metric costs only in the hours in which it has a datapoint."""
    sets = size.variants + 1 if size.variants > 1 else 1
    months = min(1.0, 1 / size.window_hours)
    judged = metrics_of_a_variant() * sets * size.endpoints * months
    return (judged + FUNCTION_METRICS) * prices.metric + size.windows / 1e3 * prices.put_metric


def _logs(size: Size, files: float, prices: Prices, rates: Rates) -> float:
    invocations = files + 2 * size.windows
    gigabytes = invocations * rates.log_kb / 1e6
    return gigabytes * prices.log_gb + invocations / 1e6 * prices.trace_million
