"""What a replay found, in sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from monitor.constraints import Status
from monitor.fitted_table import Column, fitted_table
from monitor.quality import Quality
from monitor.replay import Page, Replay
from monitor.wording import count, moment


def summary(found: Replay, then: Replay | None) -> Iterator[str]:
    """How the windows were judged, and beside it how the settings of now judge them."""
    yield f"{count(found.windows, 'window')} judged: {_verdicts(found)}"
    if found.broken_joins:
        yield f"{found.broken_joins:,} not judged because of a broken join"
    yield _alarms("with these settings", found)
    if then is not None:
        yield _alarms("with those that hold", then)


def _verdicts(found: Replay) -> str:
    return ", ".join(f"{found.verdicts[status]:,} {status}" for status in Status)


def _alarms(whose: str, found: Replay) -> str:
    alarms = found.alarms
    if not alarms:
        return f"{whose}: nobody would have been woken"
    first = alarms[0]
    where = moment(first.change.quality.window.start)
    return (
        f"{whose}: {count(len(alarms), 'page')}, the first at {moment(first.at)} "
        f"for the window of {where}"
    )


def page_table(pages: Sequence[Page], width: int | None = None) -> Table:
    """Each page: when, of which window, and why; in a narrow terminal without the variant."""
    changed = [(page.at, page.change.quality) for page in pages]
    columns = [
        Column("at (UTC)", [Text(f"{at:%Y-%m-%d %H:%M}") for at, _quality in changed]),
        Column(
            "window (UTC)",
            [Text(f"{quality.window.start:%Y-%m-%d %H:%M}") for _at, quality in changed],
        ),
        Column("variant", [Text(quality.variant) for _at, quality in changed], 1),
        Column("verdict", [Text(str(quality.status)) for _at, quality in changed]),
        Column("because of", [Text(_why(quality)) for _at, quality in changed], folds=True),
    ]
    return fitted_table(columns, width)


def _why(quality: Quality) -> str:
    return ", ".join(f"{item.constraint.metric} {item.value:.4g}" for item in quality.violations)
