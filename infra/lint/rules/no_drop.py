"""DROP destroys what a deployment cannot bring back; leave the object or column in place and stop using it.

A temporary table needs no DROP either: CREATE OR REPLACE TEMP TABLE replaces it, and the end of the script removes it.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every DROP statement, and every ALTER that drops a column."""
    for statement in statements(asset.script):
        drops_column = isinstance(statement, tree.Alter) and any(one.kind == "DROP_COLUMN" for one in statement.actions)
        if isinstance(statement, tree.Drop) or drops_column:
            yield Hit(statement.start, shown(statement.text))
