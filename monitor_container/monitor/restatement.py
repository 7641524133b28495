"""Why a window has another version: what came, went or changed since the one before."""

from __future__ import annotations

from collections.abc import Iterator

from inference_records import partitions
from monitor.ledger_rows import Version
from monitor.lineage import Lineage
from monitor.wording import count

FIRST = "judged for the first time"
MATURED = "it is final"
"""The last of the reasons, where that is new."""


def because(previous: Version | None, lineage: Lineage, matured: bool) -> str:
    """The reasons in plain words, with numbers of files."""
    if previous is None:
        return FIRST
    reasons = list(_reasons(previous.lineage, lineage))
    if matured:
        reasons.append(MATURED)
    return "; ".join(reasons) or "other requests or labels changed what is known of its own"


def _reasons(before: Lineage, after: Lineage) -> Iterator[str]:
    old = {item.key: item.etag for item in before.inputs}
    new = {item.key: item.etag for item in after.inputs}
    for what, folder in (
        ("requests", partitions.PREDICTIONS),
        ("labels", partitions.GROUND_TRUTH),
        ("records set aside", partitions.SET_ASIDE),
    ):
        own = {key for key in old.keys() | new.keys() if key.startswith(f"{folder}/")}
        came, gone = own - old.keys(), own - new.keys()
        again = {key for key in own & old.keys() & new.keys() if old[key] != new[key]}
        for keys, happened in ((came, "came"), (again, "changed"), (gone, "count no more")):
            if keys:
                yield f"{count(len(keys), 'file')} of {what} {happened}"
    for name in ("baseline", "configuration", "code"):
        if getattr(before, name) != getattr(after, name):
            told = {"configuration": "settings"}.get(name, name)
            yield f"the {told} changed"
