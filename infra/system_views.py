"""Columns of INFORMATION_SCHEMA views that our SQL reads: what the local cloud fills, and GoogleSQL's analyser is told.

Source: cloud.google.com/bigquery/docs/information-schema-jobs.
"""

from __future__ import annotations

from collections.abc import Mapping

JOBS_COLUMNS: Mapping[str, str] = {
    "cache_hit": "BOOL",
    "creation_time": "TIMESTAMP",
    "dml_statistics": "STRUCT<inserted_row_count INT64, deleted_row_count INT64, updated_row_count INT64>",
    "end_time": "TIMESTAMP",
    "error_result": "STRUCT<reason STRING, location STRING, debug_info STRING, message STRING>",
    "job_id": "STRING",
    "job_type": "STRING",
    "labels": "ARRAY<STRUCT<key STRING, value STRING>>",
    "parent_job_id": "STRING",
    "priority": "STRING",
    "project_id": "STRING",
    "query": "STRING",
    "referenced_tables": "ARRAY<STRUCT<project_id STRING, dataset_id STRING, table_id STRING>>",
    "start_time": "TIMESTAMP",
    "state": "STRING",
    "statement_type": "STRING",
    "total_bytes_billed": "INT64",
    "total_bytes_processed": "INT64",
    "transaction_id": "STRING",
    "user_email": "STRING",
}
"""Type by name, of JOBS and JOBS_BY_PROJECT."""
