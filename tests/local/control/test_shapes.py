"""A body of the wrong shape is refused with its field's name, whatever is in it, and leaves nothing behind."""

from __future__ import annotations

import random
from typing import Any

import pytest

from infra.endpoints import ENDPOINTS, LOCAL_STATE_BUCKET, custom_endpoints
from infra.local.rest.errors import RestError
from infra.local.rest.shapes import check_shape
from infra.local.server import LocalCloud
from tests.local.control.conftest import CONFIGS, PROJECT, calling

POLICY = {"bindings": [{"role": "roles/x", "members": ["user:a@b.c"], "condition": {"expression": "x"}}], "version": 3}
CONDITION = {"displayName": "c", "conditionThreshold": {"filter": "x", "thresholdValue": 0.5}}
RULE = {"action": {"type": "Delete"}, "condition": {"numNewerVersions": 3}}
REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "POST",
        f"/monitoring/v3/projects/{PROJECT}/alertPolicies",
        {"displayName": "x", "combiner": "OR", "conditions": [CONDITION], "userLabels": {"a": "b"}, "enabled": True},
    ),
    (
        "POST",
        f"/monitoring/v3/projects/{PROJECT}/notificationChannels",
        {"type": "email", "displayName": "x", "labels": {"email_address": "a"}},
    ),
    (
        "POST",
        f"/logging/v2/projects/{PROJECT}/metrics",
        {"name": "x", "filter": "f", "metricDescriptor": {"labels": [{"key": "a"}]}, "labelExtractors": {"a": "b"}},
    ),
    (
        "POST",
        "/billingbudgets/v1/billingAccounts/a/budgets",
        {
            "displayName": "x",
            "amount": {"specifiedAmount": {"units": "3"}},
            "thresholdRules": [{"thresholdPercent": 1}],
        },
    ),
    (
        "POST",
        f"/cloudquotas/v1/projects/{PROJECT}/locations/global/quotaPreferences?quotaPreferenceId=q",
        {"service": "s", "quotaId": "Q", "quotaConfig": {"preferredValue": "3"}, "dimensions": {"region": "us"}},
    ),
    ("PUT", f"/pubsub/v1/projects/{PROJECT}/topics/t", {"labels": {"a": "b"}}),
    ("PATCH", f"/pubsub/v1/projects/{PROJECT}/topics/there", {"topic": {"labels": {"a": "b"}}, "updateMask": "labels"}),
    (
        "POST",
        f"/iam/v1/projects/{PROJECT}/serviceAccounts",
        {"accountId": "abcdef", "serviceAccount": {"displayName": "x"}},
    ),
    ("POST", f"/cloudresourcemanager/v1/projects/{PROJECT}:setIamPolicy", {"policy": POLICY}),
    ("PUT", f"/storage/v1/b/{LOCAL_STATE_BUCKET}/iam", POLICY),
    (
        "POST",
        CONFIGS,
        {
            "displayName": "x",
            "dataSourceId": "scheduled_query",
            "schedule": "every day 10:07",
            "params": {"query": "SELECT 1"},
            "scheduleOptions": {"startTime": "2026-01-01T00:00:00Z", "disableAutoScheduling": False},
            "notificationPubsubTopic": "projects/p/topics/t",
        },
    ),
    (
        "POST",
        f"/storage/v1/b?project={PROJECT}",
        {"name": "bucket", "location": "US", "lifecycle": {"rule": [RULE]}, "versioning": {"enabled": True}},
    ),
    ("PATCH", f"/storage/v1/b/{LOCAL_STATE_BUCKET}", {"labels": {"a": "b"}, "lifecycle": {"rule": [RULE]}}),
    ("POST", "/eros/clock", {"by": "1s"}),
    (
        "PUT",
        f"/bigquery/v2/projects/{PROJECT}/datasets/d",
        {"access": [{"role": "READER", "userByEmail": "a@b.c"}], "labels": {"a": "b"}, "maxTimeTravelHours": "168"},
    ),
    (
        "PUT",
        f"/bigquery/v2/projects/{PROJECT}/datasets/d/tables/t",
        {
            "schema": {"fields": [{"name": "a", "type": "STRING", "mode": "NULLABLE"}]},
            "clustering": {"fields": ["a"]},
            "tableConstraints": {"primaryKey": {"columns": ["a"]}},
            "labels": {"a": "b"},
        },
    ),
]
JUNK = [None, "", 0, -1, 1.5, True, [], {}, "x", ["x"], {"x": 1}, [None], [[]], {"a": None}, "\u0000", 10**30]


def spoiled(value: Any, chance: random.Random) -> Any:
    """The value with one part of it replaced by something else."""
    if isinstance(value, dict) and value and chance.random() < 0.75:
        name = chance.choice(sorted(value))
        return {**value, name: spoiled(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.75:
        index = chance.randrange(len(value))
        return [*value[:index], spoiled(value[index], chance), *value[index + 1 :]]
    return chance.choice(JUNK)


def test_no_body_breaks_the_server(own_cloud: LocalCloud) -> None:
    call, chance = calling(own_cloud.url), random.Random(20260114)
    bigquery = f"/bigquery/v2/projects/{PROJECT}/datasets"
    call("POST", bigquery, {"datasetReference": {"datasetId": "d"}})
    table = {"tableReference": {"tableId": "t"}, "schema": {"fields": [{"name": "a", "type": "STRING"}]}}
    call("POST", f"{bigquery}/d/tables", table)
    call("PUT", f"/pubsub/v1/projects/{PROJECT}/topics/there", {})
    refused = 0
    for _ in range(40):
        for method, path, given in REQUESTS:
            body = spoiled(given, chance)
            if isinstance(body, dict):
                answer = call(method, path, body)
                assert answer.status < 500 or answer.status == 501, (method, path, body, answer.message)
                refused += answer.status >= 400
    assert refused > 200
    for path in (*LISTS.values(), "/eros/clock", "/eros/status", f"{bigquery}/d", f"{bigquery}/d/tables/t"):
        assert call("GET", path).status == 200, path


LISTS = {
    "big_query": f"/bigquery/v2/projects/{PROJECT}/datasets",
    "bigquery_data_transfer": CONFIGS,
    "iam": f"/iam/v1/projects/{PROJECT}/serviceAccounts",
    "resource_manager": f"/cloudresourcemanager/v1/projects/{PROJECT}",
    "pubsub": f"/pubsub/v1/projects/{PROJECT}/topics",
    "billing": "/billingbudgets/v1/billingAccounts/a/budgets",
    "cloud_quotas": f"/cloudquotas/v1/projects/{PROJECT}/locations/global/quotaPreferences",
    "monitoring": f"/monitoring/v3/projects/{PROJECT}/alertPolicies",
    "logging": f"/logging/v2/projects/{PROJECT}/metrics",
    "storage": f"/storage/v1/b?project={PROJECT}",
}


def test_every_endpoint_is_served_below_its_path() -> None:
    assert LISTS.keys() == ENDPOINTS.keys()
    assert all(path.startswith(ENDPOINTS[name]) for name, path in LISTS.items())
    addresses = custom_endpoints("http://127.0.0.1:20000/")
    assert addresses["storage_custom_endpoint"] == "http://127.0.0.1:20000/storage/v1/"


@pytest.mark.parametrize(
    ("given", "shape", "why"),
    [
        ({"a": 1}, {"a": str}, r"'x.a' \(TYPE_STRING\), 1"),
        ({"a": "1"}, {"a": bool}, "TYPE_BOOL"),
        ({"a": True}, {"a": int}, "TYPE_INT64"),
        ({"a": "1.5"}, {"a": int}, "TYPE_INT64"),
        ({"a": "1"}, {"a": float}, "TYPE_DOUBLE"),
        ({"a": {}}, {"a": [str]}, r"\(list\)"),
        ({"a": ["b", None]}, {"a": [str]}, r"x.a\[1\]"),
        ({"a": [{"b": 1}]}, {"a": [{"b": {str: str}}]}, r"'x.a\[0\].b' \(object\)"),
        ({"a": {"b": {}}}, {"a": {str: str}}, "x.a.b"),
        ({"b": 1}, {"a": str}, "Unknown name \"b\" at 'x'"),
    ],
)
def test_a_wrong_shape_is_named(given: Any, shape: Any, why: str) -> None:
    with pytest.raises(RestError, match=why):
        check_shape(given, shape, "x")


def test_what_fits_passes() -> None:
    shape = {"a": str, "b": int, "c": [float], "d": {str: str}, "e": dict, "f": list, "g": bool}
    given = {"a": "", "b": "-12", "c": [1, 2.5], "d": {"x": "y"}, "e": {"z": 1}, "f": [1, "2"], "g": False}
    check_shape(given, shape, "x")
    check_shape(dict.fromkeys(given), shape, "x")
    check_shape({**given, "other": 1}, shape, "x", closed=False)
