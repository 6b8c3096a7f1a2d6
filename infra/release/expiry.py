"""When the tables of a pull request's environment end: set as it is retired, lifted as it is deployed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

_DAY_MILLIS = 86_400_000


def set_ends(client: Any, name: str, days: int, ends: datetime, tell: Callable[[str], None]) -> list[str]:
    """Give the dataset a default for its tables, and each table that has no end one; returns those tables."""
    dataset = client.get_dataset(name)
    if dataset.default_table_expiration_ms is None:
        dataset.default_table_expiration_ms = days * _DAY_MILLIS
        client.update_dataset(dataset, ["default_table_expiration_ms"])
    changed = []
    for item in client.list_tables(name):
        table = client.get_table(item.reference)
        if table.expires is None:
            table.expires = ends
            client.update_table(table, ["expires"])
            changed.append(f"{name}.{table.table_id}")
            tell(f"{name}.{table.table_id} ends {ends:%Y-%m-%d}")
    return changed


def lift_ends(client: Any, name: str) -> list[str]:
    """Take them away again, where the dataset says that they were set; returns the tables that stay."""
    dataset = client.get_dataset(name)
    if dataset.default_table_expiration_ms is None:
        return []
    changed = []
    for item in client.list_tables(name):
        table = client.get_table(item.reference)
        if table.expires is not None:
            table.expires = None
            client.update_table(table, ["expires"])
            changed.append(f"{name}.{table.table_id}")
    # Last: it is what tells that there is something to lift.
    dataset.default_table_expiration_ms = None
    client.update_dataset(dataset, ["default_table_expiration_ms"])
    return changed
