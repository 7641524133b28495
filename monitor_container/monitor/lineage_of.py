"""Windows that were judged -> the lineage of each: its own files, and a digest of all in reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inference_records import partitions
from monitor.lineage import (
    Input,
    Lineage,
    digest_of_baseline,
    digest_of_code,
    digest_of_configuration,
    digest_of_lines,
    line_of,
)
from monitor.listing import Listing, dataset_of, within_reach
from monitor.origins import Origins, origins
from monitor.requested import RunRequest, files_of, labels, predictions
from monitor.windows import Window

_HOUR = timedelta(hours=1)


def lineages(
    request: RunRequest, listing: Listing, windows: Collection[Window]
) -> dict[Window, Lineage]:
    """The lineage of each of some windows of the request's range."""
    engine = request.connect()
    first = min(windows)
    span = Window(first.start, max(windows).end)
    request = replace(request, start=span.start, end=span.end)
    numbers = {(window.start - span.start) // request.period: window for window in windows}
    found = origins(
        predictions(engine, request),
        labels(engine, request, span),
        span,
        request.period,
        numbers.keys(),
    )
    # With another endpoint, labels that name none are no longer this one's orphans.
    whose = Input("labels", "shared" if request.prepared.shares_labels() else "own")
    files = _files(request, listing, span)
    return {
        window: _lineage(request, files, window, found[number], whose)
        for number, window in numbers.items()
    }


@dataclass(frozen=True, slots=True)
class _File:
    """One file, as each of many windows asks for it."""

    of: Input
    dataset: str
    name: str
    hour: datetime
    line: bytes


def _files(request: RunRequest, listing: Listing, span: Window) -> list[_File]:
    """All files that a run over the span would read, in order of key."""
    keys = (listing.key(file) for some in files_of(request, span).values() for file in some)
    found = []
    for key in sorted(keys):
        of = Input(key, listing.versions[key])
        name = key.rpartition("/")[2]
        found.append(_File(of, dataset_of(key), name, listing.hours[key], line_of(of)))
    return found


def _lineage(
    request: RunRequest, files: Sequence[_File], window: Window, of: Origins, whose: Input
) -> Lineage:
    since, until = within_reach(window, request.configuration)
    labels_since = window.start - request.configuration.label_lookback_hours * _HOUR
    has_hours = request.prepared.keeps_arrivals
    every = [
        file
        for file in files
        if (
            not has_hours or labels_since - _HOUR < file.hour
            if file.dataset == partitions.GROUND_TRUTH
            else since - _HOUR < file.hour < until
        )
    ]
    requests, labels = _names(of.requests), _names(of.labels)
    lines = sorted([*(file.line for file in every), line_of(whose)])
    return Lineage(
        inputs=tuple(file.of for file in every if _is_own(file, window, requests, labels)),
        context=digest_of_lines(lines),
        configuration=digest_of_configuration(request.configuration),
        baseline=digest_of_baseline(request.baseline),
        code=digest_of_code(),
    )


def _names(sources: Collection[str]) -> frozenset[str]:
    """Of the prepared files; a name costs a digest, and is asked for once for each file."""
    return frozenset(map(partitions.prepared_name, sources))


def _is_own(
    file: _File, window: Window, requests: Collection[str], labels: Collection[str]
) -> bool:
    """Whether a file holds requests of the window, or labels that speak of them."""
    if file.dataset == partitions.GROUND_TRUTH:
        return file.name in labels
    overlaps = file.hour < window.end and window.start < file.hour + _HOUR
    return overlaps and (file.dataset == partitions.SET_ASIDE or file.name in requests)
