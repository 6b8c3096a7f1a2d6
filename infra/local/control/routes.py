"""Which handler answers which URL of the control half: its table of contents."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from infra.local.control import (
    buckets,
    clock_api,
    dataset_policies,
    iam,
    kinds,
    objects,
    transfer_configs,
    transfer_runs,
)
from infra.local.control.collections import Collection, unsupported
from infra.local.control.control import Control
from infra.local.rest.exchange import Request, Response
from infra.local.rest.server import Router

Routes = list[tuple[str, str, Any]]
"""Method, path and handler: a function of a Control and a Request."""

_PROJECT = "/projects/{project}"
_CONFIGS = "(?:/bigquerydatatransfer)?/v1" + _PROJECT + "(?:/locations/{location})?/transferConfigs"
_CONFIG = _CONFIGS + "/(?P<config>[^/:]+)"
_ACCOUNTS = "/iam/v1" + _PROJECT + "/serviceAccounts"
_ACCOUNT = _ACCOUNTS + "/(?P<account>[^/:]+)"
_MANAGED = "/cloudresourcemanager/v1/projects/(?P<project>[^/:]+)"
_TOPIC = "/pubsub/v1" + _PROJECT + "/topics/(?P<topic>[^/:]+)"
_DATASET = "(?:/bigquery/v2)?" + _PROJECT + "/datasets/(?P<dataset>[^/:]+)"
_BUCKET = "/storage/v1/b/{bucket}"
_OBJECT = "(?:/download)?" + _BUCKET + "/o/{object}"
_UPLOAD = "(?:/resumable)?/upload" + _BUCKET + "/o"
_SERVICES = re.compile(
    "/(?:bigquerydatatransfer|iam|cloudresourcemanager|pubsub|billingbudgets|cloudquotas|monitoring|logging|storage|"
    "upload/storage|download/storage|resumable/upload/storage|eros|v1)(?:/.*)?"
)
_PLAIN_READS: Routes = [(method, "/{bucket}/(?P<object>.+)", objects.read) for method in ("GET", "HEAD")]


def answer(control: Control, request: Request) -> Response | None:
    """The control half's answer; None for a path of no service. Raises RestError for what is not done here."""
    path = request.url_path.replace("%3A", ":").replace("%3a", ":")
    found = _router().find(request.method, path)
    is_service = _SERVICES.fullmatch(path) is not None
    if found is None and not is_service:
        found = _plain_reads().find(request.method, path)
    if found is None:
        return unsupported(control, request) if is_service else None
    handler, names = found
    routed = Request(
        request.method, request.url_path, names, request.query, request.headers, request.body, request.raw_query
    )
    return handler(control, routed)


@cache
def _plain_reads() -> Router:
    return Router(_PLAIN_READS)


@cache
def _router() -> Router:
    return Router([*_TRANSFER, *_IAM, *_STORAGE, *_CLOCK, *_kept()])


_TRANSFER: Routes = [
    ("GET", _CONFIGS, transfer_configs.list_all),
    ("POST", _CONFIGS, transfer_configs.insert),
    ("GET", _CONFIG, transfer_configs.get),
    ("PATCH", _CONFIG, transfer_configs.update),
    ("DELETE", _CONFIG, transfer_configs.delete),
    ("POST", _CONFIG + ":startManualRuns", transfer_runs.start_manual),
    ("GET", _CONFIG + "/runs", transfer_runs.list_all),
    ("GET", _CONFIG + "/runs/{run}", transfer_runs.get),
    ("DELETE", _CONFIG + "/runs/{run}", transfer_runs.delete),
]
_IAM: Routes = [
    ("GET", _ACCOUNTS, iam.list_accounts),
    ("POST", _ACCOUNTS, iam.create_account),
    ("GET", _ACCOUNT, iam.get_account),
    ("PATCH", _ACCOUNT, iam.update_account),
    ("PUT", _ACCOUNT, iam.update_account),
    ("DELETE", _ACCOUNT, iam.delete_account),
    ("POST", _ACCOUNT + ":(?:enable|disable)", iam.switch_account),
    ("POST", _ACCOUNT + ":getIamPolicy", iam.get_policy),
    ("POST", _ACCOUNT + ":setIamPolicy", iam.set_policy),
    ("GET", _MANAGED, iam.get_project),
    ("POST", _MANAGED + ":getIamPolicy", iam.get_policy),
    ("POST", _MANAGED + ":setIamPolicy", iam.set_policy),
    ("GET", _TOPIC + ":getIamPolicy", iam.get_policy),
    ("POST", _TOPIC + ":setIamPolicy", iam.set_policy),
    ("POST", _DATASET + ":getIamPolicy", dataset_policies.get),
    ("POST", _DATASET + ":setIamPolicy", dataset_policies.put),
    ("GET", _BUCKET + "/iam", iam.get_policy),
    ("PUT", _BUCKET + "/iam", iam.set_policy),
    ("GET", _BUCKET + "/iam/testPermissions", iam.test_permissions),
    ("POST", _MANAGED + ":testIamPermissions", iam.test_permissions),
]
_STORAGE: Routes = [
    ("GET", "/storage/v1/b", buckets.list_all),
    ("POST", "/storage/v1/b", buckets.insert),
    ("GET", _BUCKET, buckets.get),
    ("PATCH", _BUCKET, buckets.update),
    ("PUT", _BUCKET, buckets.update),
    ("DELETE", _BUCKET, buckets.delete),
    ("GET", _BUCKET + "/o", objects.list_all),
    ("GET", _OBJECT, objects.get),
    ("PATCH", _OBJECT, objects.update),
    ("PUT", _OBJECT, objects.update),
    ("DELETE", _OBJECT, objects.delete),
    ("POST", _UPLOAD, objects.upload),
    ("PUT", _UPLOAD, objects.resume),
    ("DELETE", _UPLOAD, objects.cancel),
]
_CLOCK: Routes = [
    ("GET", "/eros/clock", clock_api.get),
    ("POST", "/eros/clock", clock_api.advance),
]


def _kept() -> Routes:
    monitoring, budgets = "/monitoring/v3" + _PROJECT, "/billingbudgets/v1/billingAccounts/{billing}"
    quotas = "/cloudquotas/v1" + _PROJECT + "/locations/{location}"
    logging = "/logging/v2" + _PROJECT
    return [
        *_requests(kinds.ALERT_POLICIES, monitoring, update="PATCH"),
        *_requests(kinds.CHANNELS, monitoring, update="PATCH"),
        *_requests(kinds.METRICS, logging, update="PUT"),
        *_requests(kinds.BUDGETS, budgets, update="PATCH"),
        *[route for route in _requests(kinds.QUOTAS, quotas, update="PATCH") if route[0] != "DELETE"],
        *_requests(kinds.TOPICS, "/pubsub/v1" + _PROJECT, update="PATCH"),
    ]


def _requests(kind: Collection, base: str, *, update: str) -> Routes:
    every, one = f"{base}/{kind.kind}", f"{base}/{kind.kind}/(?P<id>[^/:]+)"
    create = ("PUT", one, kind.create) if kind.naming == "path" else ("POST", every, kind.create)
    return [
        create,
        ("GET", every, kind.list_all),
        ("GET", one, kind.read),
        (update, one, kind.update),
        ("DELETE", one, kind.delete),
    ]
