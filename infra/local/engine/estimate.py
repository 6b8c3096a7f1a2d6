"""Bytes a statement processes, as BigQuery counts them: the logical size of every column it reads.

Sizes per value: INT64, FLOAT64, DATE, DATETIME, TIME and TIMESTAMP 8, NUMERIC 16, BOOL 1, STRING and BYTES 2 plus the
UTF-8 length, JSON by its text, ARRAY and STRUCT the sum of their parts, NULL 0. Temporary tables count nothing.
Source: cloud.google.com/bigquery/pricing, "Data size calculation".
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .catalog import quoted
from .errors import EngineError
from .rewrite.names import Translation
from .types import DataType, field_name

if TYPE_CHECKING:
    from .executor import Place
    from .scope import Scope
    from .session import Session

_FIXED: Mapping[str, int] = {
    **dict.fromkeys(("INT64", "FLOAT64", "DATE", "DATETIME", "TIME", "TIMESTAMP"), 8),
    "NUMERIC": 16,
    "INTERVAL": 16,
    "BOOL": 1,
}


class ColumnSizes:
    """Sizes of whole columns, measured once per state of a table's rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured: dict[tuple[str, str, str], tuple[int, int]] = {}

    def known(self, dataset: str, table: str, column: str, version: int) -> int | None:
        """The size in bytes, if the table has not changed since it was measured."""
        with self._lock:
            found = self._measured.get((dataset, table, column))
        return found[1] if found is not None and found[0] == version else None

    def keep(self, dataset: str, table: str, column: str, version: int, size: int) -> None:
        """Note a measured size."""
        with self._lock:
            self._measured[dataset, table, column] = (version, size)


def check_cap(size: int, maximum_bytes_billed: int | None) -> None:
    """Raise EngineError bytesBilledLimitExceeded when a statement would process more than it may."""
    if maximum_bytes_billed is not None and size > maximum_bytes_billed:
        raise EngineError(
            "bytesBilledLimitExceeded",
            f"Query exceeded limit for bytes billed: {maximum_bytes_billed}. {size} or higher required.",
        )


def statement_bytes(session: Session, translation: Translation, place: Place, scope: Scope) -> int:
    """Bytes of the columns a translated statement reads."""
    total = 0
    for (dataset, table), columns in translation.reads.items():
        if dataset and columns and not session.transaction_failed:
            total += _table_bytes(session, dataset, table, sorted(columns))
    return total


def _table_bytes(session: Session, dataset: str, table: str, columns: list[str]) -> int:
    engine = session.engine
    version = engine.data_version((dataset, table))
    known = {column: engine.column_sizes.known(dataset, table, column, version) for column in columns}
    missing = [column for column, size in known.items() if size is None]
    found = engine.catalog.table(dataset, table)
    if missing and found is not None:
        types = {name.lower(): kind for name, kind in found.types.items()}
        sums = ", ".join(f"sum({size_text(quoted(column), types[column.lower()])})" for column in missing)
        row = session.connection.execute(f"SELECT {sums} FROM {engine.catalog.physical(dataset, table)}").fetchall()[0]
        for column, size in zip(missing, row, strict=True):
            known[column] = int(size or 0)
            engine.column_sizes.keep(dataset, table, column, version, int(size or 0))
    return sum(size or 0 for size in known.values())


def size_text(value: str, kind: DataType) -> str:
    """The DuckDB expression for the logical size of one value, in bytes."""
    if kind.element is not None:
        inner = size_text("item", kind.element)
        return f"coalesce(list_sum(list_transform({value}, lambda item: {inner})), 0)"
    if kind.fields:
        parts = (
            size_text(f"struct_extract({value}, '{field_name(part, position)}')", part.type)
            for position, part in enumerate(kind.fields)
        )
        return "(" + " + ".join(parts) + ")"
    if kind.kind in _FIXED:
        return f"CASE WHEN {value} IS NULL THEN 0 ELSE {_FIXED[kind.kind]} END"
    if kind.kind == "BYTES":
        return f"coalesce(octet_length({value}) + 2, 0)"
    return f"coalesce(strlen(CAST({value} AS VARCHAR)) + 2, 0)"
