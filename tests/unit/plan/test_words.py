import pytest

from infra.plan.values import UNKNOWN, frozen
from infra.plan.words.access import grant_words
from infra.plan.words.alerts import alert_words, condition_sentence, span
from infra.plan.words.money import budget_words, quota_dollars, quota_words
from infra.plan.words.plain import argument_words
from infra.plan.words.schedules import firing_words, firings_per_day, schedule_words


def test_firing_times_are_shown_in_utc_and_on_both_sides_of_dst():
    # 09:07 UTC is 01:07 at UTC-8 and 02:07 at UTC-7
    assert firing_words("every 1 hours from 09:07 to 10:07") == (
        "09:07, 10:07 UTC; Los Angeles: in winter 01:07, 02:07 (UTC-08:00), in summer 02:07, 03:07 (UTC-07:00)"
    )


def test_many_firing_times_are_cut():
    assert firing_words("every 1 hours from 00:23 to 23:23").startswith(
        "00:23, 01:23, ..., 23:23 UTC; Los Angeles: in winter 16:23,"
    )


@pytest.mark.parametrize("text", ["whenever", "every 6 hours"])
def test_a_schedule_without_knowable_times_says_so(text):
    assert firing_words(text).startswith(f"{text} (")


def test_a_schedule_that_does_not_fire_on_the_days_shown_is_counted_by_the_week():
    assert firing_words("every mon,fri 13:15") == "every mon,fri 13:15 UTC (2 times a week)"


def test_firings_per_day_are_those_of_a_year():
    assert firings_per_day("every 6 hours from 00:13 to 18:13") == 4
    assert firings_per_day("every 1 hours from 00:23 to 23:23") == 24
    # 52 Mondays and Fridays each, one more Monday: 2024 began on one and is 366 days long, so 53 + 52 = 105
    assert firings_per_day("every mon,fri 13:15") == pytest.approx(105 / 366)
    assert (
        firings_per_day("every day 09:07", disabled=True)
        == firings_per_day("nonsense")
        == firings_per_day(UNKNOWN)
        == 0
    )


def test_a_changed_schedule_tells_the_old_times_and_the_new():
    before = {"schedule": "every day 10:07", "service_account_name": "a@b", "notification_pubsub_topic": "t"}
    words = list(schedule_words(before, {**before, "schedule": "every day 11:07"}))
    assert [one.partition(":")[0] for one in words] == ["fired every day 10", "fires every day 11"]
    assert "in winter 03:07 (UTC-08:00), in summer 04:07 (UTC-07:00)" in words[1]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"disabled": True}, "switched off: it does not fire until it is resumed"),
        ({"service_account_name": "c@d"}, "runs as c@d"),
        ({"notification_pubsub_topic": None}, "tells nobody how each run ended"),
        ({"email_preferences": ({"enable_failure_email": True},)}, "failure e-mails to its owner: on"),
    ],
)
def test_each_other_change_of_a_schedule_has_its_sentence(more, word):
    before = {"schedule": "every day 10:07", "service_account_name": "a@b", "notification_pubsub_topic": "t"}
    assert list(schedule_words(before, {**before, **more})) == [word]


def threshold(**more):
    return {
        "display_name": "failed runs",
        "condition_threshold": [
            {
                "filter": 'resource.type="bigquery_dts_config" AND '
                'metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND '
                'metric.labels.completion_state="FAILED"',
                "comparison": "COMPARISON_GT",
                "threshold_value": 0,
                "duration": "600s",
                "aggregations": [{"alignment_period": "300s", "per_series_aligner": "ALIGN_SUM"}],
                **more,
            }
        ],
    }


def test_a_threshold_is_a_sentence():
    assert condition_sentence(threshold()) == (
        "the sum of transfer_config/completed_runs where completion_state is FAILED over 5 minutes "
        "is above 0 for 10 minutes"
    )


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"comparison": "COMPARISON_LT", "threshold_value": 1500}, "is below 1,500 for 10 minutes"),
        ({"aggregations": [{"per_series_aligner": "ALIGN_PERCENTILE_95"}]}, "the 95th percentile of"),
        (
            {
                "aggregations": [
                    {
                        "alignment_period": "3600s",
                        "per_series_aligner": "ALIGN_MEAN",
                        "cross_series_reducer": "REDUCE_MAX",
                        "group_by_fields": ["resource.labels.config_id"],
                    }
                ]
            },
            ", the highest per config_id over an hour is",
        ),
        ({"denominator_filter": 'metric.type="logging.googleapis.com/user/all"'}, "as a share of all"),
        ({"duration": "0s"}, "is above 0"),
        # 4 x 1024^4 bytes = 4 TiB, at $6.25 each
        (
            {"filter": 'metric.type="b.googleapis.com/query/scanned_bytes_billed"', "threshold_value": 4 * 1024**4},
            "is above 4 TiB ($25.00)",
        ),
    ],
)
def test_every_part_of_a_threshold_has_its_words(more, sentence):
    assert sentence in condition_sentence(threshold(**more))


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (
            {"condition_absent": [{"filter": 'metric.type="a.googleapis.com/user/b"', "duration": "7200s"}]},
            "b has not been reported for 2 hours",
        ),
        (
            {"condition_matched_log": [{"filter": 'severity="ERROR"\n  AND x'}]},
            'a log entry matches severity="ERROR" AND x',
        ),
        (
            {"condition_prometheus_query_language": [{"query": "time() - max(x) > 93600", "duration": "0s"}]},
            "time() - max(x) > 93600",
        ),
        ({"display_name": "odd"}, "odd of a kind that has no words here"),
    ],
)
def test_every_kind_of_condition_has_a_sentence(condition, sentence):
    assert condition_sentence(condition) == sentence


def test_an_alert_tells_only_the_conditions_that_changed():
    before = {"conditions": [threshold(), threshold(threshold_value=9)], "severity": "WARNING"}
    after = {"conditions": [threshold(), threshold(threshold_value=8)], "severity": "CRITICAL", "enabled": False}
    words = list(alert_words(frozen(before), frozen(after)))
    assert [one.partition(":")[0].partition(" when")[0] for one in words] == [
        "no longer",
        "alerts",
        "severity CRITICAL (was WARNING)",
        "switched off",
    ]
    assert "above 9" in words[0] and "above 8" in words[1]


def test_channels_that_are_not_known_yet_are_not_counted():
    assert f"notification channels: {UNKNOWN}" in list(alert_words(None, {"notification_channels": UNKNOWN}))
    assert "1 notification channel hears of it" in list(alert_words(None, {"notification_channels": ("a",)}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("300s", "5 minutes"),
        ("60s", "a minute"),
        ("86400s", "a day"),
        ("90s", "90 seconds"),
        ("0s", ""),
        (None, ""),
        ("0.5s", "0.5 seconds"),
    ],
)
def test_durations_are_in_the_largest_whole_unit(text, words):
    assert span(text) == words


def quota(mib, quota_id="QueryUsagePerDay"):
    return {"quota_id": quota_id, "quota_config": [{"preferred_value": mib}]}


def test_a_quota_is_told_in_dollars():
    # 1,677,721 MiB / 1,048,576 MiB per TiB x $6.25 = $10.00; ten times as much is $100.00
    assert quota_dollars(quota("1677721")) == pytest.approx(10, abs=1e-4)
    assert list(quota_words(quota("1677721"), quota("16777216"))) == [
        "queries of the whole project: at most $100.00 a day (16,777,216 MiB) (was $10.00 a day (1,677,721 MiB))"
    ]
    assert list(quota_words(None, quota("1677721", "QueryUsagePerUserPerDay"))) == [
        "queries of any one account: at most $10.00 a day (1,677,721 MiB)"
    ]


def test_a_quota_without_end_is_called_so():
    assert quota_dollars(quota("-1")) is None
    [word] = quota_words(quota("1677721"), quota("-1"))
    assert word.startswith("queries of the whole project: at most whatever they like (was $10.00 a day")


def test_a_quota_of_another_unit_is_not_called_dollars():
    assert quota_dollars(quota("5", "SomethingElse")) is None
    assert quota_dollars(quota(UNKNOWN)) is None
    assert quota_dollars(None) is None


def budget(units, *shares):
    rules = [{"threshold_percent": share, "spend_basis": basis} for share, basis in shares]
    return {"amount": [{"specified_amount": [{"units": units, "currency_code": "USD"}]}], "threshold_rules": rules}


def test_a_budget_is_told_in_dollars_and_shares():
    current, forecast = "CURRENT_SPEND", "FORECASTED_SPEND"
    before, after = budget("300", (0.5, current)), budget("450", (0.5, current), (1.0, forecast))
    assert list(budget_words(before, after)) == [
        "$450.00 a month (was $300.00 a month)",
        "gives notice at 50%, 100% forecast (was at 50%)",
    ]
    assert "a budget only gives notice: it stops nothing" in list(budget_words(None, before))


def test_a_grant_is_a_sentence():
    grant = {
        "member": "serviceAccount:runner@p.iam.gserviceaccount.com",
        "role": "roles/bigquery.jobUser",
        "project": "p",
    }
    assert list(grant_words("google_project_iam_member", None, grant)) == [
        "runner@p.iam.gserviceaccount.com may run queries in the whole project p (roles/bigquery.jobUser)"
    ]
    assert list(grant_words("google_project_iam_member", grant, None)) == [
        "runner@p.iam.gserviceaccount.com could run queries in the whole project p (roles/bigquery.jobUser)"
    ]


def test_a_grant_that_nobody_has_words_for_names_its_role():
    grant = {"member": "allUsers", "role": "roles/odd.thing", "condition": [{"title": "x"}]}
    assert list(grant_words("google_pubsub_topic_iam_member", None, grant)) == [
        "allUsers may do what the role allows on the topic under a condition (roles/odd.thing)"
    ]


def test_other_arguments_are_listed_as_they_are():
    before, after = (
        {"a": 1, "same": 2, "etag": "x", "gone": "y"},
        {"a": 3, "same": 2, "etag": UNKNOWN, "new": {"k": None, "j": 1}},
    )
    assert list(argument_words(frozen(before), frozen(after))) == [
        "a: 1 -> 3",
        "gone: y -> null",
        'new: null -> {"j": 1}',
    ]


def test_nothing_that_stays_nothing_is_listed():
    assert list(argument_words({"a": None, "b": 0, "c": ()}, {"a": "", "b": None, "c": None})) == []
    assert list(argument_words({"a": True}, {"a": False})) == ["a: true -> false"]


def test_a_long_value_is_cut():
    [line] = argument_words({"a": ""}, {"a": "x" * 500})
    assert len(line) < 200 and line.endswith("…")
