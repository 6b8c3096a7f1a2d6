"""The provider's answers to Terraform, in-process: schema, validation, configuration, plans, and what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest

from infra.errors import UsageError
from infra.local.provider import LABEL
from infra.local.provider.api import ApiError
from infra.local.provider.messages import message, parse, write
from infra.local.provider.schema import ProviderSchema
from infra.local.provider.service import METHODS, Provider, answer
from infra.local.provider.values import conform, encode
from tests.local.provider.rig import table_schema

TABLE = "google_bigquery_table"


@pytest.fixture
def provider(schema: ProviderSchema) -> Provider:
    return Provider(lambda: schema)


@pytest.fixture
def ask(provider: Provider) -> Any:
    """Calls a method through its gRPC handler, over the wire and back."""

    def asked(method: str, **fields: Any) -> Any:
        request = parse(f"{method}Request", write(message(f"{method}Request", **fields)))
        return parse(f"{method}Response", write(answer(provider, method)(request, None)))

    return asked


@pytest.fixture
def packed(schema: ProviderSchema) -> Any:
    """A DynamicValue of a resource type, or of the provider's own block."""

    def made(kind: str, value: Any) -> Any:
        block = schema.resources.get(kind, schema.provider)
        return message("DynamicValue", msgpack=encode(block, value))

    return made


def faults(response: Any) -> list[tuple[str, list[Any]]]:
    """Summary and attribute path of each diagnostic."""
    found = []
    for diagnostic in response.diagnostics:
        steps = [
            step.attribute_name if step.HasField("attribute_name") else step.element_key_int
            for step in diagnostic.attribute.steps
        ]
        found.append((diagnostic.summary, steps))
    return found


def test_the_schema_travels_whole_and_says_what_it_is(ask: Any, schema: ProviderSchema) -> None:
    response = ask("GetProviderSchema")
    assert response.provider.block.description == LABEL
    kinds = {entry.key: entry.value for entry in response.resource_schemas}
    assert set(kinds) == set(schema.resources)
    assert (kinds["google_billing_budget"].version, kinds[TABLE].version) == (1, 0)
    attributes = {attribute.name: attribute for attribute in kinds[TABLE].block.attributes}
    assert json.loads(attributes["effective_labels"].type) == ["map", "string"]
    assert (attributes["table_id"].required, attributes["schema"].computed) == (True, True)
    blocks = {nested.type_name: nested for nested in kinds[TABLE].block.block_types}
    assert (blocks["view"].nesting, blocks["view"].max_items) == (2, 1)  # LIST
    assert {entry.type_name for entry in ask("GetMetadata").resources} == set(kinds)


def test_no_schema_is_told_with_the_way_out() -> None:
    def missing() -> ProviderSchema:
        raise UsageError("no schema", why="no bindings", fix="pip install -e '.[infra]'")

    (fault,) = answer(Provider(missing), "GetProviderSchema")(message("GetProviderSchemaRequest"), None).diagnostics
    assert (fault.summary, "pip install" in fault.detail) == ("no schema", True)


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        (
            "google_bigquery_routine",
            {"routine_type": "MACRO"},
            (
                'expected routine_type to be one of ["SCALAR_FUNCTION" "PROCEDURE" "TABLE_VALUED_FUNCTION"], got MACRO',
                ["routine_type"],
            ),
        ),
        (
            "google_bigquery_routine",
            {"arguments": [{"name": "a"}, {"data_type": "{"}]},
            ('"data_type" contains an invalid JSON', ["arguments", 1, "data_type"]),
        ),
        (TABLE, {"schema": '{"fields": []}'}, ('"schema" is not a JSON array of columns', ["schema"])),
        (
            TABLE,
            {"materialized_view": [{}]},
            ("materialized_view is not supported by the stand-in", ["materialized_view"]),
        ),
        (
            TABLE,
            {"ignore_schema_changes": ["x"]},
            ("ignore_schema_changes is not supported", ["ignore_schema_changes"]),
        ),
        (TABLE, {"schema": "["}, ('"schema" contains an invalid JSON', ["schema"])),
    ],
)
def test_a_wrong_value_is_told_where_it_stands(ask: Any, packed: Any, kind: str, config: Any, expected: Any) -> None:
    ((summary, path),) = faults(ask("ValidateResourceConfig", type_name=kind, config=packed(kind, config)))
    assert summary.startswith(expected[0])
    assert path == expected[1]


def test_a_right_and_an_unknown_value_pass(ask: Any, packed: Any) -> None:
    unknown = msgpack.packb({"schema": msgpack.ExtType(0, b"\x00"), "dataset_id": "d"})
    config = message("DynamicValue", msgpack=unknown)
    assert faults(ask("ValidateResourceConfig", type_name=TABLE, config=config)) == []
    config = packed(TABLE, {"schema": "[]", "ignore_auto_generated_schema": False})
    assert faults(ask("ValidateResourceConfig", type_name=TABLE, config=config)) == []


@pytest.mark.parametrize(
    ("url", "summary"),
    [
        ("http://127.0.0.1:8080/bigquery/v2", "invalid value for big_query_custom_endpoint"),
        ("https://bigquery.googleapis.com/bigquery/v2/", "big_query_custom_endpoint is not on this machine"),
        ("http://127.0.0.1.example.com/v2/", "big_query_custom_endpoint is not on this machine"),
        ("http://localhost@example.com/v2/", "big_query_custom_endpoint is not on this machine"),
    ],
)
def test_it_only_ever_talks_to_this_machine(ask: Any, packed: Any, url: str, summary: str) -> None:
    config = packed("provider", {"project": "p", "big_query_custom_endpoint": url})
    for method in ("ValidateProviderConfig", "ConfigureProvider"):
        assert faults(ask(method, config=config)) == [(summary, ["big_query_custom_endpoint"])]


def test_loopback_is_taken_by_name_and_by_number(ask: Any, packed: Any) -> None:
    for host in ("127.0.0.1:8080", "localhost:1", "[::1]:8080", "localhost"):
        config = packed("provider", {"big_query_custom_endpoint": f"http://{host}/bigquery/v2/"})
        assert faults(ask("ConfigureProvider", config=config)) == []


def test_a_plan_knows_project_labels_and_what_replaces(ask: Any, packed: Any, provider: Provider) -> None:
    config = {"project": "here", "default_labels": {"team": "eros"}, "add_terraform_attribution_label": False}
    ask("ConfigureProvider", config=packed("provider", config))
    old = {"dataset_id": "d", "table_id": "t", "schema": table_schema("id INT64"), "project": "here"}
    new = {**old, "schema": table_schema("id STRING"), "table_id": "u"}
    response = ask(
        "PlanResourceChange",
        type_name=TABLE,
        prior_state=packed(TABLE, old),
        config=packed(TABLE, {name: value for name, value in new.items() if name != "project"}),
        proposed_new_state=packed(TABLE, new),
    )
    planned = msgpack.unpackb(response.planned_state.msgpack)
    assert (planned["project"], planned["effective_labels"]) == ("here", {"team": "eros"})
    replaced = [[step.attribute_name for step in path.steps] for path in response.requires_replace]
    assert replaced == [["table_id"], ["schema"]]
    assert response.legacy_type_system


def test_destroying_is_planned_as_proposed(ask: Any, packed: Any) -> None:
    nothing = packed(TABLE, None)
    response = ask("PlanResourceChange", type_name=TABLE, prior_state=packed(TABLE, {}), proposed_new_state=nothing)
    assert response.planned_state == nothing


def test_a_refused_destroy_keeps_the_state_and_names_the_argument(ask: Any, packed: Any, schema: Any) -> None:
    state = conform(schema.resources[TABLE], {"id": "x", "deletion_protection": True})
    response = ask(
        "ApplyResourceChange",
        type_name=TABLE,
        prior_state=packed(TABLE, state),
        planned_state=packed(TABLE, None),
        config=packed(TABLE, None),
    )
    assert msgpack.unpackb(response.new_state.msgpack)["id"] == "x"
    ((summary, path),) = faults(response)
    assert "without setting deletion_protection=false" in summary
    assert path == ["deletion_protection"]


def test_what_was_made_before_it_failed_is_kept(ask: Any, packed: Any, provider: Provider) -> None:
    class Flaky:
        def call(self, service: str, method: str, path: str, *more: Any, **rest: Any) -> dict[str, Any]:
            if method == "GET":
                raise ApiError(503, "googleapi: got HTTP response code 503 with body: ")
            return {"name": "projects/p/alertPolicies/7"}

    kind = "google_monitoring_alert_policy"
    provider._api = Flaky()  # type: ignore[assignment]
    config = {"display_name": "a", "combiner": "OR", "project": "p"}
    response = ask(
        "ApplyResourceChange", type_name=kind, prior_state=packed(kind, None), planned_state=packed(kind, config)
    )
    assert msgpack.unpackb(response.new_state.msgpack)["name"] == "projects/p/alertPolicies/7"
    assert faults(response)[0][0].startswith("Error reading AlertPolicy: googleapi: got HTTP response code 503")


def test_an_older_state_is_fitted_to_the_schema(ask: Any) -> None:
    raw = message("RawState", json=b'{"table_id": "t", "gone": 1, "num_rows": 7}')
    response = ask("UpgradeResourceState", type_name=TABLE, version=0, raw_state=raw)
    upgraded = msgpack.unpackb(response.upgraded_state.msgpack)
    assert (upgraded["table_id"], upgraded["num_rows"], "gone" in upgraded) == ("t", 7, False)


def test_an_import_answers_with_what_the_id_says(ask: Any) -> None:
    (imported,) = ask("ImportResourceState", type_name=TABLE, id="p/d/t").imported_resources
    state = msgpack.unpackb(imported.state.msgpack)
    assert (state["project"], state["dataset_id"], state["table_id"]) == ("p", "d", "t")
    ((summary, _),) = faults(ask("ImportResourceState", type_name=TABLE, id="t"))
    assert summary.startswith('Import id "t" doesn\'t match')


def test_a_fault_of_its_own_is_a_diagnostic_and_no_broken_connection(ask: Any) -> None:
    ((summary, _),) = faults(ask("ReadResource", type_name="google_unknown"))
    assert summary == "the stand-in provider failed in ReadResource: KeyError: 'google_unknown'"


def test_every_method_can_fail_aloud(provider: Provider) -> None:
    # The handler answers with diagnostics, so every answer that can carry some has to know the field.
    silent = {"StopProvider"}
    for method in set(METHODS) - silent:
        assert message(f"{method}Response", diagnostics=[message("Diagnostic", summary="x")]).diagnostics
    assert write(provider.StopProvider(None)) == b""
