"""Spark's SQL of an Ibis expression where Ibis' own would give other numbers than DuckDB's."""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

_WHOLE = dt.Decimal(38, 0)


class SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """One method an operation, named by Ibis."""

    __slots__ = ()
    SIMPLE_OPS = {ops.BitOr: "bit_or"}  # noqa: RUF012 (as Ibis declares it)

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:
        """A number that is none is not null, as in DuckDB."""
        return arg.is_(NULL)

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sg.not_(NULL))

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Whole numbers of 64 bits are added in 128, as in DuckDB."""
        if op.arg.dtype.is_integer():
            arg = self.cast(arg, _WHOLE)
        return super().visit_Sum(op, arg=arg, where=where)

    def visit_ArrayIndex(self, op: Any, *, arg: Any, index: Any) -> Any:
        """Beyond the end of a list there is nothing, and no error."""
        return self.f.try_element_at(arg, self.cast(index + 1, dt.int32))

    def visit_Round(self, op: Any, *, arg: Any, digits: Any) -> Any:
        """Halves away from zero; Spark's own way there leads through decimals, and is slow."""
        if not op.arg.dtype.is_floating():
            return super().visit_Round(op, arg=arg, digits=digits)
        near = self.f.rint(arg)
        is_half = self.f.abs(sge.paren(arg - near)).eq(sge.convert(0.5))
        away = sge.paren(arg) + self.f.signum(arg) * sge.convert(0.5)
        return self.cast(self.if_(is_half, away, near), op.dtype)
