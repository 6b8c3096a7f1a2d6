"""jobs.query and jobs.getQueryResults: results, page by page."""

from __future__ import annotations

import uuid
from typing import Any

from infra.local.rest import query_jobs
from infra.local.rest.encoding import TimestampFormat, row_encoder
from infra.local.rest.errors import RestError, check_fields
from infra.local.rest.exchange import Request, Response, etag_of, whole_number
from infra.local.rest.job_statistics import rest_fields
from infra.local.rest.jobs import Job, Rows, millis
from infra.local.rest.jobs_api import check_location, find, reference
from infra.local.rest.service import Service

PAGE_ROWS = 25_000
"""Rows of a page unless maxResults asks for fewer; BigQuery's own limit is 10 MB."""

_UNSPECIFIED = "TIMESTAMP_OUTPUT_FORMAT_UNSPECIFIED"
_DEFAULT_WAIT_MS = 10_000
_MAX_WAIT_MS = 200_000
_CONFIGURATION_FIELDS = frozenset({"labels", "jobTimeoutMs", "dryRun"})
_QUERY_FIELDS = frozenset(
    {
        "query",
        "useLegacySql",
        "queryParameters",
        "parameterMode",
        "defaultDataset",
        "maximumBytesBilled",
        "useQueryCache",
    }
)
_REQUEST_FIELDS = frozenset(
    {"kind", "maxResults", "timeoutMs", "requestId", "location", "formatOptions", "jobCreationMode", "preserveNulls"}
)


def run(service: Service, request: Request) -> Response:
    """POST /queries: run a query and answer its first page, or jobComplete false when it takes longer than timeoutMs.

    A requestId seen before gives the earlier job: a client that retries does not run the query twice.
    """
    given = request.json()
    check_fields(given, _CONFIGURATION_FIELDS | _QUERY_FIELDS | _REQUEST_FIELDS, "QueryRequest")
    check_location(service, given.get("location"), f"Job {service.project}:query")
    configuration = {name: given[name] for name in _CONFIGURATION_FIELDS & set(given)}
    configuration["query"] = {name: given[name] for name in _QUERY_FIELDS & set(given)}
    plan = query_jobs.plan_query(service, configuration)
    if plan.dry_run:
        return Response(_dry_run(service, plan))
    fresh = Job(f"job_{uuid.uuid4().hex}", configuration, service.clock(), given.get("requestId") or None)
    job = service.jobs.add(fresh)
    if job is fresh:
        service.jobs.start(job, query_jobs.work_of(service, plan))
    timestamps = timestamp_format(given.get("formatOptions") or {})
    timeout_ms = whole_number(given.get("timeoutMs"), "timeoutMs")
    body = _answer(service, job, timeout_ms, whole_number(given.get("maxResults"), "maxResults"), 0, timestamps)
    return Response({"kind": "bigquery#queryResponse", **body})


def results(service: Service, request: Request) -> Response:
    """GET /queries/{job}: a page of a query's rows by maxResults, startIndex or pageToken; waits up to timeoutMs."""
    job = find(service, request)
    if "query" not in job.configuration:
        raise RestError("invalid", f"Job {job.job_id} is no query job: it has no query results")
    start = request.integer("pageToken", request.integer("startIndex")) or 0
    timestamps = timestamp_format(format_options(request))
    timeout_ms, size = request.integer("timeoutMs"), request.integer("maxResults")
    body = _answer(service, job, timeout_ms, size, start, timestamps)
    return Response({"kind": "bigquery#getQueryResultsResponse", "etag": etag_of({"job": job.job_id}), **body})


def format_options(request: Request) -> dict[str, Any]:
    """The formatOptions.* parameters of a URL."""
    prefix = "formatOptions."
    return {name.removeprefix(prefix): text for name, text in request.query.items() if name.startswith(prefix)}


def timestamp_format(options: dict[str, Any]) -> TimestampFormat:
    """How timestamps are to travel. Raises RestError("invalid") for an unknown format, and for both options at once."""
    check_fields(options, frozenset({"useInt64Timestamp", "timestampOutputFormat"}), "formatOptions")
    named = str(options.get("timestampOutputFormat") or _UNSPECIFIED).upper()
    as_int64 = str(options.get("useInt64Timestamp", "")).lower() == "true"
    if named == _UNSPECIFIED:
        return TimestampFormat.INT64 if as_int64 else TimestampFormat.FLOAT64
    if named not in TimestampFormat.__members__:
        raise RestError("invalid", f"Invalid value for formatOptions.timestampOutputFormat: {named}", "formatOptions")
    if as_int64:
        raise RestError(
            "invalid", "Cannot specify both use_int64_timestamp and timestamp_output_format", "formatOptions"
        )
    return TimestampFormat[named]


def _answer(
    service: Service, job: Job, timeout_ms: int | None, size: int | None, start: int, timestamps: TimestampFormat
) -> dict[str, Any]:
    wait_ms = _DEFAULT_WAIT_MS if timeout_ms is None else min(timeout_ms, _MAX_WAIT_MS)
    if not job.finished.wait(wait_ms / 1000):
        return {"jobComplete": False, "jobReference": reference(service, job)}
    if job.error is not None:
        raise job.error
    rows = job.rows
    if job.results_dropped:
        raise RestError(
            "notFound",
            f"Not found: the results of job {job.job_id} are kept no longer (memory, or a restart); run it again",
        )
    body = {"jobComplete": True, "jobReference": reference(service, job), **_summary(service, job)}
    if rows is None:
        return body
    return {**body, **_page(rows, PAGE_ROWS if size is None else size, start, timestamps)}


def _summary(service: Service, job: Job) -> dict[str, Any]:
    query = job.statistics["query"]
    body: dict[str, Any] = {
        "queryId": job.job_id,
        "location": service.location,
        "creationTime": millis(job.created),
        "startTime": millis(job.created),
        "endTime": millis(job.ended),
    }
    shared = ("statementType", "totalBytesProcessed", "totalBytesBilled", "cacheHit", "numDmlAffectedRows", "dmlStats")
    return {**body, **{name: query[name] for name in shared if name in query}}


def _page(found: Rows, size: int, start: int, timestamps: TimestampFormat) -> dict[str, Any]:
    total = len(found.rows)
    body: dict[str, Any] = {"schema": {"fields": found.fields}, "totalRows": str(total)}
    if size == 0:
        return body  # the client only waits for the end of the job
    encode = row_encoder(found.fields, timestamps)
    end = start + min(size, PAGE_ROWS)
    body["rows"] = [encode(row) for row in found.rows[start:end]]
    if end < total:
        body["pageToken"] = str(end)
    return body


def _dry_run(service: Service, plan: query_jobs.QueryPlan) -> dict[str, Any]:
    result = query_jobs.execute(service, plan)
    now = millis(service.clock())
    return {
        "kind": "bigquery#queryResponse",
        "jobComplete": True,
        "jobReference": {"projectId": service.project, "location": service.location},
        "location": service.location,
        "creationTime": now,
        "endTime": now,
        "statementType": result.statement_type,
        "cacheHit": False,
        "totalBytesProcessed": str(result.bytes_processed),
        "totalBytesBilled": "0",
        "schema": {"fields": rest_fields(result)},
    }
