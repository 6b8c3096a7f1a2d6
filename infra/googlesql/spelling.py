"""GoogleSQL's types as text."""

from __future__ import annotations

from typing import Any

from infra.googlesql import door


def type_text(data_type: Any) -> str:
    """A TypeProto as GoogleSQL spells it, e.g. ``ARRAY<STRUCT<a INT64>>``."""
    if data_type.HasField("array_type"):
        return f"ARRAY<{type_text(data_type.array_type.element_type)}>"
    if data_type.HasField("struct_type"):
        fields = (f"{field.field_name} {type_text(field.field_type)}".strip() for field in data_type.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    kind = str(door.types.TypeKind.Name(data_type.type_kind)).removeprefix("TYPE_")
    return {"DOUBLE": "FLOAT64"}.get(kind, kind)
