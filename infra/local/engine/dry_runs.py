"""Checking a script without running it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from infra.syntax import script as tree
from infra.syntax import walk

from .definition_checks import statement_type
from .definitions import Definitions
from .estimate import statement_bytes
from .interpreter import SINGLE, Interpreter
from .positional import name_positions
from .results import QueryParameter, ScriptResult, result_columns
from .scope import Scope, parse_query

if TYPE_CHECKING:
    from .session import Session


def dry_run(session: Session, source: str, parameters: Sequence[QueryParameter]) -> ScriptResult:
    """Analyse a single statement and estimate its bytes; of a script or CALL check the syntax only.

    What a script will read depends on what it finds when it runs: 0 bytes are a lower bound. Raises EngineError.
    """
    interpreter = Interpreter(session, parameters)
    statements = interpreter.parse(source)
    session.tick()
    if len(statements) != 1 or not isinstance(statements[0], SINGLE):
        for inner in walk.statements(statements):
            if isinstance(inner, tree.SqlStatement):
                place = interpreter.place(tree.Fragment(inner.text, inner.start))
                with session.executor.errors(place):
                    parse_query(name_positions(place.text))
        return ScriptResult("SCRIPT", statement=source, accuracy="LOWER_BOUND")
    (statement,) = statements
    scope = Scope(parameters=interpreter.parameters)
    if isinstance(statement, tree.SqlStatement):
        return _analysed(session, interpreter, statement, scope)
    if isinstance(statement, tree.Create):
        return Definitions(session).dry_run(statement, scope)
    return ScriptResult(statement_type(statement), statement=statement.text)


def _analysed(session: Session, interpreter: Interpreter, statement: tree.SqlStatement, scope: Scope) -> ScriptResult:
    place = interpreter.place(tree.Fragment(statement.text, statement.start))
    translation = session.executor.translate(place, scope)
    found = statement_bytes(session, translation, place, scope)
    return ScriptResult(
        translation.kind,
        result_columns(translation.columns),
        bytes_processed=found.processed,
        bytes_billed=found.billed,
        accuracy=found.accuracy,
        statement=statement.text,
        reads=tuple(sorted(translation.reads)),
    )
