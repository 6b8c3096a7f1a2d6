"""A variable of a block does not exist in the block's own exception handler; declare it in a block around.

The script would run well until the day the handler is needed.
"""

from collections.abc import Iterator, Sequence

from infra.catalog import Asset, Catalog
from infra.lint.findings import Hit
from infra.syntax import script as tree
from infra.syntax.sql import exp
from infra.syntax.walk import bodies, statements


def check(asset: Asset, catalog: Catalog) -> Iterator[Hit]:
    """Every use, in a handler, of a name that only the handler's own block declares."""
    for handler, names in _hidden(asset.script, _declared(asset.script)):
        yield from _uses(list(statements(handler)), names, asset)


def _declared(script: Sequence[tree.Statement]) -> frozenset[str]:
    return frozenset(name.lower() for one in script if isinstance(one, tree.Declare) for name in one.names)


def _hidden(
    script: Sequence[tree.Statement], visible: frozenset[str]
) -> Iterator[tuple[Sequence[tree.Statement], frozenset[str]]]:
    """(handler, names that its block declares and that nothing else makes visible there)."""
    for statement in script:
        if isinstance(statement, tree.Block):
            inner, handler = _declared(statement.body), statement.handler or ()
            again = (_declared(one.body) for one in statements(handler) if isinstance(one, tree.Block))
            yield handler, inner - visible.union(*again)
            yield from _hidden(statement.body, visible | inner)
            yield from _hidden(handler, visible)
        else:
            for body in bodies(statement):
                yield from _hidden(body, visible)


def _uses(handler: Sequence[tree.Statement], names: frozenset[str], asset: Asset) -> Iterator[Hit]:
    for statement in handler:
        if isinstance(statement, tree.SetVariables):
            yield from (Hit(statement.start, name) for name in statement.targets if name.lower() in names)
    for piece in asset.pieces:
        if any(piece.statement is one for one in handler):
            for column in piece.tree.find_all(exp.Column):
                if column.parts[0].name.lower() in names and piece.analysis.meaning(column).scope is None:
                    yield Hit(piece.offset(column), column.parts[0].name)
