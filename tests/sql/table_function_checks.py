"""How the table functions are asked, and what every answer must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sql import names

TABLE_FUNCTIONS = [name.partition("/")[2] for name in names("table_functions")]
# Nothing stands out on a page that never sent: it has no row instead of one of NULLs.
WITHOUT_EMPTY_ROW = {"detect_anomalies"}
OTHER_SHARES = {"saturation_score", "confidence_score", "p_value", "p_value_adjusted"}

Rows = list[dict[str, Any]]


def load(warehouse: Any, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Any:
    for table, rows in tables.items():
        warehouse.insert(table, rows)
    return warehouse


def call(warehouse: Any, name: str, page: str | Sequence[str], days: int, instant: datetime) -> Rows:
    """The rows of one call, or of a call for each page, in an order of their own."""
    pages = [page] if isinstance(page, str) else page
    calls = (f"SELECT * FROM {warehouse.table(name)}('{one}', @days, @instant)" for one in pages)
    rows: Rows = warehouse.rows(" UNION ALL ".join(calls), days=days, instant=instant)
    return sorted(rows, key=repr)


def check_bounds(name: str, rows: Rows) -> None:
    """Statuses are the contract's, rates lie in [0, 1] and intervals around their rates, and emptiness is complete."""
    for row in rows:
        assert row["data_status"] in ("ok", "insufficient", "no_history"), (name, row)
        known = {column for column, value in row.items() if value is not None}
        if row["data_status"] == "no_history":
            assert known == {"page_name", "data_status"}, (name, row)
        for column in known:
            if column.endswith(("_rate", "rate_lower", "rate_upper")) or column in OTHER_SHARES:
                assert 0 <= row[column] <= 1, (name, column, row)
        for lower in {column for column in known if column.endswith("rate_lower")}:
            rate = row["purchase_rate" if lower == "rate_lower" else lower.removesuffix("_lower")]
            upper = row[lower.replace("_lower", "_upper")]
            assert row[lower] < upper, (name, lower, row)
            assert rate is None or row[lower] <= rate <= upper, (name, lower, row)
