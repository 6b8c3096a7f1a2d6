"""This changes every row, because its WHERE names no column of the table; name the rows that are meant.

WHERE TRUE counts as no WHERE: it is how BigQuery wants "all rows" spelt, and all rows are what nobody may change by
mistake. So does a condition of constants, parameters and variables alone, which means all rows or none. TRUNCATE has
no WHERE at all. Temporary tables are the script's own, and exempt. A MERGE is bounded by its source.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Piece
from infra.catalog.names import path_of_table
from infra.lint.findings import Hit, shown
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """UPDATE and DELETE without a condition on the rows, and TRUNCATE."""
    for statement in statements(asset.script):
        if isinstance(statement, tree.Truncate) and not _is_temporary(tuple(statement.name), asset):
            yield Hit(statement.start, shown(statement.text))
    for piece in asset.pieces:
        is_change = isinstance(piece.tree, exp.Update | exp.Delete)
        if is_change and not _is_temporary(path_of_table(piece.tree.this), asset) and not _is_bounded(piece):
            yield Hit(piece.start, shown(piece.sql.text))


def _is_temporary(path: tuple[str, ...], asset: Asset) -> bool:
    return len(path) == 1 and path[0].lower() in asset.temporary


def _is_bounded(piece: Piece) -> bool:
    where = piece.tree.args.get("where")
    if where is None:
        return False
    block = piece.analysis.block(piece.tree)
    meanings = (piece.analysis.meaning(column) for column in where.find_all(exp.Column))
    return any(one.scope is block for one in meanings)
