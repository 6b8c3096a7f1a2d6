"""BigQuery's datasets, tables and routines: https://cloud.google.com/bigquery/docs/reference/rest/v2."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from infra.local.provider.api import Api, ApiError
from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind, ResourceError
from infra.local.provider.schema import Block
from infra.local.provider.values import Value, known

_DATASETS = "projects/{project}/datasets"
_DATASET = _DATASETS + "/{dataset_id}"


class _Dataset(Kind):
    """A dataset is not destroyed with tables in it unless delete_contents_on_destroy says so."""

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        query = {"deleteContents": "true" if prior.get("delete_contents_on_destroy") else "false"}
        self._delete(api, self.place(self.item, prior), query)


DATASET = _Dataset(
    type="google_bigquery_dataset",
    noun="Dataset",
    service="big_query",
    collection=_DATASETS,
    item=_DATASET,
    id=_DATASET,
    imports=(_DATASET, "{project}/{dataset_id}", "{dataset_id}"),
    fields=Fields(
        renamed={
            "dataset_id": "datasetReference.datasetId",
            "project": "datasetReference.projectId",
            "effective_labels": "labels",
            "access.iam_member": "iamMember",
        },
        local=frozenset({"delete_contents_on_destroy", "labels", "terraform_labels", "id"}),
        unsent=frozenset({"project"}),
    ),
    import_values={"delete_contents_on_destroy": False},
)


@dataclass(frozen=True)
class _Table(Kind):
    """A table or view. Columns that vanish from the schema are dropped by a query before the update."""

    def update(self, api: Api, block: Block, prior: Value, planned: Value) -> Value:
        if planned.get("schema") and not planned.get("view"):
            self._drop_columns(api, known(planned))
        return super().update(api, block, prior, planned)

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        body = super().body(block, value)
        if "view" in body:
            # The API takes no schema for a new view, and infers the one of a changed query.
            body.pop("schema", None)
            body["view"].setdefault("useLegacySql", False)
        return body

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        if prior.get("deletion_protection"):
            raise ResourceError(
                f"cannot destroy table {prior.get('id')} without setting deletion_protection=false and running "
                "`terraform apply`",
                attribute="deletion_protection",
            )
        super().delete(api, block, prior)

    def _drop_columns(self, api: Api, wanted: Value) -> None:
        path = self.place(self.item, wanted)
        try:
            current = api.call(self.service, "GET", path)
        except ApiError as error:
            raise self.failed("reading", error) from error
        kept = {str(field["name"]).lower() for field in json.loads(wanted["schema"])}
        names = [str(field["name"]) for field in (current.get("schema") or {}).get("fields") or []]
        lost = [name for name in names if name.lower() not in kept]
        if lost:
            table = self.place("{project}.{dataset_id}.{table_id}", wanted, escape=False)
            query = f"ALTER TABLE `{table}` DROP COLUMN {', DROP COLUMN '.join(lost)}"
            body = {"query": query, "useLegacySql": False}
            self.call("updating", api, "POST", f"projects/{wanted['project']}/queries", body)


TABLE = _Table(
    type="google_bigquery_table",
    noun="Table",
    service="big_query",
    collection=_DATASET + "/tables",
    item=_DATASET + "/tables/{table_id}",
    id=_DATASET + "/tables/{table_id}",
    imports=(_DATASET + "/tables/{table_id}", "{project}/{dataset_id}/{table_id}", "{dataset_id}/{table_id}"),
    fields=Fields(
        renamed={
            "table_id": "tableReference.tableId",
            "dataset_id": "tableReference.datasetId",
            "project": "tableReference.projectId",
            "effective_labels": "labels",
            "schema": "schema.fields",
            "clustering": "clustering.fields",
        },
        local=frozenset(
            {
                "deletion_protection",
                "generated_schema_columns",
                "id",
                "ignore_auto_generated_schema",
                "ignore_schema_changes",
                "labels",
                "schema_foreign_type_info",
                "table_metadata_view",
                "table_replication_info",
                "terraform_labels",
            }
        ),
        as_json=frozenset({"schema"}),
        as_text=frozenset({"expiration_time", "time_partitioning.expiration_ms"}),
        always=frozenset({"view.use_legacy_sql"}),
    ),
    import_values={"deletion_protection": True},
)


ROUTINE = Kind(
    type="google_bigquery_routine",
    noun="Routine",
    service="big_query",
    collection=_DATASET + "/routines",
    item=_DATASET + "/routines/{routine_id}",
    id=_DATASET + "/routines/{routine_id}",
    imports=(_DATASET + "/routines/{routine_id}", "{project}/{dataset_id}/{routine_id}", "{dataset_id}/{routine_id}"),
    fields=Fields(
        renamed={
            "routine_id": "routineReference.routineId",
            "dataset_id": "routineReference.datasetId",
            "project": "routineReference.projectId",
        },
        local=frozenset({"id"}),
        as_json=frozenset({"return_type", "return_table_type", "arguments.data_type"}),
    ),
)

KINDS = (DATASET, TABLE, ROUTINE)
