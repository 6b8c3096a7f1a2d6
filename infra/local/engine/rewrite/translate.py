"""The doors of the dialect: parse a statement, translate it, describe a SQL function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from infra.local.engine.rewrite import dml, queries, routines
from infra.local.engine.rewrite.allowed import ALLOWED
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Statement, Translator, described
from infra.local.engine.rewrite.names import (
    AnalysisError,
    Names,
    RoutineParameter,
    ScalarRoutine,
    TableRoutine,
    Translation,
    UnsupportedError,
)
from infra.local.engine.rewrite.prepass import prepared
from infra.local.engine.rewrite.reserved import refuse_reserved_names
from infra.local.engine.rewrite.scope import Relation, Scope
from infra.local.engine.rewrite.values import Value, null_value
from infra.local.engine.types import INT64, DataType, settled

Translator.rules = ALLOWED


def parse_statement(text: str) -> exp.Expr:
    """The syntax tree of one statement. Raises AnalysisError ("Syntax error: ...") with line and column."""
    try:
        tree = sqlglot.parse_one(prepared(text), read="bigquery")
    except (ParseError, TokenError) as error:
        details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        message = str(details.get("description") or error).splitlines()[0]
        raise AnalysisError(f"Syntax error: {message}", details.get("line"), details.get("col")) from None
    if isinstance(tree, exp.Command):
        raise UnsupportedError(f"Statement {tree.this}")
    refuse_reserved_names(tree)
    return tree


def parse_expression(text: str) -> exp.Expr:
    """The syntax tree of one expression, as in SET, IF or the body of a UDF."""
    tree = parse_statement(f"SELECT {text}")
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise AnalysisError(f"Syntax error: Expected one expression: {text[:60]}")
    return tree.expressions[0].unalias()


_STATEMENTS: dict[type[exp.Expr], Callable[[Any, Translator], dml.Written]] = {
    exp.Insert: dml.insert,
    exp.Update: dml.update,
    exp.Delete: dml.delete,
    exp.Merge: dml.merge,
    exp.TruncateTable: dml.truncate,
}


def translate(tree: exp.Expr, names: Names) -> Translation:
    """DuckDB text for a query or a DML statement.

    Raises UnsupportedError for what the local cloud does not have, AnalysisError for what BigQuery refuses too.
    """
    statement = Statement(names)
    translator = Translator(statement, Scope())
    if isinstance(tree, exp.Query):
        relation = queries.relation_of(_with_columns(tree), translator)
        if relation.is_value_table and relation.columns[0][1].kind == "STRUCT":
            raise UnsupportedError("A statement whose rows are STRUCTs, other than SELECT AS STRUCT,")
        return _translation("SELECT", relation.sql, statement, columns=_output_columns(relation))
    rule = _STATEMENTS.get(type(tree))
    if rule is None:
        raise UnsupportedError(described(tree))
    kind, sql, target = rule(tree, translator)
    return _translation(kind, sql, statement, target=target)


def _with_columns(tree: exp.Query) -> exp.Query:
    """SELECT AS STRUCT as a statement: the fields reach the client as columns."""
    if str(tree.args.get("kind") or "").upper() != "STRUCT":
        return tree
    plain = tree.copy()
    plain.set("kind", None)
    return plain


def _translation(
    kind: str,
    sql: str,
    statement: Statement,
    columns: tuple[tuple[str, DataType], ...] = (),
    target: tuple[str, str] | None = None,
) -> Translation:
    reads = {table: frozenset(read) for table, read in statement.reads.items()}
    return Translation(kind, sql, statement.placeholders, columns, reads, target)


def _output_columns(relation: Relation) -> tuple[tuple[str, DataType], ...]:
    """What the client sees: unnamed columns are f0_, f1_, ...; two columns of one name are an error."""
    repeated = [name for name, count in Counter(name.lower() for name, _ in relation.columns).items() if count > 1]
    if any(repeated):
        raise AnalysisError(
            f"Duplicate column names in the result are not supported. Found duplicate(s): {repeated[0]}"
        )
    columns = []
    for (name, kind), duck_name in zip(relation.columns, relation.duck_names, strict=True):
        columns.append((name or duck_name, settled(kind)))
    return tuple(columns)


def scalar_function_type(routine: ScalarRoutine, names: Names) -> DataType | None:
    """Checks a UDF's body; its declared or inferred type, or None when a parameter is ANY TYPE (known at the call)."""
    if any(parameter.type is None for parameter in routine.parameters):
        return routine.return_type
    statement = Statement(names)
    arguments = _sample_arguments(routine.parameters)
    with statement.inside_routine(f"{routine.dataset}.{routine.name}"):
        value = Translator(statement, Scope(arguments=arguments)).value(routine.body)
    if routine.return_type is not None:
        return coerce(value, routine.return_type, f"Result of {routine.name}").type
    return settled(value.type)


def table_function_columns(routine: TableRoutine, names: Names) -> tuple[tuple[str, DataType], ...]:
    """Checks a table function's body; its columns."""
    statement = Statement(names)
    translator = Translator(statement, Scope(arguments=_sample_arguments(routine.parameters)))
    with statement.inside_routine(f"{routine.dataset}.{routine.name}"):
        relation = queries.relation_of(routine.body, translator)
        if routine.columns is not None:
            relation = routines.declared(relation, routine.columns, translator)
    return _output_columns(relation)


def _sample_arguments(parameters: Sequence[RoutineParameter]) -> dict[str, Value]:
    return {p.name.lower(): null_value(p.type or INT64) for p in parameters}
