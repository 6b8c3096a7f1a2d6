"""Functions that need OVER, and OVER itself."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.aggregate_rules import Aggregate, AggregateRule, order_keys, require_number
from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_aggregates import AGGREGATES
from infra.local.engine.rewrite.functions_arrays import untyped_null
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.values import Value, int_value
from infra.local.engine.types import FLOAT64, INT64, NUMERIC, DataType


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
            require_number(value, "PERCENTILE_CONT")
            if value.type == NUMERIC:
                raise UnsupportedError("PERCENTILE_CONT of a NUMERIC")
            value = coerce(value, FLOAT64)
        return Aggregate(lambda over: f"{duck}({value.sql}, {share.sql}){over}", value.type, needs_over=True)

    return rule


_WINDOW_ONLY: dict[type[exp.Expr], AggregateRule] = {
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
_ALL = AGGREGATES | _WINDOW_ONLY


def _aggregate(node: exp.Expr, translator: Translator) -> Aggregate:
    nulls = ""
    if isinstance(node, exp.IgnoreNulls | exp.RespectNulls):
        nulls = "IGNORE" if isinstance(node, exp.IgnoreNulls) else "RESPECT"
        node = node.this
    rule = _ALL.get(type(node))
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
    **dict.fromkeys(_ALL, _without_over),
    exp.IgnoreNulls: _without_over,
    exp.RespectNulls: _without_over,
    exp.Window: _window,
}
