"""Which fold a request is in: by its time and its id, the same on every engine and in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.keys import seconds
from monitor.metrics import FOLDS

# Multiplicative hashing in whole numbers, so that every engine puts a record into the same fold.
_SECONDS_FACTOR, _PRIME = 2_654_435_761, 4_294_967_291
_ID_FACTOR, _ID_ENDS = 31_337, 4
_ASCII = 128

Whole = NDArray[np.uint64]


def fold() -> Any:
    """Of a whole request: its records may be right or wrong together."""
    mixed = seconds(_.inference_time) * _SECONDS_FACTOR % _PRIME
    mixed = (mixed + _.request.length().cast("int64") * _SECONDS_FACTOR) % _PRIME
    # Requests of one second differ in their ids, most often at one of the ends.
    for end in (_.request.left(_ID_ENDS), _.request.right(_ID_ENDS)):
        for place in range(_ID_ENDS):
            character = end.substr(place, 1).ascii_str().cast("int64")
            mixed = (mixed * _ID_FACTOR + character) * _ID_FACTOR % _PRIME
    return (mixed % FOLDS).cast("int8")


def folds_of(second: NDArray[np.int64], request: pa.StringArray) -> NDArray[np.int8] | None:
    """The same in arrays; None where an id has other characters than ASCII's, or a time is old."""
    offsets = np.frombuffer(request.buffers()[1], np.int32)[request.offset :][: len(request) + 1]
    text = np.frombuffer(request.buffers()[2] or b"", np.uint8)
    used = text[offsets[0] : offsets[-1]]
    if len(used) and (used.max() >= _ASCII or second.min() < 0):
        return None
    begin, length = offsets[:-1].astype(np.int64), np.diff(offsets).astype(np.int64)
    factor = np.uint64(_SECONDS_FACTOR)
    mixed = _rest(second.astype(np.uint64) * factor)
    mixed = _rest(mixed + length.astype(np.uint64) * factor)
    last = np.maximum(length - _ID_ENDS, 0)
    padded = np.append(text, np.zeros(1, np.uint8))
    for start in (np.zeros_like(last), last):
        for place in range(_ID_ENDS):
            # What is beyond an end is no character: 0.
            where = np.where(start + place < length, begin + start + place, len(text))
            mixed = mixed * np.uint64(_ID_FACTOR) + padded[where]
            mixed = _rest(mixed * np.uint64(_ID_FACTOR))
    return (mixed - mixed // np.uint64(FOLDS) * np.uint64(FOLDS)).astype(np.int8)


def _rest(number: Whole) -> Whole:
    """Of a division by the prime: dividing by one number costs less than a remainder."""
    prime = np.uint64(_PRIME)
    rest: Whole = number - number // prime * prime
    return rest
