"""What is deployed and what one may do, from the warehouse's own metadata; nothing here writes or is billed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from google.api_core import exceptions as api
from google.cloud import bigquery

from orchestrator.warehouse.client import Warehouse
from sql import render

_AT_ONCE = 8
_NEEDED = ("bigquery.tables.getData", "bigquery.tables.updateData")


@dataclass(frozen=True)
class Deployed:
    """The objects of a dataset that were asked for and are there, and every table's name.

    `columns` by table and view, `bodies` the defining text by view and routine.
    """

    columns: Mapping[str, frozenset[str]]
    bodies: Mapping[str, str]
    all_tables: Sequence[str]


def deployed(warehouse: Warehouse, tables: Iterable[str], routines: Iterable[str]) -> Deployed:
    """Look the named tables, views and routines up. Raises an ErosError when the dataset cannot be read."""
    client, dataset = warehouse.client, f"{warehouse.settings.project}.{warehouse.settings.dataset}"
    with warehouse.explaining("metadata"):
        names = [table.table_id for table in client.list_tables(dataset)]
        found_tables = _all(client.get_table, [f"{dataset}.{name}" for name in tables])
        found_routines = _all(client.get_routine, [f"{dataset}.{name}" for name in routines])
    views = {table.table_id: table.view_query for table in found_tables if table.view_query}
    return Deployed(
        columns={table.table_id: frozenset(field.name for field in table.schema) for table in found_tables},
        bodies={**views, **{routine.reference.routine_id: routine.body or "" for routine in found_routines}},
        all_tables=tuple(names),
    )


def dry_run(warehouse: Warehouse, query: str) -> int:
    """Bytes that `sql/queries/<query>.sql`, which takes no parameters, would read; nothing is run or billed."""
    text = render(f"queries/{query}", warehouse.settings)
    with warehouse.explaining(query):
        job = warehouse.client.query(text, job_config=bigquery.QueryJobConfig(dry_run=True))
    return int(job.total_bytes_processed or 0)


def missing_permissions(warehouse: Warehouse, tables: Iterable[str]) -> dict[str, list[str]]:
    """What the caller may not do, of reading and changing rows, by table; empty when nothing is missing."""
    missing: dict[str, list[str]] = {}
    for table in tables:
        name = f"{warehouse.settings.project}.{warehouse.settings.dataset}.{table}"
        with warehouse.explaining(table):
            granted = warehouse.client.test_iam_permissions(name, list(_NEEDED)).get("permissions", [])
        lacking = [one for one in _NEEDED if one not in granted]
        if lacking:
            missing[table] = lacking
    return missing


def _all(get: Callable[[str], Any], names: Sequence[str]) -> list[Any]:
    def one(name: str) -> Any | None:
        try:
            return get(name)
        except api.NotFound:
            return None

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return [found for found in pool.map(one, names) if found is not None]
