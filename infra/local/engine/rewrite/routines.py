"""Calls of SQL functions: the body is inlined at the call, so that a replaced routine is live at once."""

from __future__ import annotations

from sqlglot import exp

from infra.local.engine.rewrite import queries
from infra.local.engine.rewrite.coercion import coerce
from infra.local.engine.rewrite.context import Rule, Translator
from infra.local.engine.rewrite.functions_numbers import ieee_divide
from infra.local.engine.rewrite.names import AnalysisError, NotFoundError, RoutineParameter, UnsupportedError
from infra.local.engine.rewrite.scope import Relation, Scope
from infra.local.engine.rewrite.values import Value, let, quote
from infra.local.engine.types import NULL, STRING, DataType


def function_parts(node: exp.Expr) -> list[str]:
    """The dotted name of a call; sqlglot keeps the qualifiers of an unquoted one in Dot nodes around it."""
    if isinstance(node, exp.Dot):
        return [*function_parts(node.this), *function_parts(node.expression)]
    if isinstance(node, exp.Anonymous):
        name = node.this.name if isinstance(node.this, exp.Identifier) else str(node.this)
        return name.replace("`", "").split(".")
    if isinstance(node, exp.Identifier | exp.Column):
        return str(node.name).split(".")
    raise UnsupportedError(f"Call of {node.sql(dialect='bigquery')}")


def _locate(parts: list[str], translator: Translator, what: str) -> tuple[str, str]:
    names = translator.statement.names
    if len(parts) == 3 and parts[0] != names.project:
        raise NotFoundError(f"Not found: Project {parts[0]}")
    if len(parts) in (2, 3):
        return parts[-2], parts[-1]
    if len(parts) == 1:
        return names.default_dataset or "", parts[0]
    raise AnalysisError(f"{what} not found: {'.'.join(parts)}")


def _missing(what: str, parts: list[str], node: exp.Expr, translator: Translator) -> AnalysisError:
    """The error for a routine that is not there, with the place where its path begins; inside of a routine, without."""
    while isinstance(node, exp.Dot):
        node = node.this
    meta = {} if translator.statement.routine_stack else node.meta
    column = meta["col"] - (meta["end"] - meta["start"]) if "col" in meta else None
    return AnalysisError(f"{what} not found: {'.'.join(parts)}", meta.get("line"), column)


# Scalar functions


def _error(arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        raise AnalysisError("No matching signature for function ERROR")
    return Value(f"error({coerce(arguments[0], STRING, 'Argument of ERROR').sql})", NULL)


_BUILT_IN = {"ERROR": _error, "IEEE_DIVIDE": ieee_divide}


def _call(node: exp.Expr, translator: Translator) -> Value:
    """A call that sqlglot does not know: one of the few built-in functions among them, or a SQL UDF."""
    parts = function_parts(node)
    call = node.find(exp.Anonymous)
    assert call is not None
    built_in = _BUILT_IN.get(parts[0].upper()) if len(parts) == 1 else None
    if built_in is not None:
        return built_in(translator.values(call.expressions))
    names = translator.statement.names
    dataset, name = _locate(parts, translator, "Function")
    routine = names.scalar_function("", name) if len(parts) == 1 else None
    routine = routine or names.scalar_function(dataset, name)
    if routine is None:
        if len(parts) == 1:
            raise UnsupportedError(f"Function {name}")
        raise _missing("Function", parts, node, translator)
    arguments = _arguments(call.expressions, routine.parameters, name, translator)
    with translator.statement.inside_routine(f"{routine.dataset}.{routine.name}"):
        value = _inlined(routine.body, arguments, translator)
    return value if routine.return_type is None else coerce(value, routine.return_type, f"Result of {name}")


def _arguments(
    given: list[exp.Expr], parameters: tuple[RoutineParameter, ...], name: str, translator: Translator
) -> dict[str, Value]:
    """Each parameter's value, converted to its type; arguments may be named (p => x)."""
    positional = [node for node in given if not isinstance(node, exp.Kwarg)]
    named = {node.this.name.lower(): node.expression for node in given if isinstance(node, exp.Kwarg)}
    if len(given) != len(parameters):
        wanted = ", ".join(str(parameter.type or "ANY TYPE") for parameter in parameters)
        raise AnalysisError(f"No matching signature for function {name}: {len(given)} arguments for ({wanted})")
    arguments = {}
    for position, parameter in enumerate(parameters):
        key = parameter.name.lower()
        node = positional[position] if position < len(positional) else named.get(key)
        if node is None:
            raise AnalysisError(f"No matching signature for function {name}: missing argument {parameter.name}")
        value = translator.value(node)
        if parameter.type is not None:
            value = coerce(value, parameter.type, f"Argument {parameter.name} of {name}")
        arguments[key] = Value(value.sql, value.type, simple=value.simple)
    return arguments


def _inlined(body: exp.Expr, arguments: dict[str, Value], translator: Translator) -> Value:
    """The body with its arguments in place; costly ones are evaluated once unless the body holds a subquery."""
    statement = translator.statement
    keys = list(arguments)
    before = statement.subqueries
    result = translator.within(Scope(arguments=arguments)).value(body)
    if statement.subqueries > before or all(argument.simple for argument in arguments.values()):
        return Value(result.sql, result.type, simple=result.simple)

    def build(*texts: str) -> str:
        bound = {key: Value(text, arguments[key].type, simple=True) for key, text in zip(keys, texts, strict=True)}
        return translator.within(Scope(arguments=bound)).value(body).sql

    return Value(let([arguments[key] for key in keys], build), result.type)


# Table functions


def table_call(node: exp.Table, translator: Translator) -> Relation:
    """The rows of a table function, with its arguments in the place of its parameters."""
    call = node.this
    qualifiers = [part.name for part in (node.args.get("catalog"), node.args.get("db")) if part is not None]
    parts = ".".join([*qualifiers, *function_parts(call)]).split(".")
    dataset, name = _locate(parts, translator, "Table-valued function")
    routine = translator.statement.names.table_function(dataset, name)
    if routine is None:
        first = node.args.get("catalog") or node.args.get("db") or call
        raise _missing("Table-valued function", parts, first, translator)
    caller = translator.within(Scope(arguments=translator.scope.root_arguments()))
    arguments = _arguments(call.expressions, routine.parameters, name, caller)
    with translator.statement.inside_routine(f"{dataset}.{name}"):
        relation = queries.relation_of(routine.body, translator.within(Scope(arguments=arguments)))
    if routine.columns is None:
        return relation
    return declared(relation, routine.columns, translator)


def declared(relation: Relation, columns: tuple[tuple[str, DataType], ...], translator: Translator) -> Relation:
    """RETURNS TABLE<...>: the query's columns by name, converted."""
    alias = translator.statement.fresh("declared")
    texts = []
    for name, wanted in columns:
        found = [i for i, (have, _) in enumerate(relation.columns) if have.lower() == name.lower()]
        if len(found) != 1:
            raise AnalysisError(f"Column {name} of RETURNS TABLE is not in the query")
        kind = relation.columns[found[0]][1]
        value = Value(f"{alias}.{quote(relation.duck_names[found[0]])}", kind, simple=True)
        texts.append(f"{coerce(value, wanted, f'Column {name}').sql} AS {quote(name)}")
    sql = f"SELECT {', '.join(texts)} FROM ({relation.sql}) AS {alias}"
    return Relation(sql, columns, tuple(name for name, _ in columns))


RULES: dict[type[exp.Expr], Rule] = {exp.Anonymous: _call}
