"""The lint cannot read this, so no rule has looked at it; write it in plain GoogleSQL."""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every piece of SQL that sqlglot does not parse."""
    for unread in asset.unread:
        yield Hit(unread.start, unread.message)
