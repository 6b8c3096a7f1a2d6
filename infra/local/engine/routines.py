"""CREATE FUNCTION, TABLE FUNCTION and PROCEDURE statements as catalog routines, checked when they are created."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from infra.syntax import script as tree

from .coercion import is_literal, is_untyped
from .errors import EngineError
from .executor import Place
from .schema import Routine, RoutineArgument
from .scope import Scope, Variable
from .types import DataType, TypeNameError, parse_type

if TYPE_CHECKING:
    from .session import Session

Placer = Callable[[tree.Fragment], Place]
_WIDER = frozenset(
    {("INT64", "NUMERIC"), ("INT64", "FLOAT64"), ("NUMERIC", "FLOAT64"), ("DATE", "DATETIME"), ("DATE", "TIMESTAMP")}
)


def procedure_routine(statement: tree.CreateProcedure, name: tuple[str, str]) -> Routine:
    """A procedure. Its body was parsed with the statement; its names are looked up when it runs."""
    return Routine(*name, "PROCEDURE", _arguments(statement.parameters), statement.body.text, statement=statement.text)


def function_routine(session: Session, statement: tree.CreateFunction, name: tuple[str, str], place: Placer) -> Routine:
    """A scalar or table function whose body has been analysed with its arguments in sight."""
    arguments = _arguments(statement.parameters)
    scope = Scope()
    for argument in arguments:
        if argument.type is not None:
            scope.variables[argument.name.lower()] = Variable(argument.type)
    generic = any(argument.type is None for argument in arguments)
    if statement.is_table:
        return _table_function(session, statement, name, arguments, scope, place)
    declared = _type(statement.returns)
    found = None if generic else session.executor.type_of(place(statement.body), scope)
    if declared is not None and found is not None and not _converts(found, declared, statement.body.text):
        raise EngineError(
            "invalidQuery",
            f"Function declared to return {declared} but the function body produces incompatible type {found}",
        )
    return Routine(
        *name,
        "SCALAR_FUNCTION",
        arguments,
        statement.body.text,
        return_type=declared or found,
        statement=statement.text,
    )


def _table_function(
    session: Session,
    statement: tree.CreateFunction,
    name: tuple[str, str],
    arguments: tuple[RoutineArgument, ...],
    scope: Scope,
    place: Placer,
) -> Routine:
    found = session.executor.translate(place(statement.body), scope).columns
    declared = _table_columns(statement.returns)
    if declared is not None:
        produced = {column.lower(): kind for column, kind in found}
        for column, kind in declared:
            have = produced.get(column.lower())
            if have is None or not _converts(have, kind, ""):
                raise EngineError(
                    "invalidQuery",
                    f"Table function {name[1]} declares column {column} {kind}, "
                    f"but its body produces {have or 'no such column'}",
                )
    return Routine(
        *name,
        "TABLE_VALUED_FUNCTION",
        arguments,
        statement.body.text,
        columns=declared or found,
        declared_columns=declared is not None,
        statement=statement.text,
    )


def _table_columns(returns: tree.Fragment | None) -> tuple[tuple[str, DataType], ...] | None:
    """The columns of RETURNS TABLE<...>."""
    if returns is None:
        return None
    text = returns.text.strip()
    if not text.upper().startswith("TABLE"):
        raise EngineError("invalidQuery", "A table function returns TABLE<...>")
    try:
        row = parse_type("STRUCT" + text[len("TABLE") :])
    except TypeNameError as error:
        raise EngineError("invalidQuery", str(error)) from error
    return tuple((field.name, field.type) for field in row.fields)


def _arguments(parameters: Sequence[tree.RoutineParameter]) -> tuple[RoutineArgument, ...]:
    found = []
    for parameter in parameters:
        found.append(RoutineArgument(parameter.name, _type(parameter.type), parameter.mode))
    names = [argument.name.lower() for argument in found]
    if len(set(names)) != len(names):
        raise EngineError("invalidQuery", "Duplicate argument name in the routine's signature")
    return tuple(found)


def _type(fragment: tree.Fragment | None) -> DataType | None:
    return None if fragment is None else parse_type(fragment.text)


def _converts(have: DataType, want: DataType, text: str) -> bool:
    """Whether a body of type ``have`` may stand for the declared type."""
    if have == want or (have.kind, want.kind) in _WIDER:
        return True
    if text and (is_untyped(text) or is_literal(text)):
        return True
    if have.element is not None and want.element is not None:
        return _converts(have.element, want.element, "")
    if have.fields and len(have.fields) == len(want.fields):
        return all(_converts(a.type, b.type, "") for a, b in zip(have.fields, want.fields, strict=True))
    return False
