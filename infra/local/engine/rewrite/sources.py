"""The FROM clause: tables, views, CTEs, table functions, subqueries, UNNEST and joins."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite import information_schema, queries, routines
from infra.local.engine.rewrite.context import Translator, described, only
from infra.local.engine.rewrite.names import AnalysisError, NotFoundError, UnsupportedError, missing_table
from infra.local.engine.rewrite.operators import compare
from infra.local.engine.rewrite.pivots import as_select
from infra.local.engine.rewrite.scope import Column, Relation, Source, column_of
from infra.local.engine.rewrite.values import Value, cast_text, quote, struct_field
from infra.local.engine.types import BOOL, INT64, array_of


def from_text(select: exp.Expr, translator: Translator) -> str:
    """DuckDB text of FROM and its joins; the scope of ``translator`` gains their names."""
    clause = select.args.get("from_")
    if clause is None:
        return ""
    return f" FROM {_joined(clause.this, select.args.get('joins') or [], translator)}"


def item_text(node: exp.Expr, translator: Translator) -> str:
    """DuckDB text of one FROM item, as for USING of a MERGE."""
    return _item(node, translator, lateral=False)


def _joined(first: exp.Expr, joins: list[exp.Join], translator: Translator) -> str:
    text = _item(first, translator, lateral=False)
    for join in joins:
        text += _join(join, translator)
    return text


def _item(node: exp.Expr, translator: Translator, lateral: bool) -> str:
    nested = node.args.get("joins")
    if nested:
        bare = node.copy()
        bare.set("joins", None)
        return f"({_joined(bare, nested, translator)})"
    if node.args.get("pivots"):
        return _pivoted(node, translator)
    if isinstance(node, exp.Table):
        return _table(node, translator, lateral)
    if isinstance(node, exp.Unnest):
        return _unnest(node, translator, lateral)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
        only(node, "this")
        return f"({_item(node.this, translator, lateral)})"
    if isinstance(node, exp.Subquery):
        only(node, "this", "alias")
        relation = queries.relation_of(node.this, translator.within(_outside(translator)))
        return _derived(relation, node.alias, translator)
    raise UnsupportedError(described(node))


def _pivoted(node: exp.Expr, translator: Translator) -> str:
    bare = node.copy()
    bare.set("pivots", None)
    outside = translator.within(_outside(translator))
    everything = queries.relation_of(exp.Select(expressions=[exp.Star()]).from_(bare), outside)
    select, alias = as_select(bare, node.args["pivots"], [name for name, _ in everything.columns])
    return _derived(queries.relation_of(select, outside), alias, translator)


def _outside(translator: Translator) -> queries.Scope:
    """A derived table sees the CTEs and outer queries, but not the FROM items beside it."""
    scope = translator.scope
    return queries.Scope(parent=scope.parent, ctes=scope.ctes, arguments=scope.arguments)


# Joins


def _join(join: exp.Join, translator: Translator) -> str:
    only(join, "this", "side", "kind", "on", "using")
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    before = len(translator.scope.sources)
    text = _item(join.this, translator, lateral=True)
    using, on = join.args.get("using"), join.args.get("on")
    if on is None and not using:
        if side == "LEFT" and isinstance(join.this, exp.Unnest):
            return f" LEFT JOIN {text} ON TRUE"
        if side or kind not in ("CROSS", ""):
            raise AnalysisError(f"{side or kind} JOIN must have an immediately following ON or USING clause")
        return f" CROSS JOIN {text}"
    if side not in ("", "LEFT", "RIGHT", "FULL") or kind not in ("", "INNER", "OUTER"):
        raise UnsupportedError(f"{side} {kind} JOIN")
    if using or on is None:
        condition = _using([column.name for column in using or []], before, side, translator)
    else:
        condition = translator.typed(on, BOOL, "JOIN ON clause").sql
    return f" {side + ' ' if side else ''}JOIN {text} ON {condition}"


def _using(names: list[str], before: int, side: str, translator: Translator) -> str:
    scope = translator.scope
    conditions = []
    for name in names:
        key = name.lower()
        left = [scope.merged[key]] if key in scope.merged else _columns(scope.sources[:before], key)
        right = _columns(scope.sources[before:], key)
        if len(left) != 1 or len(right) != 1:
            raise AnalysisError(f"Column {name} in USING clause is ambiguous or not found on one side of the join")
        for column in (*left, *right):
            translator.statement.read(column)
        conditions.append(compare(left[0].value, right[0].value, "=").sql)
        chosen = {"RIGHT": right[0].value, "FULL": _either(left[0].value, right[0].value)}.get(side, left[0].value)
        scope.hidden |= {(source.alias, key) for source in scope.sources if source.find(key)}
        scope.merged[key] = Column(name, chosen)
    return " AND ".join(conditions)


def _columns(sources: list[Source], key: str) -> list[Column]:
    return [column for source in sources for column in source.find(key)]


def _either(left: Value, right: Value) -> Value:
    return Value(f"coalesce({left.sql}, {right.sql})", left.type)


# Items


def _derived(relation: Relation, alias: str, translator: Translator) -> str:
    duck_alias = translator.statement.fresh(alias or "derived")
    translator.scope.sources.append(source_of(relation, alias, duck_alias))
    return f"({relation.sql}) AS {duck_alias}"


def source_of(relation: Relation, alias: str, duck_alias: str) -> Source:
    """A FROM item that reads a translated query."""
    if relation.is_value_table:
        (_, data_type), duck_name = relation.columns[0], relation.duck_names[0]
        value = Value(f"{duck_alias}.{quote(duck_name)}", data_type, simple=True)
        return element_source(alias, value, ())
    sizes = relation.sizes or (None,) * len(relation.columns)
    parts = zip(relation.columns, relation.duck_names, sizes, strict=True)
    return Source(alias, tuple(column_of(duck_alias, name, duck, kind, size) for (name, kind), duck, size in parts))


def element_source(alias: str, value: Value, extra: tuple[Column, ...]) -> Source:
    """A FROM item whose rows are values: fields of a STRUCT are its columns, anything else is one column."""
    if value.type.kind == "STRUCT":
        fields = tuple(Column(f.name, struct_field(value, f.name)) for f in value.type.fields if f.name)
        return Source(alias, (*fields, *extra), value)
    return Source(alias, extra, value)


def path_of(table: exp.Table) -> list[str]:
    """The parts of a table's name; a part in backticks may hold dots."""
    parts = [part.name for part in table.parts if isinstance(part, exp.Identifier)]
    return ".".join(parts).split(".")


def resolve(parts: list[str], translator: Translator) -> tuple[str, str]:
    """(dataset, name): a temporary object of that name wins over the default dataset."""
    names = translator.statement.names
    if information_schema.is_named(parts):
        raise UnsupportedError("Writing to INFORMATION_SCHEMA")
    if len(parts) == 1:
        if names.columns("", parts[0]) is not None:
            return "", parts[0]
        if names.default_dataset is None:
            raise AnalysisError(f'Table "{parts[0]}" must be qualified with a dataset (e.g. dataset.table)')
        return names.default_dataset, parts[0]
    if len(parts) == 3 and parts[0] != names.project:
        raise NotFoundError(f"Not found: Project {parts[0]}")
    if len(parts) > 3:
        raise AnalysisError(f"Invalid table name: {'.'.join(parts)}")
    return parts[-2], parts[-1]


def _table(node: exp.Table, translator: Translator, lateral: bool) -> str:
    if isinstance(node.this, exp.Func):
        only(node, "this", "db", "catalog", "alias")
        relation = routines.table_call(node, translator)
        return _derived(relation, node.alias or routines.function_parts(node.this)[-1], translator)
    only(node, "this", "db", "catalog", "alias")
    parts = path_of(node)
    alias = node.alias or parts[-1]
    if len(parts) == 1 and (cte := translator.scope.find_cte(parts[0])) is not None:
        duck_name, relation = cte
        duck_alias = translator.statement.fresh(alias)
        translator.scope.sources.append(source_of(relation, alias, duck_alias))
        return f"{duck_name} AS {duck_alias}"
    if len(parts) > 1 and translator.scope.find_source(parts[0]) is not None:
        column = exp.column(*reversed(parts)) if len(parts) <= 3 else None
        if column is None:
            raise UnsupportedError("An array path of more than three names")
        return _elements(translator.value(column), alias, None, translator, lateral)
    if information_schema.is_named(parts):
        return information_schema.read_view(parts, alias.split(".")[-1], translator)
    dataset, name = resolve(parts, translator)
    return read_table(dataset, name, alias, translator)


def read_table(dataset: str, name: str, alias: str, translator: Translator) -> str:
    """DuckDB text that reads a table or view under ``alias``, which joins the scope."""
    names = translator.statement.names
    view = names.view(dataset, name)
    if view is not None:
        with translator.statement.inside_routine(f"{dataset}.{name}"):
            relation = queries.relation_of(view, translator.within(queries.Scope()))
        return _derived(relation, alias, translator)
    columns = names.columns(dataset, name)
    if columns is None:
        raise missing_table(names, dataset, name)
    duck_alias = translator.statement.fresh(alias)
    translator.statement.reads.setdefault((dataset, name), set())
    translator.scope.sources.append(
        Source(
            alias,
            tuple(
                Column(column, Value(f"{duck_alias}.{quote(column)}", kind, simple=True), (dataset, name, column))
                for column, kind in columns.items()
            ),
        )
    )
    return f"{names.physical(dataset, name)} AS {duck_alias}"


# UNNEST


def _unnest(node: exp.Unnest, translator: Translator, lateral: bool) -> str:
    only(node, "expressions", "alias", "offset", "explode_array")
    if len(node.expressions) != 1:
        raise UnsupportedError("UNNEST of several arrays")
    alias = node.args.get("alias")
    names = [column.name for column in alias.columns] if alias is not None else []
    if alias is not None and alias.this is not None:
        names.insert(0, alias.this.name)
    offset = node.args.get("offset")
    offset_name = offset.name if isinstance(offset, exp.Expr) else "offset" if offset else None
    array = translator.value(node.expressions[0])
    return _elements(array, names[0] if names else "", offset_name, translator, lateral)


def _elements(array: Value, alias: str, offset: str | None, translator: Translator, lateral: bool) -> str:
    element = array.type.element
    if array.type.kind == "NULL":
        element, array = INT64, Value(cast_text("NULL", array_of(INT64)), array_of(INT64), simple=True)
    if element is None:
        raise AnalysisError(
            f"Values referenced in UNNEST must be arrays. UNNEST contains expression of type {array.type}"
        )
    duck_alias = translator.statement.fresh(alias or "element")
    value = Value(f'{duck_alias}."value"', element, simple=True)
    extra: tuple[Column, ...] = ()
    if offset is None:
        body = f'SELECT unnest({array.sql}) AS "value"'
    else:
        whole = translator.statement.fresh("whole")
        body = (
            f'SELECT unnest({whole}."array") AS "value", unnest(range(len({whole}."array"))) AS "offset" '
            f'FROM (SELECT {array.sql} AS "array") AS {whole}'
        )
        extra = (Column(offset, Value(f'{duck_alias}."offset"', INT64, simple=True)),)
    translator.scope.sources.append(element_source(alias, value, extra))
    return f"{'LATERAL ' if lateral else ''}({body}) AS {duck_alias}"
