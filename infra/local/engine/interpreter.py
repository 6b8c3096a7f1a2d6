"""Walks the statement tree of a script: variables, control flow, exception handlers, procedures, transactions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from infra.syntax import line_and_column
from infra.syntax import script as tree

from .coercion import coerce, is_literal, is_untyped
from .definition_checks import statement_type
from .definitions import Definitions
from .errors import EngineError, unsupported
from .parsing import check_syntax, parsed_script
from .place import Place
from .positional import position_name
from .procedures import call_procedure, execute_immediate
from .results import QueryParameter, ScriptResult, refuse_null_elements
from .scope import Scope, Variable
from .types import DataType, parse_type, struct_of

if TYPE_CHECKING:
    from .session import Session

_MAXIMUM_CALL_DEPTH = 50
SINGLE = (tree.SqlStatement, tree.Create, tree.Drop, tree.Alter, tree.Truncate)
_TRANSACTION = (tree.BeginTransaction, tree.CommitTransaction, tree.RollbackTransaction)
_UNCATCHABLE = frozenset({"notImplemented", "stopped", "timeout", "bytesBilledLimitExceeded"})


class _Jump(Exception):
    """BREAK or CONTINUE on its way to its loop."""

    def __init__(self, kind: str, target: str | None) -> None:
        self.kind = kind
        self.target = target


class _Return(Exception):
    """RETURN on its way to the end of the procedure or script."""


class Interpreter:
    """One run of one script in a session."""

    def __init__(self, session: Session, parameters: Sequence[QueryParameter]) -> None:
        self.session = session
        self.parameters = {
            (parameter.name or position_name(position)).lower(): parameter
            for position, parameter in enumerate(parameters)
        }
        self.results: list[ScriptResult] = []
        self.is_script = False
        self._source = ""
        self._depth = 0
        self._began = 0.0
        self._start = (1, 1)
        self._routine = ""
        self._handled: list[EngineError] = []
        self._definitions = Definitions(session)

    # Entry points

    def run(self, source: str) -> ScriptResult:
        """Execute a script and combine the results of its statements."""
        statements = self.parse(source)
        check_syntax(source)
        if len(statements) == 1 and isinstance(statements[0], _TRANSACTION):
            raise EngineError(
                "invalidQuery", "Transaction control statements are supported only in scripts or sessions"
            )
        self.is_script = len(statements) != 1 or not isinstance(statements[0], SINGLE)
        scope = Scope(parameters=self.parameters)
        try:
            with suppress(_Return):
                self._statements(statements, scope)
        except EngineError as error:
            if self.is_script and error.reason not in _UNCATCHABLE and not error.message.startswith("Syntax error: "):
                raise error.of_script() from error
            raise
        return self._combined()

    def parse(self, source: str) -> list[tree.Statement]:
        """The statements of a text, which becomes the one that places refer to."""
        self._source = source
        return parsed_script(source)

    def _combined(self) -> ScriptResult:
        if not self.is_script:
            return self.results[-1]
        combined = ScriptResult("SCRIPT", children=self.results)
        combined.bytes_processed = sum(child.bytes_processed for child in self.results)
        combined.bytes_billed = sum(child.bytes_billed for child in self.results)
        statements = [child for child in self.results if child.evaluation == "STATEMENT" and child.error is None]
        if statements and statements[-1].statement_type == "SELECT":
            combined.columns, combined.rows = statements[-1].columns, statements[-1].rows
        return combined

    # Statements

    def _statements(self, statements: Iterable[tree.Statement], scope: Scope) -> None:
        for statement in statements:
            self.session.tick()
            start = line_and_column(self._source, statement.start)
            self._began, self._start = time.perf_counter(), start
            try:
                self._statement(statement, scope)
            except EngineError as error:
                self._placed(error, statement, start)
                if isinstance(statement, SINGLE):
                    self._keep(ScriptResult(statement_type(statement), statement=statement.text, error=error))
                raise

    def _placed(self, error: EngineError, statement: tree.Statement, start: tuple[int, int]) -> None:
        """Note which statement failed, and where, unless one inside it has."""
        if error.statement is None:
            error.statement = statement.text
        if error.line is None:
            error.line, error.column = start
        if error.routine is None:
            error.routine = f"{self.session.engine.project}.{self._routine}" if self._routine else ""

    def _statement(self, statement: tree.Statement, scope: Scope) -> None:
        if isinstance(statement, tree.SqlStatement):
            self._sql(tree.Fragment(statement.text, statement.start), scope)
        elif isinstance(statement, SINGLE):
            self._note(self._definitions.execute(statement, scope, self.place))
        else:
            _HANDLERS[type(statement)](self, statement, scope)

    def _sql(self, fragment: tree.Fragment, scope: Scope) -> ScriptResult:
        """Run a query or DML statement and keep its result as one of the script's."""
        result = self.session.executor.run(self.place(fragment), scope)
        refuse_null_elements(result)
        return self._note(result)

    def _note(self, result: ScriptResult) -> ScriptResult:
        self.session.row_count = result.affected_rows
        return self._keep(result)

    def note_expression(self, result: ScriptResult) -> None:
        """A statement needed a query for a value. One that reads no table is no job in BigQuery either."""
        if result.bytes_processed:
            result.evaluation = "EXPRESSION"
            self._keep(result)

    def _keep(self, result: ScriptResult) -> ScriptResult:
        result.began, result.ended = self._began, time.perf_counter()
        result.line, result.column = self._start
        result.routine = self._routine
        result.transaction_id = self.session.transaction_id
        self.results.append(result)
        return result

    def place(self, fragment: tree.Fragment) -> Place:
        """The fragment with its line and column in the text that runs."""
        return Place(fragment.text, line_and_column(self._source, fragment.start))

    # Values

    def value(self, fragment: tree.Fragment, scope: Scope) -> Any:
        """The value of an expression."""
        variable = scope.find(fragment.text)
        return variable.value if variable is not None else self.session.executor.value(self.place(fragment), scope)

    def _holds(self, fragment: tree.Fragment, scope: Scope) -> bool:
        return self.value(fragment, scope) is True

    def typed(self, fragment: tree.Fragment, scope: Scope, want: DataType, what: str) -> Any:
        """The expression's value as ``want``, converted as an assignment does."""
        if is_untyped(fragment.text):
            return [] if "[" in fragment.text else None
        variable = scope.find(fragment.text)
        if variable is not None:
            return coerce(variable.value, variable.type, want, what)
        place = self.place(fragment)
        executor = self.session.executor
        have = executor.type_of(place, scope)
        if have != want and is_literal(fragment.text):
            return executor.value(Place(f"CAST({place.text} AS {want})", place.start), scope)
        return coerce(executor.value(place, scope), have, want, what)

    def _declare(self, statement: tree.Declare, scope: Scope) -> None:
        declared = None if statement.type is None else parse_type(statement.type.text)
        default = statement.default
        if declared is None:
            if default is None:
                raise EngineError("invalidQuery", "DECLARE needs a type or a DEFAULT value")
            declared = self.session.executor.type_of(self.place(default), scope)
        for name in statement.names:
            if name.lower() in scope.variables:
                raise EngineError("invalidQuery", f"Variable '{name}' redeclaration is not allowed")
        value = None if default is None else self.typed(default, scope, declared, f"DEFAULT of {statement.names[0]}")
        for name in statement.names:
            scope.variables[name.lower()] = Variable(declared, value)

    def _set(self, statement: tree.SetVariables, scope: Scope) -> None:
        targets = [self.variable(name, scope) for name in statement.targets]
        if not statement.is_tuple:
            targets[0].value = self.typed(statement.value, scope, targets[0].type, f"SET {statement.targets[0]}")
            return
        place = self.place(statement.value)
        have = self.session.executor.type_of(place, scope)
        value = self.session.executor.value(place, scope)
        if len(have.fields) != len(targets):
            raise EngineError(
                "invalidQuery",
                f"Number of target variables ({len(targets)}) does not match the number of values ({len(have.fields)})",
            )
        values = [None] * len(targets) if value is None else list(value.values())
        for name, target, part, item in zip(statement.targets, targets, have.fields, values, strict=True):
            target.value = coerce(item, part.type, target.type, f"SET {name}")

    def _set_system(self, statement: tree.SetSystemVariable, scope: Scope) -> None:
        if statement.name != "@@dataset_id":
            raise unsupported(f"SET {statement.name}")
        self.session.default_dataset = self.value(statement.value, scope)

    def variable(self, name: str, scope: Scope) -> Variable:
        """The variable of that name. Raises EngineError invalidQuery."""
        found = scope.find(name)
        if found is None:
            raise EngineError("invalidQuery", f"Undeclared variable: {name}")
        return found

    # Control flow

    def _if(self, statement: tree.If, scope: Scope) -> None:
        for arm in statement.arms:
            if self._holds(arm.condition, scope):
                return self._statements(arm.body, scope.inner())
        return self._statements(statement.otherwise, scope.inner())

    def _case(self, statement: tree.CaseOf, scope: Scope) -> None:
        for arm in statement.arms:
            condition = arm.condition
            if statement.subject is not None:
                text = f"({statement.subject.text}) = ({condition.text})"
                condition = tree.Fragment(text, condition.start)
            if self._holds(condition, scope):
                return self._statements(arm.body, scope.inner())
        return self._statements(statement.otherwise or (), scope.inner())

    def _rounds(self, body: Sequence[tree.Statement], label: str | None, rounds: Iterator[Scope]) -> None:
        """Run a loop's body once per scope that ``rounds`` gives, with its BREAK and CONTINUE."""
        for scope in rounds:
            try:
                self._statements(body, scope)
            except _Jump as jump:
                if jump.target not in (None, label):
                    raise
                if jump.kind == "BREAK":
                    return

    def _loop(self, statement: tree.Loop, scope: Scope) -> None:
        self._rounds(statement.body, statement.label, iter(scope.inner, None))

    def _while(self, statement: tree.While, scope: Scope) -> None:
        def rounds() -> Iterator[Scope]:
            while self._holds(statement.condition, scope):
                yield scope.inner()

        self._rounds(statement.body, statement.label, rounds())

    def _repeat(self, statement: tree.Repeat, scope: Scope) -> None:
        def rounds() -> Iterator[Scope]:
            yield scope.inner()
            while not self._holds(statement.until, scope):
                yield scope.inner()

        self._rounds(statement.body, statement.label, rounds())

    def _for(self, statement: tree.ForIn, scope: Scope) -> None:
        result = self.session.executor.run(self.place(statement.query), scope)
        self.note_expression(result)
        row_type = struct_of(*((column.name, column.type) for column in result.columns))
        names = [column.name for column in result.columns]

        def rounds() -> Iterator[Scope]:
            for row in result.rows:
                inner = scope.inner()
                inner.variables[statement.variable.lower()] = Variable(row_type, dict(zip(names, row, strict=True)))
                yield inner

        self._rounds(statement.body, statement.label, rounds())

    def _jump(self, statement: tree.Jump, scope: Scope) -> None:
        raise _Jump(statement.kind, statement.target)

    def _return(self, statement: tree.Return, scope: Scope) -> None:
        raise _Return

    # Errors

    def _block(self, statement: tree.Block, scope: Scope) -> None:
        try:
            self._statements(statement.body, scope.inner())
        except _Jump as jump:
            if jump.target is None or jump.target != statement.label or jump.kind != "BREAK":
                raise
        except EngineError as error:
            if statement.handler is None or error.reason in _UNCATCHABLE:
                raise
            self._handle(error, statement.handler, scope)

    def _handle(self, error: EngineError, handler: Sequence[tree.Statement], scope: Scope) -> None:
        """Run an exception handler; inside it @@error describes the error."""
        session = self.session
        outer = session.error
        session.error = {"message": error.message, "statement_text": error.statement or ""}
        self._handled.append(error)
        try:
            self._statements(handler, scope.inner())
        finally:
            self._handled.pop()
            session.error = outer

    def _raise(self, statement: tree.Raise, scope: Scope) -> None:
        if statement.message is not None:
            message = self.value(statement.message, scope)
            raise EngineError("invalidQuery", "NULL" if message is None else str(message))
        if not self._handled:
            raise EngineError("invalidQuery", "Cannot re-raise an existing exception outside of an exception handler")
        raise self._handled[-1]

    def _assert(self, statement: tree.Assert, scope: Scope) -> None:
        if not self._holds(statement.condition, scope):
            described = "" if statement.description is None else self.value(statement.description, scope)
            raise EngineError("invalidQuery", str(described or f"Assertion failed: {statement.condition.text}"))

    # Transactions

    def _begin(self, statement: tree.BeginTransaction, scope: Scope) -> None:
        self.session.begin()

    def _commit(self, statement: tree.CommitTransaction, scope: Scope) -> None:
        self.session.commit()

    def _rollback(self, statement: tree.RollbackTransaction, scope: Scope) -> None:
        self.session.rollback()

    # Other texts

    def within(self, source: str, scope: Scope, routine: str = "") -> None:
        """Run another text - the body of a procedure, a dynamic statement - in a scope of its own."""
        outer, handled = (self._source, self._routine), self._handled
        self._handled, self._routine = [], routine
        try:
            self._statements(self.parse(source), scope)
        except _Return:
            return
        finally:
            (self._source, self._routine), self._handled = outer, handled

    def _call(self, statement: tree.Call, scope: Scope) -> None:
        if self._depth >= _MAXIMUM_CALL_DEPTH:
            raise EngineError("invalidQuery", f"Procedure calls are nested deeper than {_MAXIMUM_CALL_DEPTH}")
        self._depth += 1
        try:
            call_procedure(self, statement, scope)
        finally:
            self._depth -= 1

    def _execute(self, statement: tree.ExecuteImmediate, scope: Scope) -> None:
        execute_immediate(self, statement, scope)


_HANDLERS: dict[type[tree.Statement], Callable[[Interpreter, Any, Scope], None]] = {
    tree.Declare: Interpreter._declare,
    tree.SetVariables: Interpreter._set,
    tree.SetSystemVariable: Interpreter._set_system,
    tree.If: Interpreter._if,
    tree.CaseOf: Interpreter._case,
    tree.Loop: Interpreter._loop,
    tree.While: Interpreter._while,
    tree.Repeat: Interpreter._repeat,
    tree.ForIn: Interpreter._for,
    tree.Jump: Interpreter._jump,
    tree.Return: Interpreter._return,
    tree.Block: Interpreter._block,
    tree.Raise: Interpreter._raise,
    tree.Assert: Interpreter._assert,
    tree.BeginTransaction: Interpreter._begin,
    tree.CommitTransaction: Interpreter._commit,
    tree.RollbackTransaction: Interpreter._rollback,
    tree.Call: Interpreter._call,
    tree.ExecuteImmediate: Interpreter._execute,
}
