"""A dataset of the old system is looked at: what would be taken over, differs, or is not ours. Nothing changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploying import World, world
from tests.eros import Answer, Eros
from tests.terraform import needs_node, needs_terraform

pytestmark = [needs_terraform, needs_node]

OLD = "old_brain"
STATEMENTS = (
    # Ours by name, with fewer columns: they would be added.
    "CREATE TABLE `{}.creators` (page_name STRING NOT NULL, display_name STRING)",
    # With a column more, which a plan would drop, and the gate refuses.
    "CREATE TABLE `{}.caption_bandit_stats` (page_name STRING NOT NULL, caption_id INT64, old_score FLOAT64)",
    "CREATE TABLE `{}.etl_job_runs` (job_name STRING)",
    "CREATE TABLE `{}.active_creators` (page_name STRING)",
    "CREATE FUNCTION `{}.wilson_score_bounds`(successes FLOAT64, failures FLOAT64) RETURNS FLOAT64 AS (0.5)",
    "CREATE FUNCTION `{}.old_helper`(x FLOAT64) RETURNS FLOAT64 AS (x)",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("home"), bootstrap=False) as ready:
        ready.client.create_dataset(OLD)
        for text in STATEMENTS:
            ready.client.query_and_wait(text.format(f"{ready.site.environment.project}.{OLD}"))
        yield ready


def bodies(here: World) -> dict[str, str]:
    """Every dataset, and all that the old one holds, as text; and every object of the state's bucket."""
    environment = here.site.environment
    base = f"{environment.endpoint}/bigquery/v2/projects/{environment.project}/datasets"
    found = {"datasets": requests.get(base, timeout=10).text}
    kinds = (("tables", "tableReference", "tableId"), ("routines", "routineReference", "routineId"))
    for items, reference, name in kinds:
        for one in requests.get(f"{base}/{OLD}/{items}", timeout=10).json()[items]:
            identity = one[reference][name]
            found[f"{items}/{identity}"] = requests.get(f"{base}/{OLD}/{items}/{identity}", timeout=10).text
    return found | {"state": json.dumps(list(here.site.rest.pages("storage", f"b/{environment.bucket}/o", "items")))}


@pytest.fixture(scope="module")
def seen(here: World) -> Answer:
    before = bodies(here)
    assert len(before) == 2 + len(STATEMENTS)
    answer = Eros(here.site.home)("adopt", "--dataset", OLD, "--json", program="eros-infra", timeout=280)
    assert bodies(here) == before
    return answer


def test_what_has_our_names_would_be_taken_over_and_the_file_says_exactly_that(here: World, seen: Answer) -> None:
    place = f"projects/{here.site.environment.project}/datasets/{OLD}"
    wanted = {
        f"google_bigquery_dataset.{OLD}": place,
        "google_bigquery_table.creators": f"{place}/tables/creators",
        "google_bigquery_table.caption_bandit_stats": f"{place}/tables/caption_bandit_stats",
        "google_bigquery_routine.wilson_score_bounds": f"{place}/routines/wilson_score_bounds",
    }
    assert seen.json["adopted"]["warehouse"] == wanted, seen.err
    blocks = json.loads(Path(seen.json["files"]["warehouse"]).read_text())["import"]
    assert {one["to"]: one["id"] for one in blocks} == wanted


def test_what_has_other_names_is_listed_as_not_ours(seen: Answer) -> None:
    assert [one["key"][-1] for one in seen.json["not_ours"]] == ["old_helper", "active_creators", "etl_job_runs"]


def change(seen: Answer, address: str) -> dict[str, Any]:
    (one,) = [one for one in seen.json["plan"]["changes"] if one["address"] == address]
    return dict(one)


def test_what_differs_is_told_and_a_column_that_would_be_lost_is_refused(seen: Answer) -> None:
    columns = {one["path"]: one["kind"] for one in change(seen, "google_bigquery_table.creators")["columns"]}
    assert columns["settings"] == columns["audience"] == "added"
    lost = change(seen, "google_bigquery_table.caption_bandit_stats")
    assert {"path": "old_score", "kind": "lost", "before": "FLOAT64", "after": ""} in lost["columns"]
    routine = change(seen, "google_bigquery_routine.wilson_score_bounds")
    assert "-0.5" in routine["diffs"][0]["lines"]
    assert seen.code == 3 and "columns" in lost["refused"]


def test_without_a_state_there_is_no_drift_to_look_for_and_none_is_made(here: World) -> None:
    before = bodies(here)
    answer = Eros(here.site.home)("drift", program="eros-infra")
    assert answer.code == 2 and "there is no state to compare with" in answer.err
    assert "eros-infra deploy --target local" in answer.err and bodies(here) == before
