"""Partitioning and clustering between REST (a type and a field) and GoogleSQL (an expression)."""

from __future__ import annotations

import re
from typing import Any

from infra.local.engine.schema import Table
from infra.local.rest.errors import RestError, check_fields, not_supported
from infra.local.rest.exchange import whole_number
from infra.syntax import identifier

_TRUNCATED = re.compile(r"(?:DATE|TIMESTAMP|DATETIME)_TRUNC\(\s*`?(\w+)`?\s*,\s*(HOUR|DAY|MONTH|YEAR)\s*\)", re.I)
_BY_DAY = re.compile(r"(?:DATE\(\s*`?(\w+)`?\s*\)|`?(\w+)`?)", re.I)
_UNITS = {"DATE": ("DAY", "MONTH", "YEAR"), "TIMESTAMP": ("HOUR", "DAY", "MONTH", "YEAR")}
_UNITS["DATETIME"] = _UNITS["TIMESTAMP"]
_FIELDS = frozenset({"type", "field", "expirationMs", "requirePartitionFilter"})
_DAY_MILLIS = 86_400_000


def time_partitioning(table: Table) -> dict[str, Any] | None:
    """The timePartitioning of a table; None when it has none, or one that is not by time."""
    text = (table.partition_by or "").strip()
    days = table.options.get("partition_expiration_days")
    expiration = {"expirationMs": str(round(float(days) * _DAY_MILLIS))} if days else {}
    truncated = _TRUNCATED.fullmatch(text)
    if truncated:
        return {"type": truncated.group(2).upper(), "field": truncated.group(1), **expiration}
    by_day = _BY_DAY.fullmatch(text)
    return {"type": "DAY", "field": by_day.group(1) or by_day.group(2), **expiration} if by_day else None


def partition_expression(table: Table, given: dict[str, Any] | None) -> str | None:
    """PARTITION BY's expression for a timePartitioning. Raises RestError when the field or unit does not fit."""
    if not given:
        return None
    check_fields(given, _FIELDS, "timePartitioning")
    name, unit = given.get("field"), str(given.get("type") or "DAY").upper()
    if not name:
        raise not_supported("Partitioning by ingestion time (timePartitioning without a field)", "timePartitioning")
    column = table.column(str(name))
    if column is None or unit not in _UNITS.get(column.type.kind, ()):
        raise RestError("invalid", f"The field {name} cannot partition the table by {unit}", "timePartitioning")
    if unit == "DAY":
        return identifier(column.name) if column.type.kind == "DATE" else f"DATE({identifier(column.name)})"
    return f"{column.type.kind}_TRUNC({identifier(column.name)}, {unit})"


def expiration_days(given: dict[str, Any] | None) -> float | None:
    """How long a partition is kept, which is shown and not enforced; None for ever."""
    millis = whole_number((given or {}).get("expirationMs"), "timePartitioning.expirationMs")
    return millis / _DAY_MILLIS if millis else None


def requires_filter(given: dict[str, Any]) -> bool:
    """Whether queries must filter by partition, by the table's field or the older one of its partitioning."""
    partitioning = given.get("timePartitioning") or {}
    return bool(given.get("requirePartitionFilter") or partitioning.get("requirePartitionFilter"))


def clustering_fields(table: Table, given: dict[str, Any] | None) -> tuple[str, ...]:
    """The clustering columns. Raises RestError when one of them is no column of the table."""
    names = tuple((given or {}).get("fields") or ())
    missing = next((name for name in names if table.column(name) is None), None)
    if missing:
        raise RestError("invalid", f"The field specified for clustering cannot be found in the schema: {missing}")
    return names
