"""The part of `monitor.json` that says how to read requests, responses and labels."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Number = Annotated[int, Meta(ge=0)]


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """How to read one side of a request; a column of CSV or of lists is numbered from 0."""

    records: Annotated[
        str | None, Meta(description="JMESPath from the decoded JSON body to its list of records")
    ] = None
    content_type: Annotated[
        str | None, Meta(description="what a BASE64 body is, where its own content type misleads")
    ] = None
    header: Annotated[
        bool | None, Meta(description="whether a CSV body begins with a line of column names")
    ] = None


class Request(Body, frozen=True, forbid_unknown_fields=True):
    """How to read the request."""

    record_id: Annotated[
        str | Number | None,
        Meta(description="column with the record id of the business, when labels are keyed by it"),
    ] = None


class Response(Body, frozen=True, forbid_unknown_fields=True):
    """How to read the response; what is left out is inferred per captured file."""

    prediction: Annotated[
        str | Number | None, Meta(description="column with the predicted label or value")
    ] = None
    probability: Annotated[
        str | Number | None,
        Meta(description="column with the probability, or with the list of class probabilities"),
    ] = None
    record_index: Annotated[
        str | Number | None,
        Meta(description="column with the record's 0-based position; default: the list position"),
    ] = None


class GroundTruth(Struct, frozen=True, forbid_unknown_fields=True):
    """Which columns of a label table hold what; names are found without it when they are usual."""

    inference_id: Annotated[
        str | None, Meta(description="column with the inference id or the event id")
    ] = None
    record_id: Annotated[str | None, Meta(description="column with the id of the business")] = None
    record_index: Annotated[
        str | None, Meta(description="column with the 0-based position in the payload")
    ] = None
    label: Annotated[str | None, Meta(description="column with the true label or value")] = None
