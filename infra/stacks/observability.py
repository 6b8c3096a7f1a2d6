"""The observability stack: who is told, what is counted from the logs, and when somebody is woken."""

from __future__ import annotations

from typing import Any

from infra.cdk import add, google
from infra.environments import Environment
from infra.stacks.alerts import Alert, Query, Threshold, alerts, condition_name
from infra.stacks.base import labels
from infra.stacks.literals import literal
from infra.stacks.log_metrics import LOG_METRICS, LogMetric

AUTO_CLOSE = "86400s"
"""An incident without news closes after a day."""


def declare(stack: Any, environment: Environment) -> None:
    """Channels first, then the counters, then the policies that use both."""
    channels = _channels(stack, environment)
    counters = [_log_metric(stack, environment, metric) for metric in LOG_METRICS]
    for alert in alerts():
        _policy(stack, environment, alert, channels, counters)


def _channels(stack: Any, environment: Environment) -> list[Any]:
    # By number, not by address: who is told may change, and a channel that is deployed may not vanish.
    told = [
        _channel(stack, environment, f"email_{number}", f"EROS e-mail {number}", "email", {"email_address": address})
        for number, address in enumerate(environment.emails, 1)
    ]
    if environment.webhook_url is not None:
        address = {"url": environment.webhook_url}
        told.append(_channel(stack, environment, "webhook", "EROS chat relay", "webhook_tokenauth", address))
    topic = _channel(stack, environment, "pubsub", "EROS topic", "pubsub", {"topic": environment.topic_path})
    add(
        google.pubsub_topic_iam_member.PubsubTopicIamMember,
        stack,
        "alerts_publish",
        project=environment.project,
        topic=environment.topic,
        role="roles/pubsub.publisher",
        member=f"serviceAccount:{environment.alerting_agent}",
        # Google makes that account when a project gets its first channel of this kind.
        depends_on=[topic],
    )
    return [*told, topic]


def _channel(stack: Any, environment: Environment, name: str, title: str, kind: str, where: dict[str, str]) -> Any:
    return add(
        google.monitoring_notification_channel.MonitoringNotificationChannel,
        stack,
        name,
        project=environment.project,
        display_name=title,
        type=kind,
        labels={key: literal(value) for key, value in where.items()},
        user_labels=labels(environment, "observability"),
        force_delete=False,
    )


def _log_metric(stack: Any, environment: Environment, metric: LogMetric) -> Any:
    metrics = google.logging_metric
    return add(
        metrics.LoggingMetric,
        stack,
        metric.name,
        name=metric.name,
        project=environment.project,
        description=f"Counts {metric.counts}",
        filter=literal(metric.filter),
        label_extractors={label: literal(extractor) for label, extractor in metric.labels.items()} or None,
        metric_descriptor=metrics.LoggingMetricMetricDescriptor(
            metric_kind="DELTA",
            value_type="INT64",
            unit="1",
            labels=[
                metrics.LoggingMetricMetricDescriptorLabels(key=label, value_type="STRING") for label in metric.labels
            ]
            or None,
        ),
    )


def _policy(stack: Any, environment: Environment, alert: Alert, channels: list[Any], counters: list[Any]) -> None:
    policies = google.monitoring_alert_policy
    add(
        policies.MonitoringAlertPolicy,
        stack,
        alert.name,
        project=environment.project,
        display_name=f"EROS {environment.name}: {alert.title}",
        severity=alert.severity,
        combiner="OR",
        enabled=True,
        conditions=[_condition(alert)],
        notification_channels=[channel.name for channel in channels],
        documentation=policies.MonitoringAlertPolicyDocumentation(
            content=literal(alert.runbook),
            mime_type="text/markdown",
            subject=literal(f"EROS {environment.name}: {alert.title}"),
        ),
        alert_strategy=policies.MonitoringAlertPolicyAlertStrategy(
            auto_close=AUTO_CLOSE, notification_prompts=["OPENED", "CLOSED"]
        ),
        user_labels=labels(environment, "observability"),
        # A condition on a metric that does not exist yet is refused.
        depends_on=counters,
    )


def _condition(alert: Alert) -> Any:
    policies = google.monitoring_alert_policy
    match alert.condition:
        case Query(promql=promql, every_seconds=seconds):
            return policies.MonitoringAlertPolicyConditions(
                display_name=condition_name(alert),
                condition_prometheus_query_language=policies.MonitoringAlertPolicyConditionsConditionPrometheusQueryLanguage(
                    query=literal(promql), duration="0s", evaluation_interval=f"{seconds}s"
                ),
            )
        case Threshold() as threshold:
            return policies.MonitoringAlertPolicyConditions(
                display_name=condition_name(alert), condition_threshold=_threshold(threshold)
            )


def _threshold(threshold: Threshold) -> Any:
    policies = google.monitoring_alert_policy
    return policies.MonitoringAlertPolicyConditionsConditionThreshold(
        filter=literal(threshold.filter),
        comparison="COMPARISON_GT",
        threshold_value=threshold.above,
        duration=f"{threshold.seconds}s",
        aggregations=[
            policies.MonitoringAlertPolicyConditionsConditionThresholdAggregations(
                alignment_period=f"{threshold.window_seconds}s",
                per_series_aligner=threshold.aligner,
                cross_series_reducer=threshold.reducer,
                group_by_fields=list(threshold.group_by) or None,
            )
        ],
        trigger=policies.MonitoringAlertPolicyConditionsConditionThresholdTrigger(count=1),
    )
