"""A script that ends in an open transaction loses its work without a word; add COMMIT TRANSACTION."""

from collections.abc import Iterator, Sequence

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax import script as tree
from infra.syntax.walk import bodies, statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every BEGIN TRANSACTION that no COMMIT follows in the same list of statements."""
    yield from _open(asset.script)


def _open(script: Sequence[tree.Statement]) -> Iterator[Hit]:
    for position, statement in enumerate(script):
        if isinstance(statement, tree.BeginTransaction):
            later = statements(script[position + 1 :])
            if not any(isinstance(one, tree.CommitTransaction) for one in later):
                yield Hit(statement.start, statement.text)
        for body in bodies(statement):
            yield from _open(body)
