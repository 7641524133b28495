"""Splits SageMaker data capture and ground truth into one row per inference record.

One request to an endpoint may carry many inference records. A record is known by the request's id
(the caller's inference id, else SageMaker's event id) and its 0-based position in the payload.
Everything here is pure (bytes in, Arrow tables out) but `object_worker`, the edge of both
functions.
"""
