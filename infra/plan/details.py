"""A change -> what it means: SQL diffs, column changes, and sentences. All reports print these, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.plan.columns import ColumnChange, Fields, Kind, UnreadableSchema, compare_schemas, declaration, read_schema
from infra.plan.model import Action, Change
from infra.plan.texts import TextDiff, routine_sql, schedule_sql, text_diff, view_sql
from infra.plan.values import block
from infra.plan.words.access import access_words, grant_words
from infra.plan.words.alerts import alert_words
from infra.plan.words.money import budget_words, quota_words
from infra.plan.words.plain import COMPUTED, COSMETIC, argument_words, shown
from infra.plan.words.schedules import schedule_words

Side = Mapping[str, Any] | None
_STAMP = re.compile(r"'r[0-9a-f]{12}'")
"""A release's id as infra.rendered makes it: every release changes it in every script."""


@dataclass(frozen=True)
class Detail:
    """One change as it is told: a headline of a few words, then sentences, columns and diffs.

    `arguments` are those that have no words of their own, one a line. Of a new object they, and the diffs, say little
    that the declaration does not.
    """

    change: Change
    headline: str
    words: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    columns: tuple[ColumnChange, ...] = ()
    diffs: tuple[TextDiff, ...] = ()
    is_cosmetic: bool = False
    """Whether only labels, descriptions and the like change, which nothing downstream notices."""


@dataclass
class _Told:
    """What a describer has to say; `arguments` are those that it has dealt with."""

    words: list[str]
    arguments: Collection[str]
    headline: str = ""
    columns: tuple[ColumnChange, ...] = ()
    diffs: tuple[TextDiff | None, ...] = ()
    cosmetic: Collection[str] = ()
    """Arguments that differ in nothing that anything acts by."""


def describe(change: Change) -> Detail:
    """What a change of any type means; the arguments that have no words of their own are listed one by one."""
    describer = _DESCRIBERS.get(change.type, _other)
    told = describer(change)
    words = (*_around(change), *told.words)
    arguments = tuple(argument_words(change.before, change.after, told.arguments))
    diffs = tuple(one for one in told.diffs if one is not None)
    named = _named(arguments, most=0 if change.importing else 1)
    headline = told.headline or _headline(told.columns, diffs, (*told.words, *named, *words))
    if change.importing:
        headline = "adopted" if headline in words else f"adopted, {headline}"
    return Detail(change, headline, words, arguments, told.columns, diffs, _is_cosmetic(change, told.cosmetic))


def _is_cosmetic(change: Change, arguments: Collection[str]) -> bool:
    stays = change.action in (Action.UPDATE, Action.IMPORT, Action.MOVE)
    return stays and set(change.changed) <= {*COSMETIC, *COMPUTED, *arguments}


def _named(arguments: Sequence[str], most: int) -> Iterator[str]:
    """A headline for arguments without words: at most so many as they are, or else the names of all."""
    if len(arguments) <= most:
        yield from arguments
    else:
        yield ", ".join(one.partition(":")[0].partition(" =")[0] for one in arguments)


def _around(change: Change) -> Iterator[str]:
    if change.previous_address:
        yield f"moved from {change.previous_address}"
    if change.importing:
        yield f"adopted: {change.importing}"
    if change.replace_paths:
        paths = ", ".join(".".join(map(str, path)) for path in change.replace_paths)
        yield f"cannot be changed in place: {paths}"


def _headline(columns: Sequence[ColumnChange], diffs: Sequence[TextDiff], words: Sequence[str]) -> str:
    parts = []
    kinds = [one.kind for one in columns]
    for kind in dict.fromkeys(kinds):
        number = kinds.count(kind)
        parts.append(f"{number} column{'' if number == 1 else 's'} {kind.value}")
    parts += map(_diff_size, diffs)
    return ", ".join(parts) or (words[0] if words else "nothing that anybody decides")


def _diff_size(diff: TextDiff) -> str:
    added, removed = diff.counts
    return f"{diff.title} +{added} -{removed}"


def _table(change: Change) -> _Told:
    if any(block((side or {}).get("view")) is not None for side in (change.before, change.after)):
        diff = text_diff("query", view_sql(change.before), view_sql(change.after))
        return _Told([], {"view", "schema"}, _size("view", diff, change), diffs=(diff,))
    before, after = (_fields(side) for side in (change.before, change.after))
    if before is None or after is None:
        return _Told(["its schema cannot be read before the apply"], {"schema"})
    if change.before is None or change.after is None:
        diff = text_diff("columns", _listed(before), _listed(after))
        return _Told(list(_layout(change.after)), _LAYOUT, _columns_of(after or before), diffs=(diff,))
    columns = tuple(compare_schemas(before, after))
    is_described = all(one.kind is Kind.DESCRIBED for one in columns)
    return _Told([], {"schema"}, columns=columns, cosmetic={"schema"} if is_described else ())


_LAYOUT = frozenset({"schema", "time_partitioning", "clustering"})


def _layout(side: Side) -> Iterator[str]:
    partitioning = block((side or {}).get("time_partitioning")) or {}
    clustering = (side or {}).get("clustering")
    words = []
    if partitioning.get("type"):
        words.append(f"a partition per {str(partitioning['type']).lower()} of {partitioning.get('field') or 'loading'}")
    if isinstance(clustering, tuple) and clustering:
        words.append(f"clustered by {', '.join(map(str, clustering))}")
    if words:
        yield ", ".join(words)


def _columns_of(fields: Fields) -> str:
    return f"{len(fields)} column{'' if len(fields) == 1 else 's'}"


def _size(what: str, diff: TextDiff | None, change: Change) -> str:
    """Of what is wholly new or wholly gone, its size; of a change, nothing: the diff tells."""
    if change.before is not None and change.after is not None:
        return ""
    return f"{what} of {max(diff.counts) if diff else 0} lines"


def _fields(side: Side) -> Fields | None:
    try:
        return read_schema((side or {}).get("schema"))
    except UnreadableSchema:
        return None


def _listed(fields: Fields) -> str:
    return "\n".join(f"{one['name']} {declaration(one)}" for one in fields)


def _dataset(change: Change) -> _Told:
    told = _other(change)
    if change.before is None or change.after is None:
        return told
    return _Told([*told.words, *access_words(change.before, change.after)], {"access"}, told.headline)


def _routine(change: Change) -> _Told:
    arguments = {"arguments", "definition_body", "return_type", "return_table_type", "routine_type", "routine_id"}
    diff = text_diff("SQL", routine_sql(change.before), routine_sql(change.after))
    kind = str((change.after or change.before or {}).get("routine_type") or "routine").replace("_VALUED", "")
    return _Told([], arguments, _size(kind.replace("_", " ").lower(), diff, change), diffs=(diff,))


def _schedule(change: Change) -> _Told:
    arguments = {"params", "schedule", "disabled", "service_account_name", "notification_pubsub_topic"}
    words = [] if change.after is None else list(schedule_words(change.before, change.after))
    before, after = (_STAMP.sub("'release'", schedule_sql(side)) for side in (change.before, change.after))
    diff = text_diff("script", before, after)
    is_restamped = diff is None and schedule_sql(change.before) != schedule_sql(change.after)
    if is_restamped:
        words.append("its script writes down the new release's id")
    for key, was, becomes in _settings(change):
        words.append(f"params.{key}: {shown(was)} -> {shown(becomes)}")
    headline = _size("script", diff, change) or ", ".join(_what_is_new(change, diff))
    only_stamp = is_restamped and not any(_settings(change))
    cosmetic = {"params"} if only_stamp else ()
    return _Told(words, arguments | {"email_preferences"}, headline, diffs=(diff,), cosmetic=cosmetic)


def _settings(change: Change) -> Iterator[tuple[str, Any, Any]]:
    """Parameters of a scheduled query besides its script that differ: where its result goes, for one."""
    old, new = (block((side or {}).get("params")) or {} for side in (change.before, change.after))
    for key in sorted({*old, *new} - {"query"}):
        if old.get(key) != new.get(key):
            yield key, old.get(key), new.get(key)


def _what_is_new(change: Change, diff: TextDiff | None) -> Iterator[str]:
    if "schedule" in change.changed:
        yield "fires at other times"
    if "disabled" in change.changed:
        yield "switched off" if (change.after or {}).get("disabled") else "switched on"
    if diff is not None:
        yield _diff_size(diff)


def _alert(change: Change) -> _Told:
    arguments = {"conditions", "combiner", "severity", "enabled", "notification_channels", "documentation"}
    words = list(alert_words(change.before, change.after))
    is_reworded = change.before is not None and change.after is not None and "conditions" in change.changed
    return _Told(words, arguments, "alerts on other conditions" if is_reworded else "")


def _budget(change: Change) -> _Told:
    words = list(budget_words(change.before, change.after))
    return _Told(words, {"amount", "threshold_rules"})


def _quota(change: Change) -> _Told:
    return _Told(list(quota_words(change.before, change.after)), {"quota_config"})


def _grant(change: Change) -> _Told:
    told = {"member", "role", "project", "dataset_id", "bucket", "topic", "service_account_id"}
    return _Told(list(grant_words(change.type, change.before, change.after)), told)


def _other(change: Change) -> _Told:
    if change.type.endswith("_iam_member"):
        return _grant(change)
    if change.before is not None and change.after is not None:
        return _Told([], ())
    side = change.after or change.before or {}
    purpose = next((str(side[key]) for key in ("description", "display_name", "name") if side.get(key)), change.name)
    return _Told([], (), purpose)


_DESCRIBERS: Mapping[str, Callable[[Change], _Told]] = {
    "google_bigquery_data_transfer_config": _schedule,
    "google_bigquery_dataset": _dataset,
    "google_bigquery_routine": _routine,
    "google_bigquery_table": _table,
    "google_billing_budget": _budget,
    "google_cloud_quotas_quota_preference": _quota,
    "google_monitoring_alert_policy": _alert,
}
