"""Whether a condition holds two sides together by an equality: what BigQuery's planner asks of a join."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from infra.catalog.analysis import Analysis
from infra.catalog.scopes import Kind, Meaning, Scope
from infra.syntax.sql import exp

Side = Callable[[Meaning], bool]


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts that must all hold: what is joined by AND at the top."""
    if isinstance(condition, exp.Paren):
        yield from conjuncts(condition.this)
    elif isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif condition is not None:
        yield condition


def holds_together(condition: exp.Expr | None, analysis: Analysis, one: Side, other: Side) -> bool:
    """Whether an equality at the top has columns of one side only on its left and of the other only on its right."""
    for part in conjuncts(condition):
        if isinstance(part, exp.EQ):
            left, right = _meanings(part.left, analysis), _meanings(part.right, analysis)
            if _is_of(left, one, other) and _is_of(right, other, one):
                return True
            if _is_of(left, other, one) and _is_of(right, one, other):
                return True
    return False


def _meanings(operand: exp.Expr, analysis: Analysis) -> list[Meaning]:
    return [analysis.meaning(column) for column in operand.find_all(exp.Column)]


def _is_of(meanings: list[Meaning], wanted: Side, unwanted: Side) -> bool:
    return any(wanted(one) for one in meanings) and not any(unwanted(one) for one in meanings)


class Subquery:
    """A query in an expression. It is correlated when a name in it belongs to a block around it.

    In the body of a function, which is put in the place of its calls, its parameters are columns of the caller.
    """

    def __init__(self, query: exp.Expr, analysis: Analysis, in_function: bool) -> None:
        self.query = query
        self._analysis = analysis
        self._in_function = in_function
        self._around: list[Scope] = []
        scope: Scope | None = analysis.scope(query)
        while scope is not None:
            self._around.append(scope)
            scope = scope.parent

    def is_outer(self, meaning: Meaning) -> bool:
        """Whether a name belongs to a block around the subquery."""
        if meaning.scope is None:
            return self._in_function and meaning.kind is Kind.VARIABLE
        return any(meaning.scope is one for one in self._around)

    def correlated(self) -> Iterator[exp.Select]:
        """The SELECTs in it that read a table, and that name a column from around the subquery."""
        for select in self.query.find_all(exp.Select):
            block = self._analysis.block(select)
            reads = any(source.node.find(exp.Table) is not None for source in block.sources)
            columns = (column for column in select.find_all(exp.Column) if self._analysis.scope_of(column) is block)
            if reads and any(self.is_outer(self._analysis.meaning(column)) for column in columns):
                yield select

    def is_held(self, select: exp.Select) -> bool:
        """Whether an equality in WHERE or in an inner join's ON ties a SELECT to the blocks around the subquery."""
        inner = [join.args.get("on") for join in select.args.get("joins") or () if not join.side]
        where = select.args.get("where")
        conditions = [None if where is None else where.this, *inner]
        return any(
            holds_together(
                one, self._analysis, self.is_outer, lambda meaning: not self.is_outer(meaning) and is_column(meaning)
            )
            for one in conditions
        )


def is_column(meaning: Meaning) -> bool:
    """Whether a name is of a FROM item."""
    return meaning.scope is not None
