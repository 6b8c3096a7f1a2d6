"""The kinds of resources that are only kept, field by field, as the public REST references list them."""

from __future__ import annotations

from infra.local.control.collections import Body, Collection
from infra.local.control.control import Control
from infra.local.rest.errors import RestError
from infra.local.rest.exchange import Request
from infra.local.rest.shapes import Shape

_UNLIMITED_FROM = 209_715_200
"""BigQuery's QueryUsagePerDay without a preference, in MiB: 200 TiB."""

_SAFE_DECREASE = 0.9
"""A quota may fall to this share without an explicit word."""

_CHANNEL_LABELS = {
    "email": ("email_address",),
    "webhook_tokenauth": ("url",),
    "webhook_basicauth": ("url", "username"),
    "pubsub": ("topic",),
    "slack": ("channel_name",),
    "sms": ("number",),
    "pagerduty": (),
}
_CONDITIONS: tuple[str, ...] = (
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionPrometheusQueryLanguage",
)
_CONDITIONS += ("conditionMonitoringQueryLanguage", "conditionSql")
_LONGEST_ABSENCE_SECONDS = 23.5 * 3600


def _alert_policy(control: Control, request: Request, body: Body, before: Body | None) -> Body:
    if body.get("combiner") not in ("AND", "OR", "AND_WITH_MATCHING_RESOURCE"):
        raise RestError("invalid", f"Invalid value for combiner: {body.get('combiner')}", "combiner")
    conditions = []
    for given in body.get("conditions") or []:
        kinds = [kind for kind in _CONDITIONS if given.get(kind) is not None]
        if len(kinds) != 1 or not given.get("displayName"):
            raise RestError(
                "invalid", "A condition needs a display_name and exactly one kind of condition", "conditions"
            )
        absent = (given.get("conditionAbsent") or {}).get("duration", "0s")
        if _seconds(absent) > _LONGEST_ABSENCE_SECONDS:
            raise RestError("invalid", f"condition_absent.duration {absent} is longer than 23.5 hours", "conditions")
        name = given.get("name") or f"{body['name']}/conditions/{10**18 + control.next_number('conditions')}"
        conditions.append({**given, "name": name})
    for channel in body.get("notificationChannels") or []:
        control.require("notificationChannels", channel, f"Notification channel {channel} does not exist")
    mutation = {"mutateTime": control.now(), "mutatedBy": "local-cloud@localhost"}
    created = before["creationRecord"] if before else mutation
    body = {"enabled": True, **body, "conditions": conditions}
    return {**body, "creationRecord": created, "mutationRecord": mutation}


def _seconds(duration: str) -> float:
    """A Duration's JSON form, like "300s". Raises RestError for another text."""
    try:
        return float(duration.removesuffix("s"))
    except ValueError:
        raise RestError("invalid", f"Invalid duration: {duration!r}", "conditions") from None


def _channel(control: Control, request: Request, body: Body, before: Body | None) -> Body:
    kind, labels = str(body["type"]), body.get("labels") or {}
    if kind not in _CHANNEL_LABELS:
        raise RestError("invalid", f"Unknown notification channel type: {kind}", "type")
    missing = next((label for label in _CHANNEL_LABELS[kind] if not labels.get(label)), None)
    if missing:
        raise RestError("invalid", f"A notification channel of type {kind} needs the label {missing}", "labels")
    return {"enabled": True, **body}


def _used_by(control: Control, body: Body) -> str:
    policies = control.documents.all("alertPolicies").items()
    return next((name for name, one in policies if body["name"] in (one.get("notificationChannels") or ())), "")


def _metric(control: Control, request: Request, body: Body, before: Body | None) -> Body:
    described = dict(body.get("metricDescriptor") or {})
    has_value = bool(body.get("valueExtractor"))
    name = body["name"]
    described = {
        "metricKind": "DELTA",
        "valueType": "DISTRIBUTION" if has_value else "INT64",
        "unit": "1",
        **described,
        "type": f"logging.googleapis.com/user/{name}",
        "name": f"projects/{control.project}/metricDescriptors/logging.googleapis.com/user/{name}",
    }
    extracted, declared = set(body.get("labelExtractors") or {}), {one["key"] for one in described.get("labels") or []}
    if extracted != declared:
        raise RestError("invalid", f"labelExtractors {sorted(extracted)} and labels {sorted(declared)} differ")
    return {**body, "metricDescriptor": described}


def _budget(control: Control, request: Request, body: Body, before: Body | None) -> Body:
    amount = body.get("amount") or {}
    if ("specifiedAmount" in amount) == ("lastPeriodAmount" in amount):
        raise RestError("invalid", "A budget's amount is either specified_amount or last_period_amount", "amount")
    period = (body.get("budgetFilter") or {}).get("calendarPeriod", "MONTH")
    if period not in ("MONTH", "QUARTER", "YEAR"):
        raise RestError("invalid", f"Invalid value for calendar_period: {period}", "budgetFilter")
    rules = [{"spendBasis": "CURRENT_SPEND", **rule} for rule in body.get("thresholdRules") or []]
    kept = {**body, "budgetFilter": {"creditTypesTreatment": "INCLUDE_ALL_CREDITS", **(body.get("budgetFilter") or {})}}
    if not kept["budgetFilter"].get("customPeriod"):
        kept["budgetFilter"].setdefault("calendarPeriod", "MONTH")
    return {**kept, **({"thresholdRules": rules} if rules else {})}


def _quota(control: Control, request: Request, body: Body, before: Body | None) -> Body:
    ignored = set(request.values("ignoreSafetyChecks")) | {str(body.pop("ignoreSafetyChecks", ""))}
    wanted = int((body.get("quotaConfig") or {}).get("preferredValue") or 0)
    current = int(before["quotaConfig"]["preferredValue"]) if before else _UNLIMITED_FROM
    is_bigquery = body.get("service") == "bigquery.googleapis.com"
    if is_bigquery and wanted < current * _SAFE_DECREASE and "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH" not in ignored:
        raise RestError(
            "failedPrecondition",
            f"The quota {body.get('quotaId')} would fall from {current} to {wanted}, by more than 10 percent: say so "
            "with ignore_safety_checks = QUOTA_DECREASE_PERCENTAGE_TOO_HIGH",
        )
    key = (body.get("service"), body.get("quotaId"), body.get("dimensions") or {})
    for name, other in control.documents.all("quotaPreferences").items():
        if name != body["name"] and key == (other.get("service"), other.get("quotaId"), other.get("dimensions") or {}):
            raise RestError("duplicate", f"{name} is a preference for the same quota and dimensions already")
    config = {**body["quotaConfig"], "preferredValue": str(wanted), "grantedValue": str(wanted)}
    return {**body, "quotaConfig": config, "reconciling": False}


_RECORD = {"mutateTime": str, "mutatedBy": str}
_THRESHOLD = {"filter": str, "duration": str, "aggregations": [dict], "trigger": dict, "comparison": str}
_THRESHOLD |= {"thresholdValue": float, "denominatorFilter": str, "denominatorAggregations": [dict]}
_THRESHOLD |= {"forecastOptions": dict, "evaluationMissingData": str}
_CONDITION: Shape = {"displayName": str, "name": str, **dict.fromkeys(_CONDITIONS, dict)}
_CONDITION |= {
    "conditionThreshold": _THRESHOLD,
    "conditionAbsent": {"filter": str, "duration": str, "aggregations": [dict], "trigger": dict},
}
ALERT_POLICIES = Collection(
    kind="alertPolicies",
    naming="number",
    fields={
        "displayName": str,
        "documentation": {"content": str, "mimeType": str, "subject": str, "links": [dict]},
        "userLabels": {str: str},
        "conditions": [_CONDITION],
        "combiner": str,
        "enabled": bool,
        "severity": str,
        "notificationChannels": [str],
        "alertStrategy": dict,
    },
    required=("displayName", "conditions", "combiner"),
    output_only={"creationRecord": _RECORD, "mutationRecord": _RECORD, "validity": dict},
    finish=_alert_policy,
)
CHANNELS = Collection(
    kind="notificationChannels",
    naming="number",
    fields={
        **dict.fromkeys(("type", "displayName", "description"), str),
        "labels": {str: str},
        "userLabels": {str: str},
        "enabled": bool,
        "sensitiveLabels": dict,
    },
    required=("type",),
    output_only={"verificationStatus": str, "creationRecord": _RECORD, "mutationRecords": [_RECORD]},
    fixed=("type",),
    finish=_channel,
    in_use=_used_by,
)
METRICS = Collection(
    kind="metrics",
    naming="field",
    fields={
        **dict.fromkeys(("description", "filter", "valueExtractor", "bucketName"), str),
        "disabled": bool,
        "metricDescriptor": {
            **dict.fromkeys(("name", "type", "metricKind", "valueType", "unit", "displayName", "description"), str),
            "labels": [{"key": str, "valueType": str, "description": str}],
            "metadata": dict,
            "launchStage": str,
            "monitoredResourceTypes": [str],
        },
        "labelExtractors": {str: str},
        "bucketOptions": dict,
    },
    required=("filter",),
    output_only=dict.fromkeys(("createTime", "updateTime", "version", "resourceName"), str),
    whole_name=False,
    stamps=("createTime", "updateTime"),
    finish=_metric,
)
BUDGETS = Collection(
    kind="budgets",
    naming="uuid",
    fields={
        "displayName": str,
        "budgetFilter": {
            "projects": [str],
            "resourceAncestors": [str],
            "creditTypes": [str],
            "services": [str],
            "subaccounts": [str],
            "creditTypesTreatment": str,
            "labels": dict,
            "calendarPeriod": str,
            "customPeriod": dict,
        },
        "amount": {
            "specifiedAmount": {"currencyCode": str, "units": int, "nanos": int},
            "lastPeriodAmount": dict,
        },
        "thresholdRules": [{"thresholdPercent": float, "spendBasis": str}],
        "notificationsRule": dict,
        "etag": str,
        "ownershipScope": str,
    },
    required=("amount",),
    etag=True,
    finish=_budget,
)
QUOTAS = Collection(
    kind="quotaPreferences",
    naming="query",
    name_parameter="quotaPreferenceId",
    fields={
        **dict.fromkeys(("service", "quotaId", "justification", "contactEmail", "etag", "ignoreSafetyChecks"), str),
        "dimensions": {str: str},
        "quotaConfig": {
            "preferredValue": int,
            "grantedValue": int,
            "stateDetail": str,
            "traceId": str,
            "annotations": {str: str},
            "requestOrigin": str,
        },
    },
    required=("service", "quotaId", "quotaConfig"),
    output_only={"createTime": str, "updateTime": str, "reconciling": bool},
    fixed=("service", "quotaId", "dimensions"),
    etag=True,
    stamps=("createTime", "updateTime"),
    finish=_quota,
)
TOPICS = Collection(
    kind="topics",
    naming="path",
    fields={
        "labels": {str: str},
        "kmsKeyName": str,
        "messageRetentionDuration": str,
        "messageTransforms": list,
        **dict.fromkeys(("messageStoragePolicy", "schemaSettings", "ingestionDataSourceSettings"), dict),
    },
    output_only={"state": str, "satisfiesPzs": bool},
    fixed=("kmsKeyName",),
    wrapper="topic",
)
