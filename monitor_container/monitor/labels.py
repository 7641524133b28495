"""The latest label of each (request, record index), and what else was said of it."""

from __future__ import annotations

import ibis
from ibis import _
from ibis.backends.duckdb import Backend

from inference_records.partitions import SHARED_ENDPOINT


def latest_labels(
    backend: Backend, labels: ibis.Table, kept: ibis.Table, counted: ibis.Table
) -> ibis.Table:
    """One row a (request, record index): its latest label, and what else was said of it.

    A label without position belongs to the record of a request that has one; it stays without
    where there are several, so that it can displace the label of none. It arrived when something
    was last said: to know when it was first said, all files since ever would have to be read.
    """
    columns = (
        "request", "record_index", "label", "label_value", "source_key", "source_line", "endpoint",
    )  # fmt: skip
    # A record id says which record of a request is meant, where no position does.
    is_by_record = _.record_id.notnull() & (_.inference_id.isnull() | _.record_index.isnull())
    named = _with_request(labels, kept)
    by_request = named.filter(~is_by_record)
    by_record = _by_record(named.filter(is_by_record), counted)
    every = by_request.select(*columns, "arrived_at").union(
        by_record.select(*columns, "arrived_at")
    )
    every = every.join(source_order(backend, labels), ["source_key", "arrived_at"])
    known = kept.group_by("request").aggregate(
        request_records=_.record_count.max(), request_time=_.inference_time.max()
    )
    every = every.left_join(known, "request").drop("request_right")
    return latest_of(every)


def latest_of(every: ibis.Table) -> ibis.Table:
    """The latest of labels that know their request, its records and time; each stands for one."""
    only = ibis.ifelse(_.request_records == 1, 0, None)
    every = every.mutate(
        record_index=ibis.coalesce(_.record_index, only).cast("int32"),
        order=_.source_order * 2**32 + _.source_line,
    )
    return every.group_by("request", "record_index").aggregate(
        label=_.label.argmax(_.order),
        label_value=_.label_value.argmax(_.order),
        copies=_.count(),
        labels=ibis.literal(1, "int64"),
        conflicting=_.label.min() != _.label.max(),
        arrived_at=_.arrived_at.max(),
        names_endpoint=(_.endpoint != SHARED_ENDPOINT).max(),
        request_records=_.request_records.max(),
        request_time=_.request_time.max(),
    )


def _with_request(labels: ibis.Table, kept: ibis.Table) -> ibis.Table:
    """Labels with the request's own key: an event id serves also where the caller sent an id."""
    renamed = kept.filter(_.inference_id.notnull()).select(
        inference_id=_.event_id, renamed=_.request
    )
    found = labels.left_join(renamed.distinct(), "inference_id")
    return found.mutate(request=ibis.coalesce(_.renamed, _.inference_id))


def _by_record(labels: ibis.Table, counted: ibis.Table) -> ibis.Table:
    """Labels by the record id of the business fit every prediction that was made for it.

    With a request's id beside it, only that request's.
    """
    targets = counted.filter(_.record_id.notnull())
    targets = targets.select("record_id", "record_index", of_request=_.request).distinct()
    labels = labels.drop("record_index")
    is_of_request = labels.request.isnull() | (labels.request == targets.of_request)
    found = labels.left_join(targets, [labels.record_id == targets.record_id, is_of_request])
    return found.mutate(request=ibis.coalesce(_.of_request, _.request, _.record_id))


def source_order(backend: Backend, labels: ibis.Table) -> ibis.Table:
    """Label files by arrival, then by key: few rows, so that a label's age is one whole number."""
    sources = labels.select("source_key", "arrived_at").distinct()
    order = ibis.row_number().over(order_by=["arrived_at", "source_key"]).cast("int64")
    return backend.create_table("label_sources", sources.mutate(source_order=order), temp=True)
