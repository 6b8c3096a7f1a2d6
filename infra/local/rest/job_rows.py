"""The rows of INFORMATION_SCHEMA.JOBS: the jobs that the server remembers, and the statements of its scripts.

A script and each of its statements are rows of their own, as in BigQuery: whoever adds bytes up leaves the row of the
script out. The statements show when the script has ended, and the statement_type of a failed single statement is not
known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.local.rest.job_registry import JobRegistry
from infra.local.rest.jobs import Job


def job_rows(registry: JobRegistry, project: str) -> list[dict[str, Any]]:
    """One row per job and per statement of a script, newest job first."""
    return [row for job in registry.newest_first() for row in _rows(job, project)]


def _rows(job: Job, project: str) -> Iterator[dict[str, Any]]:
    # A job ends while this runs: its end is looked at once.
    is_done = job.finished.is_set()
    yield _row(job, project, is_done)
    for child in (job.children or ()) if is_done else ():
        yield _row(child, project, True)


def _row(job: Job, project: str, is_done: bool) -> dict[str, Any]:
    query = job.configuration.get("query") or {}
    return {
        "project_id": project,
        "user_email": job.user_email,
        "labels": [{"key": key, "value": value} for key, value in (job.configuration.get("labels") or {}).items()],
        "priority": str(query.get("priority") or "INTERACTIVE").upper(),
        "job_id": job.job_id,
        "parent_job_id": job.parent_id,
        "job_type": "LOAD" if "load" in job.configuration else "QUERY",
        "creation_time": job.created.isoformat(),
        "start_time": job.created.isoformat(),
        "state": "DONE" if is_done else job.running_state,
        "query": query.get("query"),
        **(_outcome(job, project) if is_done else {}),
    }


def _outcome(job: Job, project: str) -> dict[str, Any]:
    """What is known of a job once it has ended."""
    found = job.statistics.get("query") or {}
    outcome: dict[str, Any] = {"end_time": job.ended.isoformat()}
    if "query" in job.configuration:
        outcome |= {
            "statement_type": found.get("statementType"),
            "cache_hit": None if job.children is not None else False,
            "total_bytes_processed": int(found.get("totalBytesProcessed") or 0),
            "total_bytes_billed": int(found.get("totalBytesBilled") or 0),
            "referenced_tables": [
                {"project_id": table["projectId"], "dataset_id": table["datasetId"], "table_id": table["tableId"]}
                for table in found.get("referencedTables") or ()
            ],
            "transaction_id": (job.statistics.get("transactionInfo") or {}).get("transactionId"),
        }
    if "dmlStats" in found:
        counts = found["dmlStats"]
        outcome["dml_statistics"] = {
            f"{kind}_row_count": int(counts[f"{kind}RowCount"]) for kind in ("inserted", "deleted", "updated")
        }
    if job.error is not None:
        error = job.error.proto()
        outcome["error_result"] = {
            "reason": error.get("reason"),
            "location": error.get("location"),
            "debug_info": error.get("debugInfo"),
            "message": error.get("message"),
        }
    return outcome
