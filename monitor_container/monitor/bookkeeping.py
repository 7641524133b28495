"""Windows that were judged -> versions in the ledger, reports, and people who are told.

A version is written before it is told: of two runs that judge a window at one time, one tells. What
a run left half done is among the pending windows, and told by the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.ledger import Ledger, LedgerBusy
from monitor.ledger_rows import Version, result_of
from monitor.lineage import Lineage
from monitor.quality import Quality
from monitor.restatement import FIRST, because
from monitor.results import WindowResult
from monitor.windows import Window

log = logging.getLogger(__name__)

_TRIES = 20
Publish = Callable[[WindowResult, Version, Version | None], bool]
"""Told what was found, its version, and the newest before that is at hand: whether it was told."""


@dataclass(slots=True)
class Bookkeeper:
    """Writes what a run found; `publish` makes reports of it and tells it."""

    ledger: Ledger
    as_of: datetime
    publish: Publish
    untold: Mapping[Window, int] = field(default_factory=dict)
    """Windows that an earlier run may have written and not told, with the last version before."""
    asked: Window | None = None
    """Told again though nothing is new."""
    latest: dict[Window, Version] = field(default_factory=dict)
    unfinished: set[Window] = field(default_factory=set)
    """Windows that another run has to see to."""

    def remember(self, windows: Collection[Window]) -> frozenset[tuple[str, Window]]:
        """Read the newest versions; answers which variants of which windows were final."""
        self.latest = self.ledger.latest(windows)
        return _final(self.latest)

    def keep(self, found: WindowResult, lineage: Lineage) -> bool:
        """Whether anything was found anew, and therefore written and told."""
        previous = self.latest.get(found.window)
        for _try in range(_TRIES):
            version = self._version(found, lineage, previous)
            if previous is not None and result_of(previous) == result_of(version):
                return self._again(found, previous)
            if self.ledger.append(version):
                return self._tell(self._since_told(found), version, previous)
            previous = self.ledger.latest([found.window])[found.window]
            if previous.as_of >= self.as_of:
                log.info("window %s was judged by a later run meanwhile", found.window)
                # It may have been of other files.
                self.unfinished.add(found.window)
                return False
        raise LedgerBusy(f"window {found.window} was written by others {_TRIES} times meanwhile")

    def _version(self, found: WindowResult, lineage: Lineage, previous: Version | None) -> Version:
        qualities = every_quality(found)
        return Version(
            number=1 if previous is None else previous.number + 1,
            as_of=self.as_of,
            because=because(previous, lineage, any(quality.matured for quality in qualities)),
            qualities=qualities,
            lineage=lineage,
        )

    def _again(self, found: WindowResult, written: Version) -> bool:
        """The same as before: told only where an earlier run may have died before it could."""
        if found.window in self.untold:
            return self._tell(self._since_told(found), written)
        if found.window != self.asked:
            return False
        return self._tell(self._since(found, written.number - 1), written)

    def _since_told(self, found: WindowResult) -> WindowResult:
        """What is final and was not when it was told last: a version between may be untold."""
        number = self.untold.get(found.window)
        return found if number is None else self._since(found, number)

    def _since(self, found: WindowResult, number: int) -> WindowResult:
        before = {found.window: self.ledger.read(found.window, number)} if number else {}
        return with_matured(found, _final(before))

    def _tell(self, found: WindowResult, version: Version, previous: Version | None = None) -> bool:
        if not self.publish(found, version, previous):
            self.unfinished.add(found.window)
        return True


def every_quality(found: WindowResult) -> tuple[Quality, ...]:
    """The window's variants, and of several what they are together."""
    together = (found.together,) if found.together is not None else ()
    return (*found.variants, *together)


def alone(found: WindowResult, as_of: datetime, lineage: Lineage | None = None) -> Version:
    """A window as its first version, where no ledger is kept."""
    return Version(1, as_of, FIRST, every_quality(found), lineage or Lineage())


def with_matured(found: WindowResult, final: Collection[tuple[str, Window]]) -> WindowResult:
    """The window as it is where only these variants were final before."""

    def matured(quality: Quality) -> Quality:
        was_final = (quality.variant, quality.window) in final
        return replace(quality, matured=quality.maturity.is_final and not was_final)

    return replace(
        found,
        variants=tuple(map(matured, found.variants)),
        together=matured(found.together) if found.together is not None else None,
    )


def _final(latest: Mapping[Window, Version]) -> frozenset[tuple[str, Window]]:
    return frozenset(
        (quality.variant, window)
        for window, version in latest.items()
        for quality in version.qualities
        if quality.maturity.is_final
    )
