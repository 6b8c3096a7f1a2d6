"""A change -> what it means: SQL diffs, column changes, and sentences. All reports print these, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.plan.columns import ColumnChange, Fields, UnreadableSchema, compare_schemas, declaration, read_schema
from infra.plan.model import Change
from infra.plan.texts import TextDiff, routine_sql, schedule_sql, text_diff, view_sql
from infra.plan.values import block
from infra.plan.words.access import grant_words
from infra.plan.words.alerts import alert_words
from infra.plan.words.money import budget_words, quota_words
from infra.plan.words.plain import argument_words
from infra.plan.words.schedules import schedule_words

Side = Mapping[str, Any] | None


@dataclass(frozen=True)
class Detail:
    """One change as it is told: a headline of a few words, then columns, sentences and diffs."""

    change: Change
    headline: str
    words: tuple[str, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    diffs: tuple[TextDiff, ...] = ()


@dataclass
class _Told:
    """What a describer has to say; `arguments` are those that it has dealt with."""

    words: list[str]
    arguments: set[str]
    columns: tuple[ColumnChange, ...] = ()
    diffs: tuple[TextDiff | None, ...] = ()


def describe(change: Change) -> Detail:
    """What a change of any type means; the arguments that have no words of their own are listed one by one."""
    describer = _DESCRIBERS.get(change.type, _other)
    told = describer(change)
    words = [*_around(change), *told.words, *argument_words(change.before, change.after, told.arguments)]
    diffs = tuple(one for one in told.diffs if one is not None)
    return Detail(change, _headline(told.columns, diffs, words), tuple(words), told.columns, diffs)


def _around(change: Change) -> Iterator[str]:
    if change.previous_address:
        yield f"moved from {change.previous_address}"
    if change.importing:
        yield f"adopted as it is: {change.importing}"
    if change.replace_paths:
        paths = ", ".join(".".join(map(str, path)) for path in change.replace_paths)
        yield f"cannot be changed in place: {paths}"


def _headline(columns: tuple[ColumnChange, ...], diffs: tuple[TextDiff, ...], words: list[str]) -> str:
    parts = []
    kinds = [one.kind for one in columns]
    for kind in dict.fromkeys(kinds):
        number = kinds.count(kind)
        parts.append(f"{number} column{'' if number == 1 else 's'} {kind.value}")
    for one in diffs:
        added, removed = one.counts
        parts.append(f"{one.title} +{added} -{removed}")
    return ", ".join(parts) or (words[0] if words else "nothing that anybody decides")


def _table(change: Change) -> _Told:
    if any(block((side or {}).get("view")) is not None for side in (change.before, change.after)):
        diff = text_diff("query", view_sql(change.before), view_sql(change.after))
        return _Told([], {"view", "schema"}, diffs=(diff,))
    before, after = (_fields(side) for side in (change.before, change.after))
    if before is None or after is None:
        return _Told(["its schema cannot be read before the apply"], {"schema"})
    if change.before is None or change.after is None:
        return _Told([], {"schema"}, diffs=(text_diff("columns", _listed(before), _listed(after)),))
    return _Told([], {"schema"}, columns=tuple(compare_schemas(before, after)))


def _fields(side: Side) -> Fields | None:
    try:
        return read_schema((side or {}).get("schema"))
    except UnreadableSchema:
        return None


def _listed(fields: Fields) -> str:
    return "\n".join(f"{one['name']} {declaration(one)}" for one in fields)


def _routine(change: Change) -> _Told:
    arguments = {"arguments", "definition_body", "return_type", "return_table_type", "routine_type", "routine_id"}
    return _Told([], arguments, diffs=(text_diff("SQL", routine_sql(change.before), routine_sql(change.after)),))


def _schedule(change: Change) -> _Told:
    arguments = {"params", "schedule", "disabled", "service_account_name", "notification_pubsub_topic"}
    words = [] if change.after is None else list(schedule_words(change.before, change.after))
    diff = text_diff("script", schedule_sql(change.before), schedule_sql(change.after))
    return _Told(words, arguments | {"email_preferences"}, diffs=(diff,))


def _alert(change: Change) -> _Told:
    arguments = {"conditions", "combiner", "severity", "enabled", "notification_channels", "documentation"}
    return _Told(list(alert_words(change.before, change.after)), arguments)


def _budget(change: Change) -> _Told:
    words = list(budget_words(change.before, change.after))
    return _Told(words, {"amount", "budget_filter", "threshold_rules"})


def _quota(change: Change) -> _Told:
    return _Told(list(quota_words(change.before, change.after)), {"quota_config"})


def _grant(change: Change) -> _Told:
    told = {"member", "role", *(("project", "dataset_id", "bucket", "topic", "service_account_id"))}
    return _Told(list(grant_words(change.type, change.before, change.after)), told)


def _other(change: Change) -> _Told:
    return _grant(change) if change.type.endswith("_iam_member") else _Told([], set())


_DESCRIBERS: Mapping[str, Callable[[Change], _Told]] = {
    "google_bigquery_data_transfer_config": _schedule,
    "google_bigquery_routine": _routine,
    "google_bigquery_table": _table,
    "google_billing_budget": _budget,
    "google_cloud_quotas_quota_preference": _quota,
    "google_monitoring_alert_policy": _alert,
}
