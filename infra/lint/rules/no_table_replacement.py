"""A table made this way is emptied or refused when it is deployed again; write CREATE TABLE IF NOT EXISTS.

New columns come by an additive ALTER TABLE. CREATE OR REPLACE is right for routines, views and temporary tables.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every CREATE of a persistent table that is not IF NOT EXISTS."""
    for statement in statements(asset.script):
        if isinstance(statement, tree.CreateTable) and not (statement.is_temporary or statement.if_not_exists):
            yield Hit(statement.start, shown(statement.text))
