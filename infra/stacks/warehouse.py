"""The warehouse stack: the google provider and the BigQuery dataset.

Tables, routines and views are not declared here yet: they come with the deployment issue, and until then
`infra.gcloud.apply_sql` creates them.
"""

from __future__ import annotations

from typing import Any

from sql import SqlSettings

NAME = "warehouse"
PROVIDER_SOURCE = "hashicorp/google"
PROVIDER_VERSION = "~> 6.50"
"""The newest series that cdktf's prebuilt google bindings were generated from."""
DATASET_TYPE = "google_bigquery_dataset"


def provider_config(settings: SqlSettings) -> dict[str, Any]:
    """Arguments of the google provider."""
    return {"project": settings.project}


def dataset_config(settings: SqlSettings) -> dict[str, Any]:
    """Arguments of the dataset, which no Terraform run may destroy: it holds the history that every decision uses."""
    return {
        "dataset_id": settings.dataset,
        "location": settings.location,
        "labels": {"system": "eros"},
        "delete_contents_on_destroy": False,
        "lifecycle": {"prevent_destroy": True},
    }
