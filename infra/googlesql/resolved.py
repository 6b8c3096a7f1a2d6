"""Reading GoogleSQL's resolved trees: messages in which a node holds its base class as ``parent``."""

from __future__ import annotations

from typing import Any


def leaf(node: Any) -> tuple[Any, str]:
    """The innermost message of an Any...Proto, and its kind, e.g. ``resolved_query_stmt_node``."""
    kind = ""
    while node.DESCRIPTOR.oneofs and (given := node.WhichOneof(node.DESCRIPTOR.oneofs[0].name)):
        node, kind = getattr(node, given), given
    return node, kind


def field(node: Any, name: str) -> Any:
    """A field of a node or of one of its base classes. Raises KeyError when none has it."""
    while name not in node.DESCRIPTOR.fields_by_name:
        if "parent" not in node.DESCRIPTOR.fields_by_name:
            raise KeyError(name)
        node = node.parent
    return getattr(node, name)


def columns(statement: Any) -> list[tuple[str, Any]]:
    """(name, TypeProto) of what a query, a view or a table function gives."""
    return [(column.name, column.column.type) for column in field(statement, "output_column_list")]
