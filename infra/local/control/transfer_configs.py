"""Scheduled queries as the transfer service's REST API has them: what a configuration may say, and its requests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.endpoints import LOCAL_PROJECT_NUMBER
from infra.local.control import run_store
from infra.local.control.control import Control
from infra.local.control.resources import instant_of, mask_of, masked, paged
from infra.local.rest.errors import RestError, not_supported
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import Shape, check_shape, unknown_field
from infra.schedule_times import DEFAULT, Schedule, ScheduleError, parse_schedule
from infra.syntax.lexer import ScriptSyntaxError
from infra.syntax.parser import parse_script
from infra.syntax.script import SqlStatement

KIND = run_store.CONFIGS
_DESTINATION_PARAMS = ("destination_table_name_template", "write_disposition", "partitioning_field")
_OPTIONS: Shape = {"disableAutoScheduling": bool, "startTime": str, "endTime": str}
_CHANGEABLE: Shape = {
    "displayName": str,
    "params": {"query": str, **dict.fromkeys(_DESTINATION_PARAMS, str)},
    "schedule": str,
    "scheduleOptions": _OPTIONS,
    "disabled": bool,
    "emailPreferences": {"enableFailureEmail": bool},
    "notificationPubsubTopic": str,
    "destinationDatasetId": str,
    "serviceAccountName": str,
}
_FIXED = {"name": str, "dataSourceId": str, "dataRefreshWindowDays": int, "scheduleOptionsV2": dict}
_FIXED |= {"encryptionConfiguration": dict}
_OUTPUT_ONLY = {"updateTime": str, "nextRunTime": str, "userId": int, "datasetRegion": str, "ownerInfo": dict}
_OUTPUT_ONLY |= {"state": object, "error": dict}
_KNOWN: Shape = {**_CHANGEABLE, **_FIXED, **_OUTPUT_ONLY}
_SOURCE = "scheduled_query"


def insert(control: Control, request: Request) -> Response:
    """POST .../transferConfigs: a new scheduled query, live at once."""
    given = _body(request)
    location = check_location(control, request)
    if given.get("dataSourceId") != _SOURCE:
        raise not_supported(f"The data source {given.get('dataSourceId')!r} (only {_SOURCE})", "dataSourceId")
    account = _account(control, request)
    config = {name: value for name, value in given.items() if name in _CHANGEABLE and name != "serviceAccountName"}
    config_id = str(uuid.uuid4())
    place = f"projects/{LOCAL_PROJECT_NUMBER}/locations/{location}/transferConfigs/{config_id}"
    config |= {"name": place, "dataSourceId": _SOURCE}
    check(control, config)
    kept = {"config": config, "account": account, "since": control.now(), "updated": control.now()}
    control.documents.put(KIND, config_id, kept)
    control.schedules_changed()
    return Response(shown(control, kept))


def get(control: Control, request: Request) -> Response:
    """GET .../transferConfigs/{config}; only here the owner is told."""
    kept = require(control, request)
    owner = {"ownerInfo": {"email": kept["account"]}} if kept["account"] else {}
    return Response({**shown(control, kept), **owner})


def list_all(control: Control, request: Request) -> Response:
    """GET .../transferConfigs, in every location for "-"."""
    location = check_location(control, request, anywhere=True)
    sources = request.values("dataSourceIds")
    found = {}
    for config_id, kept in control.documents.all(KIND).items():
        place = kept["config"]["name"].split("/")[3]
        if location in ("-", place) and (not sources or _SOURCE in sources):
            found[config_id] = shown(control, kept)
    return Response(paged(found, request, "transferConfigs", default=100))


def update(control: Control, request: Request) -> Response:
    """PATCH .../transferConfigs/{config}?updateMask=: changes what the mask names, live at once."""
    given = _body(request)
    paths = mask_of(request.query.get("updateMask"), _KNOWN)
    if paths is None:
        raise RestError("invalid", "Missing argument: update_mask", "updateMask")
    fixed = next((path for path in paths if path.partition(".")[0] not in _CHANGEABLE), None)
    if fixed:
        raise RestError("invalid", f"The field {fixed} of a transfer configuration cannot be changed", "updateMask")
    with control.documents.lock:
        kept = require(control, request)
        config = masked(kept["config"], given, [path for path in paths if path != "serviceAccountName"])
        check(control, config)
        account = _account(control, request) if "serviceAccountName" in paths else kept["account"]
        timing = {"schedule", "scheduleOptions", "disabled"}
        is_retimed = any(config.get(name) != kept["config"].get(name) for name in timing)
        since = control.now() if is_retimed else kept["since"]
        changed = {"config": config, "account": account, "since": since, "updated": control.now()}
        control.documents.put(KIND, request.path["config"], changed)
    control.schedules_changed()
    return Response(shown(control, changed))


def delete(control: Control, request: Request) -> Response:
    """DELETE .../transferConfigs/{config}: with its runs."""
    require(control, request)
    config_id = request.path["config"]
    with control.documents.together():
        control.documents.delete(KIND, config_id)
        run_store.forget(control, run_store.of_config(control, config_id))
    control.schedules_changed()
    return Response({})


def require(control: Control, request: Request) -> dict[str, Any]:
    """What is kept of the configuration that a URL names: config, account, since and updated."""
    check_location(control, request)
    name = request.path["config"]
    return control.require(KIND, name, f"Requested entity was not found: transferConfigs/{name}")


def shown(control: Control, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The TransferConfig resource."""
    config = kept["config"]
    body = {**config, "updateTime": kept["updated"], "datasetRegion": control.service.location.lower()}
    body |= {"userId": "0", "schedule": config.get("schedule") or DEFAULT}
    following = next_time(kept, control.clock())
    if following is not None:
        body["nextRunTime"] = following.isoformat().replace("+00:00", "Z")
    runs = run_store.of_config(control, config["name"].rpartition("/")[2])
    if runs:
        body["state"] = max(runs.values(), key=lambda run: run["updateTime"])["state"]
    return body


def schedule_of(config: Mapping[str, Any]) -> Schedule:
    """When it fires. Raises RestError for a schedule that is none."""
    try:
        return parse_schedule(config.get("schedule") or DEFAULT)
    except ScheduleError as error:
        raise RestError("invalid", f"Invalid schedule: {error}", "schedule") from None


def next_time(kept: Mapping[str, Any], after: datetime) -> datetime | None:
    """When the configuration fires next; None when it does not."""
    config, since = kept["config"], instant_of(kept["since"], "since")
    options = config.get("scheduleOptions") or {}
    if config.get("disabled") or options.get("disableAutoScheduling"):
        return None
    start = options.get("startTime")
    anchor = instant_of(start, "startTime") if start else since
    begin = max(after, since, anchor - timedelta(microseconds=1) if start else since)
    found = schedule_of(config).next_after(begin, anchor=anchor)
    ends = options.get("endTime")
    return None if found is None or (ends and found >= instant_of(ends, "endTime")) else found


def check(control: Control, config: Mapping[str, Any]) -> None:
    """Refuse what the service refuses. Raises RestError."""
    if not config.get("displayName"):
        raise RestError("invalid", "Missing argument: display_name", "displayName")
    params = config.get("params") or {}
    query = params.get("query")
    if not isinstance(query, str) or not query.strip():
        raise RestError("invalid", "Missing argument: params.query", "params")
    destination = [name for name in _DESTINATION_PARAMS if params.get(name)]
    if config.get("destinationDatasetId") or destination:
        if not _is_one_select(query):
            raise RestError(
                "invalid",
                "A destination dataset or table cannot be set for a scheduled query that is DML, DDL, CALL or a script",
                "destinationDatasetId",
            )
        raise not_supported("A destination dataset or table of a scheduled query", "destinationDatasetId")
    options = config.get("scheduleOptions") or {}
    for name in ("startTime", "endTime"):
        if options.get(name):
            instant_of(options[name], name)
    if not options.get("disableAutoScheduling"):
        schedule_of(config)
    _check_topic(config.get("notificationPubsubTopic"))


def check_location(control: Control, request: Request, *, anywhere: bool = False) -> str:
    """The location of a URL in lower case, the server's own when it names none. Raises RestError for another one."""
    control.check_project(request.path["project"])
    here = control.service.location.lower()
    location = request.path.get("location", "-" if anywhere else here).lower()
    if location != here and not (anywhere and location == "-"):
        raise RestError("notFound", f"Location {location} is not supported: this local cloud is in {here}", "location")
    return location


def _body(request: Request) -> dict[str, Any]:
    given = request.json()
    check_shape(given, _KNOWN, "transfer_config")
    if given.get("serviceAccountName") and not request.query.get("serviceAccountName"):
        # The account is a parameter of the URL; in the body alone it would change nothing, and nobody would notice.
        raise unknown_field("serviceAccountName", "transfer_config")
    for name in ("dataRefreshWindowDays", "scheduleOptionsV2", "encryptionConfiguration"):
        if given.get(name):
            raise not_supported(f"transfer_config.{name}", name)
    return {name: value for name, value in given.items() if value is not None and name not in _OUTPUT_ONLY}


def _account(control: Control, request: Request) -> str:
    email = request.query.get("serviceAccountName", "")
    if not email:
        return ""
    found = control.documents.get("serviceAccounts", email)
    if found is None:
        raise RestError("notFound", f"Service account {email} does not exist", "serviceAccountName")
    if found.get("disabled"):
        raise RestError("failedPrecondition", f"Service account {email} is disabled", "serviceAccountName")
    return email


def _check_topic(topic: Any) -> None:
    if topic and not str(topic).startswith("projects/"):
        raise RestError("invalid", f"Invalid Pub/Sub topic: {topic}", "notificationPubsubTopic")


def _is_one_select(query: str) -> bool:
    try:
        statements = parse_script(query)
    except ScriptSyntaxError:
        return False
    only = statements[0] if len(statements) == 1 else None
    return isinstance(only, SqlStatement) and only.verb == "SELECT"
