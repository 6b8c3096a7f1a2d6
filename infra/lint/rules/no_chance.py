"""A second run would answer differently; draw from a hash of a seed, and take ids and names as parameters.

A retried job, a replayed week and a Python twin must get the same numbers. RAND() and GENERATE_UUID() give new ones,
TABLESAMPLE reads other rows, and SESSION_USER() depends on who asks. The uniform draw is in macros/wilson.jinja.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax.sql import exp

_NAMES: dict[type[exp.Expr], str] = {
    exp.Rand: "RAND()",
    exp.Uuid: "GENERATE_UUID()",
    exp.SessionUser: "SESSION_USER()",
    exp.TableSample: "TABLESAMPLE",
}


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every call whose answer does not follow from its arguments, the clock's aside."""
    for piece in asset.pieces:
        for node in piece.tree.find_all(*_NAMES):
            yield Hit(piece.offset(node), _NAMES[type(node)])
