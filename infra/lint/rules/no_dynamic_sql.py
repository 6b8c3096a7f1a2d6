"""SQL put together at run time is seen by no check; write the statement out."""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every EXECUTE IMMEDIATE."""
    for statement in statements(asset.script):
        if isinstance(statement, tree.ExecuteImmediate):
            yield Hit(statement.start, shown(statement.text))
