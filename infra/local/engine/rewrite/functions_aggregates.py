"""Aggregate functions: each may be called with and without OVER (see aggregate_rules.py)."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.aggregate_rules import (
    Aggregate,
    AggregateRule,
    Input,
    input_of,
    plain_argument,
    require_number,
)
from infra.local.engine.rewrite.coercion import coerce, groupable
from infra.local.engine.rewrite.context import Translator, only
from infra.local.engine.rewrite.functions_arrays import untyped_null
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, cast_text, let, runtime
from infra.local.engine.types import BOOL, FLOAT64, INT64, NUMERIC, STRING, array_of, struct_of


def _count(node: exp.Count, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this", "big_int")
    if isinstance(node.this, exp.Star):
        return Aggregate(lambda over: f"count(*){over}", INT64)
    value, distinct = plain_argument(translator, node.this, "COUNT")
    return Aggregate(lambda over: f"count({distinct}{value.sql}){over}", INT64)


def _countif(node: exp.CountIf, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    test = translator.typed(node.this, BOOL, "Argument of COUNTIF")
    return Aggregate(lambda over: f"count(CASE WHEN {test.sql} THEN 1 END){over}", INT64)


def _sum(node: exp.Sum, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value, distinct = plain_argument(translator, node.this, "SUM")
    require_number(value, "SUM")
    return Aggregate(lambda over: cast_text(f"sum({distinct}{value.sql}){over}", value.type), value.type)


def _avg(node: exp.Avg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value, distinct = plain_argument(translator, node.this, "AVG")
    require_number(value, "AVG")
    if value.type != NUMERIC:
        return Aggregate(lambda over: f"avg({distinct}{value.sql}){over}", FLOAT64)

    def build(over: str) -> str:
        parts = [
            Value(f"sum({distinct}{value.sql}){over}", NUMERIC),
            Value(cast_text(f"count({distinct}{value.sql}){over}", NUMERIC), NUMERIC),
        ]
        return let(parts, lambda total, count: runtime("safe_numeric_divide", total, count))

    return Aggregate(build, NUMERIC)


def _extreme(name: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this")
        value, distinct = plain_argument(translator, node.this, name.upper())
        groupable(value, name.upper())
        if value.type == FLOAT64 and name == "min":
            return Aggregate(lambda over: _min_float(value.sql, over), FLOAT64)
        return Aggregate(lambda over: f"{name}({distinct}{value.sql}){over}", value.type)

    return rule


def _min_float(text: str, over: str) -> str:
    """The least number, but NaN when there is one."""
    return f"CASE WHEN bool_or(isnan({text})){over} THEN CAST('nan' AS DOUBLE) ELSE min({text}){over} END"


def _of_floats(duck: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this", "expression")
        sides = [node.this] + ([node.expression] if node.args.get("expression") is not None else [])
        values = [plain_argument(translator, side, duck.upper()) for side in sides]
        for value, _ in values:
            require_number(value, duck.upper())
        texts = ", ".join(f"{distinct}{cast_text(value.sql, FLOAT64)}" for value, distinct in values)
        if duck == "corr":  # NULL for fewer than two pairs, where DuckDB says NaN
            return Aggregate(lambda o: f"CASE WHEN regr_count({texts}){o} > 1 THEN corr({texts}){o} END", FLOAT64)
        if not duck.endswith("_pop"):
            return Aggregate(lambda over: f"{duck}({texts}){over}", FLOAT64)
        odd = " OR ".join(f"NOT isfinite({cast_text(value.sql, FLOAT64)})" for value, _ in values)
        # DuckDB's population variance of one value is 0 even when that is NaN.
        return Aggregate(lambda o: f"{duck}({texts}){o} + CASE WHEN bool_or({odd}){o} THEN {_NAN} ELSE 0 END", FLOAT64)

    return rule


_NAN = "CAST('nan' AS DOUBLE)"


def _logical(duck: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this")
        test = translator.typed(node.this, BOOL, "Argument")
        return Aggregate(lambda over: f"{duck}({test.sql}){over}", BOOL)

    return rule


def _bits(duck: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this")
        value = translator.typed(node.this, INT64, "Argument")
        return Aggregate(lambda over: f"{duck}({value.sql}){over}", INT64)

    return rule


def _any_value(node: exp.AnyValue, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    if isinstance(node.this, exp.HavingMax):
        return _by(node.this, "arg_max_null" if node.this.args.get("max") else "arg_min_null", translator)
    value, _ = plain_argument(translator, node.this, "ANY_VALUE")
    return Aggregate(lambda over: f"first({value.sql}){over}", value.type)


def _by(node: exp.Expr, duck: str, translator: Translator) -> Aggregate:
    value, key = untyped_null(translator.value(node.this)), translator.value(node.args["expression"])
    groupable(key, "MAX_BY")
    return Aggregate(lambda over: f"{duck}({value.sql}, {key.sql}){over}", value.type)


def _max_by(duck: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this", "expression")
        return _by(node, duck, translator)

    return rule


def _collected(given: Input, over: str, skip_nulls: bool) -> str:
    distinct = "DISTINCT " if given.distinct else ""
    order = f" ORDER BY {given.order}" if given.order else ""
    kept = f" FILTER (WHERE {given.value.sql} IS NOT NULL)" if skip_nulls else ""
    text = f"list({distinct}{given.value.sql}{order}){kept}{over}"
    return f"list_slice({text}, 1, {given.limit})" if given.limit else text


def _array_agg(node: exp.ArrayAgg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    given = input_of(node.this, translator)
    if given.value.type.kind == "ARRAY":
        raise AnalysisError("The argument to ARRAY_AGG must not be an array type")
    return Aggregate(lambda over: _collected(given, over, nulls == "IGNORE"), array_of(given.value.type))


def _array_concat_agg(node: exp.ArrayConcatAgg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    given = input_of(node.this, translator)
    return Aggregate(lambda over: f"flatten({_collected(given, over, True)})", given.value.type)


def _string_agg(node: exp.GroupConcat, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this", "separator")
    inner, separator = node.this, node.args.get("separator")
    if isinstance(separator, exp.Order | exp.Limit):
        raise UnsupportedError("STRING_AGG with this order of arguments")
    given = input_of(inner, translator)
    value = coerce(given.value, STRING, "Argument of STRING_AGG")
    given = Input(value, given.distinct, given.order, given.limit)
    between = translator.optional(separator, STRING, "Separator of STRING_AGG")
    text = between.sql if between is not None else "','"
    return Aggregate(lambda over: f"array_to_string({_collected(given, over, True)}, {text})", STRING)


def _approx_quantiles(node: exp.ApproxQuantiles, translator: Translator, nulls: str) -> Aggregate:
    """Exact quantiles: n + 1 boundaries, the minimum and the maximum among them."""
    only(node, "this", "expression")
    value, distinct = plain_argument(translator, node.this, "APPROX_QUANTILES")
    if not isinstance(node.expression, exp.Literal) or nulls == "RESPECT":
        raise UnsupportedError("APPROX_QUANTILES with RESPECT NULLS or a number that is not a literal")
    count = int(node.expression.this)
    fractions = ", ".join(f"{step / count!r}e0" for step in range(count + 1))
    return Aggregate(lambda over: f"quantile_disc({distinct}{value.sql}, [{fractions}]){over}", array_of(value.type))


def _approx_top_count(node: exp.ApproxTopK, translator: Translator, nulls: str) -> Aggregate:
    """The most frequent values, exactly; of equally frequent ones the least first. NULL counts as a value."""
    only(node, "this", "expression")
    value, distinct = plain_argument(translator, node.this, "APPROX_TOP_COUNT")
    groupable(value, "APPROX_TOP_COUNT")
    limit = node.expression
    if not isinstance(limit, exp.Literal) or int(limit.this) < 1 or value.type == FLOAT64 or distinct:
        raise UnsupportedError("APPROX_TOP_COUNT of FLOAT64, of DISTINCT, or with a number that is not a literal")
    entry = struct_of(("value", value.type), ("count", INT64))

    def build(over: str) -> str:
        met = f"map_entries(histogram({value.sql}){over})"
        missed = f"count(CASE WHEN {value.sql} IS NULL THEN 1 END){over}"
        return runtime("top_counts", met, missed, cast_text("NULL", value.type), str(limit.this))

    return Aggregate(build, array_of(entry))


def _approx_count(node: exp.ApproxDistinct, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value = groupable(translator.value(node.this), "APPROX_COUNT_DISTINCT")
    return Aggregate(lambda over: f"count(DISTINCT {value.sql}){over}", INT64)


AGGREGATES: dict[type[exp.Expr], AggregateRule] = {
    exp.Count: _count,
    exp.CountIf: _countif,
    exp.Sum: _sum,
    exp.Avg: _avg,
    exp.Min: _extreme("min"),
    exp.Max: _extreme("max"),
    exp.Stddev: _of_floats("stddev_samp"),
    exp.StddevSamp: _of_floats("stddev_samp"),
    exp.StddevPop: _of_floats("stddev_pop"),
    exp.Variance: _of_floats("var_samp"),
    exp.VariancePop: _of_floats("var_pop"),
    exp.Corr: _of_floats("corr"),
    exp.CovarSamp: _of_floats("covar_samp"),
    exp.CovarPop: _of_floats("covar_pop"),
    exp.LogicalOr: _logical("bool_or"),
    exp.LogicalAnd: _logical("bool_and"),
    exp.BitwiseAndAgg: _bits("bit_and"),
    exp.BitwiseOrAgg: _bits("bit_or"),
    exp.BitwiseXorAgg: _bits("bit_xor"),
    exp.AnyValue: _any_value,
    exp.ArgMax: _max_by("arg_max_null"),
    exp.ArgMin: _max_by("arg_min_null"),
    exp.ArrayAgg: _array_agg,
    exp.ArrayConcatAgg: _array_concat_agg,
    exp.GroupConcat: _string_agg,
    exp.ApproxQuantiles: _approx_quantiles,
    exp.ApproxDistinct: _approx_count,
    exp.ApproxTopK: _approx_top_count,
}
