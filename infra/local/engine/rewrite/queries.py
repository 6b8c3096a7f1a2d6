"""SELECT, WITH and set operations."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from infra.local.engine.rewrite import sources
from infra.local.engine.rewrite.aggregate_rules import order_key
from infra.local.engine.rewrite.coercion import coerce, groupable, supertype
from infra.local.engine.rewrite.context import Translator, described, only
from infra.local.engine.rewrite.grouping import group_by, is_rolled_up
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError
from infra.local.engine.rewrite.overflow import named
from infra.local.engine.rewrite.scope import Relation, Scope
from infra.local.engine.rewrite.select_list import Item, as_value, select_list, unique_names
from infra.local.engine.rewrite.values import Value, null_value, quote
from infra.local.engine.types import BOOL, INT64, NULL, DataType, settled

ROW = "row#"


def relation_of(node: exp.Expr, translator: Translator, numbered: bool = False) -> Relation:
    """Translates a query in the scope of ``translator``.

    With ``numbered`` an ordered query gets one more DuckDB column, ``row#``, that holds each row's place.
    """
    if isinstance(node, exp.Subquery):
        only(node, "this", "with_", "order", "limit", "offset")
        inner = _with(node, translator)
        if any(node.args.get(part) for part in ("order", "limit", "offset")):
            relation = relation_of(node.this, inner[1])
            return _prefixed(inner[0], _arranged(relation, node, inner[1], numbered))
        return _prefixed(inner[0], relation_of(node.this, inner[1], numbered))
    if isinstance(node, exp.Select):
        return _select(node, translator, numbered)
    if isinstance(node, exp.SetOperation):
        return _set_operation(node, translator, numbered)
    raise UnsupportedError(described(node))


def _prefixed(prefix: str, relation: Relation) -> Relation:
    if not prefix:
        return relation
    return replace(relation, sql=prefix + relation.sql)


def _with(node: exp.Expr, translator: Translator) -> tuple[str, Translator]:
    """The WITH text, and a translator that knows its names."""
    clause = node.args.get("with_")
    if clause is None:
        return "", translator
    if clause.args.get("recursive"):
        raise UnsupportedError("WITH RECURSIVE")
    scope = translator.scope.child()
    inner = translator.within(scope)
    pieces = []
    for cte in clause.expressions:
        only(cte, "this", "alias")
        relation = relation_of(cte.this, translator.within(scope.child()))
        duck_name = translator.statement.fresh(cte.alias)
        scope.ctes[cte.alias.lower()] = (duck_name, relation)
        pieces.append(f"{duck_name} AS ({relation.sql})")
    return f"WITH {', '.join(pieces)} ", inner


# SELECT

_SELECT_PARTS = (
    "with_",
    "kind",
    "distinct",
    "expressions",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "qualify",
    "windows",
    "order",
    "limit",
    "offset",
)


def _select(node: exp.Select, outer: Translator, numbered: bool) -> Relation:
    only(node, *_SELECT_PARTS)
    prefix, outer = _with(node, outer)
    scope = outer.scope.child()
    translator = outer.within(scope)
    from_text = sources.from_text(node, translator)
    scope.windows = {window.this.name.lower(): window for window in node.args.get("windows") or []}
    where = _clause("WHERE", node.args.get("where"), translator)
    group_text = group_by(node, translator)
    items = select_list(node, translator)
    aliases = {item.name.lower(): item.value for item in items if item.name and item.node is not None}
    late = translator.within(scope.with_aliases(aliases))
    having = _clause("HAVING", node.args.get("having"), late)
    if is_rolled_up(node):
        having = f" HAVING count(*) > 0{having.replace(' HAVING', ' AND', 1)}"
    tail = having + _clause("QUALIFY", node.args.get("qualify"), late)
    listed = items
    if node.args.get("kind"):
        items = [as_value(str(node.args["kind"]).upper(), items)]
    return _written(node, prefix, from_text + where + group_text + tail, items, listed, late, numbered)


def _written(
    node: exp.Select,
    prefix: str,
    body: str,
    items: list[Item],
    listed: list[Item],
    late: Translator,
    numbered: bool,
) -> Relation:
    """``items`` are what comes out, ``listed`` what the select list names: AS STRUCT makes one of them."""
    duck_names = unique_names([item.name for item in items])
    columns = ", ".join(f"{_output(item.value)} AS {quote(n)}" for item, n in zip(items, duck_names, strict=True))
    distinct = node.args.get("distinct")
    relation = Relation(
        "",
        tuple((item.name, item.value.type) for item in items),
        duck_names,
        is_value_table=bool(node.args.get("kind")),
        literal_columns=frozenset(i for i, item in enumerate(items) if item.value.literal),
        sizes=tuple(named("", item.value).chain for item in items),
    )
    if distinct is not None:
        only(distinct)
        for item in items:
            groupable(item.value, "SELECT DISTINCT")
        plain = replace(relation, sql=f"SELECT DISTINCT {columns}{body}")
        return _prefixed(prefix, _arranged(plain, node, late, numbered))
    order = _order(node, listed, late, ordinals=listed is items)
    if numbered and order:
        columns += f", row_number() OVER (ORDER BY {_order(node, listed, late, ordinals=False)}) AS {quote(ROW)}"
    order_text = f" ORDER BY {order}" if order else ""
    sql = f"{prefix}SELECT {columns}{body}{order_text}{_limit(node, late)}"
    return replace(relation, sql=sql, is_numbered=numbered and bool(order))


def _output(value: Value) -> str:
    return coerce(value, settled(value.type)).sql


def _clause(word: str, clause: exp.Expr | None, translator: Translator) -> str:
    if clause is None:
        return ""
    only(clause, "this")
    return f" {word} {translator.typed(clause.this, BOOL, f'{word} clause').sql}"


# ORDER BY, LIMIT


def _order(node: exp.Expr, items: list[Item], late: Translator, ordinals: bool = True) -> str:
    clause = node.args.get("order")
    if clause is None:
        return ""
    only(clause, "expressions")
    keys = []
    for ordered in clause.expressions:
        only(ordered, "this", "desc", "nulls_first")
        position = _position(ordered.this, items)
        if position is None:
            keys.append(order_key(late.value(ordered.this), ordered))
            continue
        value = items[position].value
        key = order_key(value, ordered)
        if ordinals and value.sql != "NULL":
            head, _, tail = key.rpartition(f"{value.sql} ")
            key = f"{head}{position + 1} {tail}"
        keys.append(key)
    return ", ".join(keys)


def _position(node: exp.Expr, items: list[Item]) -> int | None:
    """The output column an ORDER BY item names by number or alias."""
    if isinstance(node, exp.Literal) and not node.is_string:
        position = int(node.this)
        if not 1 <= position <= len(items):
            raise AnalysisError(f"ORDER BY column number {position} is out of range")
        return position - 1
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        named = [i for i, item in enumerate(items) if item.name.lower() == node.name.lower()]
        return named[0] if len(named) == 1 else None
    return None


def _limit(node: exp.Expr, translator: Translator) -> str:
    text = ""
    for word in ("limit", "offset"):
        clause = node.args.get(word)
        if clause is not None:
            only(clause, "expression")
            value = translator.typed(clause.expression, INT64, word.upper())
            literal = isinstance(clause.expression, exp.Literal)
            text += f" {word.upper()} {clause.expression.this if literal else value.sql}"
    return text


def _arranged(relation: Relation, node: exp.Expr, translator: Translator, numbered: bool) -> Relation:
    """ORDER BY and LIMIT over a finished query: they see its output columns only."""
    if not any(node.args.get(part) for part in ("order", "limit", "offset")):
        return relation
    alias = translator.statement.fresh("result")
    source = sources.source_of(relation, "", alias)
    scope = Scope(parent=translator.scope, sources=[source])
    late = translator.within(scope)
    items = [Item(column.name, column.value, None) for column in source.columns]
    order = _order(node, items, late, ordinals=False)
    number = f", row_number() OVER (ORDER BY {order}) AS {quote(ROW)}" if numbered and order else ""
    order_text = f" ORDER BY {order}" if order else ""
    sql = f"SELECT *{number} FROM ({relation.sql}) AS {alias}{order_text}{_limit(node, late)}"
    return replace(relation, sql=sql, is_numbered=bool(number))


# Set operations

_WORDS = {exp.Union: "UNION", exp.Except: "EXCEPT", exp.Intersect: "INTERSECT"}


def _set_operation(node: exp.SetOperation, outer: Translator, numbered: bool) -> Relation:
    only(node, "with_", "this", "expression", "distinct", "order", "limit", "offset")
    prefix, translator = _with(node, outer)
    word = _WORDS.get(type(node))
    if word is None or (word != "UNION" and not node.args.get("distinct")):
        raise UnsupportedError(f"{word} ALL")
    sides = [relation_of(side, translator) for side in (node.this, node.expression)]
    if len(sides[0].columns) != len(sides[1].columns):
        counts = " and ".join(str(len(side.columns)) for side in sides)
        raise AnalysisError(f"Queries in {word} have mismatched column count: {counts}")
    types = _common_columns(sides, word, bool(node.args.get("distinct")))
    texts = [_adapted(side, types, sides[0].duck_names, translator) for side in sides]
    mode = "DISTINCT" if node.args.get("distinct") else "ALL"
    symbol = f"{word} ALL" if mode == "ALL" else word
    names = [name for name, _ in sides[0].columns]
    literal = sides[0].literal_columns & sides[1].literal_columns
    columns = tuple(zip(names, types, strict=True))
    joined = f"({texts[0]}) {symbol} ({texts[1]})"
    relation = Relation(joined, columns, sides[0].duck_names, sides[0].is_value_table, literal)
    return _prefixed(prefix, _arranged(relation, node, translator, numbered))


def _common_columns(sides: list[Relation], word: str, distinct: bool) -> list[DataType]:
    types = []
    for position in range(len(sides[0].columns)):
        values = [Value("", s.columns[position][1], literal=position in s.literal_columns) for s in sides]
        all_null = all(value.type == NULL for value in values)
        common = NULL if all_null else supertype(values, f"{word} column {position + 1}")
        if distinct and not all_null:
            groupable(Value("", common), f"{word} DISTINCT")
        types.append(common)
    return types


def _adapted(side: Relation, types: list[DataType], names: tuple[str, ...], translator: Translator) -> str:
    """One side of a set operation with its columns converted to the common types."""
    if [kind for _, kind in side.columns] == types:
        return side.sql
    alias = translator.statement.fresh("side")
    texts = []
    for position, ((_, kind), wanted) in enumerate(zip(side.columns, types, strict=True)):
        value = Value(f"{alias}.{quote(side.duck_names[position])}", kind, True, position in side.literal_columns)
        value = null_value(wanted) if kind == NULL else coerce(value, wanted)
        texts.append(f"{value.sql} AS {quote(names[position])}")
    return f"SELECT {', '.join(texts)} FROM ({side.sql}) AS {alias}"
