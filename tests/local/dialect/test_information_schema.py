"""INFORMATION_SCHEMA.JOBS: how it must be named, what its columns are, and that the rest is refused by name."""

from __future__ import annotations

import json

import pytest

from infra.local.engine.rewrite import BindingKind
from infra.local.engine.rewrite.names import AnalysisError, NotFoundError
from tests.local.dialect.checking import check, refuse
from tests.local.dialect.harness import Bench

ROWS = [
    {"job_id": "a", "labels": [{"key": "system", "value": "eros"}], "creation_time": "2026-03-09T17:30:00.000001Z"},
    {"job_id": "b", "error_result": {"reason": "invalidQuery", "message": "no"}, "total_bytes_billed": 10},
]
NAMES = (
    "`test-project`.`region-us`.INFORMATION_SCHEMA.JOBS",
    "`test-project.region-us.INFORMATION_SCHEMA.JOBS`",
    "`region-us`.INFORMATION_SCHEMA.JOBS",
    "`region-US`.information_schema.jobs",
    "`region-us`.INFORMATION_SCHEMA.JOBS_BY_PROJECT",
)


@pytest.fixture
def jobs(bench: Bench) -> Bench:
    bench.values[(BindingKind.ROWS, "jobs")] = json.dumps(ROWS)
    return bench


@pytest.mark.parametrize("name", NAMES)
def test_the_view_is_found_by_region(jobs: Bench, name: str) -> None:
    check(jobs, f"SELECT job_id FROM {name} ORDER BY job_id", [("a",), ("b",)])


def test_columns_have_bigquery_s_types(jobs: Bench) -> None:
    view = f"FROM {NAMES[0]} AS jobs"
    check(jobs, f"SELECT UNIX_MICROS(creation_time) {view} WHERE job_id = 'a'", [(1773077400000001,)])
    check(
        jobs,
        f"SELECT job_id {view} WHERE EXISTS (SELECT label.key FROM UNNEST(labels) AS label WHERE label.value = 'eros')",
        [("a",)],
    )
    check(
        jobs,
        f"SELECT jobs.error_result.message, error_result IS NULL {view} ORDER BY job_id DESC",
        [("no", False), (None, True)],
    )
    check(jobs, f"SELECT SUM(total_bytes_billed), COUNTIF(cache_hit) {view}", [(10, 0)])
    check(jobs, f"SELECT COUNT(*) {view} JOIN {NAMES[2]} AS parents ON parents.job_id = jobs.parent_job_id", [(0,)])


def test_what_is_not_kept_is_refused_by_name(jobs: Bench) -> None:
    refuse(jobs, f"SELECT total_slot_ms FROM {NAMES[0]}", "Column total_slot_ms of INFORMATION_SCHEMA.JOBS")
    refuse(jobs, f"SELECT j.timeline FROM {NAMES[0]} AS j", "Column timeline of INFORMATION_SCHEMA.JOBS")
    refuse(jobs, f"SELECT * FROM {NAMES[0]}", "of INFORMATION_SCHEMA.JOBS")
    refuse(jobs, "SELECT 1 FROM shop.INFORMATION_SCHEMA.TABLE_STORAGE", "INFORMATION_SCHEMA.TABLE_STORAGE")
    refuse(jobs, "SELECT 1 FROM `region-us`.INFORMATION_SCHEMA.JOBS_TIMELINE", "INFORMATION_SCHEMA.JOBS_TIMELINE")
    refuse(jobs, f"DELETE FROM {NAMES[2]} WHERE TRUE", "INFORMATION_SCHEMA")


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("INFORMATION_SCHEMA.JOBS", AnalysisError, "must be qualified with a region"),
        ("shop.INFORMATION_SCHEMA.JOBS", AnalysisError, "must be qualified with a region"),
        ("`region-eu`.INFORMATION_SCHEMA.JOBS", NotFoundError, "region-eu"),
        ("`other`.`region-us`.INFORMATION_SCHEMA.JOBS", NotFoundError, "Project other"),
    ],
)
def test_another_place_is_not_found(jobs: Bench, name: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        jobs.sql(f"SELECT job_id FROM {name}")
