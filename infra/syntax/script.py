"""The statement tree of a GoogleSQL script.

Expressions, queries and types stay as `Fragment`s of the source: what happens inside them is the dialect's business,
and their offsets let an error name its place in the script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of the script's text and the offset (characters) where it starts."""

    text: str
    start: int


@dataclass(slots=True, kw_only=True)
class Statement:
    """What every statement has: its text and place in the script, and its label if it has one."""

    start: int = 0
    text: str = ""
    label: str | None = None


@dataclass(slots=True)
class SqlStatement(Statement):
    """A query or a data-changing statement; ``verb`` is its first keyword (SELECT for every query)."""

    verb: str


@dataclass(slots=True)
class Declare(Statement):
    """DECLARE names [type] [DEFAULT value]."""

    names: Sequence[str]
    type: Fragment | None
    default: Fragment | None


@dataclass(slots=True)
class SetVariables(Statement):
    """SET name = value, or SET (a, b) = (struct) when ``is_tuple``."""

    targets: Sequence[str]
    value: Fragment
    is_tuple: bool


@dataclass(slots=True)
class SetSystemVariable(Statement):
    """SET @@name = value."""

    name: str
    value: Fragment


@dataclass(slots=True)
class Arm:
    """One condition and what runs when it holds."""

    condition: Fragment
    body: Sequence[Statement]


@dataclass(slots=True)
class If(Statement):
    """IF ... ELSEIF ... ELSE ... END IF."""

    arms: Sequence[Arm]
    otherwise: Sequence[Statement]


@dataclass(slots=True)
class CaseOf(Statement):
    """The CASE statement. ``otherwise`` is None without ELSE; then nothing runs when no arm matches."""

    subject: Fragment | None
    arms: Sequence[Arm]
    otherwise: Sequence[Statement] | None


@dataclass(slots=True)
class Loop(Statement):
    """LOOP ... END LOOP."""

    body: Sequence[Statement]


@dataclass(slots=True)
class While(Statement):
    """WHILE condition DO ... END WHILE."""

    condition: Fragment
    body: Sequence[Statement]


@dataclass(slots=True)
class Repeat(Statement):
    """REPEAT ... UNTIL condition END REPEAT."""

    body: Sequence[Statement]
    until: Fragment


@dataclass(slots=True)
class ForIn(Statement):
    """FOR variable IN (query) DO ... END FOR."""

    variable: str
    query: Fragment
    body: Sequence[Statement]


@dataclass(slots=True)
class Jump(Statement):
    """BREAK or LEAVE (kind BREAK), CONTINUE or ITERATE (kind CONTINUE), with the label it aims at."""

    kind: Literal["BREAK", "CONTINUE"]
    target: str | None


@dataclass(slots=True)
class Block(Statement):
    """BEGIN ... [EXCEPTION WHEN ERROR THEN ...] END. ``handler`` is None without EXCEPTION."""

    body: Sequence[Statement]
    handler: Sequence[Statement] | None


@dataclass(slots=True)
class BeginTransaction(Statement):
    """BEGIN [TRANSACTION]."""


@dataclass(slots=True)
class CommitTransaction(Statement):
    """COMMIT [TRANSACTION]."""


@dataclass(slots=True)
class RollbackTransaction(Statement):
    """ROLLBACK [TRANSACTION]."""


@dataclass(slots=True)
class Raise(Statement):
    """RAISE [USING MESSAGE = expression]; without a message it re-raises inside a handler."""

    message: Fragment | None


@dataclass(slots=True)
class Call(Statement):
    """CALL procedure(arguments). ``name_start`` is where the procedure's name begins."""

    name: Sequence[str]
    arguments: Sequence[Fragment]
    name_start: int = 0


@dataclass(slots=True)
class UsingArgument:
    """One USING value of EXECUTE IMMEDIATE, with its name when it has one."""

    value: Fragment
    name: str | None


@dataclass(slots=True)
class ExecuteImmediate(Statement):
    """EXECUTE IMMEDIATE sql [INTO variables] [USING values]."""

    sql: Fragment
    into: Sequence[str]
    using: Sequence[UsingArgument]


@dataclass(slots=True)
class Assert(Statement):
    """ASSERT condition [AS 'description']."""

    condition: Fragment
    description: Fragment | None


@dataclass(slots=True)
class Return(Statement):
    """RETURN: ends the procedure or the script."""


@dataclass(slots=True)
class RoutineParameter:
    """One parameter of a routine. ``type`` is None for ANY TYPE; ``mode`` is IN outside procedures."""

    name: str
    type: Fragment | None
    mode: Literal["IN", "OUT", "INOUT"] = "IN"
    start: int = 0


@dataclass(slots=True, kw_only=True)
class Create(Statement):
    """What the CREATE statements share. ``name`` is the path, one to three parts."""

    name: Sequence[str]
    or_replace: bool = False
    if_not_exists: bool = False
    is_temporary: bool = False
    options: dict[str, Fragment] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CreateProcedure(Create):
    """CREATE PROCEDURE: the parsed body and the body's own text."""

    parameters: Sequence[RoutineParameter]
    body: Block


@dataclass(slots=True, kw_only=True)
class CreateFunction(Create):
    """CREATE FUNCTION (a scalar SQL function) or CREATE TABLE FUNCTION; ``body`` has no outer parentheses or AS."""

    is_table: bool
    parameters: Sequence[RoutineParameter]
    returns: Fragment | None
    body: Fragment


@dataclass(slots=True, kw_only=True)
class ColumnDefinition:
    """One column of CREATE TABLE. ``type`` is None for a view's column list."""

    name: str
    type: Fragment | None
    not_null: bool = False
    default: Fragment | None = None
    options: dict[str, Fragment] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class CreateTable(Create):
    """CREATE TABLE with columns, a query, or both. ``primary_key`` is not enforced, as in BigQuery."""

    columns: Sequence[ColumnDefinition]
    primary_key: Sequence[str]
    partition_by: Fragment | None
    cluster_by: Sequence[str]
    query: Fragment | None


@dataclass(slots=True, kw_only=True)
class CreateSnapshot(Create):
    """CREATE SNAPSHOT TABLE name CLONE source [FOR SYSTEM_TIME AS OF instant]."""

    source: Sequence[str]
    as_of: Fragment | None


@dataclass(slots=True, kw_only=True)
class CreateView(Create):
    """CREATE VIEW; ``columns`` is empty unless the statement lists them."""

    columns: Sequence[ColumnDefinition]
    query: Fragment


@dataclass(slots=True, kw_only=True)
class CreateSchema(Create):
    """CREATE SCHEMA."""


@dataclass(slots=True)
class Drop(Statement):
    """DROP kind [IF EXISTS] name. ``kind`` is TABLE, VIEW, SCHEMA, FUNCTION, TABLE FUNCTION or PROCEDURE."""

    kind: str
    name: Sequence[str]
    if_exists: bool
    cascade: bool


@dataclass(slots=True)
class AlterAction:
    """One action of ALTER: ADD COLUMN, DROP COLUMN, SET OPTIONS, ALTER COLUMN options or DROP NOT NULL."""

    kind: Literal["ADD_COLUMN", "DROP_COLUMN", "SET_OPTIONS", "COLUMN_OPTIONS", "DROP_NOT_NULL"]
    column: ColumnDefinition | None = None
    conditional: bool = False
    options: dict[str, Fragment] = field(default_factory=dict)


@dataclass(slots=True)
class Alter(Statement):
    """ALTER TABLE, VIEW or SCHEMA [IF EXISTS] name actions."""

    kind: str
    name: Sequence[str]
    if_exists: bool
    actions: Sequence[AlterAction]


@dataclass(slots=True)
class Truncate(Statement):
    """TRUNCATE TABLE name."""

    name: Sequence[str]
