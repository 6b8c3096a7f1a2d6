"""The runs of scheduled queries: each is a real job of the runner's account, with @run_time and @run_date bound."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.control import run_store, transfer_configs
from infra.local.control.control import Control
from infra.local.control.resources import instant_of, paged, stamp
from infra.local.rest import query_jobs
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.jobs import USER_EMAIL, Job
from infra.local.rest.shapes import check_shape

JOB_PREFIX = "scheduled_query_"
"""What the ids of these jobs begin with, as Google's do: a transfer configuration cannot label its jobs."""

_LABELS = {"data_source_id": "scheduled_query"}
_MANUAL_START = {
    "parent": str,
    "requestedRunTime": str,
    "requestedTimeRange": {"startTime": str, "endTime": str},
}
_MOST_RUNS = 1000
_STATES = {"PENDING": "2", "RUNNING": "3", "SUCCEEDED": "4", "FAILED": "5", "CANCELLED": "6"}
_CODES = {"invalidQuery": 3, "invalid": 3, "notFound": 5, "accessDenied": 7, "stopped": 1, "resourcesExceeded": 8}
_CODES |= {"notImplemented": 12, "localCloudFailure": 13}


def get(control: Control, request: Request) -> Response:
    """GET .../runs/{run}."""
    return Response(_require(control, request))


def list_all(control: Control, request: Request) -> Response:
    """GET .../runs: newest first, by states, or only the latest attempt of each run time (which is every one)."""
    transfer_configs.require(control, request)
    states = {state if state.isdigit() else _STATES.get(state, "") for state in request.values("states")}
    found = {}
    for name, run in run_store.of_config(control, request.path["config"]).items():
        if not states or _STATES[run["state"]] in states:
            micros = int(instant_of(run["runTime"], "runTime").timestamp() * 1_000_000)
            found[f"{10**17 - micros:018d}{name}"] = run
    body = paged(found, request, "transferRuns", default=1000)
    if "transferRuns" in body:
        body["transferRuns"] = [run_store.whole(control, run) for run in body["transferRuns"]]
    return Response(body)


def delete(control: Control, request: Request) -> Response:
    """DELETE .../runs/{run}: one that has ended."""
    run = _require(control, request)
    if run["state"] in ("PENDING", "RUNNING"):
        raise RestError("failedPrecondition", "A transfer run that has not ended cannot be deleted")
    run_store.forget(control, [f"{request.path['config']}/{request.path['run']}"])
    return Response({})


def start_manual(control: Control, request: Request) -> Response:
    """POST ...:startManualRuns: one run at requestedRunTime, or one for every firing in requestedTimeRange."""
    kept = transfer_configs.require(control, request)
    given = request.json()
    check_shape(given, _MANUAL_START, "start_manual_transfer_runs_request")
    runs = [create(control, kept, instant) for instant in _requested(control, kept, given)]
    control.runs().start([(kept, run) for run in runs])
    return Response({"runs": runs})


def create(control: Control, kept: Mapping[str, Any], run_time: datetime, *, schedule: str = "") -> dict[str, Any]:
    """A pending run, written down. `schedule` is empty for a manual one."""
    config, now = kept["config"], control.now()
    run = {
        "name": f"{config['name']}/runs/{uuid.uuid4()}",
        "dataSourceId": config["dataSourceId"],
        "params": config["params"],
        "runTime": stamp(run_time),
        "scheduleTime": now if not schedule else stamp(run_time),
        "updateTime": now,
        "state": "PENDING",
        "userId": "0",
        "errorStatus": {},
    }
    for name in ("notificationPubsubTopic", "emailPreferences"):
        if config.get(name):
            run[name] = config[name]
    if schedule:
        run["schedule"] = schedule
    run_store.keep(control, run)
    return run


def execute(control: Control, kept: Mapping[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """Run the query to its end and write down how it went; returns the run. Never raises for a query that fails."""
    run = run_store.keep(control, {**run, "state": "RUNNING", "startTime": control.now(), "updateTime": control.now()})
    service = control.service
    configuration = _configuration(run)
    job_id = JOB_PREFIX + run["name"].rpartition("/")[2]
    job = Job(job_id, configuration, control.clock(), user_email=kept["account"] or USER_EMAIL)
    error: RestError | None = None
    try:
        plan = query_jobs.plan_query(service, configuration)
        service.jobs.add(job)
        service.jobs.run(job, query_jobs.work_of(service, plan))
        error = job.error
    except RestError as refusal:
        error = refusal
    ended: dict[str, Any] = {
        "state": "FAILED" if error else "SUCCEEDED",
        "endTime": control.now(),
        "updateTime": control.now(),
    }
    if error is not None:
        text = f"Query error: {error.message.removeprefix('Query error: ')}; JobID: {service.project}:{job_id}"
        ended["errorStatus"] = {"code": _CODES.get(error.reason, 2), "message": text}
    return run_store.keep(control, {**run, **ended})


def _configuration(run: Mapping[str, Any]) -> dict[str, Any]:
    run_time = instant_of(run["runTime"], "runTime").astimezone(UTC)
    values = {"run_time": ("TIMESTAMP", run_time.isoformat(sep=" ")), "run_date": ("DATE", str(run_time.date()))}
    parameters = [
        {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": value}}
        for name, (kind, value) in values.items()
    ]
    query = {"query": run["params"]["query"], "useLegacySql": False, "parameterMode": "NAMED"}
    return {"query": {**query, "queryParameters": parameters, "priority": "BATCH"}, "labels": _LABELS}


def _requested(control: Control, kept: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[datetime]:
    span, instant = given.get("requestedTimeRange"), given.get("requestedRunTime")
    if bool(span) == bool(instant):
        raise RestError("invalid", "Exactly one of requested_run_time and requested_time_range must be given")
    if not span:
        return [_not_in_future(control, instant, "requestedRunTime")]
    start = instant_of(span.get("startTime"), "startTime")
    end = _not_in_future(control, span.get("endTime"), "endTime")
    if start >= end:
        raise RestError("invalid", "requested_time_range: start_time must be before end_time")
    times = transfer_configs.schedule_of(kept["config"]).times(start, end, anchor=instant_of(kept["since"], "since"))
    if len(times) > _MOST_RUNS:
        raise RestError("invalid", f"requested_time_range asks for {len(times)} runs, {_MOST_RUNS} are the most")
    return times


def _not_in_future(control: Control, text: Any, name: str) -> datetime:
    instant = instant_of(text, name)
    if instant > control.clock():
        raise RestError("invalid", f"Invalid value for {name}: {text} is in the future", name)
    return instant


def _require(control: Control, request: Request) -> dict[str, Any]:
    transfer_configs.require(control, request)
    return run_store.find(control, request.path["config"], request.path["run"])
