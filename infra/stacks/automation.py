"""The automation stack: the scheduled queries, who runs them with which rights, and the topic that hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.cdk import add, google
from infra.environments import Environment
from infra.stacks.base import labels
from infra.stacks.literals import literal
from sql import sidecar

RETENTION = "604800s"
"""How long the topic keeps a message that nobody fetched: a week."""


def declare(stack: Any, environment: Environment, scripts: Mapping[str, str]) -> None:
    """The accounts, their grants and the topic; then the schedules, which Google refuses without them.

    A pull request's environment uses the shared accounts, and grants them its own dataset and nothing else.
    """
    if environment.pull_request is not None:
        runner, exporter = (f"serviceAccount:{one}" for one in (environment.runner_email, environment.exporter_email))
        granted = [_in_dataset(stack, environment, "runner_data", "roles/bigquery.dataEditor", runner)]
        _in_dataset(stack, environment, "exporter_data", "roles/bigquery.dataViewer", exporter)
        for name, text in scripts.items():
            _schedule(stack, environment, name, text, granted)
        return
    runner = _account(
        stack, environment, environment.runner_id, "EROS scheduled queries", "What the scheduled queries run as"
    )
    exporter = _account(
        stack, environment, environment.exporter_id, "EROS exporter", "Reads schedules for export and writes nothing"
    )
    topic = _topic(stack, environment)
    granted = _grants_of_the_runner(stack, environment, runner, topic)
    _grants_of_the_exporter(stack, environment, exporter)
    for name, text in scripts.items():
        _schedule(stack, environment, name, text, granted)


def _account(stack: Any, environment: Environment, account: str, title: str, description: str) -> Any:
    return add(
        google.service_account.ServiceAccount,
        stack,
        account,
        account_id=account,
        project=environment.project,
        display_name=title,
        description=description,
    )


def _topic(stack: Any, environment: Environment) -> Any:
    return add(
        google.pubsub_topic.PubsubTopic,
        stack,
        environment.topic,
        name=environment.topic,
        project=environment.project,
        message_retention_duration=RETENTION,
        labels=labels(environment, "automation"),
    )


def _grants_of_the_runner(stack: Any, environment: Environment, runner: Any, topic: Any) -> list[Any]:
    """Run jobs, see everybody's jobs (health_check reads JOBS), change this dataset's data; and for Google's transfer
    agent: act as the runner, and tell the topic.
    """
    member = f"serviceAccount:{environment.runner_email}"
    agent = f"serviceAccount:{environment.transfer_agent}"
    return [
        _in_project(stack, environment, "runner_jobs", "roles/bigquery.jobUser", member, runner),
        _in_project(stack, environment, "runner_sees_jobs", "roles/bigquery.resourceViewer", member, runner),
        _in_dataset(stack, environment, "runner_data", "roles/bigquery.dataEditor", member, runner),
        add(
            google.service_account_iam_member.ServiceAccountIamMember,
            stack,
            "agent_acts_as_runner",
            service_account_id=f"projects/{environment.project}/serviceAccounts/{environment.runner_email}",
            role="roles/iam.serviceAccountTokenCreator",
            member=agent,
            depends_on=[runner],
        ),
        add(
            google.pubsub_topic_iam_member.PubsubTopicIamMember,
            stack,
            "agent_publishes",
            project=environment.project,
            topic=environment.topic,
            role="roles/pubsub.publisher",
            member=agent,
            depends_on=[topic],
        ),
    ]


def _grants_of_the_exporter(stack: Any, environment: Environment, exporter: Any) -> None:
    member = f"serviceAccount:{environment.exporter_email}"
    _in_project(stack, environment, "exporter_jobs", "roles/bigquery.jobUser", member, exporter)
    _in_dataset(stack, environment, "exporter_data", "roles/bigquery.dataViewer", member, exporter)


def _in_project(stack: Any, environment: Environment, name: str, role: str, member: str, account: Any) -> Any:
    kind = google.project_iam_member.ProjectIamMember
    return add(kind, stack, name, project=environment.project, role=role, member=member, depends_on=[account])


def _in_dataset(stack: Any, environment: Environment, name: str, role: str, member: str, *account: Any) -> Any:
    return add(
        google.bigquery_dataset_iam_member.BigqueryDatasetIamMember,
        stack,
        name,
        project=environment.project,
        dataset_id=environment.dataset,
        role=role,
        member=member,
        depends_on=list(account) or None,
    )


def _schedule(stack: Any, environment: Environment, name: str, text: str, granted: list[Any]) -> None:
    """One scheduled query. E-mail goes to the owner only, and a service account reads none: alerts tell of failures."""
    configs = google.bigquery_data_transfer_config
    title = name.partition("/")[2]
    add(
        configs.BigqueryDataTransferConfig,
        stack,
        title,
        display_name=f"{title}{environment.suffix}",
        project=environment.project,
        location=environment.location,
        data_source_id="scheduled_query",
        schedule=str(sidecar(name)["schedule"]),
        params={"query": literal(text)},
        service_account_name=environment.runner_email,
        notification_pubsub_topic=environment.topic_path if environment.pull_request is None else None,
        email_preferences=configs.BigqueryDataTransferConfigEmailPreferences(enable_failure_email=False),
        disabled=environment.schedules_disabled,
        depends_on=granted,
    )
