"""BigQuery refuses a subquery over a table that it cannot turn into a join with the outer row; write it as a join.

It can when an equality at the top of the subquery's WHERE ties a column of its own to one from outside, and there is
no LIMIT. A subquery that names nothing from outside, or reads nothing but an array, may be anything. In the body of a
function the parameters count as columns from outside, for that is what its callers give.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Piece
from infra.lint.equalities import Subquery
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every correlated scalar or array subquery without an equality, or with a LIMIT."""
    for piece in asset.pieces:
        for query in _subqueries(piece):
            subquery = Subquery(query, piece.analysis, asset.kind == "functions")
            for select in subquery.correlated():
                if not subquery.is_held(select) or select.args.get("limit") is not None:
                    yield Hit(piece.offset(query), shown(query.sql(dialect="bigquery")))


def _subqueries(piece: Piece) -> Iterator[exp.Expr]:
    for node in piece.tree.find_all(exp.Subquery, exp.Array):
        if isinstance(node, exp.Array):
            yield from (one for one in node.expressions if isinstance(one, exp.Query))
        elif not isinstance(node.parent, exp.From | exp.Join | exp.In | exp.CTE | exp.Query):
            yield node
