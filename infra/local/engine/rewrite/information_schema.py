"""INFORMATION_SCHEMA: the views that BigQuery itself fills, as far as the local cloud has them.

A view's rows are known to whoever keeps them (the jobs: the server). They are bound as one JSON text when a statement
runs, so that a query sees them as they are at that moment. Another view, or another column of a view, is refused by
name. Source of names and types: cloud.google.com/bigquery/docs/information-schema-jobs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.engine.rewrite.context import Translator
from infra.local.engine.rewrite.names import AnalysisError, BindingKind, NotFoundError, UnsupportedError
from infra.local.engine.rewrite.scope import Column, Source
from infra.local.engine.rewrite.values import Value, quote, text_literal
from infra.local.engine.types import STRING, DataType, duck_type, parse_type

SCHEMA = "INFORMATION_SCHEMA"


@dataclass(frozen=True)
class SystemView:
    """A view qualified by a region: the columns that are kept, and those that only BigQuery has."""

    name: str
    columns: Mapping[str, DataType]
    missing: tuple[str, ...]


JOBS = SystemView(
    "JOBS",
    {
        name: parse_type(text)
        for name, text in {
            "cache_hit": "BOOL",
            "creation_time": "TIMESTAMP",
            "end_time": "TIMESTAMP",
            "error_result": "STRUCT<reason STRING, location STRING, debug_info STRING, message STRING>",
            "job_id": "STRING",
            "job_type": "STRING",
            "labels": "ARRAY<STRUCT<key STRING, value STRING>>",
            "parent_job_id": "STRING",
            "priority": "STRING",
            "project_id": "STRING",
            "query": "STRING",
            "start_time": "TIMESTAMP",
            "state": "STRING",
            "statement_type": "STRING",
            "total_bytes_billed": "INT64",
            "total_bytes_processed": "INT64",
            "user_email": "STRING",
        }.items()
    },
    (
        "bi_engine_statistics",
        "destination_table",
        "dml_statistics",
        "edition",
        "job_creation_reason",
        "job_stages",
        "materialized_view_statistics",
        "metadata_cache_statistics",
        "project_number",
        "query_dialect",
        "query_info",
        "referenced_tables",
        "reservation_id",
        "search_statistics",
        "session_info",
        "timeline",
        "total_modified_partitions",
        "total_services_sku_slot_ms",
        "total_slot_ms",
        "transaction_id",
        "transferred_bytes",
        "vector_search_statistics",
    ),
)
_VIEWS = {"JOBS": JOBS, "JOBS_BY_PROJECT": JOBS}


def is_named(parts: Sequence[str]) -> bool:
    """Whether a path leads into INFORMATION_SCHEMA."""
    return SCHEMA in (part.upper() for part in parts)


def read_view(parts: Sequence[str], alias: str, translator: Translator) -> str:
    """DuckDB text that reads `[project.]region-x.INFORMATION_SCHEMA.VIEW` under ``alias``, which joins the scope.

    Raises UnsupportedError for a view that is not kept, AnalysisError without a region, NotFoundError in another one.
    """
    place = [part.upper() for part in parts].index(SCHEMA)
    qualifiers, names = parts[:place], [part.upper() for part in parts[place + 1 :]]
    view = _VIEWS.get(names[0]) if len(names) == 1 else None
    if view is None:
        raise UnsupportedError(".".join([SCHEMA, *names]))
    _check_region(qualifiers, view, translator)
    return _source(view, alias, translator)


def _check_region(qualifiers: Sequence[str], view: SystemView, translator: Translator) -> None:
    known = translator.statement.names
    region = f"region-{known.location}".lower()
    if not qualifiers or not qualifiers[-1].lower().startswith("region-") or len(qualifiers) > 2:
        raise AnalysisError(f"{SCHEMA}.{view.name} must be qualified with a region (e.g. `{region}`.{SCHEMA}.JOBS)")
    if len(qualifiers) == 2 and qualifiers[0] != known.project:
        raise NotFoundError(f"Not found: Project {qualifiers[0]}")
    if qualifiers[-1].lower() != region:
        raise NotFoundError(f"Not found: {SCHEMA}.{view.name} in {qualifiers[-1]}: the local cloud is in {region}")


def _source(view: SystemView, alias: str, translator: Translator) -> str:
    duck_alias = translator.statement.fresh(alias)
    rows = translator.statement.placeholder(BindingKind.ROWS, view.name, STRING)
    kept = [
        Column(name, Value(f"{duck_alias}.{quote(name)}", kind, simple=True)) for name, kind in view.columns.items()
    ]
    missing = [Column(name, Value("", STRING), missing_in=f"{SCHEMA}.{view.name}") for name in view.missing]
    translator.scope.sources.append(Source(alias, (*kept, *missing)))
    structure = json.dumps([{name: _structure(kind) for name, kind in view.columns.items()}])
    # The outer SELECT keeps DuckDB from unnesting a list of structs further than the rows.
    listed = f"SELECT unnest(from_json({rows.sql}, {text_literal(structure)})) AS one"
    picked = ", ".join(f"struct_extract(one, {text_literal(name)}) AS {quote(name)}" for name in view.columns)
    return f"(SELECT {picked} FROM ({listed})) AS {duck_alias}"


def _structure(kind: DataType) -> Any:
    """A type as DuckDB's from_json takes it."""
    if kind.element is not None:
        return [_structure(kind.element)]
    if kind.fields:
        return {part.name: _structure(part.type) for part in kind.fields}
    return duck_type(kind)
