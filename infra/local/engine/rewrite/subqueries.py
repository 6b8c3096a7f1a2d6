"""Queries inside expressions: scalar subqueries, EXISTS, IN (query), ARRAY(query), and SAFE. calls."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_arrays import array_literal, in_list, inferred_name, untyped_null
from infra.local.engine.rewrite.functions_formats import parse_time
from infra.local.engine.rewrite.functions_json import safe_parse_json
from infra.local.engine.rewrite.functions_strings import substring
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.overflow import named
from infra.local.engine.rewrite.queries import ROW, relation_of
from infra.local.engine.rewrite.scope import Column, Relation, Scope, Source
from infra.local.engine.rewrite.values import Value, cast_text, let, quote
from infra.local.engine.types import BOOL, STRING, DataType, array_of, settled


def _nested(node: exp.Expr, translator: Translator, numbered: bool = False) -> Relation:
    translator.statement.subqueries += 1
    return relation_of(node, translator, numbered)


def _single(relation: Relation, what: str) -> DataType:
    if len(relation.columns) != 1:
        raise AnalysisError(f"{what} cannot have more than one column unless using SELECT AS STRUCT")
    return settled(relation.columns[0][1])


def _scalar(node: exp.Expr, translator: Translator) -> Value:
    if isinstance(node, exp.Subquery):
        only(node, "this")
    inner = node.this if isinstance(node, exp.Subquery) else node
    if isinstance(inner, exp.Select) and _is_single_row(inner):
        return _bound_columns(inner, translator)
    relation = _nested(inner, translator)
    return Value(f"({relation.sql})", _single(relation, "Scalar subquery"))


_SINGLE_ROW_PARTS = {"expressions", "from_"}
_NOT_IN_LAMBDA = (exp.AggFunc, exp.Window, exp.Star, exp.Unnest, exp.Table, exp.Exists, exp.Array)


def _is_single_row(node: exp.Select) -> bool:
    """Whether a query is SELECT ... FROM (SELECT ... FROM (SELECT ...)) without any table: a chain of named values."""
    given = {name for name, argument in node.args.items() if argument}
    if not given <= _SINGLE_ROW_PARTS:
        return False
    clause = node.args.get("from_")
    if clause is not None:
        inner = clause.this
        if not isinstance(inner, exp.Subquery) or not isinstance(inner.this, exp.Select):
            return False
        if {name for name, argument in inner.args.items() if argument} - {"this", "alias"}:
            return False
        if not _is_single_row(inner.this):
            return False
    return not any(each.find(*_NOT_IN_LAMBDA, exp.Query) for each in node.expressions)


def _bound_columns(node: exp.Select, translator: Translator) -> Value:
    """The one value of such a chain, its inner columns bound by lambdas: many times faster than a join per row."""
    if len(node.expressions) != 1:
        raise AnalysisError("Scalar subquery cannot have more than one column unless using SELECT AS STRUCT")
    clause = node.args.get("from_")
    if clause is None:
        return untyped_null(translator.within(translator.scope.child()).value(node.expressions[0].unalias()))
    result: list[Value] = []

    def finish(scope: Scope) -> str:
        result.append(untyped_null(translator.within(scope).value(node.expressions[0].unalias())))
        return result[-1].sql

    text = _with_columns(clause.this, translator, finish)
    return Value(text, result[-1].type)


def _with_columns(subquery: exp.Subquery, translator: Translator, finish: Callable[[Scope], str]) -> str:
    """The text ``finish`` makes in a scope that holds the columns of ``subquery``."""
    query = subquery.this
    names = [inferred_name(each) for each in query.expressions]

    def bind(scope: Scope) -> str:
        inner = translator.within(scope)
        values = [untyped_null(inner.value(each.unalias())) for each in query.expressions]

        def build(*texts: str) -> str:
            columns = tuple(
                Column(name, named(text, value)) for name, text, value in zip(names, texts, values, strict=True) if name
            )
            outer = translator.scope.child()
            outer.sources.append(Source(subquery.alias, columns))
            return finish(outer)

        return let(values, build)

    clause = query.args.get("from_")
    if clause is None:
        return bind(translator.scope.child())
    return _with_columns(clause.this, translator, bind)


def _exists(node: exp.Exists, translator: Translator) -> Value:
    only(node, "this")
    return Value(f"(EXISTS ({_nested(node.this, translator).sql}))", BOOL)


def _in(node: exp.In, translator: Translator) -> Value:
    query = node.args.get("query")
    if query is None:
        return in_list(node, translator)
    only(node, "this", "query")
    value = translator.value(node.this)
    relation = _nested(query.this if isinstance(query, exp.Subquery) else query, translator)
    column = Value("", _single(relation, "Subquery of type IN"), literal=0 in relation.literal_columns)
    common = supertype([value, column], "IN")
    groupable(Value("", common), "IN")
    if common.kind == "STRUCT":
        raise UnsupportedError("IN (query) of STRUCT")
    sql = relation.sql
    if column.type != common:
        alias = translator.statement.fresh("candidates")
        name = Value(f"{alias}.{quote(relation.duck_names[0])}", column.type, True, column.literal)
        sql = f"SELECT {coerce(name, common).sql} FROM ({relation.sql}) AS {alias}"
    return Value(f"({coerce(value, common).sql} IN ({sql}))", BOOL)


def _array(node: exp.Array, translator: Translator) -> Value:
    elements = node.expressions
    if len(elements) != 1 or not isinstance(elements[0], exp.Query):
        return array_literal(node, translator)
    relation = _nested(elements[0], translator, numbered=True)
    element = _single(relation, "ARRAY subquery")
    if element.kind == "ARRAY":
        raise AnalysisError("Cannot use array subquery with column of type ARRAY")
    alias = translator.statement.fresh("elements")
    order = f" ORDER BY {alias}.{quote(ROW)}" if relation.is_numbered else ""
    collected = f"list({alias}.{quote(relation.duck_names[0])}{order})"
    empty = cast_text("[]", array_of(element))
    return Value(f"(SELECT coalesce({collected}, {empty}) FROM ({relation.sql}) AS {alias})", array_of(element))


def _safe(node: exp.SafeFunc, translator: Translator) -> Value:
    """SAFE.f(x): only for functions whose own errors can be told from those of their arguments."""
    only(node, "this")
    inner = node.this
    if isinstance(inner, exp.StrToDate | exp.StrToTime | exp.ParseDatetime):
        return parse_time(inner, translator, safe=True)
    if isinstance(inner, exp.ParseJSON):
        return safe_parse_json(inner, translator)
    if isinstance(inner, exp.RegexpLike):
        texts = [
            translator.typed(side, STRING, "Argument of REGEXP_CONTAINS") for side in (inner.this, inner.expression)
        ]
        return Value(let(texts, lambda text, pattern: f"TRY(regexp_matches({text}, {pattern}))"), BOOL)
    if isinstance(inner, exp.Substring):
        return substring(inner, translator, safe=True)
    raise UnsupportedError(f"SAFE. before {described(inner)}")


RULES: dict[type[exp.Expr], Rule] = {
    exp.Subquery: _scalar,
    exp.Select: _scalar,
    exp.Exists: _exists,
    exp.In: _in,
    exp.Array: _array,
    exp.SafeFunc: _safe,
}
