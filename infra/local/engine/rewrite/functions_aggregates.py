"""Aggregate and window functions.

A rule returns the type and a builder that takes the OVER text (empty for a plain aggregate), because what wraps the
DuckDB call, a cast for one, has to stand outside of OVER.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_arrays import untyped_null
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import NUMBERS, Value, cast_text, int_value, let, runtime
from infra.local.engine.types import BOOL, FLOAT64, INT64, NUMERIC, STRING, DataType, array_of


@dataclass(frozen=True)
class Aggregate:
    """``build(over)`` gives the DuckDB text."""

    build: Callable[[str], str]
    type: DataType
    needs_over: bool = False


AggregateRule = Callable[[Any, Translator, str], Aggregate]


def order_keys(ordered: Sequence[exp.Expr], translator: Translator, ranged: bool = False) -> str:
    """ORDER BY keys. NULLs come first ascending; NaN comes before every number (DuckDB puts it last)."""
    keys = []
    for node in ordered:
        if not isinstance(node, exp.Ordered):
            raise UnsupportedError(described(node))
        only(node, "this", "desc", "nulls_first")
        keys.append(order_key(translator.value(node.this), node, ranged))
    return ", ".join(keys)


def order_key(value: Value, node: exp.Ordered, ranged: bool = False) -> str:
    """One key with its direction and NULL placement."""
    groupable(value, "ORDER BY")
    direction = "DESC" if node.args.get("desc") else "ASC"
    nulls = "NULLS FIRST" if node.args.get("nulls_first") else "NULLS LAST"
    key = f"{value.sql} {direction} {nulls}"
    if value.type == FLOAT64 and not ranged and not value.literal:
        key = f"isnan({value.sql}) {'ASC' if direction == 'DESC' else 'DESC'} {nulls}, {key}"
    return key


@dataclass(frozen=True)
class _Input:
    """The pieces of AGG([DISTINCT] x [ORDER BY ...] [LIMIT n])."""

    value: Value
    distinct: bool
    order: str
    limit: str


def _input(node: exp.Expr, translator: Translator) -> _Input:
    distinct, order, limit = False, "", ""
    if isinstance(node, exp.Limit):
        if not isinstance(node.expression, exp.Literal):
            raise UnsupportedError("LIMIT in an aggregate that is not a literal")
        limit, node = str(node.expression.this), node.this
    if isinstance(node, exp.Order):
        order, node = order_keys(node.expressions, translator), node.this
    if isinstance(node, exp.Distinct):
        if len(node.expressions) != 1:
            raise UnsupportedError("DISTINCT of several expressions")
        distinct, node = True, node.expressions[0]
    if isinstance(node, exp.HavingMax):
        raise UnsupportedError("HAVING MAX here")
    value = untyped_null(translator.value(node))
    return _Input(groupable(value, "DISTINCT") if distinct else value, distinct, order, limit)


def _plain(translator: Translator, node: exp.Expr, name: str) -> tuple[Value, str]:
    """The argument of an aggregate without order or limit, and its DISTINCT prefix."""
    given = _input(node, translator)
    if given.order or given.limit:
        raise AnalysisError(f"Aggregate function {name} does not support ORDER BY or LIMIT")
    return given.value, "DISTINCT " if given.distinct else ""


def _count(node: exp.Count, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this", "big_int")
    if isinstance(node.this, exp.Star):
        return Aggregate(lambda over: f"count(*){over}", INT64)
    value, distinct = _plain(translator, node.this, "COUNT")
    return Aggregate(lambda over: f"count({distinct}{value.sql}){over}", INT64)


def _countif(node: exp.CountIf, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    test = translator.typed(node.this, BOOL, "Argument of COUNTIF")
    return Aggregate(lambda over: f"count(CASE WHEN {test.sql} THEN 1 END){over}", INT64)


def _sum(node: exp.Sum, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value, distinct = _plain(translator, node.this, "SUM")
    _require_number(value, "SUM")
    return Aggregate(lambda over: cast_text(f"sum({distinct}{value.sql}){over}", value.type), value.type)


def _require_number(value: Value, name: str) -> None:
    if value.type not in NUMBERS:
        raise AnalysisError(f"No matching signature for aggregate function {name} for argument types: {value.type}")


def _avg(node: exp.Avg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value, distinct = _plain(translator, node.this, "AVG")
    _require_number(value, "AVG")
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
        value, distinct = _plain(translator, node.this, name.upper())
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
        values = [_plain(translator, side, duck.upper()) for side in sides]
        for value, _ in values:
            _require_number(value, duck.upper())
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
    value, _ = _plain(translator, node.this, "ANY_VALUE")
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


def _collected(given: _Input, over: str, skip_nulls: bool) -> str:
    distinct = "DISTINCT " if given.distinct else ""
    order = f" ORDER BY {given.order}" if given.order else ""
    kept = f" FILTER (WHERE {given.value.sql} IS NOT NULL)" if skip_nulls else ""
    text = f"list({distinct}{given.value.sql}{order}){kept}{over}"
    return f"list_slice({text}, 1, {given.limit})" if given.limit else text


def _array_agg(node: exp.ArrayAgg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    given = _input(node.this, translator)
    if given.value.type.kind == "ARRAY":
        raise AnalysisError("The argument to ARRAY_AGG must not be an array type")
    return Aggregate(lambda over: _collected(given, over, nulls == "IGNORE"), array_of(given.value.type))


def _array_concat_agg(node: exp.ArrayConcatAgg, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    given = _input(node.this, translator)
    return Aggregate(lambda over: f"flatten({_collected(given, over, True)})", given.value.type)


def _string_agg(node: exp.GroupConcat, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this", "separator")
    inner, separator = node.this, node.args.get("separator")
    if isinstance(separator, exp.Order | exp.Limit):
        raise UnsupportedError("STRING_AGG with this order of arguments")
    given = _input(inner, translator)
    value = coerce(given.value, STRING, "Argument of STRING_AGG")
    given = _Input(value, given.distinct, given.order, given.limit)
    between = translator.optional(separator, STRING, "Separator of STRING_AGG")
    text = between.sql if between is not None else "','"
    return Aggregate(lambda over: f"array_to_string({_collected(given, over, True)}, {text})", STRING)


def _approx_quantiles(node: exp.ApproxQuantiles, translator: Translator, nulls: str) -> Aggregate:
    """Exact quantiles: n + 1 boundaries, the minimum and the maximum among them."""
    only(node, "this", "expression")
    value, distinct = _plain(translator, node.this, "APPROX_QUANTILES")
    if not isinstance(node.expression, exp.Literal) or nulls == "RESPECT":
        raise UnsupportedError("APPROX_QUANTILES with RESPECT NULLS or a number that is not a literal")
    count = int(node.expression.this)
    fractions = ", ".join(f"{step / count!r}e0" for step in range(count + 1))
    return Aggregate(lambda over: f"quantile_disc({distinct}{value.sql}, [{fractions}]){over}", array_of(value.type))


def _approx_count(node: exp.ApproxDistinct, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    value = groupable(translator.value(node.this), "APPROX_COUNT_DISTINCT")
    return Aggregate(lambda over: f"count(DISTINCT {value.sql}){over}", INT64)


# Functions that need OVER


def _ranking(duck: str, data_type: DataType) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node)
        return Aggregate(lambda over: f"{duck}(){over}", data_type, needs_over=True)

    return rule


def _ntile(node: exp.Ntile, translator: Translator, nulls: str) -> Aggregate:
    only(node, "this")
    count = translator.typed(node.this, INT64, "Argument of NTILE")
    return Aggregate(lambda over: f"ntile({count.sql}){over}", INT64, needs_over=True)


def _neighbour(duck: str) -> AggregateRule:
    """LAG and LEAD."""

    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this", "offset", "default")
        value = untyped_null(translator.value(node.this))
        offset = translator.optional(node.args.get("offset"), INT64, f"Offset of {duck.upper()}") or int_value(1)
        arguments = [value.sql, offset.sql]
        data_type = value.type
        if node.args.get("default") is not None:
            default = translator.value(node.args["default"])
            data_type = supertype([value, default], duck.upper())
            arguments = [coerce(value, data_type).sql, offset.sql, coerce(default, data_type).sql]
        return Aggregate(lambda over: f"{duck}({', '.join(arguments)}{_nulls(nulls)}){over}", data_type, True)

    return rule


def _navigation(duck: str) -> AggregateRule:
    """FIRST_VALUE, LAST_VALUE and NTH_VALUE."""

    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this", "offset")
        value = untyped_null(translator.value(node.this))
        offset = translator.optional(node.args.get("offset"), INT64, f"Offset of {duck.upper()}")
        arguments = value.sql if offset is None else f"{value.sql}, {offset.sql}"
        return Aggregate(lambda over: f"{duck}({arguments}{_nulls(nulls)}){over}", value.type, needs_over=True)

    return rule


def _nulls(nulls: str) -> str:
    return " IGNORE NULLS" if nulls == "IGNORE" else ""


def _percentile(duck: str) -> AggregateRule:
    def rule(node: exp.Func, translator: Translator, nulls: str) -> Aggregate:
        only(node, "this", "expression")
        if nulls == "RESPECT":
            raise UnsupportedError("PERCENTILE_* with RESPECT NULLS")
        value, share = translator.value(node.this), translator.typed(node.expression, FLOAT64, "Percentile")
        if duck == "quantile_cont":
            _require_number(value, "PERCENTILE_CONT")
            if value.type == NUMERIC:
                raise UnsupportedError("PERCENTILE_CONT of a NUMERIC")
            value = coerce(value, FLOAT64)
        return Aggregate(lambda over: f"{duck}({value.sql}, {share.sql}){over}", value.type, needs_over=True)

    return rule


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
    exp.RowNumber: _ranking("row_number", INT64),
    exp.Rank: _ranking("rank", INT64),
    exp.DenseRank: _ranking("dense_rank", INT64),
    exp.PercentRank: _ranking("percent_rank", FLOAT64),
    exp.CumeDist: _ranking("cume_dist", FLOAT64),
    exp.Ntile: _ntile,
    exp.Lag: _neighbour("lag"),
    exp.Lead: _neighbour("lead"),
    exp.FirstValue: _navigation("first_value"),
    exp.LastValue: _navigation("last_value"),
    exp.NthValue: _navigation("nth_value"),
    exp.PercentileCont: _percentile("quantile_cont"),
    exp.PercentileDisc: _percentile("quantile_disc"),
}


def _aggregate(node: exp.Expr, translator: Translator) -> Aggregate:
    nulls = ""
    if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
        nulls = "IGNORE" if isinstance(node, exp.IgnoreNulls) else "RESPECT"
        node = node.this
    rule = AGGREGATES.get(type(node))
    if rule is None:
        raise UnsupportedError(described(node))
    if nulls == "IGNORE" and isinstance(node, exp.Sum | exp.Avg | exp.Count | exp.Min | exp.Max):
        raise AnalysisError(f"IGNORE NULLS is not allowed for {described(node)}")
    return rule(node, translator, nulls)


def _without_over(node: exp.Expr, translator: Translator) -> Value:
    aggregate = _aggregate(node, translator)
    if aggregate.needs_over:
        raise AnalysisError(f"Analytic {described(node).lower()} cannot be called without an OVER clause")
    return Value(aggregate.build(""), aggregate.type)


def _window(node: exp.Window, translator: Translator) -> Value:
    only(node, "this", "partition_by", "order", "spec", "alias", "over")
    aggregate = _aggregate(node.this, translator)
    return Value(aggregate.build(f" OVER ({_window_text(node, translator)})"), aggregate.type)


def _window_text(node: exp.Window, translator: Translator) -> str:
    partitions, order, spec = node.args.get("partition_by") or [], node.args.get("order"), node.args.get("spec")
    if node.args.get("alias") is not None:
        base = translator.scope.windows.get(node.args["alias"].name.lower())
        if base is None:
            raise AnalysisError(f"Unrecognized window alias {node.args['alias'].name}")
        partitions = partitions or base.args.get("partition_by") or []
        order, spec = order or base.args.get("order"), spec or base.args.get("spec")
    ranged = spec is not None and str(spec.args.get("kind")).upper() == "RANGE" and _has_offset(spec)
    pieces = []
    if partitions:
        keys = [groupable(value, "PARTITION BY").sql for value in translator.values(partitions)]
        pieces.append(f"PARTITION BY {', '.join(keys)}")
    if order is not None:
        pieces.append(f"ORDER BY {order_keys(order.expressions, translator, ranged)}")
    if spec is not None:
        pieces.append(_frame(spec))
    return " ".join(pieces)


def _has_offset(spec: exp.WindowSpec) -> bool:
    return any(isinstance(spec.args.get(side), exp.Expr) for side in ("start", "end"))


def _frame(spec: exp.WindowSpec) -> str:
    only(spec, "kind", "start", "start_side", "end", "end_side")
    edges = []
    for side in ("start", "end"):
        bound, direction = spec.args.get(side), spec.args.get(f"{side}_side") or ""
        if isinstance(bound, exp.Literal) and not bound.is_string:
            edges.append(f"{bound.this} {direction}")
        elif bound in ("UNBOUNDED", "CURRENT ROW"):
            edges.append(f"{bound} {direction}".strip())
        elif bound is None:
            edges.append("CURRENT ROW")
        else:
            raise UnsupportedError("A window frame bound that is not a literal")
    return f"{spec.args['kind']} BETWEEN {edges[0]} AND {edges[1]}"


RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys(AGGREGATES, _without_over),
    exp.IgnoreNulls: _without_over,
    exp.RespectNulls: _without_over,
    exp.Window: _window,
}
