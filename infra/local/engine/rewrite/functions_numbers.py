"""Mathematical functions and division by function."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.operators import numbers
from infra.local.engine.rewrite.overflow import LARGEST, can_overflow, size, sized
from infra.local.engine.rewrite.values import NUMBERS, Value, cast_text, int_value, let, runtime
from infra.local.engine.types import BOOL, FLOAT64, INT64, NUMERIC, DataType


def _number(node: exp.Expr, translator: Translator, name: str) -> Value:
    value = translator.value(node)
    if value.type.kind == "NULL":
        return coerce(value, INT64)
    if value.type not in NUMBERS:
        raise AnalysisError(f"No matching signature for function {name} for argument types: {value.type}")
    return value


def _float(node: exp.Expr, translator: Translator, name: str) -> Value:
    value = _number(node, translator, name)
    if value.type == NUMERIC:
        raise UnsupportedError(f"{name} of a NUMERIC")
    return coerce(value, FLOAT64)


def _of_float(name: str, macro: str, bound: Callable[[float], float]) -> Rule:
    """A FLOAT64 function that raises outside its domain (the macro does); ``bound`` of a finite argument's result."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        operand = _float(node.this, translator, name)
        result = Value(let([operand], lambda x: runtime(macro, x)), FLOAT64)
        return sized(result, bound(size(operand))) if size(operand) <= LARGEST else result

    return rule


def _of_floats(name: str, macro: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        operands = [_float(side, translator, name) for side in (node.this, node.expression)]
        return Value(let(operands, lambda x, y: runtime(macro, x, y)), FLOAT64)

    return rule


def _log(node: exp.Log, translator: Translator) -> Value:
    """sqlglot holds LOG(x, base) as Log(this=base, expression=x)."""
    only(node, "this", "expression")
    base, value = (_float(side, translator, "LOG") for side in (node.this, node.expression))
    return Value(let([value, base], lambda x, b: runtime("log_of", x, b)), FLOAT64)


def _round(node: exp.Round, translator: Translator) -> Value:
    """Halves go away from zero. INT64 gives FLOAT64, NUMERIC stays exact."""
    only(node, "this", "decimals")
    value = _number(node.this, translator, "ROUND")
    digits = node.args.get("decimals")
    if value.type == NUMERIC:
        return Value(cast_text(f"round({value.sql}, {_digits(digits)})", NUMERIC), NUMERIC)
    value = coerce(value, FLOAT64)
    if digits is None:
        return Value(f"round({value.sql})", FLOAT64)
    operands = [value, translator.typed(digits, INT64, "Second argument of ROUND")]
    return Value(let(operands, lambda x, d: runtime("round_float", x, d)), FLOAT64)


def _digits(node: exp.Expr | None) -> int:
    """DuckDB rounds a DECIMAL to a constant number of digits only."""
    if node is None:
        return 0
    inner = node.this if isinstance(node, exp.Neg) else node
    if not isinstance(inner, exp.Literal) or inner.is_string:
        raise UnsupportedError("ROUND or TRUNC of a NUMERIC to a number of digits that is not a literal")
    digits = int(inner.this) if inner is node else -int(inner.this)
    if digits < -28:
        raise UnsupportedError("ROUND or TRUNC of a NUMERIC to more than 28 digits before the point")
    return min(digits, 9)


def _trunc(node: exp.Trunc, translator: Translator) -> Value:
    only(node, "this", "decimals")
    value = _number(node.this, translator, "TRUNC")
    if node.args.get("decimals") is not None:
        if value.type != NUMERIC:
            raise UnsupportedError("TRUNC of a FLOAT64 to a number of digits")
        step = 10 ** (9 - _digits(node.args["decimals"]))
        return Value(runtime("of_units", f"({runtime('units', value.sql)} // {step}) * {step}"), NUMERIC)
    data_type = NUMERIC if value.type == NUMERIC else FLOAT64
    return Value(cast_text(f"trunc({coerce(value, data_type).sql})", data_type), data_type)


def _whole(name: str) -> Rule:
    """FLOOR and CEIL."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        value = _number(node.this, translator, name)
        if value.type == NUMERIC:
            return Value(cast_text(f"{name.lower()}({value.sql})", NUMERIC), NUMERIC)
        return Value(f"{name.lower()}({coerce(value, FLOAT64).sql})", FLOAT64)

    return rule


def _abs(node: exp.Abs, translator: Translator) -> Value:
    only(node, "this")
    value = _number(node.this, translator, "ABS")
    return Value(f"abs({value.sql})", value.type)


def _sign(node: exp.Sign, translator: Translator) -> Value:
    only(node, "this")
    value = _number(node.this, translator, "SIGN")
    if value.type == FLOAT64:
        return Value(let([value], lambda x: f"CASE WHEN isnan({x}) THEN {x} ELSE sign({x}) END"), FLOAT64)
    return Value(cast_text(f"sign({value.sql})", value.type), value.type)


def _integer_division(name: str, symbol: str, macro: str) -> Rule:
    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        left, right = translator.value(node.this), translator.value(node.expression)
        common, operands = numbers(node, name, left, right)
        if common == NUMERIC:
            return Value(let(operands, lambda x, y: runtime(f"numeric_{macro}", x, y)), NUMERIC)
        if common != INT64:
            raise AnalysisError(f"No matching signature for function {name} for argument types: {common}")
        if right.literal and re.fullmatch(r"CAST\([1-9]\d* AS BIGINT\)", right.sql):
            return Value(f"({operands[0].sql} {symbol} {operands[1].sql})", INT64)
        return Value(let(operands, lambda x, y: runtime(macro, x, y)), INT64)

    return rule


def _safe_divide(node: exp.SafeDivide, translator: Translator) -> Value:
    only(node, "this", "expression")
    left, right = translator.value(node.this), translator.value(node.expression)
    common, (numerator, divisor) = numbers(node, "/", left, right)
    if common == NUMERIC:
        return Value(let([numerator, divisor], lambda a, b: runtime("safe_numeric_divide", a, b)), NUMERIC)
    numerator, divisor = coerce(numerator, FLOAT64), coerce(divisor, FLOAT64)
    macro = "safe_divide_any" if can_overflow([numerator, divisor], "/") else "safe_divide"
    return Value(let([numerator, divisor], lambda a, b: runtime(macro, a, b)), FLOAT64)


def _safe_arithmetic(name: str) -> Rule:
    """SAFE_ADD and its like: NULL where the operator would overflow."""

    def rule(node: exp.Binary, translator: Translator) -> Value:
        only(node, "this", "expression")
        sides = [translator.value(side) for side in (node.this, node.expression)]
        common, operands = numbers(node, f"SAFE_{name.upper()}", *sides)
        return _safely(name, common, operands)

    return rule


def _safely(name: str, common: DataType, operands: list[Value]) -> Value:
    macro = f"safe_{common.kind.lower()}_{name}"
    return Value(let(operands, lambda x, y: runtime(macro, x, y)), common)


def _safe_negate(node: exp.SafeNegate, translator: Translator) -> Value:
    only(node, "this")
    value = _number(node.this, translator, "SAFE_NEGATE")
    if value.type == FLOAT64:
        return Value(f"(-{value.sql})", FLOAT64)
    return _safely("subtract", value.type, [coerce(int_value(0), value.type), value])


def ieee_divide(arguments: list[Value]) -> Value:
    """IEEE_DIVIDE: infinities and NaN instead of errors."""
    if len(arguments) != 2:
        raise AnalysisError("No matching signature for function IEEE_DIVIDE")
    operands = [coerce(argument, FLOAT64, "Argument of IEEE_DIVIDE") for argument in arguments]
    return Value(let(operands, lambda x, y: runtime("ieee_divide", x, y)), FLOAT64)


def _float_test(name: str) -> Rule:
    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        return Value(f"{name}({translator.typed(node.this, FLOAT64, 'Argument').sql})", BOOL)

    return rule


def _plain_float(name: str) -> Rule:
    """A function that DuckDB and GoogleSQL share over all of its domain."""

    def rule(node: exp.Func, translator: Translator) -> Value:
        only(node, "this")
        return Value(f"{name}({_float(node.this, translator, name.upper()).sql})", FLOAT64)

    return rule


def _bit_count(node: exp.BitwiseCount, translator: Translator) -> Value:
    only(node, "this")
    return Value(cast_text(f"bit_count({translator.typed(node.this, INT64, 'Argument').sql})", INT64), INT64)


def _range_bucket(node: exp.RangeBucket, translator: Translator) -> Value:
    only(node, "this", "expression")
    point, bounds = translator.value(node.this), translator.value(node.expression)
    element: DataType | None = bounds.type.element
    if element is None:
        raise AnalysisError("The second argument of RANGE_BUCKET must be an array")
    point = coerce(point, element, "First argument of RANGE_BUCKET")
    return Value(let([point, bounds], lambda x, b: runtime("range_bucket", x, b)), INT64)


RULES: dict[type[exp.Expr], Rule] = {
    exp.Round: _round,
    exp.Trunc: _trunc,
    exp.Floor: _whole("FLOOR"),
    exp.Ceil: _whole("CEIL"),
    exp.Abs: _abs,
    exp.Sign: _sign,
    exp.Sqrt: _of_float("SQRT", "square_root", lambda size: max(size, 1.0)),
    exp.Exp: _of_float("EXP", "exponential", lambda size: LARGEST),
    exp.Ln: _of_float("LN", "natural_log", lambda size: 745.0),
    exp.Log: _log,
    exp.Pow: _of_floats("POW", "power"),
    exp.Sin: _plain_float("sin"),
    exp.Cos: _plain_float("cos"),
    exp.Atan: _plain_float("atan"),
    exp.Tanh: _plain_float("tanh"),
    exp.IntDiv: _integer_division("DIV", "//", "integer_divide"),
    exp.Mod: _integer_division("MOD", "%", "modulo"),
    exp.SafeDivide: _safe_divide,
    exp.SafeAdd: _safe_arithmetic("add"),
    exp.SafeSubtract: _safe_arithmetic("subtract"),
    exp.SafeMultiply: _safe_arithmetic("multiply"),
    exp.SafeNegate: _safe_negate,
    exp.IsNan: _float_test("isnan"),
    exp.IsInf: _float_test("isinf"),
    exp.BitwiseCount: _bit_count,
    exp.RangeBucket: _range_bucket,
    exp.Rand: lambda node, translator: Value("random()", FLOAT64),
}
