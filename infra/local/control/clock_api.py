"""The local cloud's clock over HTTP: what it reads, and how it is moved forward."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from infra.local.control import transfer_configs
from infra.local.control.control import Control
from infra.local.control.resources import instant_of, stamp
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request, Response
from infra.local.rest.shapes import check_shape

_FURTHEST = timedelta(days=400)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def get(control: Control, request: Request) -> Response:
    """GET /eros/clock: the time, and when each schedule fires next."""
    return Response({"now": control.now(), "next": _next(control)})


def advance(control: Control, request: Request) -> Response:
    """POST /eros/clock {to} or {by}: fire each due schedule in order at its own instant, then stand at the target.

    `twiceOnTheHour` starts a run that is due exactly on the hour twice. The answer comes when all runs have ended.
    """
    given = request.json()
    check_shape(given, {"to": str, "by": str, "twiceOnTheHour": bool}, "clock")
    target = _target(control, given)
    if target > control.clock() + _FURTHEST:
        raise RestError("invalid", f"The clock is moved by at most {_FURTHEST.days} days at a time", "to")
    if target < control.clock():
        raise RestError("invalid", f"The clock reads {control.now()}: it never goes back", "to")
    fired = control.runs().advance(target, twice_on_the_hour=bool(given.get("twiceOnTheHour")))
    names = {kept["config"]["name"]: kept["config"]["displayName"] for kept in _configs(control)}
    runs = [_summary(run, names) for run in fired]
    return Response({"now": control.now(), "fired": runs, "next": _next(control)})


def _target(control: Control, given: dict[str, Any]) -> datetime:
    if bool(given.get("to")) == bool(given.get("by")):
        raise RestError("invalid", "Give either to (an instant with an offset) or by (7d, 36h, 90m)")
    if given.get("to"):
        return instant_of(given["to"], "to")
    text = str(given["by"])
    if not text[:-1].isdigit() or text[-1] not in _UNITS or len(text) > 9:
        raise RestError("invalid", f"Invalid value for by: {text!r}, write for example 7d, 36h or 90m", "by")
    return control.clock() + timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _next(control: Control) -> list[dict[str, Any]]:
    found = []
    for kept in _configs(control):
        time = transfer_configs.next_time(kept, control.clock())
        shown = {"displayName": kept["config"]["displayName"], "nextRunTime": stamp(time) if time else None}
        found.append(shown)
    return sorted(found, key=lambda one: (one["nextRunTime"] or "~", one["displayName"]))


def _summary(run: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    shown = {"displayName": names.get(run["name"].partition("/runs/")[0]), "runTime": run["runTime"]}
    shown |= {"state": run["state"], "name": run["name"]}
    return {**shown, **({"error": run["errorStatus"]["message"]} if run["errorStatus"] else {})}


def _configs(control: Control) -> list[dict[str, Any]]:
    return list(control.documents.all(transfer_configs.KIND).values())
