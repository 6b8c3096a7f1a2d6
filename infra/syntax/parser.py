"""The parser of GoogleSQL's procedural language: a script's text to its statement tree.

sqlglot cannot do this: it cuts procedures at their inner semicolons, refuses IN/OUT, REPEAT, CASE statements and
RAISE USING, and silently misreads ASSERT and RETURN. Here only the statements' frames are read; SQL stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from .cursor import Cursor
from .ddl import parse_alter, parse_create, parse_drop, parse_truncate
from .lexer import Token, TokenKind
from .script import (
    Arm,
    Assert,
    BeginTransaction,
    Block,
    Call,
    CaseOf,
    CommitTransaction,
    Declare,
    ExecuteImmediate,
    ForIn,
    If,
    Jump,
    Loop,
    Raise,
    Repeat,
    Return,
    RollbackTransaction,
    SetSystemVariable,
    SetVariables,
    SqlStatement,
    Statement,
    UsingArgument,
    While,
)

AnyStatement = TypeVar("AnyStatement", bound=Statement)
_LABELLED = frozenset({"LOOP", "WHILE", "REPEAT", "FOR", "BEGIN"})
_QUERY_STARTS = frozenset({"SELECT", "WITH", "(", "FROM"})
_SQL_VERBS = _QUERY_STARTS | {"INSERT", "UPDATE", "DELETE", "MERGE", "EXPORT", "LOAD", "GRANT", "REVOKE", "ANALYZE"}


def parse_script(source: str) -> list[Statement]:
    """The statements of a script. Raises ScriptSyntaxError, whose message names the line and column."""
    return ScriptParser(source).script()


class ScriptParser:
    """Recursive descent over one script."""

    def __init__(self, source: str) -> None:
        self._cursor = Cursor(source)
        self._labels: list[str | None] = []

    def script(self) -> list[Statement]:
        """All statements up to the end of the text."""
        statements = self._statements(may_declare=True)
        if not self._cursor.at_end:
            self._cursor.fail(f"Unexpected {self._cursor.token.described()}")
        return statements

    def procedure_body(self) -> Block:
        """BEGIN ... END of a CREATE PROCEDURE; labels outside it cannot be reached from it."""
        outer, self._labels = self._labels, []
        start = self._cursor.token.start
        self._cursor.expect("BEGIN")
        body = self._placed(self._block(), start)
        self._labels = outer
        return body

    def _placed(self, statement: AnyStatement, start: int) -> AnyStatement:
        statement.start = start
        statement.text = self._cursor.source[start : self._cursor.last_end]
        return statement

    def _statements(self, *stops: str, may_declare: bool = False) -> list[Statement]:
        """Statements up to a stop keyword, which is not read. DECLARE may only open a block or script."""
        cursor = self._cursor
        found: list[Statement] = []
        while True:
            while cursor.skip(";"):
                pass
            if cursor.at_end or cursor.at(*stops):
                return found
            start = cursor.token
            statement = self._statement()
            if isinstance(statement, Declare):
                if not may_declare:
                    cursor.fail("Variable declarations are allowed only at the start of a block or script", start)
            else:
                may_declare = False
            found.append(statement)
            if not cursor.at_end:
                self._semicolon()

    def _semicolon(self) -> None:
        if not self._cursor.skip(";"):
            self._cursor.fail(f'Expected ";" but got {self._cursor.token.described()}')

    def _statement(self) -> Statement:
        cursor = self._cursor
        start = cursor.token.start
        label = self._label()
        if label is not None:
            self._labels.append(label)
        statement = self._unlabelled(cursor.token)
        if label is not None:
            self._labels.pop()
            statement.label = label
            if cursor.token.kind in (TokenKind.WORD, TokenKind.QUOTED_NAME) and not cursor.at(";"):
                self._closing_label(label)
        return self._placed(statement, start)

    def _label(self) -> str | None:
        """Read ``name:`` before a loop or block."""
        cursor = self._cursor
        named = cursor.token.kind in (TokenKind.WORD, TokenKind.QUOTED_NAME)
        if not (named and cursor.ahead().text == ":" and cursor.ahead(2).keyword in _LABELLED):
            return None
        label = cursor.name().lower()
        cursor.expect(":")
        return label

    def _closing_label(self, label: str) -> None:
        token = self._cursor.token
        if self._cursor.name().lower() != label:
            self._cursor.fail(f"Mismatched end label; expected {label}, got {token.text}", token)

    def _unlabelled(self, token: Token) -> Statement:
        reader = _READERS.get(token.keyword)
        if reader is not None:
            return reader(self)
        if token.keyword == "CREATE":
            return parse_create(self._cursor, self.procedure_body)
        if token.keyword in _SQL_VERBS:
            return self._sql(token)
        self._cursor.fail(f"Unexpected {token.described()}")

    def _sql(self, token: Token) -> SqlStatement:
        self._cursor.fragment(";")
        if self._cursor.at(")", "]", "}"):
            self._cursor.fail(f"Unexpected {self._cursor.token.described()}")
        return SqlStatement("SELECT" if token.keyword in _QUERY_STARTS else token.keyword)

    # Declarations and assignments

    def _declare(self) -> Declare:
        cursor = self._cursor
        cursor.expect("DECLARE")
        names = cursor.names()
        declared = None if cursor.at("DEFAULT") else cursor.type_fragment("DEFAULT")
        default = cursor.fragment(";") if cursor.skip("DEFAULT") else None
        return Declare(names, declared, default)

    def _set(self) -> Statement:
        cursor = self._cursor
        cursor.expect("SET")
        if cursor.token.kind is TokenKind.SYSTEM_VARIABLE:
            name = cursor.token.text.lower()
            cursor.index += 1
            cursor.expect("=")
            return SetSystemVariable(name, cursor.fragment(";"))
        is_tuple = cursor.skip("(")
        targets = cursor.names()
        if is_tuple:
            cursor.expect(")")
        cursor.expect("=")
        return SetVariables(targets, cursor.fragment(";"), is_tuple)

    # Control flow

    def _arms(self, opening: str, *stops: str) -> list[Arm]:
        cursor = self._cursor
        arms = []
        while cursor.skip(opening):
            condition = cursor.fragment("THEN")
            cursor.expect("THEN")
            arms.append(Arm(condition, self._statements(opening, *stops)))
        return arms

    def _otherwise(self) -> list[Statement] | None:
        return self._statements("END") if self._cursor.skip("ELSE") else None

    def _if(self) -> If:
        cursor = self._cursor
        cursor.expect("IF")
        condition = cursor.fragment("THEN")
        cursor.expect("THEN")
        first = Arm(condition, self._statements("ELSEIF", "ELSE", "END"))
        arms = [first, *self._arms("ELSEIF", "ELSE", "END")]
        otherwise = self._otherwise() or []
        cursor.expect_words("END", "IF")
        return If(arms, otherwise)

    def _case(self) -> CaseOf:
        cursor = self._cursor
        cursor.expect("CASE")
        subject = None if cursor.at("WHEN") else cursor.fragment("WHEN")
        if not cursor.at("WHEN"):
            cursor.expect("WHEN")
        arms = self._arms("WHEN", "ELSE", "END")
        otherwise = self._otherwise()
        cursor.expect_words("END", "CASE")
        return CaseOf(subject, arms, otherwise)

    def _loop_body(self, stop: str = "END") -> list[Statement]:
        """The statements of a loop; inside it BREAK and CONTINUE are legal."""
        self._labels.append(None)
        body = self._statements(stop)
        self._labels.pop()
        return body

    def _loop(self) -> Loop:
        self._cursor.expect("LOOP")
        body = self._loop_body()
        self._cursor.expect_words("END", "LOOP")
        return Loop(body)

    def _while(self) -> While:
        cursor = self._cursor
        cursor.expect("WHILE")
        condition = cursor.fragment("DO")
        cursor.expect("DO")
        body = self._loop_body()
        cursor.expect_words("END", "WHILE")
        return While(condition, body)

    def _repeat(self) -> Repeat:
        cursor = self._cursor
        cursor.expect("REPEAT")
        body = self._loop_body("UNTIL")
        cursor.expect("UNTIL")
        until = cursor.fragment("END")
        cursor.expect_words("END", "REPEAT")
        return Repeat(body, until)

    def _for(self) -> ForIn:
        cursor = self._cursor
        cursor.expect("FOR")
        variable = cursor.name()
        cursor.expect("IN")
        cursor.expect("(")
        query = cursor.fragment()
        cursor.expect_words(")", "DO")
        body = self._loop_body()
        cursor.expect_words("END", "FOR")
        return ForIn(variable, query, body)

    def _jump(self) -> Jump:
        cursor = self._cursor
        token = cursor.token
        cursor.index += 1
        kind: Literal["BREAK", "CONTINUE"] = "BREAK" if token.keyword in ("BREAK", "LEAVE") else "CONTINUE"
        target = None
        if cursor.token.kind in (TokenKind.WORD, TokenKind.QUOTED_NAME):
            place = cursor.token
            target = cursor.name().lower()
            if target not in self._labels:
                cursor.fail(f"Undefined label: {target}", place)
        elif None not in self._labels:
            cursor.fail(f"{token.keyword} is only allowed inside of a loop body", token)
        return Jump(kind, target)

    # Blocks and transactions

    def _begin(self) -> Statement:
        cursor = self._cursor
        cursor.expect("BEGIN")
        if cursor.skip("TRANSACTION") or cursor.at(";") or cursor.at_end:
            return BeginTransaction()
        return self._block()

    def _block(self) -> Block:
        """What follows BEGIN, with its END."""
        cursor = self._cursor
        body = self._statements("EXCEPTION", "END", may_declare=True)
        handler: Sequence[Statement] | None = None
        if cursor.skip("EXCEPTION"):
            cursor.expect_words("WHEN", "ERROR", "THEN")
            handler = self._statements("END")
        cursor.expect("END")
        return Block(body, handler)

    def _commit(self) -> CommitTransaction:
        self._cursor.expect("COMMIT")
        self._cursor.skip("TRANSACTION")
        return CommitTransaction()

    def _rollback(self) -> RollbackTransaction:
        self._cursor.expect("ROLLBACK")
        self._cursor.skip("TRANSACTION")
        return RollbackTransaction()

    # Single statements

    def _return(self) -> Return:
        self._cursor.expect("RETURN")
        return Return()

    def _raise(self) -> Raise:
        cursor = self._cursor
        cursor.expect("RAISE")
        if not cursor.skip("USING"):
            return Raise(None)
        cursor.expect_words("MESSAGE", "=")
        return Raise(cursor.fragment(";"))

    def _call(self) -> Call:
        cursor = self._cursor
        cursor.expect("CALL")
        name_start = cursor.token.start
        name = cursor.path()
        cursor.expect("(")
        arguments = [] if cursor.at(")") else cursor.fragments()
        cursor.expect(")")
        return Call(name, arguments, name_start)

    def _assert(self) -> Assert:
        cursor = self._cursor
        cursor.expect("ASSERT")
        condition = cursor.fragment("AS", ";")
        return Assert(condition, cursor.fragment(";") if cursor.skip("AS") else None)

    def _execute(self) -> ExecuteImmediate:
        cursor = self._cursor
        cursor.expect_words("EXECUTE", "IMMEDIATE")
        sql = cursor.fragment("INTO", "USING", ";")
        into = cursor.names() if cursor.skip("INTO") else []
        using: list[UsingArgument] = []
        if cursor.skip("USING"):
            using.append(self._using())
            while cursor.skip(","):
                using.append(self._using())
        return ExecuteImmediate(sql, into, using)

    def _using(self) -> UsingArgument:
        value = self._cursor.fragment(",", "AS", ";")
        return UsingArgument(value, self._cursor.name() if self._cursor.skip("AS") else None)

    def _drop(self) -> Statement:
        return parse_drop(self._cursor)

    def _alter(self) -> Statement:
        return parse_alter(self._cursor)

    def _truncate(self) -> Statement:
        return parse_truncate(self._cursor)


_READERS = {
    "DECLARE": ScriptParser._declare,
    "SET": ScriptParser._set,
    "IF": ScriptParser._if,
    "CASE": ScriptParser._case,
    "LOOP": ScriptParser._loop,
    "WHILE": ScriptParser._while,
    "REPEAT": ScriptParser._repeat,
    "FOR": ScriptParser._for,
    "BREAK": ScriptParser._jump,
    "LEAVE": ScriptParser._jump,
    "CONTINUE": ScriptParser._jump,
    "ITERATE": ScriptParser._jump,
    "BEGIN": ScriptParser._begin,
    "COMMIT": ScriptParser._commit,
    "ROLLBACK": ScriptParser._rollback,
    "RETURN": ScriptParser._return,
    "RAISE": ScriptParser._raise,
    "CALL": ScriptParser._call,
    "ASSERT": ScriptParser._assert,
    "EXECUTE": ScriptParser._execute,
    "DROP": ScriptParser._drop,
    "ALTER": ScriptParser._alter,
    "TRUNCATE": ScriptParser._truncate,
}
