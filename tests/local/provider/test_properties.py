"""Whatever is configured: a cloud that gives back what it was sent leaves no change to plan; values travel whole."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.provider.planning import Defaults, plan
from infra.local.provider.resources import KINDS
from infra.local.provider.same import same_block
from infra.local.provider.schema import Attribute, Block, ProviderSchema
from infra.local.provider.values import conform, decode, encode
from tests.local.provider.requests import planned

# Accounts and IAM members have bodies of their own, which their own tests hold.
ECHOED = sorted(kind for kind in KINDS if not kind.endswith("iam_member") and kind != "google_service_account")
NAMES = {
    "google_bigquery_data_transfer_config": "projects/p/locations/us/transferConfigs/c",
    "google_monitoring_alert_policy": "projects/p/alertPolicies/1",
    "google_monitoring_notification_channel": "projects/p/notificationChannels/1",
    "google_billing_budget": "billingAccounts/a/budgets/b",
}
TEXT = st.text("abcxyz", min_size=1, max_size=4)
NUMBER = st.one_of(st.integers(0, 10**12), st.sampled_from([0.5, 0.9, 2.25]))
COLUMNS = st.lists(TEXT, min_size=1, max_size=3, unique=True).map(
    lambda names: json.dumps([{"name": name, "type": "STRING"} for name in names])
)


class Echo:
    """Gives back what it was last sent, under the name that it chose."""

    def __init__(self, name: str | None) -> None:
        self._held: dict[str, Any] = {"name": name} if name else {}

    def call(self, service: str, method: str, path: str, body: Any = None, query: Any = None) -> dict[str, Any]:
        if body is not None:
            self._held = {**copy.deepcopy(body), **{key: text for key, text in self._held.items() if key == "name"}}
        return copy.deepcopy(self._held)


def values(name: str, attribute: Attribute) -> st.SearchStrategy[Any]:
    """A value that may be configured."""
    if attribute.one_of:
        return st.sampled_from(attribute.one_of)
    if attribute.same == "table_schema":
        return COLUMNS
    if attribute.same == "json":
        return TEXT.map(lambda text: json.dumps({"typeKind": text}))
    kinds = {"string": TEXT, "number": NUMBER, "bool": st.booleans()}
    if isinstance(attribute.type, str):
        # Nothing of a bucket's lifecycle flag but its three states exists in the API.
        return st.sampled_from(["LIVE", "ARCHIVED", "ANY"]) if name == "with_state" else kinds[attribute.type]
    outer, inner = attribute.type
    if outer == "map":
        return st.dictionaries(TEXT, kinds[inner], min_size=1, max_size=2)
    return st.lists(kinds[inner], min_size=1, max_size=2, unique=True)


def configurations(block: Block) -> st.SearchStrategy[dict[str, Any]]:
    """A configuration: all that is required, and any of the rest."""
    needed, possible = {}, {}
    for name, attribute in block.attributes.items():
        if name == "id" or attribute.refused or not (attribute.required or attribute.optional):
            continue
        (needed if attribute.required else possible)[name] = values(name, attribute)
    for name, nested in block.blocks.items():
        if nested.refused or nested.nesting == "single":
            continue
        most = nested.max_items or 2
        blocks = st.lists(configurations(nested.block), min_size=max(1, nested.min_items), max_size=most)
        (needed if nested.min_items else possible)[name] = blocks
    return st.fixed_dictionaries(needed, optional=possible)


def usable(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Without what excludes each other: the API would refuse it before it could be given back."""
    if kind == "google_bigquery_table" and "view" in config:
        config.pop("schema", None)
    if kind == "google_billing_budget":
        amount = config["amount"][0]
        amount.pop("last_period_amount", None)
    if kind == "google_monitoring_notification_channel":
        config.get("labels", {}).pop("password", None)
    if kind == "google_cloud_quotas_quota_preference":
        config |= {"name": "n", "parent": "projects/1"}
    return config


@pytest.mark.parametrize("kind", ECHOED)
def test_what_is_given_back_as_sent_is_not_planned_again(schema: ProviderSchema, kind: str) -> None:
    block, resource = schema.resources[kind], KINDS[kind]

    @settings(max_examples=25)
    @given(configurations(block))
    def holds(drawn: dict[str, Any]) -> None:
        config = usable(kind, copy.deepcopy(drawn))
        cloud = Echo(NAMES.get(kind))
        state = resource.create(cloud, block, planned(block, config))  # type: ignore[arg-type]
        assert resource.read(cloud, block, state) == state  # type: ignore[arg-type]
        again = plan(block, conform(block, config), state, merged(block, config, state), Defaults("p", {}, False))
        assert (again.value, again.replace) == (state, [])

    holds()


def merged(block: Block, config: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """Terraform's merge: the configuration, and the state where nothing is configured and the cloud may set it."""
    given_ = conform(block, config)
    computed = [name for name, attribute in block.attributes.items() if attribute.computed and given_[name] is None]
    return {**given_, **{name: state[name] for name in computed}}


@pytest.mark.parametrize("kind", ECHOED)
def test_values_survive_the_wire(schema: ProviderSchema, kind: str) -> None:
    block = schema.resources[kind]

    @settings(max_examples=25)
    @given(configurations(block))
    def holds(drawn: dict[str, Any]) -> None:
        value = conform(block, drawn)
        assert decode(block, encode(block, value)) == value
        assert same_block(block, value, value)

    holds()
