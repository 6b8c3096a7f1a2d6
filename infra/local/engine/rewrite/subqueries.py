"""Queries inside expressions: scalar subqueries, EXISTS, IN (query), ARRAY(query), and SAFE. calls."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Rule, Translator, described, only
from infra.local.engine.rewrite.functions_arrays import array_literal, in_list
from infra.local.engine.rewrite.functions_formats import parse_time
from infra.local.engine.rewrite.functions_json import safe_parse_json
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.queries import ROW, relation_of
from infra.local.engine.rewrite.scope import Relation
from infra.local.engine.rewrite.values import Value, cast_text, quote
from infra.local.engine.types import BOOL, INT64, NULL, DataType, array_of


def _nested(node: exp.Expr, translator: Translator, numbered: bool = False) -> Relation:
    translator.statement.subqueries += 1
    return relation_of(node, translator, numbered)


def _single(relation: Relation, what: str) -> DataType:
    if len(relation.columns) != 1:
        raise AnalysisError(f"{what} cannot have more than one column unless using SELECT AS STRUCT")
    data_type = relation.columns[0][1]
    return INT64 if data_type == NULL else data_type


def _scalar(node: exp.Expr, translator: Translator) -> Value:
    if isinstance(node, exp.Subquery):
        only(node, "this")
    inner = node.this if isinstance(node, exp.Subquery) else node
    relation = _nested(inner, translator)
    return Value(f"({relation.sql})", _single(relation, "Scalar subquery"))


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
    raise UnsupportedError(f"SAFE. before {described(inner)}")


RULES: dict[type[exp.Expr], Rule] = {
    exp.Subquery: _scalar,
    exp.Select: _scalar,
    exp.Exists: _exists,
    exp.In: _in,
    exp.Array: _array,
    exp.SafeFunc: _safe,
}
