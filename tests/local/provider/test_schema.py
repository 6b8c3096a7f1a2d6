"""The schema that bindings and overlay make together, and its cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.errors import InfraError, UsageError
from infra.local.provider import VERSION, bindings, overlay
from infra.local.provider.overlay import apply_overlay, load_schema, read_overlay
from infra.local.provider.resources import KINDS
from infra.local.provider.same import RULES
from infra.local.provider.schema import Attribute, Block, NestedBlock, ProviderSchema, from_data, to_data

TYPES = {
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_bigquery_routine",
    "google_bigquery_dataset_iam_member",
    "google_bigquery_data_transfer_config",
    "google_service_account",
    "google_service_account_iam_member",
    "google_project_iam_member",
    "google_pubsub_topic",
    "google_pubsub_topic_iam_member",
    "google_billing_budget",
    "google_cloud_quotas_quota_preference",
    "google_monitoring_notification_channel",
    "google_monitoring_alert_policy",
    "google_logging_metric",
    "google_storage_bucket",
    "google_storage_bucket_iam_member",
}


def test_every_type_of_the_stacks_has_schema_overlay_and_requests(schema: ProviderSchema) -> None:
    assert set(schema.resources) == set(KINDS) == set(read_overlay()) == TYPES
    assert schema.version == VERSION


def test_every_type_names_the_page_its_facts_come_from() -> None:
    assert [kind for kind, given in read_overlay().items() if not given.get("docs")] == []


def test_attributes_are_as_the_provider_declares_them(schema: ProviderSchema) -> None:
    table = schema.resources["google_bigquery_table"].attributes
    assert table["table_id"] == Attribute("string", required=True, force_new=True)
    assert table["deletion_protection"] == Attribute("bool", optional=True, default=True)
    assert table["schema"] == Attribute("string", optional=True, computed=True, same="table_schema")
    assert table["num_rows"] == Attribute("number", computed=True)
    assert table["effective_labels"] == Attribute(["map", "string"], computed=True)
    assert table["clustering"] == Attribute(["list", "string"], optional=True)
    policy = schema.resources["google_monitoring_alert_policy"].attributes
    record = ["object", {"mutate_time": "string", "mutated_by": "string"}]
    assert policy["creation_record"] == Attribute(["list", record], computed=True)


def test_blocks_are_nested_as_the_provider_declares_them(schema: ProviderSchema) -> None:
    def shape(kind: str, *path: str) -> tuple[str, int, int]:
        block: Any = schema.resources[kind]
        for name in path:
            nested = block.blocks[name]
            block = nested.block
        return nested.nesting, nested.min_items, nested.max_items

    assert shape("google_bigquery_table", "view") == ("list", 0, 1)
    assert shape("google_bigquery_routine", "arguments") == ("list", 0, 0)
    assert shape("google_bigquery_dataset", "access") == ("set", 0, 0)
    assert shape("google_billing_budget", "amount") == ("list", 1, 1)
    assert shape("google_billing_budget", "amount", "specified_amount") == ("list", 0, 1)
    assert shape("google_monitoring_alert_policy", "conditions") == ("list", 1, 0)
    assert shape("google_logging_metric", "metric_descriptor", "labels") == ("set", 0, 0)
    assert shape("google_bigquery_table", "external_data_configuration", "csv_options") == ("list", 0, 1)
    assert shape("google_bigquery_dataset", "timeouts") == ("single", 0, 0)


def test_the_provider_takes_every_custom_endpoint_and_hides_its_token(schema: ProviderSchema) -> None:
    from infra.endpoints import ENDPOINTS

    attributes = schema.provider.attributes
    assert [name for name in ENDPOINTS if f"{name}_custom_endpoint" not in attributes] == []
    assert attributes["access_token"].sensitive
    assert "alias" not in attributes


def test_an_overlay_that_names_nothing_is_refused() -> None:
    block = Block({"a": Attribute("string", optional=True)}, {"b": NestedBlock(Block(), "list")})
    for wrong in ({"force_new": ["c"]}, {"defaults": {"b.c": 1}}, {"computed": ["a.b"]}):
        with pytest.raises(InfraError, match="has no"):
            apply_overlay("google_x", block, wrong)


def test_every_rule_of_equality_exists(schema: ProviderSchema) -> None:
    def rules(block: Block) -> set[str]:
        found = {attribute.same for attribute in block.attributes.values()}
        return found.union(*(rules(nested.block) for nested in block.blocks.values()))

    used = set().union(*(rules(block) for block in schema.resources.values())) - {""}
    assert used == set(RULES)


def test_what_an_id_or_a_path_names_is_an_attribute(schema: ProviderSchema) -> None:
    import re

    for kind in KINDS.values():
        known = set(schema.resources[kind.type].attributes)
        templates = (kind.collection, kind.item, kind.id, *kind.imports)
        named = {name for template in templates for name in re.findall(r"\{%?(\w+)\}", template)}
        assert named <= known, kind.type
        assert {*kind.query.values(), *kind.create_query.values(), *kind.import_values} <= known, kind.type


def test_fields_name_attributes_and_blocks_that_exist(schema: ProviderSchema) -> None:
    def names(block: Block, path: str = "") -> set[str]:
        own = {path + name for name in (*block.attributes, *block.blocks)}
        return own.union(*(names(nested.block, f"{path}{name}.") for name, nested in block.blocks.items()))

    for kind in KINDS.values():
        given = kind.fields
        used = {*given.renamed, *given.local, *given.unread, *given.unsent, *given.as_json, *given.as_text}
        used |= {*given.always, *given.short, *kind.masks}
        assert used - names(schema.resources[kind.type]) == set(), kind.type


def test_a_schema_survives_its_cache(schema: ProviderSchema) -> None:
    for block in schema.resources.values():
        assert from_data(to_data(block)) == block


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: ProviderSchema) -> Path:
    """An empty cache folder, and a `build` that counts instead of reading for two seconds."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(overlay, "build", lambda archive, given: schema)
    return tmp_path / "eros"


def test_the_second_start_reads_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch, schema: ProviderSchema) -> None:
    assert load_schema() == schema
    monkeypatch.setattr(overlay, "build", lambda archive, given: pytest.fail("made again"))
    assert load_schema() == schema
    assert [path.name.startswith("google-schema-") for path in cache.iterdir()] == [True]


def test_a_broken_cache_is_made_again(cache: Path, schema: ProviderSchema) -> None:
    load_schema()
    (kept,) = cache.iterdir()
    kept.write_text("{")
    assert load_schema() == schema
    assert len(kept.read_text()) > 1000


def test_a_cache_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: ProviderSchema
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(overlay, "build", lambda archive, given: schema)
    assert load_schema() == schema


def test_without_the_bindings_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "PACKAGE", "no_such_bindings")
    with pytest.raises(UsageError) as caught:
        load_schema()
    assert "pip install -e '.[infra]'" in str(caught.value)


def test_an_unknown_resource_type_is_named() -> None:
    with pytest.raises(UsageError, match="lack a resource type") as caught:
        bindings.read(overlay.archive(), ["google_no_such_thing"])
    assert "google_no_such_thing" in caught.value.why
