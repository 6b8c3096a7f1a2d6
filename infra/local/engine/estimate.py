"""Bytes a statement processes, as BigQuery counts them: the logical size of every column it reads.

Sizes per value: INT64, FLOAT64, DATE, DATETIME, TIME and TIMESTAMP 8, NUMERIC 16, BOOL 1, STRING and BYTES 2 plus the
UTF-8 length, JSON by its text, ARRAY and STRUCT the sum of their parts, NULL 0. What UPDATE, DELETE and a MERGE with
such a clause may change counts with all its columns. On demand every table is billed for at least 10 MiB.
Sources: cloud.google.com/bigquery/pricing, "Data size calculation" and "DML pricing"; docs/best-practices-costs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from .catalog import quoted
from .errors import EngineError
from .metadata.views import BY_NAME, SCHEMA
from .pruning import Span, partitioning, spans
from .rewrite.names import Translation
from .schema import Table
from .scope import parse_query, temporary_name
from .types import DataType, field_name

if TYPE_CHECKING:
    from .place import Place
    from .scope import Scope
    from .session import Session

_FIXED: Mapping[str, int] = {
    **dict.fromkeys(("INT64", "FLOAT64", "DATE", "DATETIME", "TIME", "TIMESTAMP"), 8),
    "NUMERIC": 16,
    "INTERVAL": 16,
    "BOOL": 1,
}

_MIB = 1024**2
_KEPT_SIZES = 10_000
SizeKey = tuple[str, str, str, Span | None]


class ColumnSizes:
    """Sizes of columns, whole or for a span of partitions, measured once per state of a table's rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._measured: OrderedDict[SizeKey, tuple[int, int]] = OrderedDict()

    def known(self, key: SizeKey, version: int) -> int | None:
        """The size in bytes, if the table has not changed since it was measured."""
        with self._lock:
            found = self._measured.get(key)
        return found[1] if found is not None and found[0] == version else None

    def keep(self, key: SizeKey, version: int, size: int) -> None:
        """Note a measured size; the oldest goes when there are too many."""
        with self._lock:
            self._measured[key] = (version, size)
            if len(self._measured) > _KEPT_SIZES:
                self._measured.popitem(last=False)


@dataclass(frozen=True)
class Scanned:
    """Bytes that a statement processes, what is billed for them, and how well that is known beforehand."""

    processed: int = 0
    billed: int = 0
    accuracy: str = "PRECISE"


def scanned(sizes: Iterable[int], accuracy: str = "PRECISE") -> Scanned:
    """The sum over tables: each is billed in whole MiB, at least 10 of them, nothing when nothing of it is read."""
    found = [size for size in sizes if size > 0]
    return Scanned(sum(found), sum(max(10 * _MIB, -(-size // _MIB) * _MIB) for size in found), accuracy)


def check_cap(billed: int, maximum_bytes_billed: int | None) -> None:
    """Raise EngineError bytesBilledLimitExceeded when a statement would be billed for more than it may."""
    if maximum_bytes_billed is not None and billed > maximum_bytes_billed:
        raise EngineError(
            "bytesBilledLimitExceeded",
            f"Query exceeded limit for bytes billed: {maximum_bytes_billed}. {billed} or higher required.",
        )


def may_mutate(text: str) -> bool:
    """Whether a MERGE has a clause that updates or deletes."""
    return any(when.args.get("matched") or when.args.get("source") for when in parse_query(text).find_all(exp.When))


def statement_bytes(session: Session, translation: Translation, place: Place, scope: Scope) -> Scanned:
    """Bytes of the columns a translated statement reads or may change, in the partitions it can need."""
    if session.transaction_failed:
        return Scanned()
    views = [BY_NAME[name].bytes_read for schema, name in translation.reads if schema == SCHEMA]
    columns = _columns(session, translation, place)
    if not columns:
        return scanned(views)
    partitioned = any(table.partition_by for table, _ in columns.values())
    needed = spans(session, place.text, scope) if partitioned else {}
    sizes = [_table_bytes(session, table, sorted(names), needed.get(name)) for name, (table, names) in columns.items()]
    # Blocks of a clustered table may be skipped when the statement runs.
    clustered = any(table.cluster_by for table, _ in columns.values())
    return scanned([*views, *sizes], "UPPER_BOUND" if clustered else "PRECISE")


def _columns(
    session: Session, translation: Translation, place: Place
) -> dict[tuple[str, str], tuple[Table, frozenset[str]]]:
    """The tables that count, each with the columns that do."""
    found: dict[tuple[str, str], tuple[Table, frozenset[str]]] = {}
    for name, names in translation.reads.items():
        table = session.table(name)
        if names and table is not None:
            found[name] = table, names
    target = translation.target
    if target is not None and (
        translation.kind in ("UPDATE", "DELETE") or (translation.kind == "MERGE" and may_mutate(place.text))
    ):
        table = session.table(target)
        if table is not None:
            found[target] = table, frozenset(table.types)
    return found


def _table_bytes(session: Session, table: Table, columns: list[str], span: Span | None) -> int:
    sizes = session.engine.column_sizes if table.dataset else session.temporary_sizes
    version = session.engine.data_version((table.dataset, table.name if table.dataset else table.name.lower()))
    keys = {column: (table.dataset, table.name, column, span) for column in columns}
    known = {column: sizes.known(key, version) for column, key in keys.items()}
    missing = [column for column, size in known.items() if size is None]
    if missing:
        for column, size in zip(missing, _measured(session, table, missing, span), strict=True):
            known[column] = size
            sizes.keep(keys[column], version, size)
    return sum(size or 0 for size in known.values())


def _measured(session: Session, table: Table, columns: list[str], span: Span | None) -> list[int]:
    types = {name.lower(): kind for name, kind in table.types.items()}
    sums = ", ".join(f"sum({size_text(quoted(column), types[column.lower()])})" for column in columns)
    catalog = session.engine.catalog
    physical = catalog.physical(table.dataset, table.name) if table.dataset else temporary_name(table.name)
    sql = f"SELECT {sums} FROM {physical}"
    found = partitioning(table)
    values: list[object] = []
    if span is not None and found is not None:
        unit = f"date_trunc('{found.unit}', CAST({{}} AS TIMESTAMP))"
        sql += f" WHERE {unit.format(quoted(found.column))} BETWEEN {unit.format('?')} AND {unit.format('?')}"
        values = [span.low, span.high]
    row = session.connection.execute(sql, values or None).fetchall()[0]
    return [int(size or 0) for size in row]


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
