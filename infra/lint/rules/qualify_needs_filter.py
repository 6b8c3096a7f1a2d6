"""BigQuery takes QUALIFY only beside WHERE, GROUP BY or HAVING; write WHERE TRUE before it."""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every SELECT with QUALIFY alone."""
    for piece in asset.pieces:
        for qualify in piece.tree.find_all(exp.Qualify):
            select = qualify.parent
            if select is not None and not any(select.args.get(clause) for clause in ("where", "group", "having")):
                yield Hit(piece.offset(qualify), shown(qualify.sql(dialect="bigquery")))
