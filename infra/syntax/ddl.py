"""CREATE, DROP, ALTER and TRUNCATE: the headers of definitions, read into the statement tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from .cursor import Cursor
from .lexer import TokenKind
from .script import (
    Alter,
    AlterAction,
    Block,
    ColumnDefinition,
    Create,
    CreateFunction,
    CreateProcedure,
    CreateSchema,
    CreateSnapshot,
    CreateTable,
    CreateView,
    Drop,
    Fragment,
    RoutineParameter,
    Truncate,
)

_KINDS = (
    ("SNAPSHOT", "TABLE"),
    ("TABLE", "FUNCTION"),
    ("TABLE",),
    ("VIEW",),
    ("FUNCTION",),
    ("PROCEDURE",),
    ("SCHEMA",),
)
_COLUMN_STOPS = ("NOT", "DEFAULT", "OPTIONS", "PRIMARY", "REFERENCES", "CONSTRAINT", "COLLATE", "GENERATED")


def parse_create(cursor: Cursor, procedure_body: Callable[[], Block]) -> Create:
    """Read any CREATE statement. ``procedure_body`` reads BEGIN ... END, because that is a script again."""
    cursor.expect("CREATE")
    header: dict[str, Any] = {"or_replace": cursor.skip_words("OR", "REPLACE")}
    header["is_temporary"] = cursor.skip("TEMP", "TEMPORARY")
    kind = _created_kind(cursor)
    header["if_not_exists"] = cursor.skip_words("IF", "NOT", "EXISTS")
    header["name"] = cursor.path()
    if kind == "PROCEDURE":
        return _procedure(cursor, header, procedure_body)
    if kind in ("FUNCTION", "TABLE FUNCTION"):
        return _function(cursor, header, kind == "TABLE FUNCTION")
    if kind == "TABLE":
        return _table(cursor, header)
    if kind == "SNAPSHOT TABLE":
        return _snapshot(cursor, header)
    if kind == "VIEW":
        return _view(cursor, header)
    return CreateSchema(**header, options=_optional_options(cursor))


def _created_kind(cursor: Cursor) -> str:
    for words in _KINDS:
        if cursor.skip_words(*words):
            return " ".join(words)
    cursor.refuse(f"CREATE of {cursor.token.described()}")


def _optional_options(cursor: Cursor) -> dict[str, Fragment]:
    return cursor.options() if cursor.skip("OPTIONS") else {}


# Routines


def _parameters(cursor: Cursor, modes: bool) -> list[RoutineParameter]:
    cursor.expect("(")
    found: list[RoutineParameter] = []
    while not cursor.at(")"):
        mode: Literal["IN", "OUT", "INOUT"] = "IN"
        if (
            modes
            and cursor.at("IN", "OUT", "INOUT")
            and cursor.ahead(2).kind in (TokenKind.WORD, TokenKind.QUOTED_NAME)
        ):
            mode = cursor.token.keyword  # type: ignore[assignment]
            cursor.index += 1
        start, name = cursor.token.start, cursor.name()
        data_type = None if cursor.skip_words("ANY", "TYPE") else cursor.type_fragment()
        found.append(RoutineParameter(name, data_type, mode, start))
        if not cursor.skip(","):
            break
    cursor.expect(")")
    return found


def _procedure(cursor: Cursor, header: dict[str, Any], procedure_body: Callable[[], Block]) -> CreateProcedure:
    parameters = _parameters(cursor, modes=True)
    options = _optional_options(cursor)
    return CreateProcedure(**header, parameters=parameters, options=options, body=procedure_body())


def _function(cursor: Cursor, header: dict[str, Any], is_table: bool) -> CreateFunction:
    parameters = _parameters(cursor, modes=False)
    returns = (
        cursor.type_fragment("AS", "LANGUAGE", "OPTIONS", "DETERMINISTIC", "NOT") if cursor.skip("RETURNS") else None
    )
    if cursor.at("LANGUAGE", "DETERMINISTIC", "NOT", "REMOTE"):
        cursor.refuse("Routines in another language than SQL")
    options = _optional_options(cursor)
    cursor.expect("AS")
    if is_table and not cursor.at("("):
        body = cursor.fragment(";")
    else:
        body = cursor.parenthesised()
    options = options or _optional_options(cursor)
    return CreateFunction(
        **header, is_table=is_table, parameters=parameters, returns=returns, body=body, options=options
    )


# Tables and views


def _table(cursor: Cursor, header: dict[str, Any]) -> CreateTable:
    columns: list[ColumnDefinition] = []
    primary_key: list[str] = []
    if cursor.skip("("):
        while not cursor.at(")"):
            if cursor.at_words("PRIMARY", "KEY"):
                primary_key = _primary_key(cursor)
            elif cursor.at("FOREIGN", "CONSTRAINT"):
                cursor.refuse("FOREIGN KEY and named constraints")
            else:
                columns.append(column_definition(cursor, primary_key))
            if not cursor.skip(","):
                break
        cursor.expect(")")
    if cursor.at("LIKE", "CLONE", "COPY"):
        cursor.refuse(f"CREATE TABLE {cursor.token.keyword}")
    partition_by = cursor.fragment("CLUSTER", "OPTIONS", "AS", ";") if cursor.skip_words("PARTITION", "BY") else None
    cluster_by = cursor.names() if cursor.skip_words("CLUSTER", "BY") else []
    options = _optional_options(cursor)
    query = cursor.fragment(";") if cursor.skip("AS") else None
    if not columns and query is None:
        cursor.fail(f'Expected "(" or keyword AS but got {cursor.token.described()}')
    return CreateTable(
        **header,
        columns=columns,
        primary_key=primary_key,
        partition_by=partition_by,
        cluster_by=cluster_by,
        options=options,
        query=query,
    )


def _primary_key(cursor: Cursor) -> list[str]:
    cursor.expect_words("PRIMARY", "KEY", "(")
    names = cursor.names()
    cursor.expect_words(")", "NOT", "ENFORCED")
    return names


def column_definition(cursor: Cursor, primary_key: list[str]) -> ColumnDefinition:
    """One column: name, type, NOT NULL, DEFAULT, OPTIONS. An inline primary key joins ``primary_key``."""
    column = ColumnDefinition(name=cursor.name(), type=cursor.type_fragment(*_COLUMN_STOPS))
    while not cursor.at(",", ")", ";") and not cursor.at_end:
        if cursor.skip_words("NOT", "NULL"):
            column.not_null = True
        elif cursor.skip("DEFAULT"):
            column.default = cursor.fragment(",", "OPTIONS", "NOT", ";")
        elif cursor.skip("OPTIONS"):
            column.options = cursor.options()
        elif cursor.skip_words("PRIMARY", "KEY", "NOT", "ENFORCED"):
            primary_key.append(column.name)
        else:
            cursor.fail(f"Unexpected {cursor.token.described()}")
    return column


def _snapshot(cursor: Cursor, header: dict[str, Any]) -> CreateSnapshot:
    cursor.expect("CLONE")
    source = cursor.path()
    as_of = None
    if cursor.skip_words("FOR", "SYSTEM_TIME", "AS", "OF"):
        as_of = cursor.fragment("OPTIONS", ";")
    return CreateSnapshot(**header, source=source, as_of=as_of, options=_optional_options(cursor))


def _view(cursor: Cursor, header: dict[str, Any]) -> CreateView:
    columns: list[ColumnDefinition] = []
    if cursor.skip("("):
        while not cursor.at(")"):
            column = ColumnDefinition(name=cursor.name(), type=None)
            column.options = _optional_options(cursor)
            columns.append(column)
            if not cursor.skip(","):
                break
        cursor.expect(")")
    options = _optional_options(cursor)
    cursor.expect("AS")
    return CreateView(**header, columns=columns, options=options, query=cursor.fragment(";"))


# DROP, ALTER, TRUNCATE


def parse_drop(cursor: Cursor) -> Drop:
    """Read DROP TABLE, VIEW, SCHEMA, FUNCTION, TABLE FUNCTION or PROCEDURE."""
    cursor.expect("DROP")
    kind = _created_kind(cursor)
    if_exists = cursor.skip_words("IF", "EXISTS")
    name = cursor.path()
    cascade = cursor.skip("CASCADE")
    cursor.skip("RESTRICT")
    return Drop(kind, name, if_exists, cascade)


def parse_alter(cursor: Cursor) -> Alter:
    """Read ALTER TABLE, VIEW or SCHEMA."""
    cursor.expect("ALTER")
    kind = cursor.expect("TABLE", "VIEW", "SCHEMA").keyword
    if_exists = cursor.skip_words("IF", "EXISTS")
    name = cursor.path()
    actions = [_alter_action(cursor)]
    while cursor.skip(","):
        actions.append(_alter_action(cursor))
    return Alter(kind, name, if_exists, actions)


def _alter_action(cursor: Cursor) -> AlterAction:
    if cursor.skip_words("SET", "OPTIONS"):
        return AlterAction("SET_OPTIONS", options=cursor.options())
    if cursor.skip_words("ADD", "COLUMN"):
        conditional = cursor.skip_words("IF", "NOT", "EXISTS")
        return AlterAction("ADD_COLUMN", column_definition(cursor, []), conditional)
    if cursor.skip_words("DROP", "COLUMN"):
        conditional = cursor.skip_words("IF", "EXISTS")
        return AlterAction("DROP_COLUMN", ColumnDefinition(name=cursor.name(), type=None), conditional)
    if cursor.skip_words("ALTER", "COLUMN"):
        conditional = cursor.skip_words("IF", "EXISTS")
        column = ColumnDefinition(name=cursor.name(), type=None)
        if cursor.skip_words("DROP", "NOT", "NULL"):
            return AlterAction("DROP_NOT_NULL", column, conditional)
        cursor.expect_words("SET", "OPTIONS")
        return AlterAction("COLUMN_OPTIONS", column, conditional, cursor.options())
    cursor.refuse(f"ALTER with {cursor.token.described()}")


def parse_truncate(cursor: Cursor) -> Truncate:
    """Read TRUNCATE TABLE."""
    cursor.expect_words("TRUNCATE", "TABLE")
    return Truncate(cursor.path())
