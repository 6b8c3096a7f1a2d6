"""The views of INFORMATION_SCHEMA that the local cloud has: names, columns and types as BigQuery's.

A column of BigQuery's that the local cloud cannot fill truly is listed as missing, and refused by name. Source:
cloud.google.com/bigquery/docs/information-schema-intro and the page of each view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from infra.local.engine.types import DataType, parse_type
from infra.system_views import JOBS_COLUMNS

SCHEMA = "INFORMATION_SCHEMA"
LEAST_BYTES = 10 * 1024**2
"""What reading a view of the catalog counts and costs, however little it is."""


@dataclass(frozen=True)
class SystemView:
    """One view. ``by_dataset`` and ``by_region`` say how it may be qualified; ``bytes_read`` is what a query counts.

    ``schema_column`` is the column that holds the dataset; a view without one is not of the catalog.
    """

    name: str
    columns: Mapping[str, DataType]
    missing: tuple[str, ...] = ()
    by_dataset: bool = True
    by_region: bool = True
    bytes_read: int = LEAST_BYTES


def _columns(described: str) -> dict[str, DataType]:
    """Columns from lines "name TYPE"."""
    lines = (line.strip() for line in described.strip().splitlines())
    return {name: parse_type(text) for name, _, text in (line.partition(" ") for line in lines)}


JOBS = SystemView(
    "JOBS",
    {name: parse_type(text) for name, text in JOBS_COLUMNS.items()},
    (
        "bi_engine_statistics",
        "destination_table",
        "edition",
        "job_creation_reason",
        "job_stages",
        "materialized_view_statistics",
        "metadata_cache_statistics",
        "project_number",
        "query_dialect",
        "query_info",
        "reservation_id",
        "search_statistics",
        "session_info",
        "timeline",
        "total_modified_partitions",
        "total_services_sku_slot_ms",
        "total_slot_ms",
        "transferred_bytes",
        "vector_search_statistics",
    ),
    by_dataset=False,
    bytes_read=0,
)
TABLES = SystemView(
    "TABLES",
    _columns(
        """
        table_catalog STRING
        table_schema STRING
        table_name STRING
        table_type STRING
        managed_table_type STRING
        is_insertable_into STRING
        is_fine_grained_mutations_enabled STRING
        is_typed STRING
        is_change_history_enabled STRING
        creation_time TIMESTAMP
        base_table_catalog STRING
        base_table_schema STRING
        base_table_name STRING
        snapshot_time_ms TIMESTAMP
        replica_source_catalog STRING
        replica_source_schema STRING
        replica_source_name STRING
        replication_status STRING
        replication_error STRING
        ddl STRING
        default_collation_name STRING
        sync_status STRUCT<last_completion_time TIMESTAMP, error_time TIMESTAMP, error STRUCT<reason STRING, location STRING, message STRING>>
        upsert_stream_apply_watermark TIMESTAMP
        """  # noqa: E501
    ),
)
COLUMNS = SystemView(
    "COLUMNS",
    _columns(
        """
        table_catalog STRING
        table_schema STRING
        table_name STRING
        column_name STRING
        ordinal_position INT64
        is_nullable STRING
        data_type STRING
        is_generated STRING
        generation_expression STRING
        is_stored STRING
        is_hidden STRING
        is_updatable STRING
        is_system_defined STRING
        is_partitioning_column STRING
        clustering_ordinal_position INT64
        collation_name STRING
        column_default STRING
        rounding_mode STRING
        data_policies ARRAY<STRUCT<name STRING>>
        policy_tags ARRAY<STRING>
        """
    ),
)
VIEWS = SystemView(
    "VIEWS",
    _columns(
        """
        table_catalog STRING
        table_schema STRING
        table_name STRING
        view_definition STRING
        check_option STRING
        use_standard_sql STRING
        """
    ),
)
TABLE_OPTIONS = SystemView(
    "TABLE_OPTIONS",
    _columns(
        """
        table_catalog STRING
        table_schema STRING
        table_name STRING
        option_name STRING
        option_type STRING
        option_value STRING
        """
    ),
)
ROUTINES = SystemView(
    "ROUTINES",
    _columns(
        """
        specific_catalog STRING
        specific_schema STRING
        specific_name STRING
        routine_catalog STRING
        routine_schema STRING
        routine_name STRING
        routine_type STRING
        data_type STRING
        routine_body STRING
        routine_definition STRING
        external_language STRING
        is_deterministic STRING
        security_type STRING
        created TIMESTAMP
        last_altered TIMESTAMP
        ddl STRING
        connection STRING
        """
    ),
    ("build_status",),
)
PARAMETERS = SystemView(
    "PARAMETERS",
    _columns(
        """
        specific_catalog STRING
        specific_schema STRING
        specific_name STRING
        ordinal_position INT64
        parameter_mode STRING
        is_result STRING
        parameter_name STRING
        data_type STRING
        parameter_default STRING
        is_aggregate STRING
        """
    ),
)
PARTITIONS = SystemView(
    "PARTITIONS",
    _columns(
        """
        table_catalog STRING
        table_schema STRING
        table_name STRING
        partition_id STRING
        total_rows INT64
        total_logical_bytes INT64
        total_billable_bytes INT64
        storage_tier STRING
        """
    ),
    ("last_modified_time",),
    by_region=False,
)
BY_NAME: Mapping[str, SystemView] = {
    **{view.name: view for view in (JOBS, TABLES, COLUMNS, VIEWS, TABLE_OPTIONS, ROUTINES, PARAMETERS, PARTITIONS)},
    "JOBS_BY_PROJECT": JOBS,
}
