"""How the predictions moved against the baseline: shares of both, and how much changed sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.wording import number, plain

MOST_BARS = 12
_LONGEST = 24
_OTHERS = "all others"
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One class, or one tenth: its share of the predictions, now and before."""

    name: str
    now: float
    before: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Shares of all captured predictions, labelled or not."""

    title: str
    across: str
    records: int
    bars: tuple[Bar, ...]
    ordered: bool
    """Whether the bars follow a scale."""

    @property
    def share(self) -> float:
        """How much would have to change its bar to be as before (total variation)."""
        return sum(abs(bar.now - bar.before) for bar in self.bars) / 2


Rows = Sequence[Sequence[Any]]


def moved_of(labelled: Rows, pictures: Mapping[str, Any], before: Mapping[str, Any]) -> list[Moved]:
    """Of classes and probabilities, or of a regression's values; what the baseline lacks is not."""
    old = before.get("labelled")
    counts: list[int] = pictures.get("predicted") or []
    tenths = before.get("tenths")
    if counts and isinstance(tenths, list):
        return [_values(counts, [float(edge) for edge in tenths])]
    if not isinstance(old, list):
        return []
    found = (_classes(labelled, old), _probabilities(labelled, old))
    return [item for item in found if item is not None]


def _values(counts: Sequence[int], tenths: Sequence[float]) -> Moved:
    shown = [number(edge) for edge in tenths]
    names = [f"up to {shown[0]}", *(f"to {edge}" for edge in shown[1:]), f"above {shown[-1]}"]
    total = sum(counts)
    bars = tuple(
        Bar(name, count / total, 1 / _TENTHS) for name, count in zip(names, counts, strict=True)
    )
    return Moved("Predicted values", "tenths of the baseline's predictions", total, bars, True)


def _classes(now: Rows, before: Rows) -> Moved | None:
    new, old = _counted(now, 0), _counted(before, 0)
    if not new or not old:
        return None
    total, earlier = sum(new.values()), sum(old.values())
    names = sorted(
        new.keys() | old.keys(),
        key=lambda name: (-abs(new[name] / total - old[name] / earlier), str(name)),
    )
    shown = names if len(names) <= MOST_BARS else names[: MOST_BARS - 1]
    bars = [
        Bar(plain(str(name), _LONGEST), new[name] / total, old[name] / earlier)
        for name in sorted(shown, key=str)
    ]
    if rest := names[len(shown) :]:
        one, other = sum(new[n] for n in rest), sum(old[n] for n in rest)
        bars.append(Bar(_OTHERS, one / total, other / earlier))
    return Moved("Predicted classes", "class", total, tuple(bars), False)


def _probabilities(now: Rows, before: Rows) -> Moved | None:
    new, old = _counted(now, 1), _counted(before, 1)
    if not new or not old:
        return None
    total, earlier = sum(new.values()), sum(old.values())
    bars = tuple(
        Bar(f"{tenth / _TENTHS:.1f} to {(tenth + 1) / _TENTHS:.1f}",
            new[tenth] / total, old[tenth] / earlier)
        for tenth in range(_TENTHS)
    )  # fmt: skip
    return Moved("Predicted probabilities", "probability", total, bars, True)


def _counted(rows: Rows, place: int) -> Counter[Any]:
    """Captured records by class (0) or by tenth of the probability (1)."""
    found: Counter[Any] = Counter()
    for row in rows:
        if row[place] is not None:
            found[row[place]] += row[2]
    return found
