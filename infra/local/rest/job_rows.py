"""The rows of INFORMATION_SCHEMA.JOBS: the jobs that the server remembers, and the statements of its scripts.

Like the jobs themselves they are forgotten when the server stops. A script and each statement it finished are rows of
their own, as in BigQuery: whoever adds bytes up leaves the row of the script out. A statement that failed has no row,
and the statement_type of a failed job is known for scripts only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.local.engine.estimate import billed_bytes
from infra.local.rest.jobs import USER_EMAIL, Child, Job, JobRegistry


def job_rows(registry: JobRegistry, project: str) -> list[dict[str, Any]]:
    """One row per job and per finished statement of a script, newest job first."""
    return [row for job in registry.newest_first() for row in _rows(job, project)]


def _rows(job: Job, project: str) -> Iterator[dict[str, Any]]:
    # A job ends while this runs: its end is looked at once.
    is_done = job.finished.is_set()
    query = job.configuration.get("query") or {}
    shared = {
        "project_id": project,
        "user_email": USER_EMAIL,
        "labels": [{"key": key, "value": value} for key, value in (job.configuration.get("labels") or {}).items()],
        "priority": str(query.get("priority") or "INTERACTIVE").upper(),
    }
    children = job.children if is_done and job.children is not None else ()
    yield {
        **shared,
        "job_id": job.job_id,
        "job_type": "LOAD" if "load" in job.configuration else "QUERY",
        "creation_time": job.created.isoformat(),
        "start_time": job.created.isoformat(),
        "state": "DONE" if is_done else job.running_state,
        "query": query.get("query"),
        **(_outcome(job) if is_done else {}),
    }
    for number, child in enumerate(children):
        yield {**shared, **_child(job, number, child)}


def _outcome(job: Job) -> dict[str, Any]:
    """What is known of a job once it has ended."""
    found = job.statistics.get("query") or {}
    is_script = job.children is not None
    outcome: dict[str, Any] = {"end_time": job.ended.isoformat()}
    if "query" in job.configuration:
        outcome["statement_type"] = "SCRIPT" if is_script else found.get("statementType")
        outcome["cache_hit"] = None if is_script else False
        outcome["total_bytes_processed"], outcome["total_bytes_billed"] = _bytes(job, found)
    if job.error is not None:
        error = job.error.proto()
        outcome["error_result"] = {
            "reason": error.get("reason"),
            "location": error.get("location"),
            "debug_info": error.get("debugInfo"),
            "message": error.get("message"),
        }
    return outcome


def _bytes(job: Job, found: dict[str, Any]) -> tuple[int, int]:
    """(processed, billed); of a script that failed, what its statements took until then."""
    if job.children is not None:
        sizes = [child.bytes_processed for child in job.children]
        return sum(sizes), sum(map(billed_bytes, sizes))
    return int(found.get("totalBytesProcessed") or 0), int(found.get("totalBytesBilled") or 0)


def _child(job: Job, number: int, child: Child) -> dict[str, Any]:
    return {
        "job_id": f"script_job_{job.job_id}_{number}",
        "parent_job_id": job.job_id,
        "job_type": "QUERY",
        "statement_type": child.statement_type,
        "state": "DONE",
        "creation_time": job.at(child.began).isoformat(),
        "start_time": job.at(child.began).isoformat(),
        "end_time": job.at(child.ended).isoformat(),
        "query": child.statement,
        "cache_hit": False,
        "total_bytes_processed": child.bytes_processed,
        "total_bytes_billed": billed_bytes(child.bytes_processed),
    }
