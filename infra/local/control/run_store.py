"""The runs of scheduled queries as they are kept: apart from the text they ran, which thousands of them share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from infra.local.control.control import Control
from infra.local.control.resources import stamp

RUNS = "transferRuns"
PARAMS = "transferParams"
CONFIGS = "transferConfigs"
_KEPT_DAYS = 90


def keep(control: Control, run: dict[str, Any]) -> dict[str, Any]:
    """Write a TransferRun down; returns it."""
    config, name = _ids(run)
    text = json.dumps(run["params"], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    kept = {**{field: value for field, value in run.items() if field != "params"}, PARAMS: digest}
    with control.documents.together():
        # Deleting a configuration takes its runs away, also the one that is under way.
        if control.documents.get(CONFIGS, config) is not None:
            if control.documents.get(PARAMS, digest) is None:
                control.documents.put(PARAMS, digest, run["params"])
            control.documents.put(RUNS, f"{config}/{name}", kept)
    return run


def find(control: Control, config: str, run: str) -> dict[str, Any]:
    """A TransferRun. Raises RestError notFound."""
    name = f"{config}/{run}"
    return whole(control, control.require(RUNS, name, f"Requested entity was not found: transferConfigs/{name}"))


def of_config(control: Control, config: str) -> dict[str, dict[str, Any]]:
    """A configuration's runs without their texts, by the name they are kept under."""
    return control.documents.all(RUNS, f"{config}/")


def whole(control: Control, kept: dict[str, Any]) -> dict[str, Any]:
    """The TransferRun of what is kept."""
    params = control.require(PARAMS, kept[PARAMS])
    return {**{field: value for field, value in kept.items() if field != PARAMS}, "params": params}


def forget(control: Control, names: Iterable[str]) -> None:
    """Drop runs by the names they are kept under, and the texts that no other run has run."""
    with control.documents.together():
        for name in names:
            control.documents.delete(RUNS, name)
        used = {run[PARAMS] for run in control.documents.all(RUNS).values()}
        for digest in control.documents.all(PARAMS).keys() - used:
            control.documents.delete(PARAMS, digest)


def forget_old(control: Control) -> None:
    """The service keeps a run for 90 days."""
    oldest = stamp(control.clock() - timedelta(days=_KEPT_DAYS))
    old = [name for name, run in control.documents.all(RUNS).items() if run["updateTime"] < oldest]
    if old:
        forget(control, old)


def fail_interrupted(control: Control) -> None:
    """Runs that a killed server left under way have failed; nothing is run again."""
    for run in control.documents.all(RUNS).values():
        if run["state"] in ("PENDING", "RUNNING"):
            status = {"code": 10, "message": "The local cloud ended before the run did"}
            ended = {"state": "FAILED", "errorStatus": status, "endTime": control.now(), "updateTime": control.now()}
            keep(control, {**whole(control, run), **ended})


def _ids(run: dict[str, Any]) -> tuple[str, str]:
    parts = str(run["name"]).split("/")
    return parts[5], parts[7]
