"""GoogleSQL types as BigQuery's REST surface writes them: table fields, and StandardSqlDataType for routines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infra.errors import InfraError
from infra.syntax.script import ColumnDefinition, Fragment
from infra.syntax.sql import exp, parse_expression, parse_type

# The names that tables.get answers with; asked for under any other, the provider would see a change at every plan.
_FIELD_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}


def table_field(column: ColumnDefinition) -> dict[str, Any]:
    """One column of CREATE TABLE as a field of a table's schema. Raises InfraError for what is not written so here."""
    if column.type is None:
        raise InfraError(f"column {column.name} has no type")
    unknown = set(column.options) - {"description"}
    if unknown:
        raise InfraError(f"column {column.name} has options that no stack declares: {', '.join(sorted(unknown))}")
    field = _field(column.name, _parsed(column.type.text), required=column.not_null)
    if "description" in column.options:
        field["description"] = text_of(column.options["description"])
    if column.default is not None:
        field["defaultValueExpression"] = column.default.text
    return field


def standard_type(text: str) -> dict[str, Any]:
    """A type such as ARRAY<STRUCT<a INT64>> as a StandardSqlDataType."""
    return _standard(_parsed(text))


def standard_table_type(text: str) -> dict[str, Any]:
    """RETURNS's TABLE<a INT64, b STRING> as a StandardSqlTableType."""
    struct = _parsed("STRUCT" + text.strip()[len("TABLE") :])
    return {"columns": [{"name": name, "type": _standard(kind)} for name, kind in _fields(struct)]}


def text_of(literal: Fragment) -> str:
    """What a string literal in OPTIONS says."""
    node = parse_expression(literal.text).tree
    if not isinstance(node, exp.Literal) or not node.is_string:
        raise InfraError(f"{literal.text} is no string literal")
    return str(node.this)


def _field(name: str, kind: exp.DataType, *, required: bool = False) -> dict[str, Any]:
    mode = "REQUIRED" if required else "NULLABLE"
    if kind.this is exp.DType.ARRAY:
        (kind,), mode = kind.expressions, "REPEATED"
    spelling = _spelling(kind)
    field: dict[str, Any] = {"name": name, "type": _FIELD_TYPES.get(spelling, spelling), "mode": mode}
    if spelling == "STRUCT":
        field["fields"] = [_field(inner, type_) for inner, type_ in _fields(kind)]
    return field


def _standard(kind: exp.DataType) -> dict[str, Any]:
    if kind.this is exp.DType.ARRAY:
        return {"typeKind": "ARRAY", "arrayElementType": _standard(kind.expressions[0])}
    spelling = _spelling(kind)
    if spelling == "STRUCT":
        fields = [{"name": name, "type": _standard(type_)} for name, type_ in _fields(kind)]
        return {"typeKind": "STRUCT", "structType": {"fields": fields}}
    return {"typeKind": spelling}


def _fields(struct: exp.DataType) -> Sequence[tuple[str, exp.DataType]]:
    named = [one for one in struct.expressions if isinstance(one, exp.ColumnDef) and not one.args.get("constraints")]
    if len(named) != len(struct.expressions):
        raise InfraError(f"{struct.sql('bigquery')}: every field needs a name and a type, and nothing else")
    return [(one.name, one.args["kind"]) for one in named]


def _spelling(kind: exp.DataType) -> str:
    if kind.this is exp.DType.STRUCT:
        return "STRUCT"
    if kind.expressions:
        raise InfraError(f"{kind.sql('bigquery')}: a type with parameters is not declared by any stack")
    return str(kind.sql("bigquery"))


def _parsed(text: str) -> exp.DataType:
    return parse_type(text)
