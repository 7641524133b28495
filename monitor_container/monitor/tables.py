"""What windows were judged to be, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from rich.console import Group
from rich.table import Table
from rich.text import Text

from monitor.constraints import Status
from monitor.fitted_table import Column, fitted_table
from monitor.metrics import ProblemType
from monitor.quality import Quality

_SHOWN = {
    ProblemType.BINARY_CLASSIFICATION: ("accuracy", "f1", "auc"),
    ProblemType.MULTICLASS_CLASSIFICATION: ("accuracy", "macro_f1", "log_loss"),
    ProblemType.REGRESSION: ("mae", "r2", "rmse"),
}
_STYLES = {
    Status.OK: "green",
    Status.VIOLATION: "bold red",
    Status.NOT_ENOUGH_EVIDENCE: "cyan",
    Status.NOT_EVALUATED: "yellow",
}
_TOGETHER = 2
_HOUR = timedelta(hours=1)


def summary_table(qualities: Sequence[Quality], width: int | None = None) -> Group:
    """A row a window: endpoint, records, coverage, main metrics, verdict; below why there is none.

    Where the problem types differ, two metrics share a column. In a narrow terminal the columns
    that say least are left out.
    """
    several = len({quality.variant for quality in qualities}) > 1
    times = [_span(q) for q in qualities] if _are_odd(qualities) else map(_time, qualities)
    columns = [
        _column("endpoint", [_name(quality, several) for quality in qualities], folds=True),
        _column("window (UTC)", times),
        _column("records", map(_records, qualities), 2, right=True),
        _column("coverage", map(_coverage, qualities), 1, right=True),
        *_metric_columns(qualities),
        Column("verdict", [_verdict(quality) for quality in qualities], folds=True),
    ]
    return Group(fitted_table(columns, width), *_reasons(qualities))


def baseline_table(quality: Quality, width: int | None = None) -> Table:
    """A baseline in a row: it has neither endpoint nor window."""
    suggested = f"{len(quality.constraints)} constraints suggested"
    columns = [
        _column("validation rows", [f"{quality.judged:,}"], right=True),
        *_metric_columns([quality]),
        _column("", [suggested], folds=True),
    ]
    return fitted_table(columns, width)


def _column(
    name: str, cells: Iterable[str], rank: int = 0, *, right: bool = False, folds: bool = False
) -> Column:
    return Column(name, [Text(cell) for cell in cells], rank, right, folds)


def _metric_columns(qualities: Sequence[Quality]) -> Iterator[Column]:
    if len({quality.reading.problem_type for quality in qualities}) > 1:
        yield _column("metrics", map(_metrics, qualities), 3)
        return
    names = {name: None for quality in qualities for name in _shown(quality)}
    for place, name in enumerate(names):
        cells = [_number(quality, name) for quality in qualities]
        # The first metric outlives the counts.
        yield _column(name, cells, 2 + place if place else 0, right=True)


def _name(quality: Quality, several: bool) -> str:
    return f"{quality.endpoint} {quality.variant}" if several else quality.endpoint


def _are_odd(qualities: Sequence[Quality]) -> bool:
    """Whether the beginning of any window does not tell its end: it is no full hour."""
    windows = (quality.window for quality in qualities)
    return any(w.end - w.start != _HOUR or w.start.minute or w.start.second for w in windows)


def _time(quality: Quality) -> str:
    return f"{quality.window.start:%m-%d %H:%M}"


def _span(quality: Quality) -> str:
    window = quality.window
    seconds = ":%S" if window.start.second or window.end.second else ""
    day = "" if window.start.date() == window.end.date() else "%m-%d "
    return f"{window.start:%m-%d %H:%M{seconds}} to {window.end:{day}%H:%M{seconds}}"


def _records(quality: Quality) -> str:
    return f"{quality.health.counts['records']:,}"


def _coverage(quality: Quality) -> str:
    return "" if quality.health.coverage is None else f"{quality.health.coverage:.1%}"


def _shown(quality: Quality) -> Sequence[str]:
    return _SHOWN[quality.reading.problem_type]


def _metrics(quality: Quality) -> str:
    """The main metrics side by side, each with its name."""
    shown = _shown(quality)[:_TOGETHER]
    return "  ".join(f"{name} {_number(quality, name):<5}" for name in shown).rstrip()


def _number(quality: Quality, name: str) -> str:
    found = quality.values.get(name)
    if found is None:
        return ""
    return "-" if found.value is None else _short_number(found.value)


def _short_number(value: float) -> str:
    """Three decimals, fewer of a large number: what fits a column and says enough."""
    size = abs(value)
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 10_000 else f"{value:.3g}"


def _verdict(quality: Quality) -> Text:
    """The status, with how many of the constraints have it."""
    text = str(quality.status)
    if quality.status in (Status.VIOLATION, Status.NOT_ENOUGH_EVIDENCE):
        of_it = [item for item in quality.checks if item.status is quality.status]
        text += f" {len(of_it)}/{len(quality.checks)}"
    return Text(text, style=_STYLES[quality.status])


def _reasons(qualities: Sequence[Quality]) -> Iterator[Text]:
    """Why windows were not evaluated: a line for each reason, with the windows that have it."""
    found: dict[tuple[str, str], list[Quality]] = {}
    for quality in qualities:
        if quality.status is Status.NOT_EVALUATED and quality.reason:
            found.setdefault((quality.endpoint, quality.reason), []).append(quality)
    for (endpoint, reason), some in found.items():
        more = f" and {len(some) - 1} more" if len(some) > 1 else ""
        where = f"{endpoint} {_time(some[0])}{more}"
        yield Text(f"{Status.NOT_EVALUATED}: {where}: {reason}", style=_STYLES[some[0].status])
