"""The one door to zetasql and wasmtime: one author, idle since 2026-01, so the day it is replaced only this changes.

The names of EXPORTED are looked up when one is first asked for, because both packages come with the `dev` extra only.
"""

from __future__ import annotations

import importlib
from typing import Any

from infra.errors import UsageError

_PROTOS = "zetasql.wasi._pb2.zetasql."
EXPORTED = {
    "wasmtime": "wasmtime",
    "wasi": "zetasql.wasi",
    "service": f"{_PROTOS}local_service.local_service_pb2",
    "options": f"{_PROTOS}proto.options_pb2",
    "catalogs": f"{_PROTOS}proto.simple_catalog_pb2",
    "functions": f"{_PROTOS}proto.function_pb2",
    "kinds": f"{_PROTOS}public.function_pb2",
    "tables": f"{_PROTOS}public.simple_table_pb2",
    "language": f"{_PROTOS}public.options_pb2",
    "types": f"{_PROTOS}public.type_pb2",
    "values": f"{_PROTOS}public.value_pb2",
    "empty": "google.protobuf.empty_pb2",
    "nodes": f"{_PROTOS}resolved_ast.resolved_node_kind_pb2",
}


def __getattr__(name: str) -> Any:
    """A module of EXPORTED: wasmtime, or a set of GoogleSQL's protocol messages. Raises UsageError without them."""
    if name not in EXPORTED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(EXPORTED[name])
    except ModuleNotFoundError as error:
        raise UsageError(
            "GoogleSQL's analyser cannot be started", why=str(error), fix="pip install -e '.[dev]'"
        ) from error
    globals()[name] = module
    return module
