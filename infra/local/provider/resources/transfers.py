"""Scheduled queries: https://cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1."""

from __future__ import annotations

from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind

CONFIG = Kind(
    type="google_bigquery_data_transfer_config",
    noun="Config",
    service="bigquery_data_transfer",
    collection="projects/{project}/locations/{location}/transferConfigs",
    item="{name}",
    id="{name}",
    imports=("{project} {name}", "{name}"),
    fields=Fields(
        renamed={"destination_dataset_id": "destinationDatasetId"},
        local=frozenset({"id", "project", "location", "sensitive_params"}),
        unsent=frozenset({"service_account_name"}),
    ),
    update_method="PATCH",
    masked=True,
    query={"serviceAccountName": "service_account_name"},
)

KINDS = (CONFIG,)
