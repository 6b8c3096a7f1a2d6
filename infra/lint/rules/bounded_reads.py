"""A table function that reads all partitions costs all of them; bound the partition column from both sides in WHERE.

A partition is skipped only when the column itself is compared with what is constant for the query: parameters and
literals, not columns, and not DATE(column). Only table functions are held to it: they are called again and again.
"""

from collections.abc import Iterator, Mapping

from infra.catalog import Asset, Catalog, Piece
from infra.catalog.names import path_of_table
from infra.catalog.scopes import Scope, Source
from infra.lint.equalities import conjuncts
from infra.lint.findings import Hit
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import Role

_BOUNDS: Mapping[type[exp.Expr], tuple[str, str]] = {
    exp.GT: ("lower", "upper"),
    exp.GTE: ("lower", "upper"),
    exp.LT: ("upper", "lower"),
    exp.LTE: ("upper", "lower"),
}


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every read of a partitioned table, in a table function, without a lower and an upper bound."""
    for piece in asset.pieces if asset.kind == "table_functions" else ():
        for block in piece.analysis.blocks():
            for source in block.sources:
                column = _partition_column(source, catalog)
                if column is not None and _bounds(block, source, column, piece) != {"lower", "upper"}:
                    yield Hit(piece.offset(source.node), f"{source.node.name.rpartition('.')[2]}.{column}")


def _partition_column(source: Source, catalog: Catalog) -> str | None:
    read = catalog.object(path_of_table(source.node)) if isinstance(source.node, exp.Table) else None
    if read is None or not isinstance(read.definition, tree.CreateTable):
        return None
    partition = next((piece.tree for piece in read.pieces if piece.role is Role.PARTITION), None)
    column = None if partition is None else partition.find(exp.Column)
    return None if column is None else column.name.lower()


def _bounds(block: Scope, source: Source, column: str, piece: Piece) -> set[str]:
    where = block.node.args.get("where")
    found: set[str] = set()
    for part in conjuncts(None if where is None else where.this):
        if isinstance(part, exp.Between) and _is_column(part.this, source, column, piece):
            limits = {"lower": part.args["low"], "upper": part.args["high"]}
            found |= {name for name, limit in limits.items() if _is_constant(limit, piece)}
        elif type(part) in _BOUNDS:
            left, right = part.args["this"], part.args["expression"]
            if _is_column(left, source, column, piece) and _is_constant(right, piece):
                found.add(_BOUNDS[type(part)][0])
            elif _is_column(right, source, column, piece) and _is_constant(left, piece):
                found.add(_BOUNDS[type(part)][1])
    return found


def _is_column(node: exp.Expr, source: Source, column: str, piece: Piece) -> bool:
    return (
        isinstance(node, exp.Column) and node.name.lower() == column and piece.analysis.meaning(node).source is source
    )


def _is_constant(node: exp.Expr, piece: Piece) -> bool:
    return all(piece.analysis.meaning(column).scope is None for column in node.find_all(exp.Column))
