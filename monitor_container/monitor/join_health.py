"""Whether the join of a window can be trusted: its counts against the limits of the settings.

It knows counts, and never the data or the metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.special import betainc

from inference_records.verdict_settings import JoinLimits
from monitor.constraints import Status
from monitor.join_shares import CAPTURE_GAP, SHARES, Share, records_per_request
from monitor.wording import numbers

CHANCE = 1e-4
"""How often a window whose true share is exactly at its limit may violate it by chance.

An endpoint of hourly windows is looked at 7,200 times in 30 days, ten shares at a time: at the
limit in everything it would page less than once in that time, and at half of it hardly ever.
"""


@dataclass(frozen=True, slots=True)
class JoinCheck:
    """One share (or the gap) against its limit; the reason says what it came to, if not to OK."""

    name: str
    value: float | None
    limit: float
    status: Status
    reason: str | None = None


def check_join(
    counts: Mapping[str, int], limits: JoinLimits, *, final: bool, gap: bool
) -> list[JoinCheck]:
    """Every check of one window; causes come before what they bring about."""
    checks = [_check_gap(limits, gap)]
    for share in SHARES:
        violated = {item.name for item in checks if item.status is Status.VIOLATION}
        checks.append(_check(share, counts, limits, final, violated))
    return checks


def broken(checks: Iterable[JoinCheck]) -> str | None:
    """Why quality is not judged, for whoever is paged; None if the join can be trusted."""
    told = [str(item.reason) for item in checks if item.status is Status.VIOLATION]
    return f"the join is broken: {'; '.join(told)}" if told else None


def _check_gap(limits: JoinLimits, gap: bool) -> JoinCheck:
    if not limits.capture_gap:
        return JoinCheck(CAPTURE_GAP, None, 0, Status.NOT_EVALUATED, "join.capture_gap is false")
    if not gap:
        return JoinCheck(CAPTURE_GAP, 0, 0, Status.OK)
    told = "no request was captured, though there were some before and after, and a day before"
    return JoinCheck(CAPTURE_GAP, 1, 0, Status.VIOLATION, told)


def _check(
    share: Share, counts: Mapping[str, int], limits: JoinLimits, final: bool, violated: set[str]
) -> JoinCheck:
    value, limit = share.value(counts), float(getattr(limits, share.limit))

    def came_to(status: Status, reason: str | None = None) -> JoinCheck:
        return JoinCheck(share.name, value, limit, status, reason)

    if value is None:
        return came_to(Status.NOT_EVALUATED, f"there are no {share.of_what}")
    if share.when_final and not final:
        return came_to(Status.NOT_EVALUATED, "judged once the window is final")
    if not share.beyond(value, limit):
        return came_to(Status.OK)
    told = _told(share, counts, value, limit)
    bad, total = share.bad(counts), share.total(counts)
    if not _beyond_chance(share, bad, counts, limit):
        return came_to(Status.NOT_ENOUGH_EVIDENCE, f"{told}; so few requests may do that by chance")
    causes = [name for name in share.explained_by if name in violated]
    explained = sum(share.explained_by[name](counts) for name in causes)
    if causes and not _beyond_chance(share, min(max(bad - explained, 0), total), counts, limit):
        return came_to(Status.NOT_EVALUATED, f"{told}; {' and '.join(causes)} may explain it")
    return came_to(Status.VIOLATION, told)


def _beyond_chance(share: Share, bad: float, counts: Mapping[str, int], limit: float) -> bool:
    """Whether so many are hardly seen where the true share is the limit (exact, binomial).

    Records of one request fail together, so that a request counts once.
    """
    size = records_per_request(counts) if share.by_record else 1.0
    cases, all_cases = bad / size, share.total(counts) / size
    if not cases:
        return False
    tolerated = 1 - limit if share.is_floor else limit
    return float(betainc(cases, all_cases - cases + 1, tolerated)) <= CHANCE


def _told(share: Share, counts: Mapping[str, int], value: float, limit: float) -> str:
    shown, allowed = numbers(100 * value, 100 * limit)
    number = f"{counts[share.part]:,} of {share.total(counts):,}"
    limit_is = f"{share.limit} is {allowed} %"
    return f"{shown} % of the {share.of_what} {share.what} ({number}; {limit_is})"
