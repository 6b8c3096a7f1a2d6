"""Types of expressions, as far as they can be told: enough to know an instant from a date.

None means "not known", never "anything": whoever asks decides what to do then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from infra.catalog.names import Type, array_of, element_of, fields_of, key_of, path_of_call, struct_of
from infra.syntax.sql import exp

if TYPE_CHECKING:
    from infra.catalog.analysis import Analysis

DType = exp.DType
TIMESTAMP = DType.TIMESTAMPTZ  # as sqlglot calls GoogleSQL's TIMESTAMP; its DATETIME is DType.TIMESTAMP
DATETIME = DType.TIMESTAMP


def simple(kind: exp.DType) -> exp.DataType:
    """A type without parts."""
    return exp.DataType(this=kind)


def infer(node: exp.Expr | None, analysis: Analysis) -> Type:
    """The type of an expression in its place, or None when it is not known."""
    if node is None:
        return None
    fixed = _FIXED.get(type(node))
    if fixed is not None:
        return simple(fixed)
    rule = _RULES.get(type(node))
    return None if rule is None else rule(node, analysis)


def field_type(type_: Type, names: tuple[str, ...]) -> Type:
    """The type of a path of STRUCT fields."""
    for name in names:
        type_ = (fields_of(type_) or {}).get(name.lower())
    return type_


_OF_KIND: Mapping[exp.DType, tuple[type[exp.Expr], ...]] = {
    TIMESTAMP: (exp.CurrentTimestamp, exp.Timestamp, exp.TimestampAdd, exp.TimestampSub, exp.UnixToTime, exp.StrToTime),
    DATETIME: (
        *(exp.CurrentDatetime, exp.Datetime, exp.TsOrDsToDatetime, exp.TimestampFromParts, exp.ParseDatetime),
        *(exp.DatetimeAdd, exp.DatetimeSub),
    ),
    DType.DATE: (exp.CurrentDate, exp.Date, exp.DateFromParts, exp.StrToDate, exp.DateFromUnixDate, exp.TsOrDsToDate),
    DType.TIME: (exp.CurrentTime, exp.Time, exp.TsOrDsToTime, exp.ParseTime, exp.TimeAdd, exp.TimeSub),
    DType.BIGINT: (
        *(exp.Count, exp.CountIf, exp.RowNumber, exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff),
        *(exp.UnixMicros, exp.UnixSeconds, exp.Length, exp.ArraySize),
    ),
    DType.TEXT: (
        *(exp.TimeToStr, exp.String, exp.Concat, exp.DPipe, exp.GroupConcat, exp.Format, exp.Substring, exp.Left),
        *(exp.Lower, exp.Upper, exp.Trim, exp.Pad, exp.Replace, exp.RegexpExtract, exp.RegexpReplace, exp.Normalize),
        *(exp.Hex, exp.JSONExtractScalar, exp.JSONFormat),
    ),
    DType.BOOLEAN: (
        *(exp.And, exp.Or, exp.Not, exp.Exists, exp.In, exp.Boolean, exp.Is, exp.Between),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    ),
}
_FIXED: Mapping[type[exp.Expr], exp.DType] = {node: kind for kind, nodes in _OF_KIND.items() for node in nodes}


def _column(node: exp.Column, analysis: Analysis) -> Type:
    meaning = analysis.meaning(node)
    return field_type(meaning.type, meaning.rest)


def _dot(node: exp.Dot, analysis: Analysis) -> Type:
    if isinstance(node.expression, exp.Anonymous):
        return _call(node.expression, analysis)
    return field_type(infer(node.this, analysis), (node.expression.name,))


def _call(node: exp.Anonymous, analysis: Analysis) -> Type:
    return analysis.names.functions.get(key_of(path_of_call(node)))


def _parameter(node: exp.Parameter, analysis: Analysis) -> Type:
    return analysis.names.parameters.get(node.name.lower()) if isinstance(node.this, exp.Var) else None


def _literal(node: exp.Literal, analysis: Analysis) -> Type:
    if node.is_string:
        return simple(DType.TEXT)
    return simple(DType.BIGINT if node.is_int else DType.DOUBLE)


def _same(*arguments: str) -> Callable[[Any, Analysis], Type]:
    """The type of the first argument that has one."""

    def rule(node: exp.Expr, analysis: Analysis) -> Type:
        for name in arguments:
            given = node.args.get(name)
            for one in given if isinstance(given, list) else [given]:
                found = infer(one, analysis)
                if found is not None:
                    return found
        return None

    return rule


def _cast(node: exp.Cast, analysis: Analysis) -> Type:
    return node.to


def _case(node: exp.Case, analysis: Analysis) -> Type:
    branches = [branch.args.get("true") for branch in node.args["ifs"]] + [node.args.get("default")]
    return next((found for one in branches if (found := infer(one, analysis)) is not None), None)


def _extract(node: exp.Extract, analysis: Analysis) -> Type:
    return simple({"DATE": DType.DATE, "TIME": DType.TIME, "DATETIME": DATETIME}.get(node.name.upper(), DType.BIGINT))


def _subquery(node: exp.Expr, analysis: Analysis) -> Type:
    columns = analysis.output(node)
    return next(iter(columns.values())) if columns is not None and len(columns) == 1 else None


def _array(node: exp.Array, analysis: Analysis) -> Type:
    first = node.expressions[0] if node.expressions else None
    return array_of(_subquery(first, analysis) if isinstance(first, exp.Query) else infer(first, analysis))


def _array_aggregate(node: exp.ArrayAgg, analysis: Analysis) -> Type:
    return array_of(infer(node.this, analysis))


def _bracket(node: exp.Bracket, analysis: Analysis) -> Type:
    return element_of(infer(node.this, analysis))


def _struct(node: exp.Struct, analysis: Analysis) -> Type:
    columns: dict[str, Type] = {}
    for position, one in enumerate(node.expressions):
        named = one.expression if isinstance(one, exp.PropertyEQ) else one
        name = one.this.name if isinstance(one, exp.PropertyEQ) else one.alias_or_name
        columns[name.lower() or f"_field_{position}"] = infer(named, analysis)
    return struct_of(columns)


def _distinct(node: exp.Distinct, analysis: Analysis) -> Type:
    return infer(node.expressions[0], analysis) if node.expressions else None


def _fixed_array(kind: exp.DType) -> Callable[[Any, Analysis], Type]:
    return lambda node, analysis: array_of(simple(kind))


_RULES: Mapping[type[exp.Expr], Callable[[Any, Analysis], Type]] = {
    exp.Column: _column,
    exp.Dot: _dot,
    exp.Anonymous: _call,
    exp.Parameter: _parameter,
    exp.Literal: _literal,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Case: _case,
    exp.If: _same("true", "false"),
    exp.Coalesce: _same("this", "expressions"),
    exp.Greatest: _same("this", "expressions"),
    exp.Least: _same("this", "expressions"),
    exp.ArrayConcat: _same("this", "expressions"),
    exp.Extract: _extract,
    exp.Subquery: _subquery,
    exp.Array: _array,
    exp.ArrayAgg: _array_aggregate,
    exp.Bracket: _bracket,
    exp.Struct: _struct,
    exp.Distinct: _distinct,
    exp.GenerateDateArray: _fixed_array(DType.DATE),
    exp.GenerateTimestampArray: _fixed_array(TIMESTAMP),
    exp.GenerateSeries: _fixed_array(DType.BIGINT),
    **dict.fromkeys(
        (exp.Alias, exp.Paren, exp.Max, exp.Min, exp.AnyValue, exp.HavingMax, exp.ArgMax, exp.ArgMin, exp.Window),
        _same("this"),
    ),
    **dict.fromkeys((exp.IgnoreNulls, exp.RespectNulls, exp.Order, exp.Limit, exp.Filter, exp.SafeFunc), _same("this")),
    **dict.fromkeys((exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Nullif), _same("this")),
    **dict.fromkeys((exp.DateTrunc, exp.TimestampTrunc, exp.DatetimeTrunc, exp.DateAdd, exp.DateSub), _same("this")),
    **dict.fromkeys((exp.LastDay, exp.ArrayReverse, exp.Abs, exp.Neg, exp.Sum), _same("this")),
    **dict.fromkeys((exp.Add, exp.Sub), _same("this")),
}
