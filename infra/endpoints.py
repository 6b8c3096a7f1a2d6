"""Where the local cloud answers for each Google service: the one table that stacks, provider and server share.

A key is the name of the google provider's `<key>_custom_endpoint` argument; the path ends where the provider's own
default base does, so that what the provider appends is the same on both clouds. Monitoring's base has no version.
"""

from __future__ import annotations

ENDPOINTS = {
    "big_query": "/bigquery/v2/",
    "bigquery_data_transfer": "/bigquerydatatransfer/v1/",
    "iam": "/iam/v1/",
    "resource_manager": "/cloudresourcemanager/v1/",
    "pubsub": "/pubsub/v1/",
    "billing": "/billingbudgets/v1/",
    "cloud_quotas": "/cloudquotas/v1/",
    "monitoring": "/monitoring/",
    "logging": "/logging/v2/",
    "storage": "/storage/v1/",
}

LOCAL_STATE_BUCKET = "eros-local-state"
"""The bucket of Terraform's state on the local cloud; it exists as soon as the server runs."""

LOCAL_WAREHOUSE_STATE = "eros/local/warehouse/default.tfstate"
"""The object of that bucket which says what of the warehouse Terraform manages."""

LOCAL_PROJECT_NUMBER = "100000000001"
"""The number of the local cloud's one project: some services answer with it where they were asked by the id."""


def custom_endpoints(url: str) -> dict[str, str]:
    """The google provider's `*_custom_endpoint` arguments for a local cloud at `url`."""
    base = url.rstrip("/")
    return {f"{name}_custom_endpoint": base + path for name, path in ENDPOINTS.items()}
