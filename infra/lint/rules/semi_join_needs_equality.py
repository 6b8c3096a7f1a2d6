"""BigQuery refuses EXISTS and IN over a table that are tied to the outer row by no equality; join on a key instead.

A cooldown check looks just like that: `NOT EXISTS (... WHERE used.id = new.id OR used.key = new.key)`. The equality has
to stand at the top of the subquery's WHERE, between a column of its own and one from outside. A subquery that names
nothing from outside, or reads nothing but an array, needs none.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.equalities import Subquery
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every correlated EXISTS, NOT EXISTS, IN and NOT IN without an equality."""
    for piece in asset.pieces:
        for node in piece.tree.find_all(exp.Exists, exp.In):
            query = node.this if isinstance(node, exp.Exists) else node.args.get("query")
            if isinstance(query, exp.Query):
                subquery = Subquery(query, piece.analysis, asset.kind == "functions")
                for select in subquery.correlated():
                    if not subquery.is_held(select):
                        yield Hit(piece.offset(node), shown(node.sql(dialect="bigquery")))
