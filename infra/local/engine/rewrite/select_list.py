"""The select list: what each of its items, stars among them, gives as columns."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from infra.local.engine.rewrite.context import Translator, only
from infra.local.engine.rewrite.functions_arrays import inferred_name, struct_of_values
from infra.local.engine.rewrite.names import AnalysisError
from infra.local.engine.rewrite.references import member
from infra.local.engine.rewrite.scope import Column, Scope, Source
from infra.local.engine.rewrite.values import Value


@dataclass(frozen=True)
class Item:
    """One output column before it is written: its name ("" when it has none), value and source expression."""

    name: str
    value: Value
    node: exp.Expr | None


def select_list(node: exp.Select, translator: Translator) -> list[Item]:
    """The output columns of a SELECT, before AS STRUCT or AS VALUE. Raises AnalysisError for an empty list."""
    items: list[Item] = []
    for expression in node.expressions:
        bare = expression.this if isinstance(expression, exp.Alias) else expression
        if isinstance(bare, exp.Star):
            items.extend(_star(bare, _visible(translator.scope), translator))
        elif isinstance(bare, exp.Column) and isinstance(bare.this, exp.Star):
            items.extend(_star(bare.this, _qualified(bare, translator), translator))
        elif isinstance(bare, exp.Dot) and isinstance(bare.expression, exp.Star):
            items.extend(_star(bare.expression, _fields(translator.value(bare.this)), translator))
        else:
            items.append(Item(inferred_name(expression), translator.value(bare), bare))
    if not items:
        raise AnalysisError("SELECT list must not be empty")
    return items


def _visible(scope: Scope) -> list[Column]:
    columns = scope.unqualified()
    for source in scope.sources:
        if source.value is not None and source.value.type.kind != "STRUCT":
            columns.append(Column(source.alias, source.value))
    if not columns:
        raise AnalysisError("SELECT * must have a FROM clause")
    return columns


def _qualified(node: exp.Column, translator: Translator) -> list[Column]:
    parts = [part.name for part in node.parts][:-1]
    source, column, value = translator.scope.lookup(parts[0])
    if source is not None and len(parts) == 1:
        return _source_columns(source)
    if source is None and column is None and value is None:
        raise AnalysisError(f"Unrecognized name: {parts[0]}")
    start = value or (column.value if column else source.row() if source else None)
    assert start is not None
    for name in parts[1:]:
        start = member(start, name)
    return _fields(start)


def _source_columns(source: Source) -> list[Column]:
    if source.value is not None and source.value.type.kind != "STRUCT":
        raise AnalysisError(f"Dot-star is not supported for type {source.value.type}")
    return list(source.columns)


def _fields(value: Value) -> list[Column]:
    if value.type.kind != "STRUCT":
        raise AnalysisError(f"Dot-star is not supported for type {value.type}")
    return [Column(field.name, member(value, field.name)) for field in value.type.fields]


def _star(node: exp.Star, columns: list[Column], translator: Translator) -> list[Item]:
    only(node, "except_", "replace")
    excluded = {identifier.name.lower() for identifier in node.args.get("except_") or []}
    replaced = {alias.alias.lower(): alias.this for alias in node.args.get("replace") or []}
    known = {column.key for column in columns}
    for name in (*excluded, *replaced):
        if name not in known:
            raise AnalysisError(f"Column {name} in SELECT * EXCEPT or REPLACE list does not exist")
    items = []
    for column in columns:
        if column.key in excluded:
            continue
        if column.key in replaced:
            items.append(Item(column.name, translator.value(replaced[column.key]), None))
            continue
        translator.statement.read(column)
        items.append(Item(column.name, column.value, None))
    return items


def as_value(kind: str, items: list[Item]) -> Item:
    """The one column of SELECT AS STRUCT or SELECT AS VALUE."""
    if kind == "STRUCT":
        return Item("", struct_of_values([(item.name, item.value) for item in items]), None)
    if kind == "VALUE" and len(items) == 1:
        return Item("", items[0].value, None)
    raise AnalysisError(f"SELECT AS {kind} query must have exactly one column")


def unique_names(names: list[str]) -> tuple[str, ...]:
    """DuckDB column names: GoogleSQL's, made distinct; unnamed columns become f0_, f1_, ... as in BigQuery."""
    taken: set[str] = set()
    result = []
    unnamed = 0
    for name in names:
        if not name:
            name = f"f{unnamed}_"
            unnamed += 1
        candidate, number = name, 1
        while candidate.lower() in taken:
            candidate, number = f"{name}_{number}", number + 1
        taken.add(candidate.lower())
        result.append(candidate)
    return tuple(result)
