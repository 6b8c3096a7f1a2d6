"""Operators: arithmetic, comparison, logic, bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_shifts import shift_by_interval
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.overflow import LARGEST, chained, size
from infra.local.engine.rewrite.values import (
    NUMBERS,
    Value,
    bool_value,
    cast_text,
    int_value,
    is_number,
    let,
    null_value,
    runtime,
    string_value,
)
from infra.local.engine.types import BOOL, DATE, DATETIME, FLOAT64, INT64, NUMERIC, STRING, TIME, TIMESTAMP, DataType

_COMPARING = (exp.Predicate, exp.Not)


def not_null(symbol: str, *nodes: exp.Expr) -> None:
    """GoogleSQL's operators take no literal NULL, which has no type; functions, BETWEEN and IN do."""
    if any(isinstance(node.unnest(), exp.Null) for node in nodes):
        raise AnalysisError(f"Operands of {symbol} cannot be literal NULL")


def standing_alone(symbol: str, *nodes: exp.Expr) -> None:
    """Comparisons do not associate in GoogleSQL: a = b = c and a IS NULL IS TRUE need parentheses."""
    if any(isinstance(node, _COMPARING) and not isinstance(node, exp.Func) for node in nodes):
        raise AnalysisError(f"Syntax error: Expression beside {symbol} must be parenthesized")


def _negative(node: exp.Neg, translator: Translator) -> Value:
    if isinstance(node.this, exp.Literal) and node.this.this == str(2**63):
        return int_value(-(2**63))
    operand = translator.operand(node.this)
    if isinstance(node.this, exp.Literal) and operand.type in (INT64, FLOAT64):
        if operand.type == INT64:
            return int_value(-int(str(node.this.this)))
        return Value(f"(-{operand.sql})", FLOAT64, simple=True, literal=True)
    not_null("-", node.this)
    if operand.type not in NUMBERS:
        raise AnalysisError(f"No matching signature for operator - for argument types: {operand.type}")
    zero = cast_text("0", operand.type)  # DuckDB's own minus widens the least INT64 instead of overflowing
    text = f"({zero} - {operand.sql})" if operand.type == INT64 else f"(-{operand.sql})"
    chain = replace(operand.chain, quotient=None) if operand.chain is not None else None
    return Value(text, operand.type, chain=chain, solvable=operand.type == INT64)


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
        not_null(symbol, node.this, node.expression)
        left, right = translator.operand(node.this), translator.operand(node.expression)
        if left.type == DATE and right.type == INT64:
            return Value(runtime("date_of", f"({left.sql} {symbol} CAST({right.sql} AS INTEGER))"), DATE)
        if left.type == INT64 and right.type == DATE and symbol == "+":
            return Value(runtime("date_of", f"({right.sql} + CAST({left.sql} AS INTEGER))"), DATE)
        if {left.type, right.type} & {DATE, DATETIME, TIMESTAMP, TIME}:
            raise UnsupportedError(f"Operator {symbol} on {left.type} and {right.type}")
        common, operands = numbers(node, symbol, left, right)
        text = f"({operands[0].sql} {symbol} {operands[1].sql})"
        return chained(text, operands, symbol) if common == FLOAT64 else Value(text, common, solvable=common == INT64)

    return rule


def _multiply(node: exp.Mul, translator: Translator) -> Value:
    only(node, "this", "expression")
    not_null("*", node.this, node.expression)
    common, operands = numbers(node, "*", translator.operand(node.this), translator.operand(node.expression))
    product = f"({operands[0].sql} * {operands[1].sql})"
    if common == FLOAT64:
        return chained(product, operands, "*")
    return Value(cast_text(product, NUMERIC) if common == NUMERIC else product, common, solvable=common == INT64)


def _divide(node: exp.Div, translator: Translator) -> Value:
    """Division: FLOAT64 unless a NUMERIC takes part; never DuckDB's own, which has no error for x / 0.0."""
    only(node, "this", "expression")
    not_null("/", node.this, node.expression)
    left, right = translator.operand(node.this), translator.value(node.expression)
    common, operands = numbers(node, "/", left, right)
    if common == NUMERIC:
        return Value(let(operands, lambda a, b: runtime("numeric_divide", a, b)), common)
    operands = [coerce(operand, FLOAT64) for operand in operands]
    if is_number(right) and size(operands[1]) > 0:
        return chained(f"({operands[0].sql} / {operands[1].sql})", operands, "/")
    # The macros mention the numerator again only where the divisor is 0, which costs nothing until then.
    numerator, divisor = operands
    if len(numerator.sql) <= _REPEATABLE and not _EXPANDS.search(numerator.sql):
        text = let([divisor], lambda b: runtime("divide", numerator.sql, b))
    else:
        text = let(operands, lambda a, b: runtime("divide", a, b))
    return chained(text, operands, "/", may_divide_by_zero=True)


_REPEATABLE = 400
_EXPANDS = re.compile(r'"\$googlesql"|SELECT|\bOVER\b|random\(')


# Comparison and logic


def comparable(operands: list[Value], symbol: str) -> list[Value]:
    """The operands in their common type, which must have an order or at least equality."""
    common = supertype(operands, f"operator {symbol}")
    converted = [coerce(operand, common) for operand in operands]
    groupable(converted[0], f"Operator {symbol}")
    return converted


def compared(operands: list[Value], symbol: str) -> list[Value]:
    """Like :func:`comparable`, for operands that stand beside a comparison of DuckDB's.

    It solves x + 1 = 5 for x, where a sum that overflows is no error; inside COALESCE it leaves the sum alone.
    """
    if supertype(operands, f"operator {symbol}") == INT64:
        operands = [replace(each, sql=f"coalesce({each.sql}, NULL)") if each.solvable else each for each in operands]
    return comparable(operands, symbol)


def compare(left: Value, right: Value, symbol: str) -> Value:
    """A comparison. NaN is neither less than, equal to nor greater than anything, unlike in DuckDB."""
    left, right = compared([left, right], symbol)
    if left.type.kind == "STRUCT":
        return _compare_structs(left, right, symbol)
    if left.type != FLOAT64:
        return Value(f"({left.sql} {symbol} {right.sql})", BOOL)
    guarded = 1 if symbol in ("<", "<=") else 0
    either = symbol in ("=", "<>") and is_number(right)
    if either or size((left, right)[guarded]) <= LARGEST:
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
        not_null(symbol, node.this, node.expression)
        standing_alone(symbol, node.this, node.expression)
        return compare(translator.value(node.this), translator.value(node.expression), symbol)

    return rule


def _distinct_from(symbol: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        standing_alone(symbol, node.this, node.expression)
        left, right = compared([translator.value(node.this), translator.value(node.expression)], symbol)
        return Value(f"({left.sql} {symbol} {right.sql})", BOOL)

    return rule


def _logic(symbol: str) -> Rule:
    def rule(node: exp.Connector, translator: Translator) -> Value:
        operands = [translator.typed(side, BOOL, f"Operand of {symbol}") for side in node.flatten()]
        return Value(f"({f' {symbol} '.join(operand.sql for operand in operands)})", BOOL)

    return rule


def _not(node: exp.Not, translator: Translator) -> Value:
    not_null("NOT", node.this)
    return Value(f"(NOT {translator.typed(node.this, BOOL, 'Operand of NOT').sql})", BOOL)


def _is(node: exp.Is, translator: Translator) -> Value:
    only(node, "this", "expression")
    standing_alone("IS", node.this)
    operand = translator.value(node.this)
    if isinstance(node.expression, exp.Null) and operand.solvable:  # DuckDB knows without working a sum out
        return Value(f"({operand.sql} IS NOT DISTINCT FROM {null_value(INT64).sql})", BOOL)
    if isinstance(node.expression, exp.Null):
        return Value(f"({operand.sql} IS NULL)", BOOL)
    if isinstance(node.expression, exp.Boolean):
        truth = bool_value(bool(node.expression.this)).sql
        return Value(f"({coerce(operand, BOOL, 'Operand of IS').sql} IS NOT DISTINCT FROM {truth})", BOOL)
    raise UnsupportedError(described(node))


def _between(node: exp.Between, translator: Translator) -> Value:
    only(node, "this", "low", "high")
    nodes = (node.this, node.args["low"], node.args["high"])
    standing_alone("BETWEEN", *nodes)
    value, low, high = compared([translator.value(each) for each in nodes], "BETWEEN")
    if value.type != FLOAT64:
        return Value(f"({value.sql} BETWEEN {low.sql} AND {high.sql})", BOOL)

    def build(*texts: str) -> str:
        operand, bottom, top = (Value(text, FLOAT64, simple=True) for text in texts)
        return f"({compare(operand, bottom, '>=').sql} AND {compare(operand, top, '<=').sql})"

    return Value(let([value, low, high], build), BOOL)


def _like(node: exp.Like, translator: Translator) -> Value:
    only(node, "this", "expression", "negate")
    not_null("LIKE", node.this, node.expression)
    standing_alone("LIKE", node.this, node.expression)
    text = translator.typed(node.this, STRING, "Operand of LIKE")
    pattern = translator.typed(node.expression, STRING, "Pattern of LIKE")
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    wanted = pattern.sql
    if pattern.text is None or pattern.text.endswith("\\"):  # DuckDB notices where it has to match that far
        wanted = let([pattern], lambda p: runtime("like_pattern", p))
    return Value(f"({text.sql} {word} {wanted} ESCAPE '\\')", BOOL)


# Bits

# sqlglot reads & | ^ << >> as one level, from left to right; GoogleSQL's order is << >> & ^ |.
_BITS: dict[type[exp.Expr], int] = {
    exp.BitwiseOr: 0,
    exp.BitwiseXor: 1,
    exp.BitwiseAnd: 2,
    exp.BitwiseLeftShift: 3,
    exp.BitwiseRightShift: 3,
}


def _regrouped(node: exp.Expr) -> exp.Expr:
    """A run of bit operators as GoogleSQL groups it."""
    operands: list[exp.Expr] = [node]
    operators: list[type[exp.Expr]] = []
    while type(operands[0]) in _BITS:
        first = operands.pop(0)
        operators.insert(0, type(first))
        operands[:0] = [first.this, first.expression]
    while operators:
        level = max(_BITS[operator] for operator in operators)
        at = next(position for position, operator in enumerate(operators) if _BITS[operator] == level)
        joined = operators.pop(at)(this=operands[at].copy(), expression=operands[at + 1].copy())
        operands[at : at + 2] = [joined]
    return operands[0]


def _bitwise(symbol: str, build: Callable[[str, str], str]) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        if symbol not in ("<<", ">>"):
            not_null(symbol, node.this, node.expression)
        if type(node.this) in _BITS and _BITS[type(node.this)] < _BITS[type(node)]:
            return translator.value(_regrouped(node))
        operands = [translator.typed(side, INT64, "Bit operand") for side in (node.this, node.expression)]
        return Value(let(operands, build), INT64)

    return rule


def _bit_not(node: exp.BitwiseNot, translator: Translator) -> Value:
    not_null("~", node.this)
    return Value(f"(~{translator.typed(node.this, INT64, 'Bit operand').sql})", INT64)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Paren: lambda node, translator: translator.operand(node.this),
    exp.Neg: _negative,
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
    exp.BitwiseAnd: _bitwise("&", lambda a, b: f"({a} & {b})"),
    exp.BitwiseOr: _bitwise("|", lambda a, b: f"({a} | {b})"),
    exp.BitwiseXor: _bitwise("^", lambda a, b: f"xor({a}, {b})"),
    exp.BitwiseLeftShift: _bitwise("<<", lambda a, b: runtime("shift_left", a, b)),
    exp.BitwiseRightShift: _bitwise(">>", lambda a, b: runtime("shift_right", a, b)),
    exp.BitwiseNot: _bit_not,
}
