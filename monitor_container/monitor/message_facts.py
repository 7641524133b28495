"""The facts at the head of a message: which window, what was before, on how much it rests."""

from __future__ import annotations

import math
from datetime import timedelta

from monitor.constraints import Status
from monitor.notices import Finding
from monitor.quality import Quality
from monitor.verdicts import Change
from monitor.wording import count, duration, lines, moment, number, plain, share, span

_INDENT = " " * 11
_SURE = 2.0
_ENOUGH = 0.5
_SMALLEST_CHANCE = 1e-6
_TOTALS = ("requests", "records", "evaluated", "labels", "arrived_labels")


def facts(change: Change, found: list[Finding]) -> str:
    """The facts, one a line, each under its name."""
    quality, counts = change.quality, change.quality.health.counts
    told = {
        "Window": span(quality.window.start, quality.window.end),
        "Before": _before(change),
        "Judged": f"{count(quality.judged, 'record')} of {count(counts['requests'], 'request')};"
        f" {share(quality.health.coverage or 0.0)} of the captured records have a label",
        "Join": _join(quality),
        "How sure": " ".join(_certainty(quality, found)),
    }
    return "\n".join(lines(text, f"{name:<{len(_INDENT)}}", _INDENT) for name, text in told.items())


def lasted(change: Change) -> str | None:
    """How long the verdict before held; None if that is unknown or it never did."""
    passed = change.quality.window.start - change.before.since if change.before else timedelta()
    return duration(passed) if passed > timedelta() else None


def _before(change: Change) -> str:
    if change.before is None:
        return "not known: this is the first verdict, or what was remembered is lost"
    told = f"{change.before.verdict} since {moment(change.before.since)}"
    return f"{told} ({long})" if (long := lasted(change)) else told


def _join(quality: Quality) -> str:
    counts = {name: n for name, n in quality.health.counts.items() if name not in _TOTALS}
    counts["not_comparable"] = quality.health.counts["evaluated"] - quality.judged
    told = [f"{n:,} {name.replace('_', ' ')}" for name, n in counts.items() if n]
    return ", ".join(told) or "each record has its label, each label its record"


def _certainty(quality: Quality, found: list[Finding]) -> list[str]:
    coverage = quality.health.coverage or 0.0
    told = [_margin(found, quality.status)]
    if coverage < _ENOUGH:
        told.append(f"LITTLE LABELLED: {share(1 - coverage)} of the records may tell otherwise.")
    return told


def _margin(found: list[Finding], status: Status) -> str:
    """How far the metric that says most is from its threshold, in words."""
    if found and found[0].p_value is not None:
        return _evidence(found[0], status)
    known = [(item.beyond, item) for item in found if item.beyond is not None]
    if not known:
        return "UNKNOWN: no standard error, which takes records of several requests."
    beyond, item = known[0]
    side = "beyond" if status is Status.VIOLATION else "inside"
    far = f"{plain(item.metric, 40)} is {standard_errors(abs(beyond))} {side} its threshold"
    if abs(beyond) >= _SURE:
        return f"High: {far}."
    alone = "chance alone may do that" if status is Status.VIOLATION else "it may cross it again"
    return f"LOW: {far}; {alone}."


def _evidence(finding: Finding, status: Status) -> str:
    """How rarely chance alone does that, and how much the window could have shown."""
    metric = plain(finding.metric, 40)
    if status is Status.VIOLATION:
        allowed = f"the budget allows 1 in {1 / finding.level:,.0f}" if finding.level else "none"
        return f"High: chance alone makes {metric} so bad in {_odds(finding)} windows; {allowed}."
    if finding.smallest_visible_drop is None:
        return f"{metric} is not beyond its limit."
    seen = number(finding.smallest_visible_drop)
    return f"High: a drop of {seen} in {metric} would have been seen."


def _odds(finding: Finding) -> str:
    chance = finding.p_value or 0.0
    return f"1 in {1 / chance:,.0f}" if chance > _SMALLEST_CHANCE else "less than 1 in a million"


def standard_errors(many: float) -> str:
    """A distance that many standard errors long."""
    if math.isinf(many):
        return "by far (no request differs)"
    return f"{many:.1f} standard errors" if many < 100 else f"{number(many)} standard errors"
