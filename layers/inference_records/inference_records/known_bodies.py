"""One side of many requests, whose bodies have the form of one that was read before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from inference_records.configuration import Body
from inference_records.csv_forms import CSV_LINES, counted_lines
from inference_records.known_objects import KnownObjects, known_objects
from inference_records.known_records import Place, Records
from inference_records.readings import OBJECTS, Kind


class OtherForm(ValueError):
    """A body has not the form that is known, or may have another."""


class KnownBodies(Protocol):
    """How bodies of one form are read, and where what they hold is kept."""

    def read(self, side: dict[str, Any]) -> tuple[Any, int]:
        """One body and the number of its records; raises `ValueError`, `KeyError`, `TypeError`."""

    def kept(self, body: Any) -> object:
        """The payload of a request that is taken."""

    def emptied(self) -> KnownBodies:
        """The same, with nothing kept."""


@dataclass(frozen=True, slots=True)
class ObjectBodies:
    """JSON lists of objects with the same names."""

    form: KnownObjects
    records: Records

    def read(self, side: dict[str, Any]) -> tuple[list[Struct], int]:
        """The records of one body."""
        text = side["data"]
        if side["encoding"] != "JSON" or self.form.opening.match(text) is None:
            raise OtherForm
        try:
            records = self.form.decoder.decode(text)
        except msgspec.DecodeError as error:
            raise OtherForm from error
        return records, len(records)

    def kept(self, body: list[Struct]) -> Place:
        """Its records go into columns."""
        return self.records.add(body)

    def emptied(self) -> ObjectBodies:
        """The same without records."""
        return ObjectBodies(self.form, Records(self.records.names))


@dataclass(frozen=True, slots=True)
class CsvBodies:
    """Lines of as many values, without names."""

    width: int
    header: bool | None

    def read(self, side: dict[str, Any]) -> tuple[str, int]:
        """The lines of one body."""
        text = side["data"]
        if side["encoding"] != "CSV" or type(text) is not str:
            raise OtherForm
        text = text.strip("\n")
        if not (count := counted_lines(text, self.width, self.header)):
            raise OtherForm
        return text, count

    def kept(self, body: str) -> str:
        """The lines, which are read together with others."""
        return body

    def emptied(self) -> CsvBodies:
        """The same: it holds none."""
        return self


def known_bodies(
    kind: Kind, body: Body, numeric: frozenset[str] = frozenset()
) -> KnownBodies | None:
    """How more bodies of a kind are read; None where each must be understood anew."""
    if body.records is not None or not kind.names:
        return None
    if kind.form == CSV_LINES:
        return CsvBodies(len(kind.names), body.header)
    if kind.form == OBJECTS and (form := known_objects(kind.names, numeric)) is not None:
        return ObjectBodies(form, Records(kind.names))
    return None
