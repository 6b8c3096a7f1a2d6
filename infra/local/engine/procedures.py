"""CALL and EXECUTE IMMEDIATE: running another text with its own variables, and handing values across."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from infra.syntax import script as tree

from .coercion import coerce
from .errors import EngineError, unsupported
from .parsing import check_syntax, parsed_script
from .positional import position_name
from .resolve import object_path
from .results import QueryParameter, ScriptResult
from .schema import Routine
from .scope import Scope, Variable

if TYPE_CHECKING:
    from .interpreter import Interpreter


def call_procedure(interpreter: Interpreter, statement: tree.Call, scope: Scope) -> None:
    """Run a procedure and hand its OUT and INOUT arguments back."""
    procedure = _procedure(interpreter, statement)
    arguments, outputs = _arguments(interpreter, statement, procedure, scope)
    interpreter.within(procedure.body, arguments, f"{procedure.dataset}.{procedure.name}")
    for name, target in outputs:
        argument = arguments.variables[name]
        target.value = coerce(argument.value, argument.type, target.type, f"OUT argument {name}")


def _procedure(interpreter: Interpreter, statement: tree.Call) -> Routine:
    session = interpreter.session
    dataset, name = object_path(statement.name, session.engine.project, session.default_dataset)
    procedure = session.engine.catalog.routine(dataset, name)
    shown = f"{session.engine.project}.{dataset}.{name}"
    if procedure is None or procedure.kind != "PROCEDURE":
        line, column = interpreter.place(tree.Fragment("", statement.name_start)).start
        raise EngineError("invalidQuery", f"Procedure is not found: {shown}", line=line, column=column)
    given, wanted = len(statement.arguments), len(procedure.arguments)
    if given != wanted:
        raise EngineError("invalidQuery", f"Procedure {shown} takes {wanted} arguments, but {given} were given")
    return procedure


def _arguments(
    interpreter: Interpreter, statement: tree.Call, procedure: Routine, scope: Scope
) -> tuple[Scope, list[tuple[str, Variable]]]:
    """The procedure's own scope, and which of its variables go back to which of the caller's."""
    inner = Scope()
    outputs: list[tuple[str, Variable]] = []
    for argument, given in zip(procedure.arguments, statement.arguments, strict=True):
        name, kind, value = argument.name.lower(), argument.type, None
        if argument.mode != "OUT":
            kind = kind or interpreter.session.executor.type_of(interpreter.place(given), scope)
            value = interpreter.typed(given, scope, kind, f"argument {argument.name} of {procedure.name}")
        if argument.mode != "IN":
            target = scope.find(given.text.strip("`"))
            if target is None:
                raise EngineError(
                    "invalidQuery", f"{argument.mode} argument {argument.name} of {procedure.name} must be a variable"
                )
            kind = kind or target.type
            outputs.append((name, target))
        if kind is None:
            raise unsupported("An OUT argument of ANY TYPE")
        inner.variables[name] = Variable(kind, value)
    return inner, outputs


def execute_immediate(interpreter: Interpreter, statement: tree.ExecuteImmediate, scope: Scope) -> None:
    """Run one statement whose text is computed; it sees its USING values, not the script's variables."""
    source = interpreter.value(statement.sql, scope)
    if not isinstance(source, str):
        raise EngineError("invalidQuery", "EXECUTE IMMEDIATE sql string cannot be NULL")
    if len(parsed_script(source)) != 1:
        raise EngineError("invalidQuery", "EXECUTE IMMEDIATE takes a single SQL statement")
    check_syntax(source)
    targets = [interpreter.variable(name, scope) for name in statement.into]
    before = len(interpreter.results)
    interpreter.within(source, Scope(parameters=_using(interpreter, statement, scope)))
    if targets:
        found = interpreter.results[before:]
        _into(targets, found)
        for result in found:
            result.evaluation = "EXPRESSION"  # its row went into variables, it is no result of the script


def _using(interpreter: Interpreter, statement: tree.ExecuteImmediate, scope: Scope) -> dict[str, QueryParameter]:
    parameters: dict[str, QueryParameter] = {}
    for position, using in enumerate(statement.using):
        kind = interpreter.session.executor.type_of(interpreter.place(using.value), scope)
        key = (using.name or position_name(position)).lower()
        parameters[key] = QueryParameter(using.name, kind, interpreter.value(using.value, scope))
    return parameters


def _into(targets: Sequence[Variable], results: Sequence[ScriptResult]) -> None:
    """Assign the one row of a dynamic query; no row gives NULLs, as in BigQuery."""
    result = results[-1] if results else ScriptResult("SELECT")
    if len(result.columns) != len(targets):
        wanted, given = len(targets), len(result.columns)
        raise EngineError("invalidQuery", f"EXECUTE IMMEDIATE INTO takes {wanted} columns, the query has {given}")
    if len(result.rows) > 1:
        raise EngineError("invalidQuery", "EXECUTE IMMEDIATE INTO: the query returned more than one row")
    row = result.rows[0] if result.rows else (None,) * len(targets)
    for target, column, value in zip(targets, result.columns, row, strict=True):
        target.value = coerce(value, column.type, target.type, f"INTO {column.name}")
