"""INSERT, UPDATE, DELETE, MERGE and TRUNCATE.

UPDATE, DELETE and MERGE address the rows of the target by DuckDB's ``rowid``: what is to be done is computed by an
ordinary query over the target as it was, in which BigQuery's rule of one source row per target row is checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from infra.local.engine.rewrite import queries, sources
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Translator, only
from infra.local.engine.rewrite.names import AnalysisError, UnsupportedError, missing_table
from infra.local.engine.rewrite.scope import Scope, Source
from infra.local.engine.rewrite.values import Value, cast_text, null_value, quote, text_literal
from infra.local.engine.types import BOOL, NULL, DataType

MANY_MATCHES = "UPDATE/MERGE must match at most one source row for each target row"
Written = tuple[str, str, tuple[str, str]]


@dataclass(frozen=True)
class _Target:
    """The table a statement writes."""

    dataset: str
    name: str
    alias: str
    physical: str
    columns: dict[str, tuple[str, DataType]]  # lower-case name -> (name, type)
    defaults: dict[str, exp.Expr]

    @property
    def key(self) -> tuple[str, str]:
        return self.dataset, self.name

    def column(self, name: str) -> tuple[str, DataType]:
        """(name, type) of a column to write."""
        found = self.columns.get(name.lower())
        if found is None:
            raise AnalysisError(f"Column {name} is not present in table {self.name}")
        return found

    def default(self, name: str, translator: Translator) -> Value:
        """What a column gets that the statement does not give."""
        column, data_type = self.column(name)
        expression = self.defaults.get(name.lower())
        if expression is None:
            return null_value(data_type)
        return coerce(translator.within(Scope()).value(expression), data_type, f"Default of {column}")


def _target(node: exp.Expr, translator: Translator) -> _Target:
    if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
        raise UnsupportedError(f"A statement that writes {node.sql(dialect='bigquery')[:60]}")
    only(node, "this", "db", "catalog", "alias")
    parts = sources.path_of(node)
    dataset, name = sources.resolve(parts, translator)
    names = translator.statement.names
    if names.view(dataset, name) is not None:
        raise AnalysisError(f"{dataset}.{name} is a view: it cannot be written")
    columns = names.columns(dataset, name)
    if columns is None:
        raise missing_table(names, dataset, name)
    return _Target(
        dataset,
        name,
        node.alias or parts[-1],
        names.physical(dataset, name),
        {column.lower(): (column, data_type) for column, data_type in columns.items()},
        {column.lower(): default for column, default in names.defaults(dataset, name).items()},
    )


def _is_default(node: exp.Expr) -> bool:
    """The keyword DEFAULT in the place of a value."""
    return isinstance(node, exp.Var | exp.Column) and node.name.upper() == "DEFAULT"


def _assigned(value: Value, data_type: DataType, column: str) -> Value:
    return coerce(value, data_type, f"Value of column {column}")


# INSERT


def insert(node: exp.Insert, translator: Translator) -> Written:
    """INSERT ... VALUES or SELECT; columns left out get their default."""
    only(node, "this", "expression")
    schema = node.this if isinstance(node.this, exp.Schema) else None
    target = _target(schema.this if schema is not None else node.this, translator)
    given = [part.name for part in schema.expressions] if schema is not None else list(target.columns)
    columns = [target.column(name) for name in given]
    if len({name.lower() for name in given}) != len(given):
        raise AnalysisError("INSERT has columns with duplicate names")
    if isinstance(node.expression, exp.Values):
        rows = [_value_row(row, columns, target, translator) for row in node.expression.expressions]
        body = f"VALUES {', '.join(rows)}"
    else:
        body = _selected(node.expression, columns, translator)
    missing = [
        name for name in target.columns if name not in {c.lower() for c, _ in columns} and name in target.defaults
    ]
    if missing:
        alias = translator.statement.fresh("given")
        extra = [target.default(name, translator).sql for name in missing]
        names = ", ".join(quote(f"c{position}") for position in range(len(columns)))
        body = f"SELECT {alias}.*, {', '.join(extra)} FROM ({body}) AS {alias}({names})"
        columns += [target.column(name) for name in missing]
    listed = ", ".join(quote(name) for name, _ in columns)
    return "INSERT", f"INSERT INTO {target.physical} ({listed}) {body}", target.key


def _value_row(row: exp.Expr, columns: list[tuple[str, DataType]], target: _Target, translator: Translator) -> str:
    nodes = row.expressions if isinstance(row, exp.Tuple) else [row.this if isinstance(row, exp.Paren) else row]
    if len(nodes) != len(columns):
        raise AnalysisError(f"Inserted row has wrong column count; Has {len(nodes)}, expected {len(columns)}")
    texts = []
    for node, (name, data_type) in zip(nodes, columns, strict=True):
        if _is_default(node):
            texts.append(target.default(name, translator).sql)
        else:
            texts.append(_assigned(translator.value(node), data_type, name).sql)
    return f"({', '.join(texts)})"


def _selected(query: exp.Expr, columns: list[tuple[str, DataType]], translator: Translator) -> str:
    relation = queries.relation_of(query, translator)
    if len(relation.columns) != len(columns):
        raise AnalysisError(
            f"Inserted row has wrong column count; Has {len(relation.columns)}, expected {len(columns)}"
        )
    alias = translator.statement.fresh("selected")
    texts = []
    for position, (name, wanted) in enumerate(columns):
        kind = relation.columns[position][1]
        literal = position in relation.literal_columns
        value = Value(f"{alias}.{quote(relation.duck_names[position])}", kind, True, literal)
        texts.append(null_value(wanted).sql if kind == NULL else _assigned(value, wanted, name).sql)
    return f"SELECT {', '.join(texts)} FROM ({relation.sql}) AS {alias}"


# UPDATE, DELETE, TRUNCATE


def _require_where(node: exp.Expr, word: str) -> exp.Expr:
    where = node.args.get("where")
    if where is None:
        raise AnalysisError(f"{word} must have a WHERE clause")
    return where.this


def _target_source(target: _Target, translator: Translator) -> tuple[str, str]:
    """(FROM text, rowid text) of the target, read as it was before the statement."""
    text = sources.read_table(target.dataset, target.name, target.alias, translator)
    return text, f"{text.rsplit(' AS ', 1)[1]}.rowid"


def update(node: exp.Update, translator: Translator) -> Written:
    """UPDATE [FROM]; a target row that several source rows match raises, as in BigQuery."""
    only(node, "this", "expressions", "from_", "where")
    target = _target(node.this, translator)
    inner = translator.within(Scope())
    text, row = _target_source(target, inner)
    if node.args.get("from_") is not None:
        text += " CROSS JOIN" + sources.from_text(node, inner).removeprefix(" FROM")
    condition = inner.typed(_require_where(node, "UPDATE"), BOOL, "WHERE clause").sql
    names, values = [], []
    for assignment in node.expressions:
        name, value = _assignment(assignment, target, inner)
        names.append(name)
        values.append(value.sql)
    if node.args.get("from_") is not None:
        values[0] = _once(values[0], row)
    columns = ", ".join(f"{value} AS {quote(f'c{i}')}" for i, value in enumerate(values))
    sets = ", ".join(f"{quote(name)} = changes.{quote(f'c{i}')}" for i, name in enumerate(names))
    changes = f"SELECT {row} AS row_id, {columns} FROM {text} WHERE {condition}"
    source = f"({changes}) AS changes WHERE written.rowid = changes.row_id"
    sql = f"UPDATE {target.physical} AS written SET {sets} FROM {source}"
    return "UPDATE", sql, target.key


def _once(value: str, row: str) -> str:
    """``value``, or BigQuery's error when its target row is matched more than once."""
    return f"CASE WHEN count(*) OVER (PARTITION BY {row}) > 1 THEN error({text_literal(MANY_MATCHES)}) ELSE {value} END"


def _assignment(node: exp.Expr, target: _Target, translator: Translator) -> tuple[str, Value]:
    if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column):
        raise UnsupportedError(f"Assignment {node.sql(dialect='bigquery')[:60]}")
    parts = [part.name for part in node.this.parts]
    if len(parts) == 2 and parts[0].lower() == target.alias.lower():
        parts = parts[1:]
    if len(parts) != 1:
        raise UnsupportedError("Assignment to a field of a STRUCT")
    name, data_type = target.column(parts[0])
    if _is_default(node.expression):
        return name, target.default(name, translator)
    return name, _assigned(translator.value(node.expression), data_type, name)


def delete(node: exp.Delete, translator: Translator) -> Written:
    """DELETE FROM t [AS a] WHERE ...; sqlglot keeps a table named without FROM under another key."""
    only(node, "this", "tables", "where")
    table = node.this if isinstance(node.this, exp.Table) else (node.args.get("tables") or [None])[0]
    if table is None:
        raise UnsupportedError("DELETE of several tables")
    target = _target(table, translator)
    inner = translator.within(Scope())
    text, row = _target_source(target, inner)
    condition = inner.typed(_require_where(node, "DELETE"), BOOL, "WHERE clause").sql
    sql = f"DELETE FROM {target.physical} WHERE rowid IN (SELECT {row} FROM {text} WHERE {condition})"
    return "DELETE", sql, target.key


def truncate(node: exp.TruncateTable, translator: Translator) -> Written:
    """TRUNCATE TABLE: all rows, and their number is reported."""
    only(node, "expressions")
    if len(node.expressions) != 1:
        raise UnsupportedError("TRUNCATE of several tables")
    target = _target(node.expressions[0], translator)
    return "TRUNCATE_TABLE", f"DELETE FROM {target.physical}", target.key


# MERGE


@dataclass(frozen=True)
class _Arm:
    """One WHEN clause: what it does, to which columns, and its values by column."""

    number: int
    action: str
    by_source: bool
    matched: bool
    condition: str
    values: dict[str, Value]


def merge(node: exp.Merge, translator: Translator) -> Written:
    """MERGE with all its WHEN forms.

    An inner query pairs source and target rows, picks for each pair the first WHEN clause that applies and computes
    that clause's values; DuckDB's MERGE then carries the picks out by rowid.
    """
    only(node, "this", "using", "on", "whens")
    target = _target(node.this, translator)
    inner = translator.within(Scope())
    source_item = sources.item_text(node.args["using"], inner)
    source_sources = list(inner.scope.sources)
    text, row = _target_source(target, inner)
    condition = inner.typed(node.args["on"], BOOL, "ON clause of MERGE").sql
    arms = [_arm(i, when, target, inner, source_sources) for i, when in enumerate(node.args["whens"].expressions)]
    pairs = [_pairs(arms, source_item, text, row, condition)]
    if any(arm.by_source for arm in arms):
        pairs.append(_unmatched_targets(arms, source_item, text, row, condition))
    picked = f"SELECT * FROM ({' UNION ALL '.join(pairs)}) WHERE action IS NOT NULL"
    clauses = " ".join(_carried_out(arm) for arm in arms)
    sql = (
        f"MERGE INTO {target.physical} AS written USING ({_checked(picked, arms)}) AS picks "
        f"ON written.rowid = picks.row_id {clauses} RETURNING merge_action"
    )
    return "MERGE", sql, target.key


def _arm(number: int, when: exp.When, target: _Target, translator: Translator, source_sources: list[Source]) -> _Arm:
    only(when, "matched", "source", "condition", "then")
    matched, by_source = bool(when.args.get("matched")), bool(when.args.get("source"))
    scope = translator.scope
    target_source = scope.sources[len(source_sources)]
    seen = scope.sources if matched else [target_source] if by_source else source_sources
    inner = translator.within(Scope(sources=list(seen)))
    condition = inner.optional(when.args.get("condition"), BOOL, "Condition of WHEN")
    then = when.args["then"]
    values: dict[str, Value] = {}
    if isinstance(then, exp.Update):
        values = dict(_assignment(each, target, inner) for each in then.expressions)
        action = "UPDATE"
    elif isinstance(then, exp.Insert):
        values = _inserted(then, target, inner, source_sources)
        action = "INSERT"
    elif then.name.upper() == "DELETE":
        action = "DELETE"
    else:
        raise UnsupportedError(f"MERGE action {then.sql(dialect='bigquery')}")
    if (action == "INSERT") != (not matched and not by_source):
        raise AnalysisError(f"{action} is not allowed in this WHEN clause of MERGE")
    return _Arm(number, action, by_source, matched, condition.sql if condition else "TRUE", values)


def _inserted(
    then: exp.Insert, target: _Target, translator: Translator, source_sources: list[Source]
) -> dict[str, Value]:
    """Values by column of WHEN NOT MATCHED THEN INSERT, for every column of the target."""
    row = isinstance(then.this, exp.Var) and then.this.name.upper() == "ROW"
    if row:
        found = [column for source in source_sources for column in source.columns]
        pairs = list(zip(target.columns.values(), [column.value for column in found], strict=False))
        if len(found) != len(target.columns):
            raise AnalysisError("INSERT ROW needs a source with exactly the columns of the target")
        return {name: _assigned(value, data_type, name) for (name, data_type), value in pairs}
    names = [c.name for c in then.this.expressions] if isinstance(then.this, exp.Tuple) else list(target.columns)
    expression = then.expression
    nodes = expression.expressions if isinstance(expression, exp.Tuple) else [expression]
    if isinstance(then.this, exp.Column | exp.Identifier | exp.Paren):
        names = [then.this.name or then.this.this.name]
    if len(nodes) != len(names):
        raise AnalysisError(f"Inserted row has wrong column count; Has {len(nodes)}, expected {len(names)}")
    values: dict[str, Value] = {}
    for name, node in zip(names, nodes, strict=True):
        column, data_type = target.column(name)
        bare = node.this if isinstance(node, exp.Paren) else node
        given = target.default(name, translator) if _is_default(bare) else translator.value(node)
        values[column] = _assigned(given, data_type, column)
    for column, _ in target.columns.values():
        if column not in values and column.lower() in target.defaults:
            values[column] = target.default(column, translator)
    return values


def _columns_of(arms: list[_Arm], live: list[_Arm]) -> str:
    """The value columns of all arms; those of arms that are not ``live`` here are NULL."""
    texts = []
    for arm in arms:
        for position, value in enumerate(arm.values.values()):
            name = quote(f"a{arm.number}_{position}")
            if arm in live:
                texts.append(f"CASE WHEN action = {arm.number} THEN {value.sql} END AS {name}")
            else:
                texts.append(f"{cast_text('NULL', value.type)} AS {name}")
    return "".join(f", {text}" for text in texts)


def _pairs(arms: list[_Arm], source: str, target: str, row: str, condition: str) -> str:
    """Source rows with the target rows they match, if any."""
    live = [arm for arm in arms if not arm.by_source]
    tests = [f"WHEN {row} IS {'NOT ' if arm.matched else ''}NULL AND {arm.condition} THEN {arm.number}" for arm in live]
    action = f"CASE {' '.join(tests)} END" if tests else "CAST(NULL AS INTEGER)"
    return (
        f"SELECT {row} AS row_id, {action} AS action{_columns_of(arms, live)} "
        f"FROM {source} LEFT JOIN {target} ON {condition}"
    )


def _unmatched_targets(arms: list[_Arm], source: str, target: str, row: str, condition: str) -> str:
    """Target rows that no source row matches, for WHEN NOT MATCHED BY SOURCE."""
    live = [arm for arm in arms if arm.by_source]
    action = " ".join(f"WHEN {arm.condition} THEN {arm.number}" for arm in live)
    return (
        f"SELECT {row} AS row_id, CASE {action} END AS action{_columns_of(arms, live)} "
        f"FROM {target} WHERE NOT EXISTS (SELECT 1 FROM {source} WHERE {condition})"
    )


def _checked(picked: str, arms: list[_Arm]) -> str:
    """The picks, or BigQuery's error when a target row would be changed twice."""
    if not any(arm.matched for arm in arms):
        return picked
    many = "row_id IS NOT NULL AND count(*) OVER (PARTITION BY row_id) > 1"
    guarded = f"CASE WHEN {many} THEN CAST(error({text_literal(MANY_MATCHES)}) AS BIGINT) ELSE row_id END AS row_id"
    return f"SELECT * REPLACE ({guarded}) FROM ({picked}) AS picked"


def _carried_out(arm: _Arm) -> str:
    names = [quote(name) for name in arm.values]
    values = [f"picks.{quote(f'a{arm.number}_{position}')}" for position in range(len(names))]
    if arm.action == "INSERT":
        then = f"INSERT ({', '.join(names)}) VALUES ({', '.join(values)})"
        return f"WHEN NOT MATCHED AND picks.action = {arm.number} THEN {then}"
    if arm.action == "DELETE":
        return f"WHEN MATCHED AND picks.action = {arm.number} THEN DELETE"
    sets = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
    return f"WHEN MATCHED AND picks.action = {arm.number} THEN UPDATE SET {sets}"
