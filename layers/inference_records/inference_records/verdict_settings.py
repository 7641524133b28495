"""The part of `monitor.json` that says when somebody is woken."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]


class FalsePages(Struct, frozen=True, forbid_unknown_fields=True):
    """How often an unchanged endpoint may wake somebody, over all its metrics and variants."""

    count: Annotated[float, Meta(gt=0, description="false pages that are accepted ...")] = 1.0
    days: Annotated[float, Meta(gt=0, description="... in so many days")] = 30.0


class Drop(Struct, frozen=True, forbid_unknown_fields=True):
    """What matters of one metric, in its own unit."""

    smallest: Annotated[
        Annotated[float, Meta(ge=0)] | None, Meta(description="a smaller drop never violates")
    ] = None
    visible: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="a window that could not have shown such a drop is not OK"),
    ] = None


class Verdicts(Struct, frozen=True, forbid_unknown_fields=True):
    """How metrics become verdicts."""

    policy: Annotated[
        Literal["evidence", "threshold"],
        Meta(
            description="evidence: a difference to the baseline beyond chance; "
            "threshold: SageMaker's rule, a value beyond its threshold"
        ),
    ] = "evidence"
    false_pages: FalsePages = FalsePages()
    smallest_drop: Annotated[
        float,
        Meta(
            ge=0,
            description="a drop matters if it is at least this share of the baseline's distance "
            "from perfect: 0.1 is an error rate that grew by a tenth",
        ),
    ] = 0.1
    visible_drop: Annotated[
        float,
        Meta(
            gt=0,
            description="a window is OK only if it could have shown a drop of this share of the "
            "baseline's distance from perfect (or of a hundredth of the metric's scale, if that is "
            "more): 2 is an error rate that trebled",
        ),
    ] = 2.0
    drops: Annotated[
        dict[str, Drop], Meta(description="what matters of single metrics, in their own units")
    ] = {}


class JoinLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Beyond these, and beyond chance, the join is broken: quality is not judged. From 0 to 1."""

    min_coverage: Annotated[
        Share, Meta(description="labelled share of the records, once the window is final")
    ] = 0.5
    max_orphan_labels: Annotated[
        Share, Meta(description="share of the labels that arrived in the window and fit no request")
    ] = 0.05
    max_duplicate_labels: Annotated[
        Share, Meta(description="share of the labels that were said before")
    ] = 0.4
    max_conflicting_labels: Annotated[
        Share, Meta(description="share of the records whose labels contradict each other")
    ] = 0.05
    max_duplicate_inference_ids: Annotated[
        Share, Meta(description="share of the requests whose inference id was used again")
    ] = 0.01
    max_positions_out_of_range: Annotated[
        Share, Meta(description="share of the labels at positions that the request does not have")
    ] = 0.01
    max_labels_without_position: Annotated[
        Share, Meta(description="share of the labels that name a request of several records only")
    ] = 0.01
    max_length_mismatches: Annotated[
        Share, Meta(description="share of the requests with another number of records than answers")
    ] = 0.01
    max_rejected: Annotated[
        Share, Meta(description="share of the records, and of the requests, that could not be read")
    ] = 0.05
    capture_gap: Annotated[
        bool,
        Meta(
            description="a window without requests between windows with some is a violation, "
            "where a day (and a week) before there were some"
        ),
    ] = True
