"""How one file is understood, and what its rows taught beyond their shape.

What is inferred from values holds for a whole file, wherever in it the telling row stands: when a
later row contradicts what was assumed of earlier ones, the file is read again with that known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from inference_records.configuration import Configuration
from inference_records.features import number_features, text_features
from inference_records.readings import UNREAD, Layout
from inference_records.request_groups import Sides
from inference_records.roles import Assumption, Roles, find_roles, supported

Shape = tuple[Layout, tuple[str, ...]]


class Contradicted(Exception):
    """What was assumed of earlier rows is wrong, and now known: the file must be read again."""


@dataclass(slots=True)
class Findings:
    """What outlives a reading of the file; only ever grows, so that reading ends."""

    refuted: dict[Shape, frozenset[Assumption]] = field(default_factory=dict)
    text_features: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Understanding:
    """How one file was understood: what `inspect` shows. Roles are decided once per shape."""

    findings: Findings = field(default_factory=Findings)
    response_forms: dict[str, int] = field(default_factory=dict)
    request_forms: dict[str, int] = field(default_factory=dict)
    roles: dict[Shape, Roles] = field(default_factory=dict)
    _borne_out: set[Shape] = field(default_factory=set)
    _number_features: set[str] = field(default_factory=set)

    def count(self, sides: Sides, requests: int) -> None:
        """Note the forms of some requests."""
        for forms, kind in (
            (self.response_forms, sides.response),
            (self.request_forms, sides.request),
        ):
            form = kind.form if kind is not None else "not captured or opaque"
            forms[form] = forms.get(form, 0) + requests

    @property
    def requests_unread(self) -> int:
        """Requests whose records were counted, and whose other bytes nobody checked."""
        return self.request_forms.get(UNREAD, 0)

    def roles_of(
        self, shape: Shape, columns: Mapping[str, pa.Array], configuration: Configuration
    ) -> Roles:
        """Roles of the columns of one shape; raises `BadRecord` and `Contradicted`."""
        roles = self.roles.get(shape)
        if roles is None:
            roles = self.roles[shape] = self._first_roles(shape, columns, configuration)
        match supported(roles, columns):
            case True:
                self._borne_out.add(shape)
            case False:
                self._refute(shape, roles)
        return roles

    def _first_roles(
        self, shape: Shape, columns: Mapping[str, pa.Array], configuration: Configuration
    ) -> Roles:
        """What the first rows of a shape refute was assumed of no others: nothing is read again."""
        while True:
            refuted = self.findings.refuted.get(shape, frozenset())
            roles = find_roles(columns, configuration, refuted)
            if roles.assumes is None or supported(roles, columns) is not False:
                return roles
            self.findings.refuted[shape] = refuted | {roles.assumes}

    def note_features(self, features: Iterable[str]) -> None:
        """Remember which features are text; raises `Contradicted` if one was taken for numbers."""
        self.findings.text_features |= text_features(features)
        self._number_features |= number_features(features)
        if self.findings.text_features & self._number_features:
            raise Contradicted

    def settle(self) -> None:
        """At the end of the file, an assumption that no value spoke for was wrong, too."""
        for shape, roles in self.roles.items():
            if shape not in self._borne_out:
                self._refute(shape, roles)

    def _refute(self, shape: Shape, roles: Roles) -> None:
        if roles.assumes is not None:
            known = self.findings.refuted.get(shape, frozenset())
            self.findings.refuted[shape] = known | {roles.assumes}
            raise Contradicted
