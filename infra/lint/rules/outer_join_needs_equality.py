"""BigQuery refuses an outer join whose ON has no equality of the two sides at its top; add one on a key.

`a.id = b.id OR a.key = b.key` is none, and neither is `a.id = 5`. Join twice and COALESCE, or filter before joining. An
inner join may have any condition, and the UNNEST of an array of the row needs none.
"""

from collections.abc import Iterator

from infra.catalog import Asset, Catalog, Piece
from infra.catalog.scopes import Meaning, Scope
from infra.lint.equalities import holds_together
from infra.lint.findings import Hit, shown
from infra.syntax.sql import exp


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every LEFT, RIGHT and FULL JOIN without USING or an equality."""
    for piece in asset.pieces:
        for join in piece.tree.find_all(exp.Join):
            if join.side and not join.args.get("using") and not _is_array_of_row(join) and not _is_held(join, piece):
                yield Hit(piece.offset(join), shown(join.sql(dialect="bigquery").lstrip()))


def _is_array_of_row(join: exp.Join) -> bool:
    return isinstance(join.this, exp.Unnest) and join.this.find(exp.Column) is not None


def _is_held(join: exp.Join, piece: Piece) -> bool:
    scope = piece.analysis.scope(join)
    joined = {id(node) for node in join.this.walk()}

    def right(meaning: Meaning) -> bool:
        return _source(meaning, scope) in joined

    def left(meaning: Meaning) -> bool:
        return _source(meaning, scope) not in (None, *joined)

    return holds_together(join.args.get("on"), piece.analysis, left, right)


def _source(meaning: Meaning, scope: Scope) -> int | None:
    """The FROM item of this block that a name belongs to."""
    return id(meaning.source.node) if meaning.source is not None and meaning.scope is scope else None
