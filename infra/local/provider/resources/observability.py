"""Notification channels, alert policies, log-based metrics and Pub/Sub topics.

https://cloud.google.com/monitoring/api/ref_v3/rest, https://cloud.google.com/logging/docs/reference/v2/rest and
https://cloud.google.com/pubsub/docs/reference/rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.provider.api import Api
from infra.local.provider.fields import Fields
from infra.local.provider.resources.base import Kind
from infra.local.provider.schema import Block
from infra.local.provider.values import Value, known

_SECRETS = ("auth_token", "password", "service_key")


class _Channel(Kind):
    """A notification channel. Secrets travel among the labels and come back veiled, so the state's are kept."""

    def body(self, block: Block, value: Value) -> dict[str, Any]:
        body = super().body(block, value)
        secrets = self._secrets(value)
        return {**body, "labels": {**body.get("labels", {}), **secrets}} if secrets else body

    def value(self, block: Block, kept: Value, answer: Mapping[str, Any]) -> Value:
        ours = known(kept.get("labels")) or {}
        secrets = self._secrets(known(kept))
        labels = {
            key: ours.get(key, text) if key in _SECRETS else text
            for key, text in (answer.get("labels") or {}).items()
            if key not in secrets
        }
        return super().value(block, kept, {**answer, "labels": labels})

    def own_labels(self, answer: Mapping[str, Any], kept: Value, name: str) -> dict[str, str] | None:
        labels: dict[str, str] = answer.get("labels") or {}
        return labels or None

    def changed(self, block: Block, prior: Value, planned: Value) -> list[str]:
        secret = prior.get("sensitive_labels") != planned.get("sensitive_labels")
        return [*super().changed(block, prior, planned), *(["labels"] if secret else [])]

    def delete(self, api: Api, block: Block, prior: Value) -> None:
        query = {"force": "true" if prior.get("force_delete") else "false"}
        self._delete(api, self.place(self.item, prior), query)

    def _secrets(self, value: Value) -> dict[str, str]:
        held = next(iter(value.get("sensitive_labels") or []), None) or {}
        return {name: held[name] for name in _SECRETS if held.get(name)}


CHANNEL = _Channel(
    type="google_monitoring_notification_channel",
    noun="NotificationChannel",
    service="monitoring",
    collection="v3/projects/{project}/notificationChannels",
    item="v3/{name}",
    id="{name}",
    imports=("{project} {name}", "{name}"),
    fields=Fields(
        local=frozenset({"id", "project", "force_delete", "sensitive_labels"}), always=frozenset({"enabled"})
    ),
    update_method="PATCH",
    import_values={"force_delete": False},
)

ALERT_POLICY = Kind(
    type="google_monitoring_alert_policy",
    noun="AlertPolicy",
    service="monitoring",
    collection="v3/projects/{project}/alertPolicies",
    item="v3/{name}",
    id="{name}",
    imports=("{project} {name}", "{name}"),
    fields=Fields(
        renamed={"conditions.name": "name"}, local=frozenset({"id", "project"}), always=frozenset({"enabled"})
    ),
    update_method="PATCH",
    masked=True,
)

METRIC = Kind(
    type="google_logging_metric",
    noun="Metric",
    service="logging",
    collection="projects/{project}/metrics",
    item="projects/{project}/metrics/{%name}",
    id="{name}",
    imports=("{project} {name}", "{name}"),
    fields=Fields(local=frozenset({"id", "project"})),
)


class _Topic(Kind):
    """A topic: named by its URL, updated by a body that wraps it."""

    def update(self, api: Api, block: Block, prior: Value, planned: Value) -> Value:
        wanted = known(planned)
        changed = self.changed(block, prior, wanted)
        if changed:
            mask = {"updateMask": ",".join(changed)}
            body = {"topic": self.body(block, wanted), **mask}
            self.call("updating", api, "PATCH", self.place(self.item, prior), body, mask)
        return self.fresh(api, block, planned, prior)


TOPIC = _Topic(
    type="google_pubsub_topic",
    noun="Topic",
    service="pubsub",
    collection="projects/{project}/topics/{name}",
    item="projects/{project}/topics/{name}",
    id="projects/{project}/topics/{name}",
    imports=("projects/{project}/topics/{name}", "{project}/{name}", "{name}"),
    fields=Fields(
        renamed={"effective_labels": "labels"},
        local=frozenset({"id", "project", "labels", "terraform_labels"}),
        unsent=frozenset({"name"}),
        short=frozenset({"name"}),
    ),
    create_method="PUT",
)

KINDS = (CHANNEL, ALERT_POLICY, METRIC, TOPIC)
