"""Judged windows with what their pages show beside the numbers, counted by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.interpretation import Interpretation
from monitor.join import Joined
from monitor.label_delays import label_delays
from monitor.positions import pictures, pictures_in
from monitor.quality import Quality
from monitor.requested import RunRequest
from monitor.windows import Window


def for_pages(
    found: list[Quality],
    numbers: Mapping[Window, int],
    joined: Joined,
    span: Window,
    alike: Mapping[Interpretation, list[int]],
    request: RunRequest,
) -> list[Quality]:
    """The windows with what their pages show beside the numbers."""
    settings, tenths = request.configuration, request.baseline.tenths
    if joined.arrays is None:
        shown = pictures(joined.evaluated, joined.matched, alike, settings, tenths)
    else:
        shown = pictures_in(joined.arrays, lambda: joined.evaluated, alike, settings, tenths)
    delays = label_delays(joined.latest, span, request.period)
    return [
        replace(
            quality,
            pictures=shown.get((quality.variant, numbers[quality.window]), "{}"),
            delay=delays.get(numbers[quality.window]),
        )
        for quality in found
    ]
