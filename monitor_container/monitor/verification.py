"""A version of a window computed again from its inputs: the same to the bit, or what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from inference_records.configuration import Configuration
from monitor.baseline import Baseline
from monitor.bookkeeping import every_quality
from monitor.ingest import Prepared
from monitor.ledger import Ledger
from monitor.ledger_rows import Version, result_of
from monitor.lineage import Lineage
from monitor.lineage_of import lineages
from monitor.listing import Listing, dataset_of, frozen, listing
from monitor.locations import MissingFile
from monitor.requested import RunRequest
from monitor.run import run
from monitor.windows import Window

_SHOWN = 10
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Verification:
    """What was computed again; `differences` name the numbers, `changed` what they rest on."""

    version: Version
    differences: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def matches(self) -> bool:
        """Whether every number is the same to the bit."""
        return not self.differences


def recorded(ledger: Ledger, window: Window, number: int | None) -> Version:
    """A version of a window, the newest unless a number is given; raises `MissingFile`."""
    newest = ledger.numbers([window]).get(window)
    if newest is None or not 1 <= (number or newest) <= newest:
        known = f"it has versions 1 to {newest}" if newest else ledger.extent()
        asked = f" with version {number}" if number else ""
        raise MissingFile(f"no window {window}{asked} in {ledger.folder.address}: {known}")
    return ledger.read(window, number or newest)


def verify(
    version: Version,
    prepared: Prepared,
    endpoint: str,
    configuration: Configuration,
    baseline: Baseline,
) -> Verification:
    """Compute a version again from the files that there were at its time."""
    window = version.window
    files = listing(prepared, endpoint, window, configuration)
    _check_there(version, files, prepared)
    # S3 tells whole seconds.
    as_of = version.as_of + timedelta(seconds=1)
    then = tuple(file for file in files.every if file.changed_at <= as_of)
    request = RunRequest(
        prepared=replace(frozen(prepared, files), frozen=then),
        endpoint=endpoint,
        period=window.end - window.start,
        as_of=version.as_of,
        start=window.start,
        end=window.end,
        configuration=configuration,
        baseline=baseline,
        each_alone=True,
        # What made it final before was another version's number.
        was_final=frozenset(
            (quality.variant, window) for quality in version.qualities if quality.maturity.is_final
        ),
    )
    (found,) = run(request).windows
    again = replace(
        version,
        qualities=every_quality(found),
        lineage=lineages(request, files, [window])[window],
    )
    changed = tuple(_changed(version.lineage, again.lineage))
    return Verification(version, tuple(_differences(version, again)), changed)


def _check_there(version: Version, files: Listing, prepared: Prepared) -> None:
    """Raises `MissingFile` where of one dataset nothing is there that a version was made of."""
    made_of: dict[str, list[str]] = {}
    for item in version.lineage.inputs:
        made_of.setdefault(dataset_of(item.key), []).append(item.key)
    for dataset, keys in made_of.items():
        if not files.versions.keys() & keys:
            raise MissingFile(
                f"of the {len(keys):,} files below {dataset}/ that the window was made of none is "
                f"at {prepared.location.address}, such as {keys[0]}: give all that it was judged "
                "from, --prepared or --capture and --ground-truth, as then"
            )


def _changed(before: Lineage, after: Lineage) -> Iterator[str]:
    now = {item.key: item.etag for item in after.inputs}
    for item in before.inputs:
        if now.get(item.key) != item.etag:
            gone = item.key not in now
            yield f"{item.key} {'is gone' if gone else 'was written again'}"
    if before.context != after.context:
        yield "files of other windows within reach, or the endpoints, are not what they were"
    for name, what in (("baseline", "the baseline"), ("configuration", "the settings"),
                       ("code", "the code")):  # fmt: skip
        if getattr(before, name) != getattr(after, name):
            yield f"{what} changed"


def _differences(before: Version, after: Version) -> Iterator[str]:
    lineage = {"baseline", "configuration"}
    old = {row["variant"]: row for row in result_of(before)}
    new = {row["variant"]: row for row in result_of(after)}
    for variant in old.keys() | new.keys():
        if variant not in old or variant not in new:
            yield f"variant {variant} is {'new' if variant in new else 'gone'}"
            continue
        for name in old[variant].keys() - lineage:
            if old[variant][name] != new[variant][name]:
                yield from _told(variant, name, old[variant][name], new[variant][name])


def _told(variant: str | None, name: str, old: Any, new: Any) -> Iterator[str]:
    """Which value of a column differs; of a list of metrics, which of them."""
    where = f"{variant or 'all variants'}: {name}"
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        yield from (f"{where} {_differing(a, b)}" for a, b in pairs[:_SHOWN])
        if more := len(pairs) - _SHOWN:
            yield from [f"{where}: {more} more differ"] * (more > 0)
    else:
        yield f"{where}: {_short(old)} was recorded, {_short(new)} is computed"


def _differing(old: Any, new: Any) -> str:
    """Of two entries of a list what differs, under the name that they have."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return f"{_short(old)} was recorded, {_short(new)} is computed"
    name = old.get("name") or old.get("metric") or ""
    fields = [key for key in old if old[key] != new.get(key)]
    told = "; ".join(f"{key} {_short(old[key])}, now {_short(new.get(key))}" for key in fields)
    return f"{name}: {told}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
