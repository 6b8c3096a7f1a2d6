"""tabledata.list and insertAll."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.engine.decoding import Misfit, decoder
from infra.local.engine.schema import Table
from infra.local.rest.encoding import row_encoder
from infra.local.rest.errors import RestError, check_fields, not_supported
from infra.local.rest.exchange import Request, Response, etag_of
from infra.local.rest.queries import PAGE_ROWS, format_options, timestamp_format
from infra.local.rest.service import Service
from infra.local.rest.table_schema import rest_fields
from infra.local.rest.tables import qualified, require

_DECORATED = re.compile(r".*[$@]")


def list_rows(service: Service, request: Request) -> Response:
    """GET /tables/{table}/data: rows in the order they were written, by startIndex or pageToken."""
    if _DECORATED.match(request.path["table"]):
        raise not_supported("A table decorator ($partition or @time)", "tableId")
    table = require(service, request)
    if table.kind != "TABLE":
        raise RestError("invalid", f"Cannot list a table of type {table.kind}.")
    columns = _selected(table, request.query.get("selectedFields", ""))
    start = request.integer("pageToken", request.integer("startIndex")) or 0
    asked = request.integer("maxResults", PAGE_ROWS)
    size = min(PAGE_ROWS if asked is None else asked, PAGE_ROWS)
    timestamps = timestamp_format(format_options(request))
    total, rows = _read(service, table, columns, start, size)
    encode = row_encoder(rest_fields([column for column in table.columns if column.name in columns]), timestamps)
    body: dict[str, Any] = {"kind": "bigquery#tableDataList", "etag": etag_of({"rows": total}), "totalRows": str(total)}
    body["rows"] = [encode(row) for row in rows]
    if start + size < total and size:
        body["pageToken"] = str(start + size)
    return Response(body)


def insert_all(service: Service, request: Request) -> Response:
    """POST /tables/{table}/insertAll: append rows, or say per row why not.

    One bad row keeps all of them out, as in BigQuery, unless skipInvalidRows is set. In BigQuery such rows can for a
    while not be updated or deleted; here they can.
    """
    given = request.json()
    check_fields(given, frozenset({"kind", "rows", "skipInvalidRows", "ignoreUnknownValues", "traceId"}), "insertAll")
    table = require(service, request)
    ignore_unknown = bool(given.get("ignoreUnknownValues"))
    misfit_of = _row_check(table, ignore_unknown)
    accepted, problems = [], []
    for index, row in enumerate(given.get("rows") or []):
        values = row.get("json") or {}
        misfit = misfit_of(values)
        if misfit is None:
            accepted.append((index, values))
        else:
            problems.append(_row_error(index, "invalid", misfit.field, misfit.message))
    if problems and not given.get("skipInvalidRows"):
        problems += [_row_error(index, "stopped", "", "") for index, _ in accepted]
        accepted = []
    if accepted:
        rows = [row for _, row in accepted]
        service.engine.insert_rows(table.dataset, table.name, rows, ignore_unknown=ignore_unknown)
    body: dict[str, Any] = {"kind": "bigquery#tableDataInsertAllResponse"}
    if problems:
        body["insertErrors"] = sorted(problems, key=lambda problem: problem["index"])
    return Response(body)


def _selected(table: Table, text: str) -> list[str]:
    wanted = {name.strip().lower() for name in text.split(",") if name.strip()}
    unknown = wanted - {column.name.lower() for column in table.columns}
    if unknown:
        raise RestError("invalid", f"No such field: {sorted(unknown)[0]}", "selectedFields")
    return [column.name for column in table.columns if not wanted or column.name.lower() in wanted]


def _read(
    service: Service, table: Table, columns: list[str], start: int, size: int
) -> tuple[int, list[tuple[Any, ...]]]:
    picked = ", ".join(f"`{name}`" for name in columns)
    source = qualified(service, table)
    session = service.engine.session()
    try:
        total = session.run(f"SELECT COUNT(*) FROM {source}").rows[0][0]
        if size == 0 or start >= total or not columns:
            return total, []
        return total, session.run(f"SELECT {picked} FROM {source} LIMIT {size} OFFSET {start}").rows
    finally:
        session.close()


def _row_check(table: Table, ignore_unknown: bool) -> Callable[[Mapping[str, Any]], Misfit | None]:
    """A function that says what is wrong with one row: here a bad row must be told apart from its neighbours."""
    decoders = {column.name.lower(): decoder(column.type) for column in table.columns}
    required = [column.name for column in table.columns if column.required and column.default is None]

    def check(row: Mapping[str, Any]) -> Misfit | None:
        given = {name.lower(): value for name, value in row.items()}
        for name, value in given.items():
            try:
                if name in decoders and value is not None:
                    decoders[name](value)
            except Misfit as misfit:
                return Misfit(misfit.message, f"{name}.{misfit.field}".rstrip("."))
            if name not in decoders and not ignore_unknown:
                return Misfit(f"no such field: {name}.", name)
        missing = next((name for name in required if given.get(name.lower()) is None), None)
        return Misfit(f"Missing required field: {missing}.", missing) if missing else None

    return check


def _row_error(index: int, reason: str, location: str, message: str) -> dict[str, Any]:
    error = {"reason": reason, "location": location, "debugInfo": "", "message": message}
    return {"index": index, "errors": [error]}
