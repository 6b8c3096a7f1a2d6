"""The ways through a statement tree: what stands inside a statement, and the SQL that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum

from . import script as tree
from .script import Fragment, Statement


class Role(Enum):
    """What a fragment of SQL is for."""

    QUERY = "query"
    CHANGE = "change"
    EXPRESSION = "expression"
    PARTITION = "partition"


def bodies(statement: Statement) -> Iterator[Sequence[Statement]]:
    """The lists of statements directly inside a statement; an exception handler comes last."""
    if isinstance(statement, tree.If | tree.CaseOf):
        yield from (arm.body for arm in statement.arms)
        yield statement.otherwise or ()
    elif isinstance(statement, tree.Loop | tree.While | tree.Repeat | tree.ForIn):
        yield statement.body
    elif isinstance(statement, tree.Block):
        yield statement.body
        yield statement.handler or ()
    elif isinstance(statement, tree.CreateProcedure):
        yield (statement.body,)


def statements(script: Sequence[Statement]) -> Iterator[Statement]:
    """All statements of a script, each before those inside it."""
    for statement in script:
        yield statement
        for body in bodies(statement):
            yield from statements(body)


def fragments(statement: Statement) -> Iterator[tuple[Role, Fragment]]:
    """The SQL of one statement, without that of statements inside it. Types are not among it."""
    if isinstance(statement, tree.SqlStatement):
        role = Role.QUERY if statement.verb == "SELECT" else Role.CHANGE
        yield role, Fragment(statement.text, statement.start)
    elif isinstance(statement, tree.ForIn):
        yield Role.QUERY, statement.query
    elif isinstance(statement, tree.Create):
        yield from _definition(statement)
    else:
        yield from ((Role.EXPRESSION, fragment) for fragment in _expressions(statement) if fragment is not None)


def _definition(statement: tree.Create) -> Iterator[tuple[Role, Fragment]]:
    yield from ((Role.EXPRESSION, fragment) for fragment in statement.options.values())
    if isinstance(statement, tree.CreateTable):
        for column in statement.columns:
            if column.default is not None:
                yield Role.EXPRESSION, column.default
        if statement.partition_by is not None:
            yield Role.PARTITION, statement.partition_by
        if statement.query is not None:
            yield Role.QUERY, statement.query
    elif isinstance(statement, tree.CreateSnapshot):
        if statement.as_of is not None:
            yield Role.EXPRESSION, statement.as_of
    elif isinstance(statement, tree.CreateView):
        yield Role.QUERY, statement.query
    elif isinstance(statement, tree.CreateFunction):
        yield Role.QUERY if statement.is_table else Role.EXPRESSION, statement.body


def _expressions(statement: Statement) -> Iterator[Fragment | None]:
    match statement:
        case tree.Declare(default=value) | tree.SetVariables(value=value) | tree.SetSystemVariable(value=value):
            yield value
        case tree.If(arms=arms):
            yield from (arm.condition for arm in arms)
        case tree.CaseOf(subject=subject, arms=arms):
            yield subject
            yield from (arm.condition for arm in arms)
        case tree.While(condition=condition) | tree.Repeat(until=condition):
            yield condition
        case tree.Raise(message=message):
            yield message
        case tree.Call(arguments=arguments):
            yield from arguments
        case tree.Assert(condition=condition, description=description):
            yield from (condition, description)
        case tree.ExecuteImmediate(sql=text, using=using):
            yield text
            yield from (argument.value for argument in using)
        case tree.Alter(actions=actions):
            yield from (value for action in actions for value in action.options.values())
            yield from (action.column.default for action in actions if action.column is not None)
