"""How healthy the join is: what was captured, labelled, lost and said twice, by window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
from ibis import _

from monitor.keys import window_of
from monitor.requests import ending, repeated_endings
from monitor.windows import Window

HEALTH_COUNTS = (
    "requests", "records", "evaluated", "unlabelled", "captured_twice", "duplicate_inference_ids",
    "duplicate_labels", "conflicting_labels", "positions_out_of_range", "labels_without_position",
    "orphan_labels", "arrived_labels", "labels", "rejected", "length_mismatches",
    "unreadable_requests",
)  # fmt: skip
# Reasons of the splitter: every other one costs a request with all its records.
_LENGTH_MISMATCH, _SINGLE_RECORDS = "count_mismatch", "no_prediction"


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the time and the place of a label tell."""

    are_known: bool = False
    """Whether they are those of the upload; a copy on a disk is younger than all its windows."""
    are_shared: bool = False
    """Whether a label that names no endpoint may be another endpoint's."""


AS_OF_FILES = Arrivals()
"""Of one endpoint's files on a disk."""


def health_counts(
    records: ibis.Table,
    requests: ibis.Table,
    latest: ibis.Table,
    set_aside: ibis.Table,
    span: Window,
    period: timedelta,
    arrivals: Arrivals = AS_OF_FILES,
) -> ibis.Table:
    """Counts by variant and window, to be added up; what belongs to no variant has a null one.

    `records` are what `said_by_cell` tells.
    """
    inside = _inside(requests, "inference_time", span, period)
    asked = inside.group_by("variant", "window").aggregate(
        requests=(_.requests * (~_.is_repeat).cast("int64")).sum()
    )
    replaced = inside.filter(_.event_id != _.replaced_by).group_by("variant", "window")
    replaced = replaced.aggregate(duplicate_inference_ids=_.event_id.nunique())
    placed = _inside(latest, "request_time", span, period).group_by("window")
    misplaced = placed.aggregate(
        labels=_.labels.sum(),
        positions_out_of_range=(_.record_index >= _.request_records).sum(),
        labels_without_position=_.record_index.isnull().sum(),
    )
    came = _came(latest, span, period, arrivals)
    arrived = came.group_by("window").aggregate(arrived_labels=_.labels.sum())
    orphans = came.filter(_.request_records.isnull()).anti_join(_unreadable(set_aside), "request")
    orphans = orphans.group_by("window").aggregate(orphan_labels=_.count())
    lost = _inside(_once(set_aside), "inference_time", span, period)
    is_whole = _.reason.notin((_LENGTH_MISMATCH, _SINGLE_RECORDS)) & (_.records > 0)
    lost = lost.group_by("variant", "window").aggregate(
        rejected=_.records.sum(),
        length_mismatches=(_.reason == _LENGTH_MISMATCH).sum(),
        unreadable_requests=is_whole.sum(),
    )
    parts = (records, asked, _twice(inside), replaced, misplaced, arrived, orphans, lost)
    return ibis.union(*map(_complete, parts))


def said_by_cell(matched: ibis.Table) -> ibis.Table:
    """Records of each variant and window, and what was said of them."""
    return matched.group_by("variant", "window").aggregate(
        records=_.count(),
        evaluated=_.label.notnull().sum(),
        unlabelled=_.label.isnull().sum(),
        duplicate_labels=(_.copies - 1).sum(),
        conflicting_labels=_.conflicting.sum(),
    )


def _twice(requests: ibis.Table) -> ibis.Table:
    """Events that were captured again, looked for among the few that may have been."""
    some = requests.mutate(ending=ending(_.event_id))
    some = some.semi_join(repeated_endings(requests, "event_id"), "ending")
    return some.group_by("variant", "window").aggregate(
        captured_twice=_.count() - _.event_id.nunique()
    )


def _inside(table: ibis.Table, time: str, span: Window, period: timedelta) -> ibis.Table:
    rows = table.filter(table[time] >= span.start, table[time] < span.end)
    return rows.mutate(window=window_of(rows[time], span, period))


def _complete(table: ibis.Table) -> ibis.Table:
    """With every count; what a table does not know is 0 in it."""
    none = ibis.literal(0)
    known = {name: table[name] if name in table.columns else none for name in HEALTH_COUNTS}
    return table.select(
        variant=table.variant if "variant" in table.columns else ibis.null("string"),
        window=table.window,
        **{name: ibis.coalesce(value, 0).cast("int64") for name, value in known.items()},
    )


def _came(latest: ibis.Table, span: Window, period: timedelta, arrivals: Arrivals) -> ibis.Table:
    """Labels by the window in which they arrived; later ones in the last, if that may be wrong."""
    came = latest.filter(_.arrived_at >= span.start)
    if arrivals.are_known:
        came = came.filter(_.arrived_at < span.end)
    if arrivals.are_shared:
        came = came.filter(_.request_records.notnull() | _.names_endpoint)
    last = (int((span.end - span.start).total_seconds()) - 1) // int(period.total_seconds())
    return came.mutate(window=ibis.least(window_of(_.arrived_at, span, period), last))


def _unreadable(set_aside: ibis.Table) -> ibis.Table:
    """Requests that were captured and could not be read: a label of one is no orphan."""
    ids = set_aside.select(request=_.event_id).union(set_aside.select(request=_.inference_id))
    return ids.filter(_.request.notnull())


def _once(set_aside: ibis.Table) -> ibis.Table:
    """Of a request that was captured twice, what one of its lines lost.

    A line that does not tell its request cannot be known again, and counts each time.
    """
    place = ["source_key", "source_line"]
    lines = ibis.window(group_by=["variant", "event_id"], order_by=place)
    ranked = set_aside.mutate(line=ibis.dense_rank().over(lines))
    return ranked.filter(_.event_id.isnull() | (_.line == 0))
