"""A variable of a block does not exist in the block's own exception handler; declare it in a block around.

The script would run well until the day the handler is needed.
"""

from collections.abc import Iterator, Sequence

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every use, in a handler, of a name that only the handler's own block declares."""
    blocks = [one for one in statements(asset.script) if isinstance(one, tree.Block)]
    for block in blocks:
        inner = _declared(block.body)
        outer = {name for one in blocks if one is not block for name in _declared(one.body)} | _declared(asset.script)
        yield from _uses(block.handler or (), inner - outer, asset)


def _declared(script: Sequence[tree.Statement]) -> set[str]:
    return {name.lower() for one in script if isinstance(one, tree.Declare) for name in one.names}


def _uses(handler: Sequence[tree.Statement], names: set[str], asset: Asset) -> Iterator[Hit]:
    inside = list(statements(handler))
    for statement in inside:
        if isinstance(statement, tree.SetVariables):
            yield from (Hit(statement.start, name) for name in statement.targets if name.lower() in names)
    for piece in asset.pieces:
        if any(piece.statement is one for one in inside):
            for column in piece.tree.find_all(exp.Column):
                if column.parts[0].name.lower() in names and piece.analysis.meaning(column).scope is None:
                    yield Hit(piece.offset(column), column.parts[0].name)
