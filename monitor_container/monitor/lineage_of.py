"""Windows that were judged -> the lineage of each: its own files, and a digest of all in reach."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta

from inference_records import partitions
from monitor.engine import labels_table, predictions_table
from monitor.lineage import (
    Input,
    Lineage,
    digest_of_baseline,
    digest_of_code,
    digest_of_configuration,
    digest_of_files,
)
from monitor.listing import Listing, within_reach
from monitor.origins import Origins, origins
from monitor.requested import RunRequest
from monitor.windows import Window

_HOUR = timedelta(hours=1)


def lineages(
    request: RunRequest, listing: Listing, windows: Collection[Window]
) -> dict[Window, Lineage]:
    """The lineage of each of some windows of the request's range."""
    engine, filesystem = request.connect(), listing.location.filesystem
    prepared, endpoint = request.prepared, request.endpoint
    first = min(windows)
    span = Window(first.start, max(windows).end)
    since, until = within_reach(span, request.configuration)
    lookback = request.configuration.label_lookback_hours * _HOUR
    numbers = {(window.start - span.start) // request.period: window for window in windows}
    found = origins(
        predictions_table(engine, prepared.predictions(endpoint, since, until), filesystem),
        labels_table(engine, prepared.labels(endpoint, span.start - lookback), filesystem),
        span,
        request.period,
        numbers.keys(),
    )
    # With another endpoint, labels that name none are no longer this one's orphans.
    whose = Input("labels", "shared" if prepared.shares_labels() else "own")
    return {
        window: _lineage(request, listing, window, found[number], whose)
        for number, window in numbers.items()
    }


def _lineage(
    request: RunRequest, listing: Listing, window: Window, of: Origins, whose: Input
) -> Lineage:
    every = list(_in_reach(request, listing, window))
    requests, labels = _names(of.requests), _names(of.labels)
    return Lineage(
        inputs=tuple(sorted(item for item in every if _is_own(item.key, window, requests, labels))),
        context=digest_of_files([*every, whose]),
        configuration=digest_of_configuration(request.configuration),
        baseline=digest_of_baseline(request.baseline),
        code=digest_of_code(),
    )


def _in_reach(request: RunRequest, listing: Listing, window: Window) -> Iterator[Input]:
    """All files that a run over this window alone would read."""
    prepared, endpoint = request.prepared, request.endpoint
    since, until = within_reach(window, request.configuration)
    lookback = request.configuration.label_lookback_hours * _HOUR
    for files in (
        prepared.prediction_files(endpoint, since, until),
        prepared.set_aside_files(endpoint, since, until),
        prepared.label_files(endpoint, window.start - lookback),
    ):
        for file in files:
            key = listing.key(file)
            yield Input(key, listing.versions[key])


def _names(sources: Collection[str]) -> frozenset[str]:
    """Of the prepared files; a name costs a digest, and is asked for once for each file."""
    return frozenset(map(partitions.prepared_name, sources))


def _is_own(key: str, window: Window, requests: Collection[str], labels: Collection[str]) -> bool:
    """Whether a file holds requests of the window, or labels that speak of them."""
    dataset, _, rest = key.partition("/")
    name = rest.rpartition("/")[2]
    if dataset == partitions.GROUND_TRUTH:
        return name in labels
    hour = partitions.partition_hour(key)
    overlaps = hour is not None and hour < window.end and window.start < hour + _HOUR
    if dataset == partitions.SET_ASIDE:
        return overlaps
    return overlaps and name in requests
