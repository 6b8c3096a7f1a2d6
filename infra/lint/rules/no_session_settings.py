"""SET @@... changes what every later statement of the session means; pass what varies as a parameter.

SET of a script's own variable, UPDATE ... SET and SET OPTIONS are something else, and allowed.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every assignment to a system variable."""
    for statement in statements(asset.script):
        if isinstance(statement, tree.SetSystemVariable):
            yield Hit(statement.start, shown(statement.text))
