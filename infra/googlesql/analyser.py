"""GoogleSQL's own analysis of scripts: unknown names, wrong types and invalid GoogleSQL, with its message and place.

The analyser knows single statements only. Scripts are cut by our parser, variables become constants of the catalog, and
tables are registered as their CREATE is met, so that the body of a procedure is checked as it would run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

from infra.googlesql import door
from infra.googlesql.catalog import Catalog, builtin_catalog
from infra.googlesql.language import analyzer_options, language_options
from infra.googlesql.resolved import columns, field, leaf
from infra.googlesql.service import GoogleSqlError, Service
from infra.googlesql.spelling import type_text
from infra.syntax import ScriptSyntaxError, parse_script
from infra.syntax import script as tree


@dataclass(frozen=True)
class Mistake:
    """``offset`` is in characters from the start of the text that was analysed."""

    offset: int
    message: str


class Analyser:
    """Analyses texts against a catalog."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.language = language_options(service)
        self._builtin = builtin_catalog(self.language)
        self._types: dict[str, Any] = {}
        self._bare = self.empty_catalog()

    def empty_catalog(self) -> Catalog:
        """A catalog of the built-in functions."""
        return Catalog(self._service, self._builtin)

    def check(self, text: str, catalog: Catalog, parameters: Mapping[str, str] | None = None) -> list[Mistake]:
        """The mistakes of a script, in the order of the text. What it creates stays in ``catalog``.

        ``parameters`` are the @parameters it may use, by name, with their types.
        """
        try:
            self.parse(text)
            statements = parse_script(text)
        except GoogleSqlError as error:
            return [Mistake(error.offset(text) or 0, error.message.partition("\n")[0])]
        except ScriptSyntaxError as error:
            lines = text.split("\n")[: error.line - 1]
            return [Mistake(sum(len(line) + 1 for line in lines) + error.column - 1, str(error))]
        types = {name: self.type_of(data_type) for name, data_type in (parameters or {}).items()}
        script = _Script(self, catalog, types)
        script.run(statements)
        return sorted(script.mistakes, key=lambda mistake: mistake.offset)

    def parse(self, text: str) -> None:
        """Raises GoogleSqlError when the text is no GoogleSQL script."""
        request = door.service.ParseRequest(sql_statement=text, options=self.language, allow_script=True)
        self._service.call("Parse", request, door.service.ParseResponse)

    def type_of(self, text: str) -> Any:
        """The TypeProto a type's name stands for. Raises GoogleSqlError when there is no such type."""
        if text not in self._types:
            expression = self.expression(f"CAST(NULL AS {text})", self._bare, {})
            self._types[text] = field(expression, "type")
        return self._types[text]

    def expression(self, text: str, catalog: Catalog, parameters: Mapping[str, Any]) -> Any:
        """The resolved expression."""
        answer = self._analyze(catalog, parameters, sql_expression=text)
        return leaf(answer.resolved_expression)[0]

    def statement(
        self, text: str, catalog: Catalog, parameters: Mapping[str, Any], targets: Sequence[Any] = ()
    ) -> tuple[Any, str]:
        """The resolved statement and its kind. The columns of a query must be assignable to the types ``targets``."""
        answer = self._analyze(catalog, parameters, targets, sql_statement=text)
        return leaf(answer.resolved_statement)

    def _analyze(
        self, catalog: Catalog, parameters: Mapping[str, Any], targets: Sequence[Any] = (), **text: str
    ) -> Any:
        options = analyzer_options(self.language)
        for name, data_type in parameters.items():
            options.query_parameters.add(name=name.lower()).type.CopyFrom(data_type)
        options.target_column_types.extend(targets)
        request = door.service.AnalyzeRequest(options=options, registered_catalog_id=catalog.number, **text)
        return self._service.call("Analyze", request, door.service.AnalyzeResponse)


class _Script:
    """One walk over a script's statements."""

    def __init__(self, analyser: Analyser, catalog: Catalog, parameters: Mapping[str, Any]) -> None:
        self._analyser = analyser
        self._catalog = catalog
        self._parameters = parameters
        self.mistakes: list[Mistake] = []

    def run(self, statements: Sequence[tree.Statement]) -> None:
        """Check statements one after the other; one that is wrong does not keep the others from being checked."""
        for statement in statements:
            self._visit(statement)

    # What is said, and where

    def _say(self, offset: int, message: str) -> None:
        self.mistakes.append(Mistake(offset, message))

    @contextmanager
    def _at(self, start: int, text: str, shift: int = 0) -> Iterator[None]:
        """GoogleSQL's error about ``text`` becomes a mistake at its place in the script."""
        try:
            yield
        except GoogleSqlError as error:
            self._say(start + max((error.offset(text) or 0) - shift, 0), error.message.partition("\n")[0])

    # Expressions

    def _type(self, fragment: tree.Fragment) -> Any | None:
        """The type of an expression, or None (and a mistake) when it has none."""
        with self._at(fragment.start, fragment.text):
            return field(self._analyser.expression(fragment.text, self._catalog, self._parameters), "type")
        return None

    def _assign(self, value: tree.Fragment, wanted: Any) -> None:
        """Check that an expression may be assigned to something of a type."""
        have = self._type(value)
        if have is None or have == wanted:
            return
        query = f"SELECT {value.text}"
        with self._at(value.start, query, shift=len("SELECT ")):
            self._analyser.statement(query, self._catalog, self._parameters, [wanted])

    def _condition(self, value: tree.Fragment) -> None:
        have = self._type(value)
        if have is not None and type_text(have) != "BOOL":
            self._say(value.start, f"A condition must be a BOOL, and this is {type_text(have)}")

    def _set(self, name: str, value: tree.Fragment) -> None:
        wanted = self._catalog.variable(name)
        if wanted is None:
            self._say(value.start, f"Undeclared variable: {name}")
            self._type(value)
        else:
            self._assign(value, wanted)

    # Statements

    @singledispatchmethod
    def _visit(self, statement: tree.Statement) -> None:
        """Statements that hold no more than words: jumps, RETURN, transactions."""

    @_visit.register
    def _(self, statement: tree.Declare) -> None:
        wanted: Any | None = None
        if statement.type is not None:
            with self._at(statement.type.start, f"CAST(NULL AS {statement.type.text})", shift=len("CAST(NULL AS ")):
                wanted = self._analyser.type_of(statement.type.text)
            if wanted is not None and statement.default is not None:
                self._assign(statement.default, wanted)
        elif statement.default is not None:
            wanted = self._type(statement.default)
        for name in statement.names:
            if self._catalog.variable(name) is not None:
                self._say(statement.start, f"Variable '{name}' redeclaration is not allowed")
            if wanted is not None:
                self._catalog.declare(name, wanted)

    @_visit.register
    def _(self, statement: tree.SetVariables) -> None:
        if not statement.is_tuple:
            self._set(statement.targets[0], statement.value)
            return
        have = self._type(statement.value)
        if have is None:
            return
        given = have.struct_type.field
        if len(given) != len(statement.targets):
            self._say(statement.start, f"{len(statement.targets)} variables are set to {type_text(have)}")
            return
        wanted = door.types.TypeProto(type_kind=door.types.TYPE_STRUCT)
        for name, part in zip(statement.targets, given, strict=True):
            target = self._catalog.variable(name)
            if target is None:
                self._say(statement.start, f"Undeclared variable: {name}")
                return
            wanted.struct_type.field.add(field_name=part.field_name).field_type.CopyFrom(target)
        self._assign(statement.value, wanted)

    @_visit.register
    def _(self, statement: tree.SetSystemVariable) -> None:
        self._type(statement.value)

    @_visit.register
    def _(self, statement: tree.If) -> None:
        for arm in statement.arms:
            self._condition(arm.condition)
            self.run(arm.body)
        self.run(statement.otherwise)

    @_visit.register
    def _(self, statement: tree.CaseOf) -> None:
        for arm in statement.arms:
            if statement.subject is None:
                self._condition(arm.condition)
            else:
                whole = f"{statement.subject.text} = ({arm.condition.text})"
                with self._at(arm.condition.start, whole, shift=len(statement.subject.text) + 4):
                    self._analyser.expression(whole, self._catalog, self._parameters)
            self.run(arm.body)
        self.run(statement.otherwise or ())

    @_visit.register
    def _(self, statement: tree.Loop) -> None:
        self.run(statement.body)

    @_visit.register
    def _(self, statement: tree.While) -> None:
        self._condition(statement.condition)
        self.run(statement.body)

    @_visit.register
    def _(self, statement: tree.Repeat) -> None:
        self.run(statement.body)
        self._condition(statement.until)

    @_visit.register
    def _(self, statement: tree.ForIn) -> None:
        row = door.types.TypeProto(type_kind=door.types.TYPE_STRUCT)
        with self._at(statement.query.start, statement.query.text):
            resolved, _ = self._analyser.statement(statement.query.text, self._catalog, self._parameters)
            for name, data_type in columns(resolved):
                row.struct_type.field.add(field_name=name).field_type.CopyFrom(data_type)
        with self._catalog.block():
            self._catalog.declare(statement.variable, row)
            self.run(statement.body)

    @_visit.register
    def _(self, statement: tree.Block) -> None:
        with self._catalog.block():
            self.run(statement.body)
        self.run(statement.handler or ())

    @_visit.register
    def _(self, statement: tree.Raise) -> None:
        if statement.message is not None:
            self._assign(statement.message, self._analyser.type_of("STRING"))

    @_visit.register
    def _(self, statement: tree.Assert) -> None:
        self._condition(statement.condition)

    @_visit.register
    def _(self, statement: tree.ExecuteImmediate) -> None:
        self._assign(statement.sql, self._analyser.type_of("STRING"))
        for name in statement.into:
            if self._catalog.variable(name) is None:
                self._say(statement.start, f"Undeclared variable: {name}")
        for argument in statement.using:
            self._type(argument.value)

    @_visit.register
    def _(self, statement: tree.Call) -> None:
        self._plain(statement)
        procedure = self._catalog.procedure(statement.name)
        if procedure is None or len(procedure.signature.argument) != len(statement.arguments):
            return
        modes = door.kinds.FunctionEnums
        for wanted, given in zip(procedure.signature.argument, statement.arguments, strict=True):
            if wanted.options.procedure_argument_mode in (modes.OUT, modes.INOUT):
                self._receives(given, wanted.type)

    def _receives(self, argument: tree.Fragment, given: Any) -> None:
        """An OUT argument is a variable of the parameter's type."""
        have = self._catalog.variable(argument.text.strip("` \n"))
        if have is None:
            self._say(argument.start, f"An OUT argument must be a declared variable: {argument.text}")
        elif have != given:
            self._say(argument.start, f"An OUT argument of type {type_text(given)} cannot be put in {type_text(have)}")

    @_visit.register(tree.SqlStatement)
    @_visit.register(tree.Create)
    @_visit.register(tree.Drop)
    @_visit.register(tree.Truncate)
    def _plain(self, statement: tree.Statement) -> None:
        """A statement the analyser knows; what it creates is known from here on."""
        with self._at(statement.start, statement.text):
            resolved, kind = self._analyser.statement(statement.text, self._catalog, self._parameters)
            self._catalog.add_created(resolved, kind)

    @_visit.register
    def _(self, statement: tree.Alter) -> None:
        self._plain(statement)
        for action in statement.actions:
            if action.kind == "ADD_COLUMN" and action.column is not None and action.column.type is not None:
                with self._at(statement.start, action.column.type.text):
                    data_type = self._analyser.type_of(action.column.type.text)
                    self._catalog.add_column(statement.name, action.column.name, data_type)

    @_visit.register
    def _(self, statement: tree.CreateProcedure) -> None:
        self._plain(statement)
        body = _Script(self._analyser, self._catalog.child(), self._parameters)
        for parameter in statement.parameters:
            if parameter.type is not None:
                with self._at(parameter.type.start, parameter.type.text):
                    body._catalog.declare(parameter.name, self._analyser.type_of(parameter.type.text))
        body._visit(statement.body)
        body._catalog.close()
        self.mistakes.extend(body.mistakes)
