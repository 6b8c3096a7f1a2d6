"""Load jobs: newline-delimited JSON or CSV into a table, all rows or none."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from infra.local.engine.schema import ColumnSchema
from infra.local.engine.types import DataType
from infra.local.rest.csv_rows import CsvOptions, CsvProblem, read_csv
from infra.local.rest.errors import RestError, check_fields, not_found, not_supported
from infra.local.rest.exchange import whole_number
from infra.local.rest.jobs import Job
from infra.local.rest.jobs_api import INSERT_WAIT_SECONDS, new_job, resource
from infra.local.rest.labels import check_labels
from infra.local.rest.service import Service
from infra.local.rest.table_schema import columns_of

_JOB_FIELDS = frozenset({"load", "labels", "jobTimeoutMs", "jobType"})
_LOAD_FIELDS = frozenset(
    {
        "destinationTable",
        "schema",
        "sourceFormat",
        "writeDisposition",
        "createDisposition",
        "ignoreUnknownValues",
        "skipLeadingRows",
        "fieldDelimiter",
        "quote",
        "allowQuotedNewlines",
        "nullMarker",
        "encoding",
    }
)
_WRITES = ("WRITE_APPEND", "WRITE_TRUNCATE", "WRITE_EMPTY")
_CREATES = ("CREATE_IF_NEEDED", "CREATE_NEVER")


@dataclass(frozen=True)
class LoadPlan:
    """A checked load configuration; `columns` is empty when the table's own schema is to be used."""

    dataset: str
    table: str
    source_format: str
    columns: tuple[ColumnSchema, ...]
    write: str
    create: str
    ignore_unknown: bool
    csv: CsvOptions


def begin_load(service: Service, metadata: Mapping[str, Any], data: IO[bytes]) -> dict[str, Any]:
    """Register and start a load job; returns its resource. Raises RestError for a configuration that cannot be done.

    `data` is read as a stream, and closed in any case.
    """
    try:
        plan = plan_load(service, metadata.get("configuration") or {})
        job = new_job(service, dict(metadata))
        service.jobs.add(job)
    except BaseException:
        data.close()
        raise
    service.jobs.start(job, lambda running: _load(service, plan, data, running))
    job.finished.wait(INSERT_WAIT_SECONDS)
    return resource(service, job)


def plan_load(service: Service, configuration: Mapping[str, Any]) -> LoadPlan:
    """Check a JobConfiguration with a load."""
    check_fields(dict(configuration), _JOB_FIELDS, "configuration")
    load = configuration.get("load")
    if not load:
        raise not_supported("An upload that is no load job", "configuration")
    check_fields(load, _LOAD_FIELDS, "configuration.load")
    check_labels(configuration.get("labels"))
    whole_number(configuration.get("jobTimeoutMs"), "jobTimeoutMs")
    target = load.get("destinationTable") or {}
    project = target.get("projectId") or service.project
    if project != service.project:
        raise not_found("Project", str(project))
    if str(load.get("encoding") or "UTF-8").upper() not in ("UTF-8", "UTF8"):
        raise not_supported(f"configuration.load.encoding={load['encoding']}", "encoding")
    return LoadPlan(
        dataset=str(target.get("datasetId") or ""),
        table=str(target.get("tableId") or ""),
        source_format=_one_of(load, "sourceFormat", ("CSV", "NEWLINE_DELIMITED_JSON")),
        columns=columns_of((load.get("schema") or {}).get("fields") or []),
        write=_one_of(load, "writeDisposition", _WRITES),
        create=_one_of(load, "createDisposition", _CREATES),
        ignore_unknown=bool(load.get("ignoreUnknownValues")),
        csv=_csv_options(load),
    )


def _one_of(load: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = str(load.get(name) or allowed[0]).upper()
    if value not in allowed:
        raise not_supported(f"configuration.load.{name}={value}", name)
    return value


def _csv_options(load: Mapping[str, Any]) -> CsvOptions:
    delimiter = load.get("fieldDelimiter") or ","
    delimiter = "\t" if delimiter in ("\\t", "tab") else delimiter
    quote = '"' if load.get("quote") is None else load["quote"]
    if len(delimiter) != 1 or len(quote) > 1:
        raise not_supported("A CSV delimiter or quote of several characters", "fieldDelimiter")
    return CsvOptions(
        delimiter=delimiter,
        quote=quote,
        skip_leading_rows=whole_number(load.get("skipLeadingRows"), "skipLeadingRows") or 0,
        null_marker=load.get("nullMarker") or "",
        allow_quoted_newlines=bool(load.get("allowQuotedNewlines")),
    )


def _load(service: Service, plan: LoadPlan, data: IO[bytes], job: Job) -> None:
    with data:
        size = data.seek(0, os.SEEK_END)
        data.seek(0)
        try:
            written = service.engine.insert_rows(
                plan.dataset,
                plan.table,
                _until_stopped(_rows(plan, _columns(service, plan), data), job),
                schema=plan.columns or None,
                write_disposition=plan.write,
                create_disposition=plan.create,
                ignore_unknown=plan.ignore_unknown,
                watch=lambda session: job.interruptible(session.interrupt, lambda: session.is_queued),
            )
        finally:
            job.uninterruptible()
    job.statistics = {
        "load": {
            "inputFiles": "1",
            "inputFileBytes": str(size),
            "outputRows": str(written),
            "outputBytes": str(size),
            "badRecords": "0",
        }
    }


def _until_stopped(rows: Iterator[dict[str, Any]], job: Job) -> Iterator[dict[str, Any]]:
    for row in rows:
        job.check()
        yield row


def _columns(service: Service, plan: LoadPlan) -> tuple[ColumnSchema, ...]:
    """The columns of the file: the schema that was sent, else the table's own."""
    existing = service.engine.catalog.table(plan.dataset, plan.table)
    if existing is None:
        if not plan.columns and plan.create == "CREATE_IF_NEEDED":
            raise RestError("invalid", "No schema specified on job or table.", "schema")
        return plan.columns
    if plan.write == "WRITE_TRUNCATE" and plan.columns and _shape(plan.columns) != _shape(existing.columns):
        raise not_supported("WRITE_TRUNCATE with another schema than the table's", "schema")
    return plan.columns or existing.columns


def _shape(columns: tuple[ColumnSchema, ...]) -> list[tuple[str, DataType, str]]:
    return [(column.name.lower(), column.type, column.mode) for column in columns]


def _rows(plan: LoadPlan, columns: tuple[ColumnSchema, ...], data: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The file's rows as JSON values by column; raises RestError with the line that is wrong.

    JSON is read line by line; CSV is held in memory whole, for our own loads are JSON.
    """
    if plan.source_format == "NEWLINE_DELIMITED_JSON":
        return _json_rows(data)
    raw = data.read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(raw[: error.start].count(b"\n") + 1, error) from None
    return _csv_rows(text, plan, columns)


def _json_rows(data: IO[bytes]) -> Iterator[dict[str, Any]]:
    # Only "\n" ends a row, as it does for a file of bytes: str.splitlines() would also cut at U+2028.
    for number, raw in enumerate(data, 1):
        try:
            line = raw.removeprefix(codecs.BOM_UTF8).decode() if number == 1 else raw.decode()
        except UnicodeDecodeError as error:
            raise _not_utf8(number, error) from None
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise _bad_file(number, f"Failed to parse JSON: {error}") from None
        if not isinstance(row, dict):
            raise _bad_file(number, "Failed to parse JSON: a row must be an object")
        yield row


def _csv_rows(text: str, plan: LoadPlan, columns: tuple[ColumnSchema, ...]) -> Iterator[dict[str, Any]]:
    names = [column.name for column in columns]
    if any(column.type.kind in ("ARRAY", "STRUCT") for column in columns):
        raise RestError("invalid", "CSV cannot hold repeated or nested columns; load JSON instead", "schema")
    try:
        for line, cells in read_csv(text, plan.csv):
            if len(cells) < len(names):
                raise _bad_file(line, f"Too few values in row: {len(cells)} for {len(names)} columns")
            if len(cells) > len(names) and not plan.ignore_unknown:
                raise _bad_file(line, f"Too many values in row: {len(cells)} for {len(names)} columns")
            yield dict(zip(names, cells, strict=False))
    except CsvProblem as problem:
        raise _bad_file(problem.line, problem.message) from None


def _not_utf8(line: int, error: UnicodeDecodeError) -> RestError:
    return _bad_file(line, f"Invalid UTF-8: {error.reason}")


def _bad_file(line: int, message: str) -> RestError:
    return RestError("invalid", f"Error while reading data, error message: line {line}: {message}")
