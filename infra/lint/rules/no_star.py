"""A star takes whatever columns there are on that day; name the columns.

COUNT(*) counts rows, and is fine.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every star of a select list: *, t.*, * EXCEPT (...)."""
    for piece in asset.pieces:
        for star in piece.tree.find_all(exp.Star):
            selected = star.parent if isinstance(star.parent, exp.Column) else star
            if isinstance(selected.parent, exp.Select) and selected.arg_key == "expressions":
                yield Hit(piece.offset(selected), f"SELECT {selected.sql(dialect='bigquery')}")
