"""Alert policies, channels, metrics, budgets, quotas, topics, buckets and accounts: what is kept, what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.local.control.conftest import PROJECT, Answer, Call

MONITORING = f"/monitoring/v3/projects/{PROJECT}"
LOGGING = f"/logging/v2/projects/{PROJECT}/metrics"
BUDGETS = "/billingbudgets/v1/billingAccounts/000000-000000-000000/budgets"
QUOTAS = f"/cloudquotas/v1/projects/{PROJECT}/locations/global/quotaPreferences"
TOPICS = f"/pubsub/v1/projects/{PROJECT}/topics"
ACCOUNTS = f"/iam/v1/projects/{PROJECT}/serviceAccounts"
IGNORE = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"


def unique(prefix: str = "x") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def channel(call: Call) -> dict[str, Any]:
    given = {"type": "email", "displayName": unique(), "labels": {"email_address": "a@example.com"}}
    return call("POST", f"{MONITORING}/notificationChannels", given).body


def policy(**changes: Any) -> dict[str, Any]:
    condition = {"displayName": "c", "conditionThreshold": {"filter": 'metric.type="x"', "comparison": "COMPARISON_GT"}}
    return {"displayName": unique(), "combiner": "OR", "conditions": [condition], **changes}


def make_policy(call: Call, **changes: Any) -> Answer:
    return call("POST", f"{MONITORING}/alertPolicies", policy(**changes))


@pytest.mark.covers("control", "Alert policies and channels get names from the server; a channel in use is not deleted")
def test_an_alert_policy_and_its_channel(call: Call) -> None:
    told = channel(call)
    assert told["name"].startswith(f"projects/{PROJECT}/notificationChannels/") and told["enabled"] is True
    made = make_policy(call, notificationChannels=[told["name"]]).body
    assert made["name"].startswith(f"projects/{PROJECT}/alertPolicies/") and made["enabled"] is True
    assert made["conditions"][0]["name"].startswith(f"{made['name']}/conditions/")
    assert made["creationRecord"]["mutateTime"] == "2026-01-14T20:00:00Z"
    path = f"/monitoring/v3/{told['name']}"
    assert call("DELETE", path).reason == (400, "failedPrecondition")
    change = {"enabled": False, "displayName": "not named by the mask"}
    changed = call("PATCH", f"/monitoring/v3/{made['name']}?updateMask=enabled", change).body
    assert (changed["enabled"], changed["displayName"]) == (False, made["displayName"])
    assert changed["conditions"] == made["conditions"]
    assert call("GET", f"/monitoring/v3/{made['name']}").body == changed
    assert call("DELETE", f"/monitoring/v3/{made['name']}").body == {}
    assert call("DELETE", path).status == 200
    assert call("GET", path).reason == (404, "notFound")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"novelty": 1}, "Unknown name \"novelty\" at 'alertPolicies'"),
        ({"combiner": "SOME"}, "Invalid value for combiner"),
        ({"conditions": []}, "Missing argument: alertPolicies.conditions"),
        ({"conditions": [{"displayName": "c"}]}, "exactly one kind"),
        ({"conditions": [{"displayName": "c", "conditionAbsent": {"duration": "84601s"}}]}, "longer than 23.5 hours"),
        ({"notificationChannels": [f"projects/{PROJECT}/notificationChannels/1"]}, "does not exist"),
    ],
)
def test_an_alert_policy_that_google_refuses(call: Call, changes: dict[str, Any], text: str) -> None:
    refused = make_policy(call, **changes)
    assert refused.status in (400, 404)
    assert text in refused.message


@pytest.mark.covers("control", "Every kind is listed in pages and by one field's value")
def test_listing_by_page_and_display_name(call: Call) -> None:
    made = [make_policy(call).body for _ in range(5)]
    names: list[str] = []
    token: str | None = ""
    while token is not None:
        page = call("GET", f"{MONITORING}/alertPolicies?pageSize=2&pageToken={token}").body
        assert len(page["alertPolicies"]) <= 2
        names += [one["name"] for one in page["alertPolicies"]]
        token = page.get("nextPageToken")
    assert {one["name"] for one in made} <= set(names) and len(names) == len(set(names))
    wanted = made[3]
    asked = call("GET", f"{MONITORING}/alertPolicies?filter=display_name%3D%22{wanted['displayName']}%22").body
    assert asked["alertPolicies"] == [wanted]
    assert call("GET", f"{MONITORING}/alertPolicies?filter=has_prefix(a)").reason == (501, "notImplemented")
    assert call("GET", f"{MONITORING}/alertPolicies?pageToken=%21").reason == (400, "invalid")


def test_every_kind_is_listed_in_pages(call: Call) -> None:
    metric, config = {"filter": "f"}, {"dataSourceId": "scheduled_query", "params": {"query": "SELECT 1"}}
    dollars = {"specifiedAmount": {"units": "3"}}
    config_path = f"/bigquerydatatransfer/v1/projects/{PROJECT}/locations/us/transferConfigs"
    quota = {"service": "s", "quotaConfig": {"preferredValue": "3"}}

    def make(kind: str, name: str) -> Answer:
        if kind == "topics":
            return call("PUT", f"{TOPICS}/{name}", {})
        wanted = {
            "notificationChannels": (f"{MONITORING}/notificationChannels", {"type": "pagerduty", "displayName": name}),
            "metrics": (LOGGING, {**metric, "name": name}),
            "budgets": (BUDGETS, {"displayName": name, "amount": dollars}),
            "quotaPreferences": (f"{QUOTAS}?quotaPreferenceId={name}", {**quota, "quotaId": name}),
            "accounts": (ACCOUNTS, {"accountId": name}),
            "items": (f"/storage/v1/b?project={PROJECT}", {"name": name}),
            "transferConfigs": (config_path, {**config, "displayName": name}),
        }[kind]
        return call("POST", *wanted)

    for kind, path, size in [
        ("notificationChannels", f"{MONITORING}/notificationChannels?", "pageSize"),
        ("metrics", f"{LOGGING}?", "pageSize"),
        ("budgets", f"{BUDGETS}?", "pageSize"),
        ("quotaPreferences", f"{QUOTAS}?", "pageSize"),
        ("topics", f"{TOPICS}?", "pageSize"),
        ("accounts", f"{ACCOUNTS}?", "pageSize"),
        ("transferConfigs", f"{config_path}?", "pageSize"),
        ("items", f"/storage/v1/b?project={PROJECT}&", "maxResults"),
    ]:
        made = [make(kind, unique("page")) for _ in range(5)]
        assert {one.status for one in made} == {200}, kind
        names: list[str] = []
        token: str | None = ""
        while token is not None:
            page = call("GET", f"{path}{size}=2&pageToken={token}").body
            assert 1 <= len(page[kind]) <= 2
            names += [one["name"] for one in page[kind]]
            token = page.get("nextPageToken")
        assert {one.body["name"] for one in made} <= set(names), kind
        assert len(names) == len(set(names)), kind


def test_a_page_stays_whole_while_others_come_and_go(call: Call) -> None:
    folder = unique("t")
    for name in "abcd":
        call("PUT", f"{TOPICS}/{folder}-{name}", {})
    first = call("GET", f"{TOPICS}?pageSize=1000").body["topics"]
    ours = [one["name"] for one in first if folder in one["name"]]
    page = call("GET", f"{TOPICS}?pageSize={[one['name'] for one in first].index(ours[1]) + 1}").body
    call("DELETE", f"{TOPICS}/{folder}-a")
    following = call("GET", f"{TOPICS}?pageToken={page['nextPageToken']}").body["topics"]
    assert [one["name"] for one in following][:2] == ours[2:]


@pytest.mark.covers(
    "control", "Log metrics: PUT replaces; the descriptor is completed, its labels match the extractors"
)
def test_a_log_metric(call: Call) -> None:
    name = unique("failed")
    given = {"name": name, "filter": "severity>=ERROR", "description": "one"}
    made = call("POST", LOGGING, given).body
    assert made["metricDescriptor"]["type"] == f"logging.googleapis.com/user/{name}"
    assert (made["metricDescriptor"]["metricKind"], made["metricDescriptor"]["valueType"]) == ("DELTA", "INT64")
    assert call("POST", LOGGING, given).reason == (409, "duplicate")
    changed = call("PUT", f"{LOGGING}/{name}", {"name": name, "filter": "severity>=CRITICAL"}).body
    assert (changed["filter"], "description" in changed) == ("severity>=CRITICAL", False)
    wrong = call("PUT", f"{LOGGING}/{name}", {"filter": "x", "labelExtractors": {"a": "EXTRACT(b)"}})
    assert wrong.reason == (400, "invalid")
    assert call("GET", f"{LOGGING}/{name}").body == changed
    assert [one["name"] for one in call("GET", LOGGING).body["metrics"]].count(name) == 1


@pytest.mark.covers("control", "Budgets: monthly or longer, changed by mask under an etag")
def test_a_budget(call: Call) -> None:
    dollars = {"specifiedAmount": {"currencyCode": "USD", "units": "300"}}
    given = {"displayName": unique(), "amount": dollars, "thresholdRules": [{"thresholdPercent": 0.5}]}
    made = call("POST", BUDGETS, given).body
    assert made["name"].startswith("billingAccounts/000000-000000-000000/budgets/")
    assert made["thresholdRules"] == [{"spendBasis": "CURRENT_SPEND", "thresholdPercent": 0.5}]
    assert made["budgetFilter"]["calendarPeriod"] == "MONTH"
    path = f"/billingbudgets/v1/{made['name']}"
    change = {"amount": {"specifiedAmount": {"currencyCode": "USD", "units": "400"}}, "etag": made["etag"]}
    changed = call("PATCH", f"{path}?updateMask=amount.specified_amount.units", change).body
    assert changed["amount"]["specifiedAmount"] == {"currencyCode": "USD", "units": "400"}
    assert changed["etag"] != made["etag"]
    assert call("PATCH", f"{path}?updateMask=amount", change).reason == (409, "aborted")
    daily = call("POST", BUDGETS, {**given, "budgetFilter": {"calendarPeriod": "DAY"}})
    assert "Invalid value for calendar_period: DAY" in daily.message
    assert call("PATCH", f"{path}?updateMask=nothing", {}).reason == (400, "invalid")


@pytest.mark.covers(
    "control", "Quotas are not lowered by more than a tenth unless ignoreSafetyChecks says so, nor deleted"
)
def test_a_quota_preference(call: Call) -> None:
    name = unique("quota")
    given = {"service": "bigquery.googleapis.com", "quotaId": unique("Q"), "quotaConfig": {"preferredValue": "1000"}}
    refused = call("POST", f"{QUOTAS}?quotaPreferenceId={name}", given)
    assert refused.reason == (400, "failedPrecondition")
    made = call("POST", f"{QUOTAS}?quotaPreferenceId={name}&ignoreSafetyChecks={IGNORE}", given).body
    assert (made["quotaConfig"]["grantedValue"], made["reconciling"]) == ("1000", False)
    path = f"{QUOTAS}/{name}"
    for value, status in [("900", 200), ("809", 400), ("5000", 200)]:
        change = {"quotaConfig": {"preferredValue": value}}
        assert call("PATCH", f"{path}?updateMask=quotaConfig.preferredValue", change).status == status
    again = call("POST", f"{QUOTAS}?quotaPreferenceId={name}-2&ignoreSafetyChecks={IGNORE}", given)
    assert again.reason == (409, "duplicate")
    assert call("DELETE", path).reason == (501, "notImplemented")
    assert call("GET", path).body["quotaConfig"]["grantedValue"] == "5000"


@pytest.mark.covers("control", "Topics are made by PUT to their name and changed by {topic, updateMask}")
def test_a_topic(call: Call) -> None:
    path = f"{TOPICS}/{unique('topic')}"
    made = call("PUT", path, {"labels": {"a": "b"}}).body
    assert made == {"labels": {"a": "b"}, "name": path.removeprefix("/pubsub/v1/")}
    assert call("PUT", path, {}).reason == (409, "duplicate")
    change = {"topic": {"name": made["name"], "labels": {"c": "d"}}, "updateMask": "labels"}
    assert call("PATCH", path, change).body["labels"] == {"c": "d"}
    assert call("POST", f"{path}:publish", {"messages": []}).reason == (501, "notImplemented")
    assert call("DELETE", path).status == 200
    assert call("GET", path).reason == (404, "notFound")


@pytest.mark.covers(
    "control", "Buckets: settings are kept, PATCH merges, names and locations stay, full ones are not deleted"
)
def test_a_bucket(call: Call) -> None:
    name = unique("bucket")
    path = f"/storage/v1/b/{name}"
    rule = {"action": {"type": "Delete"}, "condition": {"age": 30}}
    given = {
        "name": name,
        "location": "us",
        "versioning": {"enabled": True},
        "lifecycle": {"rule": [rule]},
        "labels": {"a": "b"},
    }
    made = call("POST", f"/storage/v1/b?project={PROJECT}", given).body
    assert (made["location"], made["lifecycle"], made["metageneration"]) == ("US", {"rule": [rule]}, "1")
    assert made["softDeletePolicy"] == {"retentionDurationSeconds": "604800"}
    assert call("POST", f"/storage/v1/b?project={PROJECT}", given).reason == (409, "conflict")
    changed = call("PATCH", path, {"labels": {"a": None, "c": "d"}, "versioning": {"enabled": False}}).body
    assert (changed["labels"], changed["versioning"]) == ({"c": "d"}, {"enabled": False})
    assert (changed["lifecycle"], changed["metageneration"]) == ({"rule": [rule]}, "2")
    assert call("PATCH", f"{path}?ifMetagenerationMatch=1", {}).reason == (412, "conditionNotMet")
    assert call("PATCH", path, {"location": "EU"}).reason == (400, "invalid")
    assert "lifecycle" not in call("PUT", path, {"name": name}).body
    call("POST", f"/upload/storage/v1/b/{name}/o?uploadType=media&name=a", b"x")
    assert call("DELETE", path).reason == (409, "conflict")
    call("DELETE", f"{path}/o/a")
    assert call("DELETE", path).status == 204
    for wrong in ("Upper", "a", "goog-x", "a..b"):
        assert call("POST", f"/storage/v1/b?project={PROJECT}", {"name": wrong}).reason == (400, "invalid")


@pytest.mark.covers(
    "control", "Service accounts are made by id, found by e-mail and unique id, changed by mask, switched off"
)
def test_a_service_account(call: Call) -> None:
    account = unique("runner")
    made = call("POST", ACCOUNTS, {"accountId": account, "serviceAccount": {"displayName": "Runner"}}).body
    assert made["email"] == f"{account}@{PROJECT}.iam.gserviceaccount.com"
    assert call("POST", ACCOUNTS, {"accountId": account}).reason == (409, "duplicate")
    assert call("POST", ACCOUNTS, {"accountId": "Short"}).reason == (400, "invalid")
    for name in (made["email"], made["uniqueId"]):
        assert call("GET", f"/iam/v1/projects/-/serviceAccounts/{name}").body == made
    path = f"{ACCOUNTS}/{made['email']}"
    change = {"serviceAccount": {"description": "runs", "displayName": "not named"}, "updateMask": "description"}
    changed = call("PATCH", path, change).body
    assert (changed["displayName"], changed["description"]) == ("Runner", "runs")
    call("POST", f"{path}:disable", {})
    assert call("GET", path).body["disabled"] is True
    config = {"displayName": "a", "dataSourceId": "scheduled_query", "params": {"query": "SELECT 1"}}
    configs = f"/v1/projects/{PROJECT}/transferConfigs?serviceAccountName={made['email']}"
    assert call("POST", configs, config).reason == (400, "failedPrecondition")
    assert call("DELETE", path).body == {}
    assert call("GET", path).reason == (404, "notFound")


def policy_paths(call: Call) -> dict[str, tuple[str, str]]:
    """Where each kind's policy is read and written."""
    account = call("POST", ACCOUNTS, {"accountId": unique("policy")}).body["email"]
    topic, bucket = unique("policy"), unique("policy")
    call("PUT", f"{TOPICS}/{topic}", {})
    call("POST", f"/storage/v1/b?project={PROJECT}", {"name": bucket})
    named = {
        "project": f"/cloudresourcemanager/v1/projects/{PROJECT}",
        "account": f"{ACCOUNTS}/{account}",
        "topic": f"{TOPICS}/{topic}",
    }
    paths = {kind: (f"{path}:getIamPolicy", f"{path}:setIamPolicy") for kind, path in named.items()}
    return {**paths, "bucket": (f"/storage/v1/b/{bucket}/iam",) * 2}


@pytest.mark.covers(
    "control", "IAM policies of project, account, topic and bucket: a stale etag is 409 (412 for a bucket)"
)
@pytest.mark.parametrize("kind", ["project", "account", "topic", "bucket"])
def test_a_policy_is_read_modified_and_written(call: Call, kind: str) -> None:
    read_path, write_path = policy_paths(call)[kind]

    def read() -> dict[str, Any]:
        return call(
            "GET" if kind in ("topic", "bucket") else "POST", read_path, None if kind in ("topic", "bucket") else {}
        ).body

    def write(policy: dict[str, Any]) -> Answer:
        return call("PUT", write_path, policy) if kind == "bucket" else call("POST", write_path, {"policy": policy})

    before = read()
    assert before["etag"]
    binding = {"role": "roles/viewer", "members": ["user:b@example.com", "user:a@example.com", "user:a@example.com"]}
    written = write({**before, "bindings": [binding]}).body
    assert written["bindings"] == [{"role": "roles/viewer", "members": ["user:a@example.com", "user:b@example.com"]}]
    assert read() == written
    stale = write({**before, "bindings": []})
    assert stale.reason == ((412, "conditionNotMet") if kind == "bucket" else (409, "aborted"))
    assert read() == written
    assert write({"bindings": [{"role": "roles/viewer", "members": ["a@example.com"]}]}).reason == (400, "invalid")
    assert write({"bindings": [{"role": "viewer", "members": ["user:a@example.com"]}]}).reason == (400, "invalid")
    stranger = {"role": "roles/viewer", "members": [f"serviceAccount:nobody@{PROJECT}.iam.gserviceaccount.com"]}
    assert "does not exist" in write({"bindings": [stranger]}).message
    assert read() == written
    agent = {"role": "roles/viewer", "members": ["serviceAccount:service-1@gcp-sa-x.iam.gserviceaccount.com"]}
    assert write({"bindings": [agent]}).status == 200
    assert write({"bindings": []}).body["bindings"] == []


@pytest.mark.covers(
    "control", "Paths of these services that are not done here: 501 by name; other paths: 404", refused=True
)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{MONITORING}/uptimeCheckConfigs", 501),
        ("POST", f"/pubsub/v1/projects/{PROJECT}/subscriptions", 501),
        ("GET", "/storage/v1/projects/x/hmacKeys", 501),
        ("POST", f"{ACCOUNTS}/a@b/keys", 501),
        ("GET", "/eros/nothing", 501),
        ("GET", f"/compute/v1/projects/{PROJECT}", 404),
        ("GET", f"{TOPICS}/none", 404),
        ("GET", "/monitoring/v3/projects/other/alertPolicies", 404),
        ("GET", "/storage/v1/b/none", 404),
        ("GET", "/cloudresourcemanager/v1/projects/other", 404),
    ],
)
def test_an_unknown_path_is_never_a_silent_success(call: Call, method: str, path: str, status: int) -> None:
    answer = call(method, path, {} if method == "POST" else None)
    assert answer.status == status
    assert answer.message


def test_the_project_answers_to_its_number(call: Call) -> None:
    by_id = call("GET", f"/cloudresourcemanager/v1/projects/{PROJECT}").body
    assert call("GET", f"/cloudresourcemanager/v1/projects/{by_id['projectNumber']}").body == by_id
    name = unique("topic")
    call("PUT", f"/pubsub/v1/projects/{by_id['projectNumber']}/topics/{name}", {})
    assert call("GET", f"{TOPICS}/{name}").status == 200
