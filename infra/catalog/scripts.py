"""A script's pieces of SQL in the order of the text, each analysed with the names that are known where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.catalog.analysis import Analysis
from infra.catalog.names import Columns, Names, Type, fields_of, key_of, struct_of
from infra.syntax import script as tree
from infra.syntax.lexer import ScriptSyntaxError
from infra.syntax.sql import Sql, exp, parse_expression, parse_sql, parse_type
from infra.syntax.walk import Role, bodies, fragments


@dataclass(frozen=True, eq=False)
class Piece:
    """One query, change or expression. `start` is its offset in the rendered text; `statement` is the one it is of."""

    sql: Sql
    start: int
    role: Role
    statement: tree.Statement
    analysis: Analysis

    @property
    def tree(self) -> exp.Expr:
        """The syntax tree."""
        return self.sql.tree

    def offset(self, node: exp.Expr) -> int:
        """Where a node stands in the rendered text."""
        return self.start + self.sql.offset(node)


@dataclass(frozen=True)
class Unread:
    """A fragment that sqlglot cannot read: where, and what it says."""

    start: int
    message: str


class Reader:
    """Reads one script. What it defines for others is put into `names`."""

    def __init__(self, names: Names, parameters: Mapping[str, Type]) -> None:
        self._outer = names
        self._names = names.for_script(parameters)
        self.pieces: list[Piece] = []
        self.unread: list[Unread] = []

    def read(self, script: Sequence[tree.Statement]) -> None:
        """Read statements, those inside them included."""
        for statement in script:
            self._open(statement)
            pieces = list(self._pieces(statement))
            self._define(statement, pieces)
            for body in bodies(statement):
                self.read(body)

    def _pieces(self, statement: tree.Statement) -> Iterator[Piece]:
        names = self._names.snapshot()
        for role, fragment in fragments(statement):
            parse = parse_sql if role in (Role.QUERY, Role.CHANGE) else parse_expression
            try:
                sql = parse(fragment.text)
            except ScriptSyntaxError as error:
                self._note(fragment.start + error.offset, error)
                continue
            piece = Piece(sql, fragment.start, role, statement, Analysis(sql.tree, names))
            self.pieces.append(piece)
            yield piece

    def _open(self, statement: tree.Statement) -> None:
        """Names that the SQL of the statement itself sees: the parameters of a routine, the columns of a table."""
        if isinstance(statement, tree.CreateFunction | tree.CreateProcedure):
            self._names.variables.update({one.name.lower(): self.type(one.type) for one in statement.parameters})
        elif isinstance(statement, tree.CreateTable) and statement.query is None:
            self._names.variables.update(self._declared(statement))

    def _define(self, statement: tree.Statement, pieces: Sequence[Piece]) -> None:
        """Names that what comes after the statement sees."""
        query = next((piece for piece in pieces if piece.role is Role.QUERY), None)
        output = None if query is None else query.analysis.output(query.tree)
        match statement:
            case tree.Declare(names=names, type=declared):
                default = None if declared or not pieces else pieces[0].analysis.type(pieces[0].tree)
                self._names.variables.update(
                    {name.lower(): self.type(declared) if declared else default for name in names}
                )
            case tree.ForIn(variable=variable):
                self._names.variables[variable.lower()] = None if output is None else struct_of(output)
            case tree.CreateTable():
                columns = self._declared(statement) if statement.columns else output
                if statement.is_temporary:
                    self._names.temporary[key_of(tuple(statement.name))] = columns
                else:
                    self._outer.tables[key_of(tuple(statement.name))] = columns
            case tree.CreateView(columns=listed):
                columns = output
                if listed and output is not None:
                    columns = dict(zip((one.name.lower() for one in listed), output.values(), strict=False))
                self._outer.tables[key_of(tuple(statement.name))] = columns
            case tree.CreateFunction(is_table=True, returns=returns):
                self._outer.table_functions[key_of(tuple(statement.name))] = (
                    output if returns is None else fields_of(self.type(returns))
                )
            case tree.CreateFunction(returns=returns):
                body = pieces[-1] if pieces else None
                inferred = None if body is None else body.analysis.type(body.tree)
                self._outer.functions[key_of(tuple(statement.name))] = self.type(returns) if returns else inferred

    def type(self, fragment: tree.Fragment | None) -> Type:
        """A declared type, None for ANY TYPE; one that cannot be read is noted."""
        if fragment is None:
            return None
        try:
            # TABLE<...> lists columns as STRUCT<...> does.
            text = fragment.text
            return parse_type("STRUCT" + text[5:] if text[:6].upper() == "TABLE<" else text)
        except ScriptSyntaxError as error:
            self._note(fragment.start, error)
            return None

    def _note(self, start: int, error: ScriptSyntaxError) -> None:
        unread = Unread(start, error.message)
        if unread not in self.unread:
            self.unread.append(unread)

    def _declared(self, statement: tree.CreateTable) -> Columns:
        return {column.name.lower(): self.type(column.type) for column in statement.columns}
