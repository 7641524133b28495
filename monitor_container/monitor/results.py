"""What a run found: window by window, variant by variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.quality import Quality
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window: each variant judged by itself, and of several also what they are together."""

    window: Window
    variants: tuple[Quality, ...]
    together: Quality | None = None

    @property
    def whole(self) -> Quality:
        """The endpoint: its only variant, or all of them together."""
        return self.together or self.variants[0]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run found, window by window."""

    windows: list[WindowResult] = field(default_factory=list)

    @property
    def qualities(self) -> list[Quality]:
        """Every window of every variant, variant by variant."""
        every = [quality for window in self.windows for quality in window.variants]
        return sorted(every, key=lambda item: (item.endpoint, item.variant, item.window))


def by_window(
    variants: list[Quality], together: Sequence[Quality] = (), *, each_alone: bool = False
) -> list[WindowResult]:
    """The windows in order, each with its variants and what they are together.

    `each_alone` what there is of one variant is not told twice, whatever other windows have.
    """
    whole = {quality.window: quality for quality in together}
    found: dict[Window, list[Quality]] = {}
    for quality in sorted(variants, key=lambda item: (item.window, item.variant)):
        found.setdefault(quality.window, []).append(quality)
    return [
        WindowResult(
            window,
            tuple(qualities),
            None if each_alone and len(qualities) == 1 else whole.get(window),
        )
        for window, qualities in found.items()
    ]
