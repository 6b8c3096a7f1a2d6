"""ROLLBACK raises when the transaction is gone already; put it into a BEGIN ... EXCEPTION of its own.

Its error would hide the one that the handler is there to report.
"""

from collections.abc import Iterator, Sequence

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax import script as tree
from infra.syntax.walk import bodies


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every ROLLBACK in an exception handler whose own error nothing catches."""
    yield from _rollbacks(asset.script, is_bare=False)


def _rollbacks(script: Sequence[tree.Statement], is_bare: bool) -> Iterator[Hit]:
    for statement in script:
        if isinstance(statement, tree.RollbackTransaction) and is_bare:
            yield Hit(statement.start, statement.text)
        elif isinstance(statement, tree.Block) and statement.handler is not None:
            yield from _rollbacks(statement.body, is_bare=False)
            yield from _rollbacks(statement.handler, is_bare=True)
        else:
            for body in bodies(statement):
                yield from _rollbacks(body, is_bare)
