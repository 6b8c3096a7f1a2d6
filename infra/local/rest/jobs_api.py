"""jobs.insert, get, list and cancel, and the Job resource."""

from __future__ import annotations

import re
import uuid
from typing import Any

from infra.local.rest import query_jobs
from infra.local.rest.errors import RestError, not_found, not_supported
from infra.local.rest.exchange import Request, Response, etag_of, page
from infra.local.rest.job_statistics import dry_run_statistics
from infra.local.rest.jobs import Job, millis
from infra.local.rest.service import Service

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,1024}")
INSERT_WAIT_SECONDS = 0.02
"""jobs.insert answers at once in BigQuery; a short wait lets a quick job be answered as DONE, which saves a round."""


def insert(service: Service, request: Request) -> Response:
    """POST /jobs: start a query job, or dry-run it."""
    given = request.json()
    configuration = given.get("configuration") or {}
    if "query" not in configuration:
        kinds = ", ".join(sorted(set(configuration) & {"load", "copy", "extract"})) or "without a configuration"
        raise not_supported(f"A job of kind {kinds} through jobs.insert (load jobs are uploaded)", "configuration")
    plan = query_jobs.plan_query(service, configuration)
    job = new_job(service, given)
    if plan.dry_run:
        return Response(_dry_run(service, plan, job))
    service.jobs.add(job)
    service.jobs.start(job, query_jobs.work_of(service, plan))
    job.finished.wait(INSERT_WAIT_SECONDS)
    return Response(resource(service, job))


def get(service: Service, request: Request) -> Response:
    """GET /jobs/{job}."""
    return Response(resource(service, find(service, request)))


def list_all(service: Service, request: Request) -> Response:
    """GET /jobs: newest first, the statements of scripts only by parentJobId.

    Filters are stateFilter, minCreationTime and maxCreationTime (milliseconds). allUsers and projection are taken and
    change nothing: there is one user, and jobs are always shown in full.
    """
    parent = request.query.get("parentJobId")
    states = {state.upper() for state in request.query.get("stateFilter", "").split(",") if state}
    earliest = request.integer("minCreationTime") or 0
    latest = request.integer("maxCreationTime")
    wanted = [
        job
        for job in (service.jobs.newest_first() if not parent else service.jobs.children_of(parent))
        if (not states or job.state in states)
        and int(millis(job.created)) >= earliest
        and (latest is None or int(millis(job.created)) <= latest)
    ]
    chosen, token = page(wanted, request)
    body = {"kind": "bigquery#jobList", "etag": etag_of({"jobs": [job.job_id for job in chosen]})}
    listed = [{**resource(service, job), "state": job.state} for job in chosen]
    return Response({**body, "jobs": listed, **({"nextPageToken": token} if token else {})})


def cancel(service: Service, request: Request) -> Response:
    """POST /jobs/{job}/cancel: ask the job to stop; a finished job stays as it is."""
    job = find(service, request)
    job.stop(RestError("stopped", "Job execution was cancelled: User requested cancellation"))
    job.finished.wait(INSERT_WAIT_SECONDS)
    return Response({"kind": "bigquery#jobCancelResponse", "job": resource(service, job)})


def find(service: Service, request: Request) -> Job:
    """The job a URL names, in the location it names."""
    check_location(service, request.query.get("location"), f"Job {service.project}:{request.path['job']}")
    return service.jobs.get(request.path["job"])


def check_location(service: Service, location: str | None, what: str) -> None:
    """Refuse another location: nothing of this server can be found there."""
    if location and location.upper() != service.location.upper():
        raise not_found(what.split(" ")[0], f"{what.split(' ', 1)[1]} in location {location}")


def new_job(service: Service, given: dict[str, Any]) -> Job:
    """An unregistered job from the body of jobs.insert or of an upload."""
    reference = given.get("jobReference") or {}
    job_id = str(reference.get("jobId") or f"job_{uuid.uuid4().hex}")
    if not _JOB_ID.fullmatch(job_id):
        raise RestError("invalid", f'Invalid job ID "{job_id}": letters, digits, underscores and dashes only')
    check_location(service, reference.get("location"), f"Job {service.project}:{job_id}")
    return Job(job_id, given["configuration"], service.clock())


def resource(service: Service, job: Job) -> dict[str, Any]:
    """The Job resource."""
    status: dict[str, Any] = {"state": job.state}
    if job.error is not None:
        status |= {"errorResult": job.error.proto(), "errors": [job.error.proto()]}
    statistics = {"creationTime": millis(job.created), "startTime": millis(job.created)}
    if job.state == "DONE":
        statistics |= {"endTime": millis(job.ended), **job.statistics}
    kind = "LOAD" if "load" in job.configuration else "QUERY"
    body = {
        "kind": "bigquery#job",
        "id": f"{service.project}:{service.location}.{job.job_id}",
        "selfLink": f"{service.url}/bigquery/v2/projects/{service.project}/jobs/{job.job_id}",
        "user_email": job.user_email,
        "jobReference": reference(service, job),
        "configuration": {**job.configuration, "jobType": kind},
        "status": status,
        "statistics": statistics,
    }
    return {**body, "etag": etag_of(body)}


def reference(service: Service, job: Job) -> dict[str, str]:
    """The JobReference."""
    return {"projectId": service.project, "jobId": job.job_id, "location": service.location}


def _dry_run(service: Service, plan: query_jobs.QueryPlan, job: Job) -> dict[str, Any]:
    result = query_jobs.execute(service, plan)
    job.run(lambda running: None)
    job.statistics = dry_run_statistics(service, result)
    body = resource(service, job)
    body["jobReference"].pop("jobId")  # a dry run makes no job that could be looked up
    return body
