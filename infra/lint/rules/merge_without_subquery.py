"""BigQuery refuses a subquery in a MERGE anywhere but in USING; join what it looks up to the source.

ON, the conditions of WHEN, the values of INSERT and the right sides of UPDATE SET are all meant.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every query inside a clause of a MERGE."""
    for piece in asset.pieces:
        if isinstance(piece.tree, exp.Merge):
            for clause in (piece.tree.args.get("on"), piece.tree.args.get("whens")):
                for query in () if clause is None else clause.find_all(exp.Select):
                    yield Hit(piece.offset(query), shown(query.sql(dialect="bigquery")))
