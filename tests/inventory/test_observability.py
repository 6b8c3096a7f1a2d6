from __future__ import annotations

import re
from typing import Any

import pytest

from infra.rendered import rendered_schedules
from infra.stacks.alerts import alerts, billed_bytes, longest_silence_hours
from infra.stacks.log_metrics import VERDICT
from sql import SqlSettings, constants
from tests.contract.test_house import _commands
from tests.stacks import declared
from tests.terraform import needs_node

pytestmark = needs_node


def policies() -> dict[str, dict[str, Any]]:
    return declared("observability", "google_monitoring_alert_policy")


def condition(name: str) -> dict[str, Any]:
    (found,) = policies()[name]["conditions"]
    return found.get("condition_threshold") or found["condition_prometheus_query_language"]


def test_everybody_is_told_by_mail_chat_and_topic() -> None:
    channels = declared("observability", "google_monitoring_notification_channel")
    assert {name: (one["type"], one["labels"]) for name, one in channels.items()} == {
        "email_1": ("email", {"email_address": "a@b.example"}),
        "webhook": ("webhook_tokenauth", {"url": "https://relay.example.com/eros"}),
        "pubsub": ("pubsub", {"topic": "projects/of-scheduler-proj/topics/eros-notifications"}),
    }
    (publishes,) = declared("observability", "google_pubsub_topic_iam_member").values()
    assert publishes["member"] == (
        "serviceAccount:service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
    )
    for one in policies().values():
        assert len(one["notification_channels"]) == 3


def test_without_a_relay_nobody_is_posted_to() -> None:
    channels = declared("observability", "google_monitoring_notification_channel", webhook_url="")
    assert set(channels) == {"email_1", "pubsub"}


def test_whoever_else_is_told_changes_no_address() -> None:
    both = declared("observability", "google_monitoring_notification_channel", alert_emails="c@d.example,a@b.example")
    assert {name: one["labels"]["email_address"] for name, one in both.items() if one["type"] == "email"} == {
        "email_1": "c@d.example",
        "email_2": "a@b.example",
    }
    assert len({one["display_name"] for one in both.values()}) == len(both)


def test_what_is_watched_and_how_bad_it_is() -> None:
    assert {name: one["severity"] for name, one in policies().items()} == {
        "failed_runs": "CRITICAL",
        "daily_caption_update_missing": "CRITICAL",
        "health_check_missing": "CRITICAL",
        "expired_lock_sweep_missing": "WARNING",
        "error_ratio": "CRITICAL",
        "cost_roll_back": "CRITICAL",
        "cost_urgent": "ERROR",
        "cost_warning": "WARNING",
        "health_low": "CRITICAL",
        "data_stale": "WARNING",
        "locks_stuck": "WARNING",
        "slow_jobs": "WARNING",
    }


# $15, $25 and $100 at $6.25 per TiB are 2.4, 4 and 16 TiB of 2^40 bytes.
@pytest.mark.parametrize(
    ("limit", "dollars", "expected"),
    [("warning", 15, 2_638_827_906_662), ("urgent", 25, 4_398_046_511_104), ("roll_back", 100, 17_592_186_044_416)],
)
def test_contract_limits_the_cost_of_a_day(limit: str, dollars: int, expected: int) -> None:
    assert billed_bytes(dollars) == expected
    found = condition(f"cost_{limit}")
    assert found["threshold_value"] == expected
    assert found["filter"] == (
        'resource.type="global" AND metric.type="bigquery.googleapis.com/query/scanned_bytes_billed"'
    )
    (aggregation,) = found["aggregations"]
    assert (aggregation["alignment_period"], aggregation["per_series_aligner"]) == ("86400s", "ALIGN_SUM")


def test_a_failed_run_is_read_from_its_completion_state() -> None:
    found = condition("failed_runs")
    assert 'metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"' in found["filter"]
    assert 'metric.labels.completion_state="FAILED"' in found["filter"]
    assert 'resource.type="bigquery_dts_config"' in found["filter"]
    assert found["threshold_value"] == 0


def test_contract_limits_more_than_a_tenth_of_at_least_twenty_jobs_fail() -> None:
    query = condition("error_ratio")["query"]
    assert "> 0.1)" in query
    assert query.endswith(">= 20)")
    failed = "logging_googleapis_com:user_eros_jobs_failed{"
    assert query.index(failed) < query.index("logging_googleapis_com:user_eros_jobs{")


def test_a_missing_run_is_found_by_a_window_and_not_by_absence() -> None:
    """A condition on absence ends at 23.5 hours; daily_run_stale_hours is 26."""
    assert longest_silence_hours() == {"daily_caption_update": 26, "expired_lock_sweep": 13, "health_check": 3}
    for job, hours in longest_silence_hours().items():
        query = condition(f"{job}_missing")["query"]
        assert f'job="{job}"' in query
        assert f"[{hours}h]" in query
        assert query.endswith("or vector(0)) < 1")
    assert not any("condition_absent" in str(one["conditions"]) for one in policies().values())


def test_jobs_over_thirty_seconds_stale_data_stuck_locks_and_health() -> None:
    slow = condition("slow_jobs")
    assert (slow["threshold_value"], slow["duration"]) == (30, "600s")
    assert (
        slow["filter"]
        == 'resource.type="bigquery_project" AND metric.type="bigquery.googleapis.com/query/execution_times"'
    )
    watched = {name: condition(name) for name in ("data_stale", "locks_stuck", "health_low")}
    labels = {name: re.search(r'alarm="(\w+)"', one["filter"]).group(1) for name, one in watched.items()}
    assert labels == {"data_stale": "data_freshness", "locks_stuck": "stuck_locks", "health_low": "health_low"}
    assert watched["health_low"]["threshold_value"] == 1  # twice
    assert policies()["health_low"]["display_name"] == "EROS prod: the health score is below 70"


def test_every_policy_names_a_counter_that_is_declared() -> None:
    counters = set(declared("observability", "google_logging_metric"))
    used = set(re.findall(r"(?:user/|:user_)(eros_\w+)", str([one["conditions"] for one in policies().values()])))
    assert used == counters - {"eros_conflict_aborts"}  # counted to be looked at, not to wake anybody
    for one in policies().values():
        assert set(one["depends_on"]) == {f"google_logging_metric.{name}" for name in counters}


def test_a_runbook_says_what_it_means_what_to_do_and_a_command() -> None:
    for name, one in policies().items():
        text = one["documentation"]["content"]
        assert text.startswith("**What it means.** "), name
        assert "**What to do.** " in text, name
        assert re.search(r"```\n(eros|eros-infra) ", text), name
        assert one["documentation"]["mime_type"] == "text/markdown"


def test_the_commands_of_the_runbooks_exist() -> None:
    known = {f"{program} {command}" for program in ("eros", "eros-infra") for command in _commands(program)}
    schedules = {name.partition("/")[2] for name in rendered_schedules(SqlSettings())}
    for alert in alerts():
        for line in alert.command.splitlines():
            words = line.split()
            named = " ".join(words[:3] if words[0] == "eros-infra" else words[:2])
            assert named in known, line
            rest = words[len(named.split()) :]
            assert set(rest) <= schedules | {"exports/"}, line


def test_conflict_aborts_and_verdicts_are_no_failures() -> None:
    text = declared("observability", "google_logging_metric")["eros_jobs_failed"]["filter"]
    for words in constants()["conflict_aborts"]:
        assert f'errorResult.message:"{words}"' in text
    assert f'NOT protoPayload.metadata.jobChange.job.jobStatus.errorResult.message:"{VERDICT.strip()}"' in text
    conflicts = declared("observability", "google_logging_metric")["eros_conflict_aborts"]["filter"]
    assert "NOT" not in conflicts


def test_a_script_is_known_by_the_first_job_it_names() -> None:
    """What the counter's extractor reads from the text of each of the three."""
    extractor = declared("observability", "google_logging_metric")["eros_scheduled_runs"]["label_extractors"]["job"]
    pattern = re.search(r'"(job_name = .*)"\)$', extractor).group(1)
    scripts = rendered_schedules(SqlSettings())
    assert {name.partition("/")[2]: re.search(pattern, text).group(1) for name, text in scripts.items()} == {
        "daily_caption_update": "daily_caption_update",
        "expired_lock_sweep": "expired_lock_sweep",
        "health_check": "health_check",
    }


def test_a_title_is_never_used_twice() -> None:
    """Titles are what a deployment finds existing policies by."""
    assert len({one.title for one in alerts()}) == len(alerts())
