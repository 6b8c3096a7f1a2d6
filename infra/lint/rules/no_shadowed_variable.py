"""A column wins over a variable of the same name, so this is the column; qualify it, or rename the variable."""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.catalog.scopes import Kind
from infra.lint.findings import Hit
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every bare name that is a variable or parameter of the script and a column in sight as well."""
    for piece in asset.pieces:
        variables = piece.analysis.names.variables
        for column in piece.tree.find_all(exp.Column):
            is_bare = len(column.parts) == 1 and column.name.lower() in variables
            if is_bare and piece.analysis.meaning(column).kind is Kind.COLUMN:
                yield Hit(piece.offset(column), column.name)
