"""What the names of a script stand for: tables, routines, variables, parameters; with their types as far as known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.syntax.sql import exp

Type = exp.DataType | None
Columns = Mapping[str, Type]
"""Types by lower-case column name, in order. A column whose type is not known has None."""


@dataclass(frozen=True)
class Names:
    """Every key is in lower case; tables and routines go by their whole path, temporary tables by their one name.

    A table whose value is None exists, but its columns are not known (a stage table, INFORMATION_SCHEMA).
    """

    tables: dict[str, Columns | None] = field(default_factory=dict)
    temporary: dict[str, Columns | None] = field(default_factory=dict)
    functions: dict[str, Type] = field(default_factory=dict)
    table_functions: dict[str, Columns | None] = field(default_factory=dict)
    variables: dict[str, Type] = field(default_factory=dict)
    parameters: dict[str, Type] = field(default_factory=dict)

    def for_script(self, parameters: Mapping[str, Type]) -> Names:
        """The same objects, with variables and temporary tables of the script's own."""
        return Names(
            self.tables,
            {},
            self.functions,
            self.table_functions,
            {},
            {name.lower(): type_ for name, type_ in parameters.items()},
        )

    def snapshot(self) -> Names:
        """The names as they are now, for types that are asked for later: variables may be declared anew."""
        return Names(
            self.tables,
            self.temporary,
            self.functions,
            self.table_functions,
            dict(self.variables),
            self.parameters,
        )


def key_of(path: tuple[str, ...]) -> str:
    """How a path is looked up."""
    return ".".join(path).lower()


def path_of_table(table: exp.Table) -> tuple[str, ...]:
    """The parts of a table's or table function's name; a part in backquotes may hold dots."""
    parts = [table.args.get("catalog"), table.args.get("db")]
    names = [part.name for part in parts if isinstance(part, exp.Expr)]
    return tuple(".".join([*names, _function_name(table.this)]).split("."))


def path_of_call(call: exp.Anonymous) -> tuple[str, ...]:
    """The parts of a called routine's name; a function that sqlglot does not know looks like a routine of one part."""
    names = [_function_name(call)]
    node: exp.Expr = call
    while isinstance(node.parent, exp.Dot) and node.parent.expression is node:
        node = node.parent
        names.insert(0, _dotted(node.this))
    return tuple(".".join(names).split("."))


def _function_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return node.this.name if isinstance(node.this, exp.Expr) else str(node.this)
    return str(node.name)


def _dotted(node: exp.Expr) -> str:
    if isinstance(node, exp.Dot):
        return f"{_dotted(node.this)}.{_dotted(node.expression)}"
    if isinstance(node, exp.Column):
        return ".".join(part.name for part in node.parts)
    return str(node.name)


def struct_of(columns: Columns) -> exp.DataType:
    """The STRUCT of these columns; a field of unknown type stays so."""
    fields: list[exp.Expr] = [
        exp.ColumnDef(this=exp.to_identifier(name), kind=None if type_ is None else type_.copy())
        for name, type_ in columns.items()
    ]
    return exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True)


def fields_of(type_: Type) -> Columns | None:
    """The fields of a STRUCT by lower-case name; None for any other type."""
    if type_ is None or type_.this is not exp.DType.STRUCT:
        return None
    return {one.name.lower(): one.args.get("kind") for one in type_.expressions if isinstance(one, exp.ColumnDef)}


def array_of(element: Type) -> exp.DataType:
    """The ARRAY of a type; of an unknown one, an ARRAY of unknown elements."""
    return exp.DataType(this=exp.DType.ARRAY, expressions=[] if element is None else [element.copy()], nested=True)


def element_of(type_: Type) -> Type:
    """What an ARRAY holds; None when it is none, or not known."""
    if type_ is None or type_.this is not exp.DType.ARRAY or not type_.expressions:
        return None
    element = type_.expressions[0]
    return element if isinstance(element, exp.DataType) else None
