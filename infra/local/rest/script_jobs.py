"""The statements of a script as jobs of their own, as BigQuery makes them.

They can be looked up, listed by their parent and paged like any job, once the script has ended. A statement that needed
a table for a value (SET, IF, FOR ...) is there as an EXPRESSION.
"""

from __future__ import annotations

import hashlib
from typing import Any

from infra.local.engine.results import ScriptResult
from infra.local.rest.errors import RestError
from infra.local.rest.job_statistics import rest_fields, statistics
from infra.local.rest.jobs import Job, Rows
from infra.local.rest.service import Service


def script_jobs(service: Service, parent: Job, results: list[ScriptResult]) -> tuple[Job, ...]:
    """One finished job per executed statement, in order; a statement that failed carries its error."""
    name = hashlib.md5(parent.job_id.encode(), usedforsecurity=False).hexdigest()
    return tuple(
        _script_job(service, parent, f"script_job_{name}_{number}", result) for number, result in enumerate(results)
    )


def _script_job(service: Service, parent: Job, job_id: str, result: ScriptResult) -> Job:
    query = {**parent.configuration["query"], "query": result.statement}
    query.pop("queryParameters", None)
    configuration: dict[str, Any] = {"query": query}
    if "labels" in parent.configuration:
        configuration["labels"] = parent.configuration["labels"]
    job = Job.past(
        job_id,
        configuration,
        parent.at(result.began),
        max(0.0, result.ended - result.began),
        parent_id=parent.job_id,
        user_email=parent.user_email,
        statistics=_statistics(service, parent, result),
    )
    if result.error is not None:
        job.error = RestError(result.error.reason, result.error.message, result.error.location)
    elif result.columns:
        job.rows = Rows(rest_fields(result), result.rows)
    return job


def _statistics(service: Service, parent: Job, result: ScriptResult) -> dict[str, Any]:
    frame = {"startLine": result.line, "startColumn": result.column, "text": result.statement}
    if result.routine:
        frame["procedureId"] = f"{service.project}.{result.routine}"
    found = {
        **statistics(service, result),
        "parentJobId": parent.job_id,
        "scriptStatistics": {"evaluationKind": result.evaluation, "stackFrames": [frame]},
    }
    if result.transaction_id is not None:
        found["transactionInfo"] = {"transactionId": result.transaction_id}
    return found
