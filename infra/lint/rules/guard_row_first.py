"""INSERTs of two sessions never conflict, so both would succeed; begin the transaction with an UPDATE of a guard row.

`INSERT ... WHERE NOT EXISTS` lets both racers succeed, and so does any transaction that reads before it updates: only
the UPDATE of a row that both want makes the second one fail. creator_lock and job_guard hold such rows.
"""

from collections.abc import Iterator, Sequence

from infra.catalog import Asset, Catalog
from infra.catalog.names import path_of_table
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import bodies

GUARDS = frozenset({"creator_lock", "job_guard"})


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every transaction whose first statement is not an UPDATE of a guard table."""
    guarded = {id(piece.statement) for piece in asset.pieces if _takes_guard(piece.tree)}
    yield from _unguarded(asset.script, guarded)


def _takes_guard(node: exp.Expr) -> bool:
    return isinstance(node, exp.Update) and path_of_table(node.this)[-1].lower() in GUARDS


def _unguarded(script: Sequence[tree.Statement], guarded: set[int]) -> Iterator[Hit]:
    for position, statement in enumerate(script):
        if isinstance(statement, tree.BeginTransaction):
            first = script[position + 1] if position + 1 < len(script) else statement
            if id(first) not in guarded:
                yield Hit(first.start, shown(first.text))
        for body in bodies(statement):
            yield from _unguarded(body, guarded)
