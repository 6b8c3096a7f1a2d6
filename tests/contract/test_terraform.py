"""sql/, infra/ and orchestrator/ say the same names, arguments, columns and texts.

What the stacks declare is compared with what the local cloud reports of the same SQL deployed as DDL: whatever differs
would be a change in the first plan after a demo. Terraform itself reads the texts back.
"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from infra.catalog import load_catalog
from infra.catalog.deployed import read_deployed
from infra.local import provider
from infra.local_target import adopt_what_exists
from infra.rendered import rendered_objects, rendered_schedules
from infra.stacks.base import STACKS
from infra.stacks.log_metrics import ALARM, VERDICT
from infra.stacks.regressions import resources
from orchestrator.importers import tables as importers
from orchestrator.importers.run import HOLIDAY_SCHEMA
from sql import SqlSettings, constants, names, render, sidecar
from tests.contract.test_sql_inventory import ROUTINES, TABLES, TRACKED
from tests.stacks import declared, environment, synthesised
from tests.terraform import needs_node, needs_terraform

pytestmark = needs_node

# Contract, "The 17 tracked routines, views and schedules".
SCHEDULES = {
    "daily_caption_update": "every 1 hours from 09:07 to 10:07",
    "expired_lock_sweep": "every 6 hours from 00:13 to 18:13",
    "health_check": "every 1 hours from 00:23 to 23:23",
}
VIEW = "schedule_recommendations_with_messages"


def read_back(literal: str) -> str:
    """What Terraform makes of an escaped text."""
    return literal.replace("$${", "${").replace("%%{", "%{")


@pytest.fixture(scope="module")
def reported(shared_warehouse: Any) -> Any:
    """A resource of the deployed dataset as REST shows it, with the dataset's name made that of prod."""
    settings = shared_warehouse.settings
    base = f"{shared_warehouse.url}/bigquery/v2/projects/{settings.project}/datasets/{settings.dataset}"

    def get(path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{base}/{path}") as answer:
            return json.loads(answer.read().decode().replace(settings.dataset, SqlSettings.dataset))

    return get


@pytest.mark.parametrize("name", [one.partition("/")[2] for one in names("tables")])
def test_a_table_is_declared_as_its_ddl_makes_it(reported: Any, name: str) -> None:
    there, here = reported(f"tables/{name}"), declared("warehouse", "google_bigquery_table")[name]
    assert json.loads(read_back(here["schema"])) == there["schema"]["fields"]
    assert here.get("time_partitioning") == there.get("timePartitioning")
    assert here.get("clustering") == there.get("clustering", {}).get("fields")
    assert read_back(here["description"]) == there["description"]
    assert here.get("require_partition_filter", False) == there.get("requirePartitionFilter", False)


def test_the_view_is_declared_as_its_ddl_makes_it(reported: Any) -> None:
    there, here = reported(f"tables/{VIEW}"), declared("warehouse", "google_bigquery_table")[VIEW]
    assert read_back(here["view"]["query"]) == there["view"]["query"]
    assert here["view"]["use_legacy_sql"] == there["view"]["useLegacySql"] is False
    assert read_back(here["description"]) == there["description"]


@pytest.mark.parametrize("name", ROUTINES)
def test_a_routine_is_declared_as_its_ddl_makes_it(reported: Any, name: str) -> None:
    there, here = reported(f"routines/{name}"), declared("warehouse", "google_bigquery_routine")[name]
    assert read_back(here["definition_body"]) == there["definitionBody"]
    assert here["routine_type"] == there["routineType"] == ROUTINES[name][0]
    arguments = [
        {key: value for key, value in one.items() if value is not None}
        for one in ({**arg, "dataType": json.loads(arg["data_type"])} for arg in here.get("arguments", []))
    ]
    assert [{k: v for k, v in one.items() if k != "data_type"} for one in arguments] == there["arguments"]
    for argument, field in (("return_type", "returnType"), ("return_table_type", "returnTableType")):
        assert (json.loads(here[argument]) if argument in here else None) == there.get(field), argument


@pytest.mark.parametrize("name", ROUTINES)
def test_a_routine_has_the_contract_s_parameters(name: str) -> None:
    arguments = declared("warehouse", "google_bigquery_routine")[name].get("arguments", [])
    assert [(one["name"], json.loads(one["data_type"])["typeKind"]) for one in arguments] == ROUTINES[name][1]


def test_contract_exactly_the_seventeen_and_the_tables_are_declared() -> None:
    routines = declared("warehouse", "google_bigquery_routine")
    tables = declared("warehouse", "google_bigquery_table")
    assert set(routines) == set(ROUTINES)
    assert set(tables) == {name.partition("/")[2] for name in names("tables")} | set(TRACKED["views"])
    schedules = declared("automation", "google_bigquery_data_transfer_config")
    assert {name: one["schedule"] for name, one in schedules.items()} == SCHEDULES
    # 2 functions, 7 table functions and 4 procedures; the view; the three schedules
    assert len(routines) + len(TRACKED["views"]) + len(schedules) == 17


def test_contract_the_names_of_three_variables_are_everywhere_and_the_defaults_nowhere() -> None:
    """Contract, "Names, time, identity": override by EROS_PROJECT_ID, EROS_DATASET, EROS_LOCATION."""
    found = synthesised(project_id="other-project", dataset="other_brain", location="EU")
    text = json.dumps(
        {stack: {key: one for key, one in content.items() if key != "//"} for stack, content in found.items()}
    )
    assert SqlSettings.project not in text and SqlSettings.dataset not in text
    assert "`other-project.other_brain.mass_messages`" in text
    places = [
        one["location"] for found_in in found.values() for one in resources(found_in).values() if "location" in one
    ]
    assert set(places) == {"EU"} and len(places) == 6  # 2 datasets, 3 schedules, the state's bucket


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_contract_s_columns(name: str) -> None:
    schema = json.loads(declared("warehouse", "google_bigquery_table")[name]["schema"])
    assert set(TABLES[name].split()) <= {one["name"] for one in schema}


@pytest.mark.parametrize("name", TRACKED["table_functions"])
def test_a_table_function_gives_the_columns_that_its_sidecar_and_the_contract_name(name: str) -> None:
    given = json.loads(declared("warehouse", "google_bigquery_routine")[name]["return_table_type"])["columns"]
    columns = [one["name"] for one in given]
    assert columns == list(sidecar(f"table_functions/{name}")["columns"])
    assert (columns[0], columns[-1]) == ("page_name", "data_status")


@pytest.mark.parametrize("name", TRACKED["table_functions"])
def test_what_a_table_function_says_it_returns_is_what_its_query_gives(shared_warehouse: Any, name: str) -> None:
    """RETURNS TABLE converts in silence: the same function without it must have the same columns."""
    text = render(f"table_functions/{name}", shared_warehouse.settings)
    bare = re.sub(r"^RETURNS TABLE<[^>]*>$", "", text.replace(f".{name}`(", f".{name}_bare`(", 1), flags=re.MULTILINE)
    assert "RETURNS TABLE" in text and "RETURNS TABLE" not in bare
    shared_warehouse.client.query(bare, job_retry=None).result()
    try:
        said, given = (_columns_of(shared_warehouse, one) for one in (name, f"{name}_bare"))
    finally:
        dataset = f"{shared_warehouse.settings.project}.{shared_warehouse.settings.dataset}"
        shared_warehouse.client.delete_routine(f"{dataset}.{name}_bare")
    assert said == given


def _columns_of(warehouse: Any, function: str) -> list[tuple[str, str]]:
    text = f"SELECT * FROM {warehouse.table(function)}('*', 90, TIMESTAMP '2026-01-14 20:00:00+00')"
    job = warehouse.client.query(text, job_config=bigquery.QueryJobConfig(dry_run=True))
    return [(field.name, field.field_type) for field in job.schema]


@pytest.mark.parametrize(
    ("table", "made"),
    [
        ("creators", importers.CREATORS.load_schema()),
        ("caption_bank", importers.CAPTIONS.load_schema()),
        ("mass_messages", importers.MESSAGES.load_schema()),
        ("holiday_calendar", HOLIDAY_SCHEMA),
    ],
)
def test_what_the_import_loads_has_the_declared_columns_and_types(table: str, made: Any) -> None:
    """The orchestrator's own words for what the infrastructure declares."""
    schema = json.loads(declared("warehouse", "google_bigquery_table")[table]["schema"])
    rest = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
    kinds = {one["name"]: one["type"] for one in schema}
    # JSON arrives as text, which the merge parses.
    loaded = {name: "STRING" if kind == "JSON" else kind for name, kind in kinds.items()}
    assert {name: rest.get(kind, kind) for name, kind, _ in made}.items() <= loaded.items()


def test_what_depends_on_what_is_the_catalogue_s_own_graph() -> None:
    """The quick reading of references against the one that parses every query."""
    settings = SqlSettings()
    catalog = load_catalog(settings)
    quick = read_deployed(rendered_objects(settings), settings)
    kinds = {"tables": "table", "views": "table"}
    for name, item in quick.items():
        asset = catalog.assets[name]
        found = {other.name for one in asset.references if (other := catalog.object(one.path)) is not None}
        assert set(item.references) == found - {name}, name
        kind = kinds.get(item.kind, "routine")
        edges = declared("warehouse", f"google_bigquery_{kind}")[item.id]["depends_on"]
        wanted = {
            f"google_bigquery_{kinds.get(one.partition('/')[0], 'routine')}.{one.partition('/')[2]}"
            for one in found - {name}
        }
        assert set(edges) == wanted | {f"google_bigquery_dataset.{settings.dataset}"}, name


@needs_terraform
def test_terraform_reads_every_text_back_byte_for_byte(tmp_path: Path) -> None:
    """Outputs need no provider: one run of the real program reads all bodies, queries, schemas and runbooks."""
    settings = SqlSettings()
    given: dict[str, str] = {}
    for stack, found in synthesised().items():
        for address, arguments in resources(found).items():
            for path, text in _texts(arguments):
                given[f"{stack}_{address}_{path}".replace(".", "_")] = text
    (tmp_path / "main.tf.json").write_text(json.dumps({"output": {key: {"value": one} for key, one in given.items()}}))
    for arguments in (("init", "-input=false"), ("apply", "-input=false", "-auto-approve")):
        subprocess.run(["terraform", *arguments], cwd=tmp_path, capture_output=True, check=True)
    shown = subprocess.run(["terraform", "output", "-json"], cwd=tmp_path, capture_output=True, check=True).stdout
    read = {key: one["value"] for key, one in json.loads(shown).items()}
    for name, text in rendered_schedules(settings).items():
        address = f"automation_google_bigquery_data_transfer_config_{name.partition('/')[2]}_params_query"
        assert read[address].encode() == text.encode()
    for name, item in read_deployed(rendered_objects(settings), settings).items():
        if item.kind in ("functions", "table_functions", "procedures"):
            body = read[f"warehouse_google_bigquery_routine_{item.id}_definition_body"]
            assert body.encode() == item.body.encode(), name
            assert body in render(name, settings)
    assert read == {key: read_back(one) for key, one in given.items()}


def _texts(arguments: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Every string of a resource by its path, but references to other resources."""
    found: list[tuple[str, str]] = []
    for key, value in arguments.items():
        path = f"{prefix}{key}".replace("//", "note")
        if isinstance(value, dict):
            found += _texts(value, f"{path}_")
        elif isinstance(value, str):
            found.append((path, value))
    return found


def test_the_scheduled_script_says_the_words_that_the_counters_look_for() -> None:
    script = rendered_schedules(SqlSettings())["scheduled_queries/health_check"]
    assert f"'{ALARM}'" in script
    assert f"'{VERDICT.removeprefix('health_check: ')}'" in script
    assert "CONCAT('health_check: ', problem)" in script
    for words in constants()["conflict_aborts"]:
        assert f"'{words}'" in script


@needs_terraform
@pytest.mark.parametrize("stack", STACKS)
def test_terraform_finds_each_stack_valid(tmp_path: Path, stack: str) -> None:
    """Against the stand-in, which knows every argument of the bindings and the words that a value may be."""
    (tmp_path / "cdk.tf.json").write_text(json.dumps(synthesised()[stack]))
    provider.install(tmp_path)
    for arguments in (("init", "-backend=false", "-input=false"), ("validate", "-no-color")):
        done = subprocess.run(["terraform", *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_raw_deploy_takes_over_what_a_demo_made(shared_warehouse: Any, tmp_path: Path) -> None:
    """Import blocks for the dataset, 20 tables, the view, 13 routines and the state's bucket; nothing else is there."""
    settings = shared_warehouse.settings
    here = environment("local", dataset=settings.dataset).model_copy(update={"endpoint": shared_warehouse.url})
    for stack, found in synthesised("local", dataset=settings.dataset).items():
        (tmp_path / "stacks" / stack).mkdir(parents=True)
        (tmp_path / "stacks" / stack / "cdk.tf.json").write_text(json.dumps(found))
    adopt_what_exists(here, tmp_path)
    written = {path.parent.name: json.loads(path.read_text())["import"] for path in tmp_path.rglob("imports.tf.json")}
    assert {stack: len(blocks) for stack, blocks in written.items()} == {"state": 1, "warehouse": 1 + 20 + 1 + 13}
    place = f"projects/{settings.project}/datasets/{settings.dataset}"
    blocks = {one["to"]: one["id"] for one in written["warehouse"]}
    assert blocks[f"google_bigquery_dataset.{settings.dataset}"] == place
    assert blocks["google_bigquery_table.creators"] == f"{place}/tables/creators"
    assert blocks["google_bigquery_routine.wilson_sample"] == f"{place}/routines/wilson_sample"
    assert written["state"] == [{"to": "google_storage_bucket.state", "id": "eros-local-state"}]
