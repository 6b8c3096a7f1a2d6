from __future__ import annotations

from tests.stacks import declared
from tests.terraform import needs_node

pytestmark = needs_node

RUNNER = "serviceAccount:eros-runner@of-scheduler-proj.iam.gserviceaccount.com"
EXPORTER = "serviceAccount:eros-exporter@of-scheduler-proj.iam.gserviceaccount.com"
AGENT = "serviceAccount:service-123456789012@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"


def test_contract_the_three_schedules_and_when_they_fire() -> None:
    configs = declared("automation", "google_bigquery_data_transfer_config")
    assert {name: one["schedule"] for name, one in configs.items()} == {
        "daily_caption_update": "every 1 hours from 09:07 to 10:07",
        "expired_lock_sweep": "every 6 hours from 00:13 to 18:13",
        "health_check": "every 1 hours from 00:23 to 23:23",
    }
    for name, one in configs.items():
        assert one["display_name"] == name
        assert one["data_source_id"] == "scheduled_query"
        assert one["location"] == "US"
        assert one["service_account_name"] == "eros-runner@of-scheduler-proj.iam.gserviceaccount.com"
        assert one["notification_pubsub_topic"] == "projects/of-scheduler-proj/topics/eros-notifications"
        assert one["email_preferences"] == {"enable_failure_email": False}
        assert one["disabled"] is False
        assert set(one["params"]) == {"query"}  # a script writes no destination table
        assert "destination_dataset_id" not in one


def test_one_setting_disables_all_schedules_and_nothing_else() -> None:
    off = declared("automation", "google_bigquery_data_transfer_config", schedules_disabled=True)
    assert {one["disabled"] for one in off.values()} == {True}
    alerts = declared("observability", "google_monitoring_alert_policy", schedules_disabled=True)
    assert alerts == declared("observability", "google_monitoring_alert_policy")
    assert {one["enabled"] for one in alerts.values()} == {True}


def test_the_runner_may_run_jobs_see_them_and_change_the_dataset() -> None:
    project = declared("automation", "google_project_iam_member")
    assert {(one["role"], one["member"]) for one in project.values()} == {
        ("roles/bigquery.jobUser", RUNNER),
        ("roles/bigquery.resourceViewer", RUNNER),
        ("roles/bigquery.jobUser", EXPORTER),
    }
    dataset = declared("automation", "google_bigquery_dataset_iam_member")
    assert {(one["role"], one["member"], one["dataset_id"]) for one in dataset.values()} == {
        ("roles/bigquery.dataEditor", RUNNER, "eros_scheduling_brain"),
        ("roles/bigquery.dataViewer", EXPORTER, "eros_scheduling_brain"),
    }


def test_the_transfer_agent_may_act_as_the_runner_and_publish() -> None:
    (acting,) = declared("automation", "google_service_account_iam_member").values()
    assert (acting["role"], acting["member"]) == ("roles/iam.serviceAccountTokenCreator", AGENT)
    assert acting["service_account_id"] == f"projects/of-scheduler-proj/serviceAccounts/{RUNNER.partition(':')[2]}"
    (publishing,) = declared("automation", "google_pubsub_topic_iam_member").values()
    assert (publishing["role"], publishing["member"]) == ("roles/pubsub.publisher", AGENT)
    assert publishing["topic"] == "eros-notifications"


def test_a_schedule_waits_for_what_its_runner_needs() -> None:
    for one in declared("automation", "google_bigquery_data_transfer_config").values():
        assert one["depends_on"] == [
            "google_project_iam_member.runner_jobs",
            "google_project_iam_member.runner_sees_jobs",
            "google_bigquery_dataset_iam_member.runner_data",
            "google_service_account_iam_member.agent_acts_as_runner",
            "google_pubsub_topic_iam_member.agent_publishes",
        ]
