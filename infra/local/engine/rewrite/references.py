"""Literals and names: columns, fields, variables, query parameters."""

from __future__ import annotations

import re

from sqlglot import exp

from infra.local.engine.rewrite.context import Rule, Translator
from infra.local.engine.rewrite.names import AnalysisError, BindingKind, UnsupportedError
from infra.local.engine.rewrite.values import Value, bool_value, int_value, string_value, struct_field
from infra.local.engine.types import BYTES, FLOAT64, INT64, JSON, NULL, STRING, DataType

SYSTEM_VARIABLES: dict[str, DataType] = {
    "@@row_count": INT64,
    "@@error.message": STRING,
    "@@error.statement_text": STRING,
    "@@error.formatted_stack_trace": STRING,
    "@@time_zone": STRING,
    "@@project_id": STRING,
    "@@dataset_id": STRING,
    "@@script.job_id": STRING,
}


def _literal(node: exp.Literal, translator: Translator) -> Value:
    if node.is_string:
        return string_value(node.this)
    text = str(node.this)
    if re.fullmatch(r"\d+", text):
        if int(text) > 2**63 - 1:
            raise AnalysisError(f"Invalid integer literal: {text}")
        return int_value(int(text))
    return Value(text if "e" in text.lower() else f"{text}e0", FLOAT64, simple=True, literal=True)


def _hex(node: exp.HexString, translator: Translator) -> Value:
    if int(str(node.this), 16) > 2**63 - 1:
        raise AnalysisError(f"Invalid hex integer literal: 0x{node.this}")
    return int_value(int(str(node.this), 16))


def _bytes(node: exp.ByteString, translator: Translator) -> Value:
    if not str(node.this).isascii() or "\\" in str(node.this):
        raise UnsupportedError("A BYTES literal with escapes")
    return Value(f"encode({string_value(str(node.this)).sql})", BYTES, simple=True, literal=True)


# Names


def _column(node: exp.Column, translator: Translator) -> Value:
    parts = [part.name for part in node.parts]
    if isinstance(node.this, exp.Star):
        raise UnsupportedError("A star outside the select list")
    source, column, value = translator.scope.lookup(parts[0])
    rest = parts[1:]
    if source is not None:
        if rest and source.value is None:
            found = source.find(rest[0])
            if len(found) != 1:
                problem = "is ambiguous" if found else f"not found inside {parts[0]}"
                raise AnalysisError(f"Name {rest[0]} {problem}")
            column, rest = found[0], rest[1:]
        else:
            for each in source.columns:
                translator.statement.read(each)
            value = source.row()
    if column is not None:
        translator.statement.read(column)
        value = column.value
    if value is None:
        value = _variable(parts[0], node, translator)
    for name in rest:
        value = member(value, name)
    return value


def _variable(name: str, node: exp.Column, translator: Translator) -> Value:
    data_type = translator.statement.names.variables.get(name.lower())
    if data_type is None or translator.statement.routine_stack:
        line, column = node.this.meta.get("line"), node.this.meta.get("col")
        raise AnalysisError(f"Unrecognized name: {name}", line, column)
    return translator.statement.placeholder(BindingKind.VARIABLE, name, data_type)


def member(value: Value, name: str) -> Value:
    """``value.name`` of a STRUCT or a JSON value."""
    if value.type.kind == "STRUCT":
        return struct_field(value, name)
    if value.type == JSON:
        return Value(f"json_extract({value.sql}, {string_value(json_key_path(name)).sql})", JSON)
    raise AnalysisError(f"Cannot access field {name} on a value with type {value.type}")


def json_key_path(key: str) -> str:
    """A DuckDB JSON path to one key of an object."""
    if '"' in key:
        raise UnsupportedError("A JSON key with a quotation mark")
    return f'$."{key}"'


def _dot(node: exp.Dot, translator: Translator) -> Value:
    if isinstance(node.this, exp.Parameter) and isinstance(node.this.this, exp.Parameter):
        return _system_variable(f"@@{node.this.this.name}.{node.expression.name}", translator)
    if isinstance(node.expression, exp.Identifier):
        return member(translator.value(node.this), node.expression.name)
    return translator.rules[exp.Anonymous](node, translator)


def _parameter(node: exp.Parameter, translator: Translator) -> Value:
    if isinstance(node.this, exp.Parameter):
        return _system_variable(f"@@{node.this.name}", translator)
    name = node.name.lower()
    if translator.statement.routine_stack:
        raise AnalysisError("Query parameters cannot be used in a routine or view")
    data_type = translator.statement.names.parameters.get(name)
    if data_type is None:
        raise AnalysisError(f"Query parameter '{node.name}' not found")
    return translator.statement.placeholder(BindingKind.PARAMETER, name, data_type)


def _system_variable(name: str, translator: Translator) -> Value:
    data_type = SYSTEM_VARIABLES.get(name.lower())
    if data_type is None:
        raise UnsupportedError(f"System variable {name}")
    return translator.statement.placeholder(BindingKind.SYSTEM, name.lower(), data_type)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Literal: _literal,
    exp.HexString: _hex,
    exp.RawString: lambda node, translator: string_value(str(node.this)),
    exp.ByteString: _bytes,
    exp.Boolean: lambda node, translator: bool_value(bool(node.this)),
    exp.Null: lambda node, translator: Value("NULL", NULL, simple=True, literal=True),
    exp.Column: _column,
    exp.Dot: _dot,
    exp.Parameter: _parameter,
}
