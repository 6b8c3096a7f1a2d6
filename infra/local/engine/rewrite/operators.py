"""Literals, names, operators and conditional expressions."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_times import shift_by_interval
from infra.local.engine.rewrite.names import AnalysisError, BindingKind, UnsupportedError
from infra.local.engine.rewrite.values import (
    NUMBERS,
    Value,
    bool_value,
    cast_text,
    int_value,
    is_number,
    let,
    runtime,
    string_value,
    struct_field,
)
from infra.local.engine.types import (
    BOOL,
    BYTES,
    DATE,
    FLOAT64,
    INT64,
    JSON,
    NULL,
    NUMERIC,
    STRING,
    TIMESTAMP,
    DataType,
)

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


def _negative(node: exp.Neg, translator: Translator) -> Value:
    if isinstance(node.this, exp.Literal) and node.this.this == str(2**63):
        return int_value(-(2**63))
    operand = translator.value(node.this)
    if isinstance(node.this, exp.Literal) and operand.type in (INT64, FLOAT64):
        if operand.type == INT64:
            return int_value(-int(str(node.this.this)))
        return Value(f"(-{operand.sql})", FLOAT64, simple=True, literal=True)
    if operand.type.kind == "NULL":
        return operand
    if operand.type not in NUMBERS:
        raise AnalysisError(f"No matching signature for operator - for argument types: {operand.type}")
    zero = cast_text("0", operand.type)  # DuckDB's own minus widens the least INT64 instead of overflowing
    return Value(f"({zero} - {operand.sql})" if operand.type == INT64 else f"(-{operand.sql})", operand.type)


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


# Arithmetic


def numbers(node: exp.Expr, symbol: str, *operands: Value) -> tuple[DataType, list[Value]]:
    """The operands of an arithmetic operator in their common numeric type."""
    common = supertype(operands, f"operator {symbol}")
    if common not in NUMBERS:
        listed = ", ".join(str(operand.type) for operand in operands)
        raise AnalysisError(f"No matching signature for operator {symbol} for argument types: {listed}")
    return common, [coerce(operand, common) for operand in operands]


def _additive(symbol: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        if isinstance(node.expression, exp.Interval):
            return shift_by_interval(translator.value(node.this), node.expression, symbol, translator)
        left, right = translator.value(node.this), translator.value(node.expression)
        if left.type == DATE and right.type == INT64:
            return Value(f"({left.sql} {symbol} CAST({right.sql} AS INTEGER))", DATE)
        if left.type == INT64 and right.type == DATE and symbol == "+":
            return Value(f"({right.sql} + CAST({left.sql} AS INTEGER))", DATE)
        if {left.type, right.type} & {DATE, TIMESTAMP}:
            raise UnsupportedError(f"Operator {symbol} on {left.type} and {right.type}")
        common, (left, right) = numbers(node, symbol, left, right)
        return Value(f"({left.sql} {symbol} {right.sql})", common)

    return rule


def _multiply(node: exp.Mul, translator: Translator) -> Value:
    only(node, "this", "expression")
    common, (left, right) = numbers(node, "*", translator.value(node.this), translator.value(node.expression))
    product = f"({left.sql} * {right.sql})"
    return Value(cast_text(product, NUMERIC) if common == NUMERIC else product, common)


def _divide(node: exp.Div, translator: Translator) -> Value:
    only(node, "this", "expression")
    left, right = translator.value(node.this), translator.value(node.expression)
    return divide(node, left, right, "divide", "numeric_divide")


def divide(node: exp.Expr, left: Value, right: Value, of_float: str, of_numeric: str) -> Value:
    """Division: FLOAT64 unless a NUMERIC takes part; never DuckDB's own, which has no error for x / 0.0."""
    common, operands = numbers(node, "/", left, right)
    if common == INT64:
        common, operands = FLOAT64, [coerce(operand, FLOAT64) for operand in operands]
    if common == NUMERIC:
        return Value(let(operands, lambda a, b: runtime(of_numeric, a, b)), common)
    if right.literal and re.fullmatch(r"0*[1-9][\d.]*e0", operands[1].sql):
        return Value(f"({operands[0].sql} / {operands[1].sql})", FLOAT64)
    # The macros mention the numerator again only where the divisor is 0, which costs nothing until then.
    numerator, divisor = operands
    if len(numerator.sql) <= _REPEATABLE and not _EXPANDS.search(numerator.sql):
        return Value(let([divisor], lambda b: runtime(of_float, numerator.sql, b)), FLOAT64)
    return Value(let(operands, lambda a, b: runtime(of_float, a, b)), FLOAT64)


_REPEATABLE = 400
_EXPANDS = re.compile(r'"\$googlesql"|SELECT|\bOVER\b|random\(')


# Comparison and logic


def comparable(operands: list[Value], symbol: str) -> list[Value]:
    """The operands in their common type, which must have an order or at least equality."""
    common = supertype(operands, f"operator {symbol}")
    converted = [coerce(operand, common) for operand in operands]
    groupable(converted[0], f"Operator {symbol}")
    return converted


def compare(left: Value, right: Value, symbol: str) -> Value:
    """A comparison. NaN is neither less than, equal to nor greater than anything, unlike in DuckDB."""
    left, right = comparable([left, right], symbol)
    if left.type.kind == "STRUCT":
        return _compare_structs(left, right, symbol)
    if left.type != FLOAT64:
        return Value(f"({left.sql} {symbol} {right.sql})", BOOL)
    guarded = 1 if symbol in ("<", "<=") else 0
    either = symbol in ("=", "<>") and is_number(right)
    if either or is_number((left, right)[guarded]):
        return Value(f"({left.sql} {symbol} {right.sql})", BOOL)

    def build(a: str, b: str) -> str:
        watched = (a, b)[guarded]
        if symbol == "<>":
            return f"({a} <> {b} OR isnan({watched}))"
        return f"({a} {symbol} {b} AND NOT isnan({watched}))"

    return Value(let([left, right], build), BOOL)


def _compare_structs(left: Value, right: Value, symbol: str) -> Value:
    if symbol not in ("=", "<>"):
        raise AnalysisError(f"No matching signature for operator {symbol} for argument types: {left.type}")

    def build(a: str, b: str) -> str:
        pairs = []
        for position, field in enumerate(left.type.fields):
            name = string_value(field.name or f"_field_{position + 1}").sql
            members = [Value(f"struct_extract({side}, {name})", field.type, simple=True) for side in (a, b)]
            pairs.append(compare(members[0], members[1], "=").sql)
        return f"({' AND '.join(pairs)})"

    equal = let([left, right], build)
    return Value(equal if symbol == "=" else f"(NOT {equal})", BOOL)


def _comparison(symbol: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        return compare(translator.value(node.this), translator.value(node.expression), symbol)

    return rule


def _distinct_from(symbol: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        left, right = comparable([translator.value(node.this), translator.value(node.expression)], symbol)
        return Value(f"({left.sql} {symbol} {right.sql})", BOOL)

    return rule


def _logic(symbol: str) -> Rule:
    def rule(node: exp.Connector, translator: Translator) -> Value:
        operands = [translator.typed(side, BOOL, f"Operand of {symbol}") for side in node.flatten()]
        return Value(f"({f' {symbol} '.join(operand.sql for operand in operands)})", BOOL)

    return rule


def _not(node: exp.Not, translator: Translator) -> Value:
    return Value(f"(NOT {translator.typed(node.this, BOOL, 'Operand of NOT').sql})", BOOL)


def _is(node: exp.Is, translator: Translator) -> Value:
    only(node, "this", "expression")
    operand = translator.value(node.this)
    if isinstance(node.expression, exp.Null):
        return Value(f"({operand.sql} IS NULL)", BOOL)
    if isinstance(node.expression, exp.Boolean):
        truth = bool_value(bool(node.expression.this)).sql
        return Value(f"({coerce(operand, BOOL, 'Operand of IS').sql} IS NOT DISTINCT FROM {truth})", BOOL)
    raise UnsupportedError(described(node))


def _between(node: exp.Between, translator: Translator) -> Value:
    only(node, "this", "low", "high")
    nodes = (node.this, node.args["low"], node.args["high"])
    value, low, high = comparable([translator.value(each) for each in nodes], "BETWEEN")
    if value.type != FLOAT64:
        return Value(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", BOOL)

    def build(*texts: str) -> str:
        operand, bottom, top = (Value(text, FLOAT64, simple=True) for text in texts)
        return f"({compare(operand, bottom, '>=').sql} AND {compare(operand, top, '<=').sql})"

    return Value(let([value, low, high], build), BOOL)


def _like(node: exp.Like, translator: Translator) -> Value:
    only(node, "this", "expression", "negate")
    text = translator.typed(node.this, STRING, "Operand of LIKE")
    pattern = translator.typed(node.expression, STRING, "Pattern of LIKE")
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return Value(f"({text.sql} {word} {pattern.sql} ESCAPE '\\')", BOOL)


# Bits

_BITS = (exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseLeftShift, exp.BitwiseRightShift)


def _bitwise(build: Callable[[str, str], str]) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        for side in (node.this, node.expression):
            if isinstance(side, _BITS) and type(side) is not type(node):
                raise UnsupportedError("Mixing bit operators without parentheses")
        operands = [translator.typed(side, INT64, "Bit operand") for side in (node.this, node.expression)]
        return Value(let(operands, build), INT64)

    return rule


RULES: dict[type[exp.Expr], Rule] = {
    exp.Literal: _literal,
    exp.HexString: _hex,
    exp.RawString: lambda node, translator: string_value(str(node.this)),
    exp.ByteString: _bytes,
    exp.Boolean: lambda node, translator: bool_value(bool(node.this)),
    exp.Null: lambda node, translator: Value("NULL", NULL, simple=True, literal=True),
    exp.Paren: lambda node, translator: translator.value(node.this),
    exp.Neg: _negative,
    exp.Column: _column,
    exp.Dot: _dot,
    exp.Parameter: _parameter,
    exp.Add: _additive("+"),
    exp.Sub: _additive("-"),
    exp.Mul: _multiply,
    exp.Div: _divide,
    exp.EQ: _comparison("="),
    exp.NEQ: _comparison("<>"),
    exp.LT: _comparison("<"),
    exp.LTE: _comparison("<="),
    exp.GT: _comparison(">"),
    exp.GTE: _comparison(">="),
    exp.NullSafeEQ: _distinct_from("IS NOT DISTINCT FROM"),
    exp.NullSafeNEQ: _distinct_from("IS DISTINCT FROM"),
    exp.And: _logic("AND"),
    exp.Or: _logic("OR"),
    exp.Not: _not,
    exp.Is: _is,
    exp.Between: _between,
    exp.Like: _like,
    exp.BitwiseAnd: _bitwise(lambda a, b: f"({a} & {b})"),
    exp.BitwiseOr: _bitwise(lambda a, b: f"({a} | {b})"),
    exp.BitwiseXor: _bitwise(lambda a, b: f"xor({a}, {b})"),
    exp.BitwiseLeftShift: _bitwise(lambda a, b: runtime("shift_left", a, b)),
    exp.BitwiseRightShift: _bitwise(lambda a, b: runtime("shift_right", a, b)),
    exp.BitwiseNot: lambda node, t: Value(f"(~{t.typed(node.this, INT64, 'Bit operand').sql})", INT64),
}
