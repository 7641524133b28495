"""The hosts of a processing job, as SageMaker tells each of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Hosts:
    """All hosts by name, in order, and which of them this is; a job of one may name none."""

    current: str = "localhost"
    every: tuple[str, ...] = ("localhost",)

    @property
    def first(self) -> str:
        """The one that writes the reports: all hosts would write the same keys."""
        return self.every[0]

    @property
    def is_first(self) -> bool:
        """Whether this host does the work, or leads it."""
        return self.current == self.first

    @property
    def others(self) -> tuple[str, ...]:
        """Those that work for the first."""
        return self.every[1:]


def hosts_of(root: str) -> Hosts:
    """The hosts of `resourceconfig.json`; the only one where there is none."""
    path = Path(root) / "config" / "resourceconfig.json"
    if not path.exists():
        return Hosts()
    document = json.loads(path.read_text())
    return Hosts(str(document["current_host"]), tuple(sorted(document["hosts"])))
