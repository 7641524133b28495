"""How healthy the join is: what was captured, labelled, lost and said twice, by window."""

from __future__ import annotations

from datetime import timedelta

import ibis
from ibis import _

from monitor.keys import window_of
from monitor.windows import Window

HEALTH_COUNTS = (
    "requests", "records", "evaluated", "unlabelled", "captured_twice", "duplicate_inference_ids",
    "duplicate_labels", "conflicting_labels", "positions_out_of_range", "labels_without_position",
    "orphan_labels",
)  # fmt: skip


def health_counts(
    matched: ibis.Table,
    requests: ibis.Table,
    latest: ibis.Table,
    span: Window,
    period: timedelta,
) -> ibis.Table:
    """Counts by variant and window; what belongs to no variant has a null one."""
    has_label = _.label.notnull()
    records = matched.group_by("variant", "window").aggregate(
        records=_.count(),
        evaluated=has_label.sum(),
        unlabelled=_.label.isnull().sum(),
        duplicate_labels=ibis.coalesce((_.copies - 1).sum(), 0),
        conflicting_labels=ibis.coalesce(_.conflicting.sum(), 0),
    )
    inside = requests.filter(_.inference_time >= span.start, _.inference_time < span.end)
    inside = inside.mutate(window=window_of(_.inference_time, span, period))
    asked = inside.group_by("variant", "window").aggregate(
        requests=(~_.is_repeat).sum(),
        captured_twice=_.count() - _.event_id.nunique(),
        duplicate_inference_ids=_.event_id.nunique(where=_.event_id != _.replaced_by),
    )
    placed = latest.filter(_.request_time >= span.start, _.request_time < span.end)
    placed = placed.mutate(window=window_of(_.request_time, span, period))
    misplaced = placed.group_by("window").aggregate(
        positions_out_of_range=(_.record_index >= _.request_records).sum(),
        labels_without_position=_.record_index.isnull().sum(),
    )
    orphans = _orphans(latest, span, period)
    shared = misplaced.outer_join(orphans, "window").mutate(
        window=ibis.coalesce(_.window, _.window_right)
    )
    by_variant = records.outer_join(asked, ["variant", "window"]).mutate(
        variant=ibis.coalesce(_.variant, _.variant_right),
        window=ibis.coalesce(_.window, _.window_right),
    )
    return _stack(by_variant, shared)


def _stack(by_variant: ibis.Table, shared: ibis.Table) -> ibis.Table:
    names = ("variant", "window", *HEALTH_COUNTS)

    def complete(table: ibis.Table) -> ibis.Table:
        present = {
            name: table[name] if name in table.columns else ibis.literal(0) for name in names[2:]
        }
        variant = table.variant if "variant" in table.columns else ibis.null("string")
        return table.select(
            variant=variant,
            window=table.window,
            **{name: ibis.coalesce(value, 0).cast("int64") for name, value in present.items()},
        )

    return complete(by_variant).union(complete(shared))


def _orphans(latest: ibis.Table, span: Window, period: timedelta) -> ibis.Table:
    """Labels that fit no known request, in the window in which they arrived, or the last one."""
    last = (int((span.end - span.start).total_seconds()) - 1) // int(period.total_seconds())
    lost = latest.filter(_.request_records.isnull(), _.arrived_at >= span.start)
    window = ibis.least(window_of(_.arrived_at, span, period), last)
    return lost.group_by(window=window).aggregate(orphan_labels=_.count())
