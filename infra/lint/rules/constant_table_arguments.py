"""BigQuery takes no column as an argument of a table function; call it for all ('*') and join on the page.

Parameters, script variables and constants are fine. A column of a subquery's own inside the argument is fine too.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Piece
from infra.catalog.scopes import Kind, Scope
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every column among the arguments of a table function in FROM."""
    for piece in asset.pieces:
        for table in piece.tree.find_all(exp.Table):
            if isinstance(table.this, exp.Func):
                yield from _columns(table, piece)


def _columns(table: exp.Table, piece: Piece) -> Iterator[Hit]:
    around: list[Scope] = []
    scope: Scope | None = piece.analysis.scope(table)
    while scope is not None:
        around.append(scope)
        scope = scope.parent
    for column in table.this.find_all(exp.Column):
        meaning = piece.analysis.meaning(column)
        if meaning.kind is Kind.UNKNOWN or meaning.scope in around:
            yield Hit(piece.offset(column), shown(column.sql(dialect="bigquery")))
