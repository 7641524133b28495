"""Shares by which a join is judged -> the table in docs/data.md."""

from __future__ import annotations

from docs.generator.markdown import table
from inference_records.verdict_settings import JoinLimits
from monitor.join_shares import SHARES, Share

_HEADER = ("Check", "Share", "Limit", "Judged", "In CloudWatch")


def parts() -> dict[str, str]:
    """The part's name to its text."""
    limits = JoinLimits()
    return {"join-shares": table(_HEADER, [_row(share, limits) for share in SHARES])}


def _row(share: Share, limits: JoinLimits) -> tuple[str, ...]:
    whole = " + ".join(f"`{name}`" for name in share.whole)
    return (
        f"`{share.name}`",
        f"`{share.part}` ÷ {whole if len(share.whole) == 1 else f'({whole})'}",
        f"`join.{share.limit}`: {getattr(limits, share.limit):g}",
        "final" if share.when_final else "always",
        f"`{share.metric}`",
    )
