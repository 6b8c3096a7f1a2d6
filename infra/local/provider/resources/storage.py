"""Cloud Storage's buckets: https://cloud.google.com/storage/docs/json_api/v1/buckets."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from infra.local.provider.api import Api, ApiError
from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind
from infra.local.provider.schema import Block
from infra.local.provider.values import Value

_STATES = {"LIVE": True, "ARCHIVED": False}


class _Bucket(Kind):
    """A bucket. A lifecycle condition's state is a flag in REST; force_destroy empties the bucket first."""

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        body = super().body(block, value)
        for rule in body.get("lifecycle", {}).get("rule", []):
            state = rule.get("condition", {}).pop("withState", None)
            if state in _STATES:
                rule["condition"]["isLive"] = _STATES[state]
        return body

    def value(self, block: Block, kept: Value, answer: Mapping[str, Any]) -> Value:
        shown = copy.deepcopy(dict(answer))
        names = {flag: state for state, flag in _STATES.items()}
        for rule in shown.get("lifecycle", {}).get("rule", []):
            condition = rule.setdefault("condition", {})
            condition["withState"] = names.get(condition.get("isLive"), "ANY")
        return super().value(block, kept, {**shown, "url": f"gs://{answer.get('name')}"})

    def amended(self, body: dict[str, Any], prior: Value) -> dict[str, Any]:
        labels = body.get("labels") or {}
        gone = [name for name in prior.get("effective_labels") or {} if name not in labels]
        # Labels are merged one by one, so each that goes is named.
        return {**body, "labels": {**labels, **dict.fromkeys(gone)}} if gone else body

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        if prior.get("force_destroy"):
            self._empty(api, self.place(self.item, prior))
        super().delete(api, block, prior)

    def _empty(self, api: Api, path: str) -> None:
        try:
            while items := api.call(self.service, "GET", f"{path}/o", query={"versions": "true"}).get("items"):
                for found in items:
                    query = {"generation": str(found["generation"])}
                    api.call(self.service, "DELETE", f"{path}/o/{quote(found['name'], safe='')}", query=query)
        except ApiError as error:
            if error.status != 404:
                raise self.failed("deleting contents of", error) from error


BUCKET = _Bucket(
    type="google_storage_bucket",
    noun="bucket",
    service="storage",
    collection="b",
    item="b/{name}",
    id="{name}",
    imports=("{project}/{name}", "{name}"),
    fields=Fields(
        renamed={
            "effective_labels": "labels",
            "uniform_bucket_level_access": "iamConfiguration.uniformBucketLevelAccess.enabled",
            "public_access_prevention": "iamConfiguration.publicAccessPrevention",
            "requester_pays": "billing.requesterPays",
            "lifecycle_rule": "lifecycle.rule",
        },
        local=frozenset(
            {
                "force_destroy",
                "id",
                "labels",
                "lifecycle_rule.condition.send_age_if_zero",
                "lifecycle_rule.condition.send_days_since_custom_time_if_zero",
                "lifecycle_rule.condition.send_days_since_noncurrent_time_if_zero",
                "lifecycle_rule.condition.send_num_newer_versions_if_zero",
                "project",
                "enable_object_retention",
                "terraform_labels",
            }
        ),
        as_text=frozenset({"retention_policy.retention_period", "soft_delete_policy.retention_duration_seconds"}),
        always=frozenset(
            {
                "public_access_prevention",
                "soft_delete_policy.retention_duration_seconds",
                "uniform_bucket_level_access",
                "versioning.enabled",
            }
        ),
    ),
    update_method="PATCH",
    create_query={"project": "project"},
    import_values={"force_destroy": False},
)

KINDS = (BUCKET,)
