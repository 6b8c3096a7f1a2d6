"""INFORMATION_SCHEMA in a FROM clause: the views that BigQuery itself fills, as far as the local cloud has them.

A view's rows are known to whoever keeps them (the jobs: the server; everything else: the catalog). They are bound as
one JSON text when a statement runs, so that a query sees them as they are at that moment. Another view, or another
column of a view, is refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infra.local.engine.metadata.views import BY_NAME, SCHEMA, SystemView
from infra.local.engine.rewrite.context import Translator
from infra.local.engine.rewrite.names import AnalysisError, BindingKind, NotFoundError, UnsupportedError, missing_table
from infra.local.engine.rewrite.scope import Column, Source
from infra.local.engine.rewrite.values import Value, quote, text_literal
from infra.local.engine.types import STRING, DataType, duck_type


def is_named(parts: Sequence[str]) -> bool:
    """Whether a path leads into INFORMATION_SCHEMA."""
    return SCHEMA in (part.upper() for part in parts)


def read_view(parts: Sequence[str], alias: str, translator: Translator) -> str:
    """DuckDB text that reads `[project.]qualifier.INFORMATION_SCHEMA.VIEW` under ``alias``, which joins the scope.

    The qualifier is a dataset or region-x. Raises UnsupportedError for a view that is not kept, AnalysisError without
    a fitting qualifier, NotFoundError for another project or region and a dataset that does not exist.
    """
    place = [part.upper() for part in parts].index(SCHEMA)
    qualifiers, names = parts[:place], [part.upper() for part in parts[place + 1 :]]
    view = BY_NAME.get(names[0]) if len(names) == 1 else None
    if view is None:
        raise UnsupportedError(".".join([SCHEMA, *names]))
    known = translator.statement.names
    if len(qualifiers) == 2 and qualifiers[0] != known.project:
        raise NotFoundError(f"Not found: Project {qualifiers[0]}")
    qualifier = qualifiers[-1] if 1 <= len(qualifiers) <= 2 else ""
    if qualifier.lower().startswith("region-"):
        return _of_region(view, qualifier, alias, translator)
    if not view.by_dataset:
        region = f"region-{known.location}".lower()
        raise AnalysisError(f"{SCHEMA}.{view.name} must be qualified with a region (e.g. `{region}`.{SCHEMA}.JOBS)")
    if not qualifier:
        raise AnalysisError(f'Table "{SCHEMA}.{view.name}" must be qualified with a dataset (e.g. dataset.table)')
    if not known.has_dataset(qualifier):
        raise missing_table(known, qualifier, view.name)
    return _source(view, f"{view.name}.{qualifier}", alias, translator)


def _of_region(view: SystemView, qualifier: str, alias: str, translator: Translator) -> str:
    region = f"region-{translator.statement.names.location}".lower()
    if not view.by_region:
        raise AnalysisError(
            f"{SCHEMA}.{view.name} must be qualified with a dataset (e.g. dataset.{SCHEMA}.{view.name})"
        )
    if qualifier.lower() != region:
        raise NotFoundError(f"Not found: {SCHEMA}.{view.name} in {qualifier}: the local cloud is in {region}")
    return _source(view, view.name, alias, translator)


def _source(view: SystemView, rows_of: str, alias: str, translator: Translator) -> str:
    """``rows_of`` names the view, and the dataset if it is for one only."""
    duck_alias = translator.statement.fresh(alias)
    rows = translator.statement.placeholder(BindingKind.ROWS, rows_of, STRING)
    if view.bytes_read:
        translator.statement.reads.setdefault((SCHEMA, view.name), set())
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
