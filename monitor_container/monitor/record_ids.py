"""The ids by which labels know a request or a record, without the records themselves."""

from __future__ import annotations

import ibis
from ibis import _

from monitor.keys import request_of

# An id of a request, and an id of the business, may be the same text.
_OF_REQUEST, _OF_RECORD = 0, 1
KEY = ["kind", "id"]


def ids_in_requests(predictions: ibis.Table) -> ibis.Table:
    """Every id that labels may know a request by, with the request's time."""
    by_request = predictions.select(
        "event_id", time=_.inference_time, request=request_of(predictions)
    ).distinct()
    by_record = predictions.filter(_.record_id.notnull())
    return ibis.union(
        by_request.select(kind=ibis.literal(_OF_REQUEST), id=_.request, time=_.time),
        by_request.select(kind=ibis.literal(_OF_REQUEST), id=_.event_id, time=_.time),
        by_record.select(kind=ibis.literal(_OF_RECORD), id=_.record_id, time=_.inference_time),
        distinct=True,
    )


def ids_in_labels(labels: ibis.Table) -> ibis.Table:
    """Every id that labels speak of, with the file they stand in and the time when that came."""
    return ibis.union(
        *(
            labels.select(
                kind=ibis.literal(kind), id=labels[name], time=_.arrived_at, source_key=_.source_key
            )
            for kind, name in ((_OF_REQUEST, "inference_id"), (_OF_RECORD, "record_id"))
        ),
        distinct=True,
    ).filter(_.id.notnull())
