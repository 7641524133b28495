"""Which columns of a table of labels hold the id, the position and the label."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inference_records.configuration import GroundTruth
from inference_records.rejections import UnreadableObject
from inference_records.role_names import POSITION_NAMES, first_named

INFERENCE_ID_NAMES = ("inferenceid", "eventid", "requestid")
RECORD_ID_NAMES = ("recordid", "id")
INDEX_NAMES = POSITION_NAMES  # not `index`: pandas writes one of its own
LABEL_NAMES = (
    "groundtruthlabel", "groundtruth", "label", "actual", "actuallabel", "truelabel", "target",
    "ytrue", "y", "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelColumns:
    """Column names in one table of labels; one of the two ids is always there."""

    label: str
    inference_id: str | None
    event_id: str | None
    record_id: str | None
    record_index: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that must be read, each once."""
        every = (self.label, self.inference_id, self.event_id, self.record_id, self.record_index)
        return tuple(dict.fromkeys(name for name in every if name is not None))


def find_label_columns(names: Iterable[str], settings: GroundTruth) -> LabelColumns:
    """By configuration, else by name; raises `UnreadableObject` that says what to set."""
    names = tuple(names)
    found = LabelColumns(
        label=_column(settings.label, names, LABEL_NAMES, "label") or "",
        inference_id=_column(settings.inference_id, names, INFERENCE_ID_NAMES, "inference_id"),
        event_id=first_named(names, ("eventid",)),
        record_id=_column(settings.record_id, names, RECORD_ID_NAMES, "record_id"),
        record_index=_column(settings.record_index, names, INDEX_NAMES, "record_index"),
    )
    if not found.label:
        raise _unclear("the label", "label", names)
    if found.inference_id is None and found.record_id is None:
        raise _unclear("the inference id or record id", "inference_id", names)
    if twice := [name for name in found.names if names.count(name) > 1]:
        raise UnreadableObject(
            f"the table has the column {twice[0]!r} more than once",
            "the table has a column of an id, position or label more than once",
        )
    return found


def _column(
    configured: str | None, names: tuple[str, ...], usual: tuple[str, ...], setting: str
) -> str | None:
    if configured is None:
        return first_named(names, usual)
    if configured in names:
        return configured
    missing = f"no column {configured!r} (monitor.json: ground_truth.{setting})"
    raise UnreadableObject(f"{missing} among {', '.join(names)}", missing)


def _unclear(what: str, setting: str, names: tuple[str, ...]) -> UnreadableObject:
    """Of a table without header, the names are values of its first row."""
    remedy = f'Say so in monitor.json: {{"ground_truth": {{"{setting}": "NAME"}}}}'
    return UnreadableObject(
        f"which of the columns {', '.join(names)} is {what}? {remedy}",
        f"which of its {len(names)} columns is {what}? {remedy}",
    )
