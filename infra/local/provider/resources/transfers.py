"""Scheduled queries: https://cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1."""

from __future__ import annotations

from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind
from infra.local.provider.schema import Block
from infra.local.provider.values import Value


class _Config(Kind):
    """A transfer configuration. Its account is a parameter of the requests, never part of a body or an answer."""

    def changed(self, block: Block, prior: Value, planned: Value) -> list[str]:
        account = (prior.get("service_account_name") or "") != (planned.get("service_account_name") or "")
        return sorted([*super().changed(block, prior, planned), *(["serviceAccountName"] if account else [])])


CONFIG = _Config(
    type="google_bigquery_data_transfer_config",
    noun="Config",
    service="bigquery_data_transfer",
    collection="projects/{project}/locations/{location}/transferConfigs",
    item="{name}",
    id="{name}",
    imports=("{project} {name}", "{name}"),
    fields=Fields(
        local=frozenset({"id", "project", "location", "sensitive_params", "service_account_name"}),
    ),
    update_method="PATCH",
    masked=True,
    query={"serviceAccountName": "service_account_name"},
)

KINDS = (CONFIG,)
