"""BigQuery refuses a function whose body is a subquery inside INSERT, UPDATE, DELETE and MERGE; compute it before.

Write the values into a temporary table first, and change the rows from that.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog
from infra.catalog.names import path_of_call
from infra.lint.findings import Hit
from infra.syntax.sql import exp
from infra.syntax.walk import Role


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every call, in a change, of a function that has a query in its body or calls one that has."""
    for piece in asset.pieces:
        if piece.role is Role.CHANGE:
            for call in piece.tree.find_all(exp.Anonymous):
                called = catalog.object(path_of_call(call))
                if called is not None and called.kind == "functions" and _queries(called, catalog):
                    yield Hit(piece.offset(call), f"{path_of_call(call)[-1]}()")


def _queries(function: Asset, catalog: Catalog) -> bool:
    for piece in function.pieces:
        if piece.tree.find(exp.Query) is not None:
            return True
        called = (catalog.object(path_of_call(call)) for call in piece.tree.find_all(exp.Anonymous))
        if any(one is not None and one is not function and _queries(one, catalog) for one in called):
            return True
    return False
