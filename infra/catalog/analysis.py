"""One tree of SQL read through: the scope of every query block, what each column means, what each query gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.catalog.inference import infer, simple
from infra.catalog.names import Columns, Names, Type, element_of, fields_of, key_of, path_of_table, struct_of
from infra.catalog.scopes import Kind, Meaning, Scope, Source, meaning_of
from infra.syntax.sql import exp

_CLAUSES = ("from_", "joins", "with_")


class Analysis:
    """What is known of one statement or expression."""

    def __init__(self, tree: exp.Expr, names: Names) -> None:
        self.tree = tree
        self.names = names
        self._scopes: dict[int, Scope] = {}
        self._blocks: dict[int, Scope] = {}
        self._outputs: dict[int, Columns | None] = {}
        root = Scope(tree, names)
        if isinstance(tree, exp.Query):
            self._query(tree, root)
        elif isinstance(tree, exp.Update | exp.Delete | exp.Merge | exp.Insert):
            self._change(tree, root)
        else:
            self._visit(tree, root)

    def scope(self, node: exp.Expr) -> Scope:
        """The block in which a column, a query or a FROM item stands."""
        return self._scopes[id(node)]

    def is_cte(self, table: exp.Table) -> bool:
        """Whether a name of one part in FROM is a common table expression."""
        scope = self._scopes.get(id(table))
        return scope is not None and scope.cte(table.name)[0]

    def scope_of(self, column: exp.Column) -> Scope | None:
        """The block in which a column stands; None for what only looks like a column, such as a target of INSERT."""
        return self._scopes.get(id(column))

    def block(self, select: exp.Expr) -> Scope:
        """The block that a SELECT or a data-changing statement is itself."""
        return self._blocks[id(select)]

    def blocks(self) -> Iterator[Scope]:
        """All SELECTs and the data-changing statement."""
        yield from self._blocks.values()

    def meaning(self, column: exp.Column) -> Meaning:
        """What a column's path stands for."""
        scope = self.scope_of(column)
        return Meaning(Kind.UNKNOWN) if scope is None else meaning_of(column, scope)

    def type(self, node: exp.Expr | None) -> Type:
        """The type of an expression, or None when it is not known."""
        return infer(node, self)

    def output(self, query: exp.Expr) -> Columns | None:
        """The columns that a query gives, or None when they are not known."""
        return self._outputs.get(id(query))

    # Queries

    def _query(self, query: exp.Expr, outer: Scope) -> Columns | None:
        self._scopes[id(query)] = outer
        scope = self._with(query, outer)
        if isinstance(query, exp.Select):
            found = self._select(query, scope)
        elif isinstance(query, exp.SetOperation):
            left, right = self._query(query.this, scope), self._query(query.expression, scope)
            found = _united(left, right)
            inner = scope.inner(query)
            inner.aliases.update(found or {})
            self._visit_arguments(query, inner, skip=("this", "expression", *_CLAUSES))
        elif isinstance(query, exp.Subquery):
            found = self._query(query.this, scope)
            inner = scope.inner(query)
            inner.aliases.update(found or {})
            self._visit_arguments(query, inner, skip=("this", "alias", *_CLAUSES))
        else:
            found = None
            self._visit_arguments(query, scope)
        self._outputs[id(query)] = found
        return found

    def _with(self, node: exp.Expr, outer: Scope) -> Scope:
        clause = node.args.get("with_")
        if clause is None:
            return outer
        scope = outer.inner(node)
        for cte in clause.expressions:
            if clause.args.get("recursive"):
                scope.ctes[cte.alias.lower()] = None
            scope.ctes[cte.alias.lower()] = self._query(cte.this, scope)
        return scope

    def _select(self, select: exp.Select, outer: Scope) -> Columns | None:
        scope = outer.inner(select)
        self._blocks[id(select)] = scope
        self._from(select, scope)
        for one in select.expressions:
            self._visit(one, scope)
        found = self._selected(select.expressions, scope)
        scope.aliases.update({one.alias.lower(): infer(one, self) for one in select.expressions if one.alias})
        self._visit_arguments(select, scope, skip=("expressions", *_CLAUSES))
        if str(select.args.get("kind") or "").upper() == "STRUCT":
            # A row that is one value: its only column has no name.
            return None if found is None else {"": struct_of(found)}
        return found

    def _selected(self, expressions: Sequence[exp.Expr], scope: Scope) -> Columns | None:
        columns: dict[str, Type] = {}
        for position, one in enumerate(expressions):
            star = one if isinstance(one, exp.Star) else one.this if isinstance(one, exp.Column) else None
            if isinstance(star, exp.Star):
                expanded = _expanded(one, scope)
                if expanded is None:
                    return None
                columns.update(expanded)
            else:
                columns[one.alias_or_name.lower() or f"f{position}_"] = infer(one, self)
        return columns

    # FROM items

    def _from(self, node: exp.Expr, scope: Scope) -> None:
        clause = node.args.get("from_")
        if clause is not None:
            self._item(clause.this, scope)
        self._joins(node, scope)

    def _joins(self, node: exp.Expr, scope: Scope) -> None:
        for join in node.args.get("joins") or ():
            self._item(join.this, scope)
            self._scopes[id(join)] = scope
            self._visit(join.args.get("on"), scope)

    def _item(self, item: exp.Expr, scope: Scope) -> None:
        self._scopes[id(item)] = scope
        alias = item.alias.lower()
        if isinstance(item, exp.Unnest):
            self._unnest(item, scope)
        elif isinstance(item, exp.Table):
            path = path_of_table(item)
            self._visit_arguments(item, scope, skip=("joins", "alias"))
            scope.sources.append(Source(alias or path[-1].lower(), item, self._columns_of(item, path, scope)))
            self._joins(item, scope)
        elif isinstance(item, exp.Subquery) and isinstance(item.this, exp.Query):
            columns = self._query(item, scope.beside(item))
            if columns is not None and "" in columns:
                columns = fields_of(columns[""])
            scope.sources.append(Source(alias, item, columns))
            self._joins(item, scope)
        elif isinstance(item, exp.Subquery | exp.Paren):
            self._item(item.this, scope)
            self._joins(item, scope)
        else:
            self._visit_arguments(item, scope)
            scope.sources.append(Source(alias, item, None))

    def _columns_of(self, table: exp.Table, path: tuple[str, ...], scope: Scope) -> Columns | None:
        if table.args.get("pivots"):
            return None
        if isinstance(table.this, exp.Func):
            return self.names.table_functions.get(key_of(path))
        if len(path) == 1:
            is_cte, columns = scope.cte(path[0])
            return columns if is_cte else self.names.temporary.get(path[0].lower())
        return self.names.tables.get(key_of(path))

    def _unnest(self, item: exp.Unnest, scope: Scope) -> None:
        self._visit_arguments(item, scope, skip=("alias", "offset"))
        element = element_of(infer(item.expressions[0], self)) if item.expressions else None
        alias = item.args.get("alias")
        named = [] if alias is None else [one for one in (alias.this, *alias.columns) if one is not None]
        columns: dict[str, Type] = dict(fields_of(element) or {})
        offset = item.args.get("offset")
        if offset:
            columns[offset.name.lower() if isinstance(offset, exp.Expr) else "offset"] = simple(exp.DType.BIGINT)
        scope.sources.append(Source(named[0].name.lower() if named else "", item, columns, element, is_array=True))

    # Changes

    def _change(self, node: exp.Expr, root: Scope) -> None:
        outer = self._with(node, root)
        scope = outer.inner(node)
        self._blocks[id(node)] = scope
        target = node.this.this if isinstance(node.this, exp.Schema) else node.this
        self._item(target, scope)
        self._from(node, scope)
        if isinstance(node, exp.Merge):
            self._item(node.args["using"], scope)
        if isinstance(node, exp.Insert):
            # What is inserted does not see the table it goes into.
            scope.sources.clear()
        self._visit_arguments(node, scope, skip=("this", "using", *_CLAUSES))

    # Expressions

    def _visit_arguments(self, node: exp.Expr, scope: Scope, skip: Sequence[str] = ()) -> None:
        for name, value in node.args.items():
            if name not in skip:
                for child in value if isinstance(value, list) else [value]:
                    self._visit(child, scope)

    def _visit(self, node: object, scope: Scope) -> None:
        if not isinstance(node, exp.Expr):
            return
        if isinstance(node, exp.Query):
            self._query(node, scope)
            return
        if isinstance(node, exp.Column):
            self._scopes[id(node)] = scope
        self._visit_arguments(node, scope, skip=_targets(node))


def _targets(node: exp.Expr) -> tuple[str, ...]:
    """Arguments that name what is written to, which is looked up nowhere: of INSERT, and of an assignment of UPDATE."""
    is_assignment = isinstance(node, exp.EQ) and isinstance(node.parent, exp.Update) and node.arg_key == "expressions"
    return ("this",) if is_assignment or isinstance(node, exp.Insert) else ()


def _united(left: Columns | None, right: Columns | None) -> Columns | None:
    """Columns of a set operation: the names of the first query; its types, or where it has none those of the second."""
    if left is None or right is None or len(left) != len(right):
        return left
    return {name: mine or other for (name, mine), other in zip(left.items(), right.values(), strict=True)}


def _expanded(star: exp.Expr, scope: Scope) -> Columns | None:
    """The columns of * or alias.*; EXCEPT and REPLACE are not looked at."""
    wanted = star.table.lower() if isinstance(star, exp.Column) else None
    sources = [source for source in scope.sources if wanted in (None, source.alias)]
    columns: dict[str, Type] = {}
    for source in sources:
        if source.columns is None:
            return None
        columns.update(source.columns)
    return columns
