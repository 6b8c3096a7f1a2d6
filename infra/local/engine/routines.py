"""CREATE FUNCTION, TABLE FUNCTION and PROCEDURE statements as catalog routines, checked when they are created."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.syntax import script as tree

from .errors import EngineError
from .place import Place
from .rewrite import scalar_function_type, table_function_columns
from .schema import Routine, RoutineArgument
from .scope import Scope, as_scalar_routine, as_table_routine
from .types import DataType, parse_type

if TYPE_CHECKING:
    from .session import Session

Placer = Callable[[tree.Fragment], Place]


def procedure_routine(statement: tree.CreateProcedure, name: tuple[str, str]) -> Routine:
    """A procedure. Its body was parsed with the statement; its names are looked up when it runs."""
    return Routine(*name, "PROCEDURE", _arguments(statement.parameters), statement.body.text, statement=statement.text)


def function_routine(session: Session, statement: tree.CreateFunction, name: tuple[str, str], place: Placer) -> Routine:
    """A scalar or table function whose body has been analysed with its arguments in sight."""
    names = session.executor.names(Scope())
    kind = "TABLE_VALUED_FUNCTION" if statement.is_table else "SCALAR_FUNCTION"
    routine = Routine(*name, kind, _arguments(statement.parameters), statement.body.text, statement=statement.text)
    with session.executor.errors(place(statement.body)):
        if not statement.is_table:
            routine = replace(routine, return_type=_type(statement.returns))
            return replace(routine, return_type=scalar_function_type(as_scalar_routine(routine), names))
        declared = _table_columns(statement.returns)
        routine = replace(routine, columns=declared or (), declared_columns=declared is not None)
        return replace(routine, columns=table_function_columns(as_table_routine(routine), names))


def _table_columns(returns: tree.Fragment | None) -> tuple[tuple[str, DataType], ...] | None:
    """The columns of RETURNS TABLE<...>."""
    if returns is None:
        return None
    text = returns.text.strip()
    if not text.upper().startswith("TABLE"):
        raise EngineError("invalidQuery", "A table function returns TABLE<...>")
    row = parse_type("STRUCT" + text[len("TABLE") :])
    return tuple((field.name, field.type) for field in row.fields)


def _arguments(parameters: Sequence[tree.RoutineParameter]) -> tuple[RoutineArgument, ...]:
    found = tuple(RoutineArgument(part.name, _type(part.type), part.mode) for part in parameters)
    names = [argument.name.lower() for argument in found]
    if len(set(names)) != len(names):
        raise EngineError("invalidQuery", "Duplicate argument name in the routine's signature")
    return found


def _type(fragment: tree.Fragment | None) -> DataType | None:
    return None if fragment is None else parse_type(fragment.text)
