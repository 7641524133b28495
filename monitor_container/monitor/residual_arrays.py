"""Labels and predictions of a regression in arrays: sums, quantiles, and influences by request.

The same to the bit as an engine finds: terms are rounded to whole numbers, which add up exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from monitor.aggregate_regression import LARGEST_RATIO
from monitor.clusters import Influenced, Sums
from monitor.exact import UNIT_BITS, as_double, exact_unit, rounded, sum_of_squares
from monitor.in_threads import in_threads
from monitor.metrics import FOLDS
from monitor.record_arrays import RecordArrays

_CHUNK = 1 << 16
_HALF_BITS = 2.0 ** (UNIT_BITS // 2)
_LOW_BITS = 2.0**15

Values = NDArray[np.float64]
Term = Callable[["Chunk"], Values]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Records of consecutive requests: label y, prediction z, and error e = y - z of each."""

    y: Values
    z: Values
    begins: NDArray[np.int64]
    """Where each request begins."""
    request: slice

    @cached_property
    def e(self) -> Values:
        """Errors."""
        return self.y - self.z

    @cached_property
    def percentage(self) -> Values:
        """Errors as shares of the label; not a number where that is zero."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            share = np.minimum(np.abs(self.e / self.y), LARGEST_RATIO)
        share[self.y == 0] = np.nan
        return share

    @cached_property
    def symmetric(self) -> Values:
        """Errors as shares of label and prediction together."""
        whole = np.abs(self.y) + np.abs(self.z)
        share = np.zeros(len(whole))
        np.divide(2 * np.abs(self.e), whole, out=share, where=whole != 0)
        return share

    def repeated(self, of_request: NDArray[np.float64]) -> Values:
        """What each request has, for each of its records."""
        counts = np.diff(self.begins, append=len(self.y))
        return np.repeat(of_request[self.request], counts)

    def by_request(self, of_record: Values) -> Values:
        """Sums over the records of each request."""
        summed: Values = np.add.reduceat(of_record, self.begins)
        return summed


@dataclass(frozen=True, eq=False)
class Pairs:
    """Numbers of records that have a label and a prediction, request after request."""

    y: Values
    z: Values
    begins: NDArray[np.int64]
    """Where the records of each request that has some begin."""
    fold: NDArray[np.int8]
    """Of each of these requests."""

    @classmethod
    def of(cls, part: RecordArrays, largest: float) -> Pairs | None:
        """Those whose numbers can be computed with; None if there are none."""
        y, z = part.numbers("label_value"), part.numbers("prediction_value")
        chosen = part.is_evaluated & (np.abs(y) <= largest) & (np.abs(z) <= largest)
        if not chosen.any():
            return None
        counts = np.add.reduceat(chosen, part.first[:-1], dtype=np.int64)
        some = counts > 0
        if not chosen.all():
            y, z = y[chosen], z[chosen]
        counts = counts[some]
        return cls(y, z, np.cumsum(counts) - counts, part.folds[some])

    def chunks(self) -> Iterator[Chunk]:
        """All of them, so many at a time as a processor keeps near."""
        wanted = np.arange(0, len(self.y), _CHUNK)
        cuts = np.unique(np.searchsorted(self.begins, wanted))
        for begin, end in pairwise([*cuts[cuts < len(self.begins)].tolist(), len(self.begins)]):
            begins = self.begins[begin:end]
            first = int(begins[0])
            last = int(self.begins[end]) if end < len(self.begins) else len(self.y)
            where = slice(first, last)
            yield Chunk(self.y[where], self.z[where], begins - first, slice(begin, end))

    @cached_property
    def error(self) -> Values:
        """Error of each record."""
        return self.y - self.z

    def sums(self, terms: Mapping[str, tuple[Term, float]]) -> dict[str, Values]:
        """Exact sum of each term, which is within a bound, over the records of each fold."""
        units = {name: exact_unit(bound) for name, (_term, bound) in terms.items()}

        def of_chunk(chunk: Chunk) -> list[list[int]]:
            fold = self.fold[chunk.request]
            return [
                _whole(chunk, term(chunk) / units[name], fold)
                for name, (term, _bound) in terms.items()
            ]

        parts = in_threads(of_chunk, self.chunks())
        # Whole numbers of any size: their order is all one.
        totals = np.array(parts, dtype=object).sum(axis=0).tolist()
        return {
            name: np.array([as_double(total) for total in of]) * units[name]
            for name, of in zip(terms, totals, strict=True)
        }

    def counts(self) -> NDArray[np.int64]:
        """Records of each fold."""
        own = np.diff(self.begins, append=len(self.y))
        return np.bincount(self.fold, own, FOLDS).astype(np.int64)


def _whole(chunk: Chunk, term: Values, fold: NDArray[np.int8]) -> list[int]:
    """Sums of a term over each fold, its values as whole numbers of 52 bits."""
    whole = rounded(term)
    # Halves of the bits, so that doubles add them exactly.
    high = np.floor(whole / _HALF_BITS)
    whole -= high * _HALF_BITS
    sums = [np.bincount(fold, chunk.by_request(half), FOLDS) for half in (high, whole)]
    scale = int(_HALF_BITS)
    return [int(one) * scale + int(other) for one, other in zip(*sums, strict=True)]


@dataclass(frozen=True, slots=True, eq=False)
class ResidualArrays:
    """Records of one variant and window, and what each adds to each sum."""

    pairs: Pairs
    terms: Mapping[str, Term]

    def sums(self, of: Influenced) -> Sums:
        """Influences summed by request: of how many requests, and the sums of the squares."""
        only_nonzero = not bool(of.counted[1])

        def of_chunk(chunk: Chunk) -> tuple[int, int, int]:
            parts = [float(of.values[name][0]) * self.terms[name](chunk) for name in of.values]
            # Where all errors are equal, a metric may hang on nothing.
            influence = rounded(sum(parts, start=np.zeros(len(chunk.y))))
            requests = len(chunk.begins)
            if only_nonzero:
                requests -= int(np.count_nonzero(chunk.by_request(np.abs(chunk.y)) == 0))
            by_request = sum_of_squares(chunk.by_request(influence).astype(np.int64))
            return requests, by_request, _squares(influence)

        parts = in_threads(of_chunk, self.pairs.chunks())
        requests, by_request, by_record = map(sum, zip(*parts, strict=True))
        return Sums(requests, as_double(by_request), as_double(by_record))


def _squares(whole: Values) -> int:
    """Sum of the squares of numbers of 30 bits."""
    high = np.floor(whole / _LOW_BITS)
    low = whole - high * _LOW_BITS
    scale = int(_LOW_BITS)
    # Not a product of the algebra library, whose threads wait for each other.
    squares = [int(np.einsum("i,i", *both)) for both in ((high, high), (high, low), (low, low))]
    return squares[0] * scale**2 + 2 * squares[1] * scale + squares[2]
