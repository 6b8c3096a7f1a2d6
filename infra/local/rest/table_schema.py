"""A table's schema between REST and the catalog, and what may change in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.engine.schema import ColumnSchema
from infra.local.engine.types import TypeNameError, from_rest_field, to_rest_field
from infra.local.rest.errors import RestError, check_fields, not_supported

_FIELD_FIELDS = frozenset({"name", "type", "mode", "description", "fields", "defaultValueExpression"})


@dataclass(frozen=True)
class SchemaChange:
    """What an update of a schema does: columns appended, REQUIRED columns made NULLABLE, descriptions set."""

    added: tuple[ColumnSchema, ...] = ()
    relaxed: tuple[str, ...] = ()
    described: dict[str, str | None] = field(default_factory=dict)


def columns_of(fields: Sequence[dict[str, Any]]) -> tuple[ColumnSchema, ...]:
    """The catalog's columns of a REST schema. Raises RestError for an unknown type and for what is not done here."""
    columns = []
    for given in fields:
        check_fields(given, _FIELD_FIELDS, f"schema field {given.get('name')}")
        try:
            name, data_type, mode = from_rest_field(given)
        except TypeNameError as error:
            raise RestError("invalid", str(error), "schema") from None
        columns.append(
            ColumnSchema(name, data_type, mode, given.get("description"), given.get("defaultValueExpression"))
        )
    names = [column.name.lower() for column in columns]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        raise RestError("invalid", f"Field {repeated} already exists in schema", "schema")
    return tuple(columns)


def rest_fields(columns: Sequence[ColumnSchema]) -> list[dict[str, Any]]:
    """The REST schema of the catalog's columns."""
    fields = []
    for column in columns:
        rest = to_rest_field(column.name, column.type, column.mode)
        if column.description is not None:
            rest["description"] = column.description
        if column.default is not None:
            rest["defaultValueExpression"] = column.default
        fields.append(rest)
    return fields


def schema_change(table: str, current: Sequence[ColumnSchema], wanted: Sequence[ColumnSchema]) -> SchemaChange:
    """What leads from one schema to the other; raises RestError when a column would be lost, retyped or tightened.

    `table` is "project:dataset.table" for the message.
    """
    by_name = {column.name.lower(): column for column in wanted}
    relaxed, described = [], {}
    for column in current:
        new = by_name.pop(column.name.lower(), None)
        if new is None:
            raise _mismatch(table, f"Field {column.name} is missing in new schema")
        if new.type != column.type:
            raise _retyped(table, column, new)
        if new.mode != column.mode:
            if (column.mode, new.mode) != ("REQUIRED", "NULLABLE"):
                raise _mismatch(table, f"Field {column.name} has changed mode from {column.mode} to {new.mode}")
            relaxed.append(column.name)
        if new.description != column.description:
            described[column.name] = new.description
        if new.default != column.default:
            raise RestError("invalid", f"Changing the default of {column.name} is not supported by the local cloud")
    required = next((column.name for column in by_name.values() if column.required), None)
    if required:
        raise _mismatch(table, f"Cannot add required fields to an existing schema. (field: {required})")
    return SchemaChange(tuple(by_name.values()), tuple(relaxed), described)


def _retyped(table: str, before: ColumnSchema, after: ColumnSchema) -> RestError:
    old, new = (to_rest_field(column.name, column.type, column.mode) for column in (before, after))
    if old["type"] != new["type"]:
        return _mismatch(table, f"Field {before.name} has changed type from {old['type']} to {new['type']}")
    if old["mode"] != new["mode"]:
        return _mismatch(table, f"Field {before.name} has changed mode from {old['mode']} to {new['mode']}")
    return not_supported(f"Changing the fields of the RECORD column {before.name}", "schema")


def _mismatch(table: str, detail: str) -> RestError:
    return RestError("invalid", f"Provided Schema does not match Table {table}. {detail}", "schema")
