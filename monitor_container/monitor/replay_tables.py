"""What a replay found, in sentences, a table, and a document for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from monitor.constraints import Status
from monitor.replay import Page, Replay
from monitor.windows import iso
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


def page_table(pages: Sequence[Page]) -> Table:
    """Each page: when, of which window, and why."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("at (UTC)", "window (UTC)", "variant", "verdict"):
        table.add_column(name, no_wrap=True)
    table.add_column("because of", overflow="fold")
    for page in pages:
        quality = page.change.quality
        table.add_row(
            f"{page.at:%Y-%m-%d %H:%M}",
            f"{quality.window.start:%Y-%m-%d %H:%M}",
            quality.variant,
            str(quality.status),
            ", ".join(f"{item.constraint.metric} {item.value:.4g}" for item in quality.violations),
        )
    return table


def replay_document(found: Replay, then: Replay | None) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "windows": found.windows,
        "verdicts": {str(status): found.verdicts[status] for status in Status},
        "broken_joins": found.broken_joins,
        "pages": [_page(page) for page in found.pages],
        "pages_with_the_settings_that_hold": None if then is None else len(then.alarms),
    }


def _page(page: Page) -> dict[str, Any]:
    quality = page.change.quality
    return {
        "at": iso(page.at),
        "window": {"start": iso(quality.window.start), "end": iso(quality.window.end)},
        "variant": quality.variant,
        "verdict": str(quality.status),
        "metrics": [item.constraint.metric for item in quality.violations],
    }
