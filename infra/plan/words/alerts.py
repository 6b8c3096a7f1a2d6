"""An alert policy as the sentence that its author had in mind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.dry_runs import dollars
from infra.plan.values import Mark, block, blocks

_KINDS = (
    "condition_threshold",
    "condition_absent",
    "condition_matched_log",
    "condition_prometheus_query_language",
    "condition_monitoring_query_language",
    "condition_sql",
)
_COMPARISONS = {
    "COMPARISON_GT": "above",
    "COMPARISON_GE": "at or above",
    "COMPARISON_LT": "below",
    "COMPARISON_LE": "at or below",
    "COMPARISON_EQ": "exactly",
    "COMPARISON_NE": "other than",
}
_ALIGNERS = {
    "ALIGN_COUNT": "number",
    "ALIGN_COUNT_TRUE": "number",
    "ALIGN_DELTA": "increase",
    "ALIGN_MAX": "maximum",
    "ALIGN_MEAN": "mean",
    "ALIGN_MIN": "minimum",
    "ALIGN_RATE": "rate per second",
    "ALIGN_SUM": "sum",
}
_REDUCERS = {"REDUCE_SUM": "summed", "REDUCE_MAX": "the highest", "REDUCE_MEAN": "averaged", "REDUCE_COUNT": "counted"}
_METRIC = re.compile(r'metric\.type\s*=\s*"(?:[a-z]+\.googleapis\.com/(?:user/)?)?([^"]+)"')
_TERM = re.compile(r'(?:metric|resource)\.labels?\.(\w+)\s*(!=|=)\s*(?:one_of\()?"([^"]*)"')
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def alert_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """Each condition that is new, gone or worded otherwise, and who hears of it."""
    old, new = ([*_conditions(side)] for side in (before, after))
    for text in old:
        if text not in new:
            yield f"no longer: {text}"
    joined = " and " if (after or {}).get("combiner") in ("AND", "AND_WITH_MATCHING_RESOURCE") else " or "
    for position, text in enumerate(new):
        if text not in old:
            yield f"{'alerts' if position == 0 or joined == ' or ' else 'and only'} when {text}"
    yield from _others(before or {}, after or {}, is_new=before is None)


def condition_sentence(condition: Mapping[str, Any]) -> str:
    """What trips one condition of a policy."""
    for kind in _KINDS:
        found = block(condition.get(kind))
        if found is not None:
            return _SENTENCES[kind](found)
    return f"{condition.get('display_name') or 'a condition'} of a kind that has no words here"


def span(text: Any) -> str:
    """A duration such as "300s" in words; empty for none."""
    seconds = float(str(text or "0").removesuffix("s"))
    for size, unit in _UNITS:
        if seconds and seconds % size == 0:
            number = int(seconds // size)
            return f"{'an' if unit == 'hour' else 'a'} {unit}" if number == 1 else f"{number} {unit}s"
    return f"{seconds:g} seconds" if seconds else ""


def _conditions(side: Mapping[str, Any] | None) -> Iterator[str]:
    for one in blocks((side or {}).get("conditions")):
        name = one.get("display_name")
        yield f"{condition_sentence(one)}" + (f" ({name})" if name else "")


def _threshold(found: Mapping[str, Any]) -> str:
    of, over = _measured(found)
    comparison = _COMPARISONS.get(str(found.get("comparison")), str(found.get("comparison")))
    value = found.get("threshold_value")
    lasting = f" for {span(found.get('duration'))}" if span(found.get("duration")) else ""
    under = f", as a share of {_source(found['denominator_filter'])}" if found.get("denominator_filter") else ""
    return f"{of}{under}{over} is {comparison} {_number(value, of)}{lasting}"


def _absent(found: Mapping[str, Any]) -> str:
    return f"{_source(found.get('filter'))} has not been reported for {span(found.get('duration')) or 'a moment'}"


def _matched(found: Mapping[str, Any]) -> str:
    return f"a log entry matches {_one_line(found.get('filter'))}"


def _query(found: Mapping[str, Any]) -> str:
    lasting = f" for {span(found.get('duration'))}" if span(found.get("duration")) else ""
    return f"{_one_line(found.get('query'))}{lasting}"


_SENTENCES = {
    "condition_threshold": _threshold,
    "condition_absent": _absent,
    "condition_matched_log": _matched,
    "condition_prometheus_query_language": _query,
    "condition_monitoring_query_language": _query,
    "condition_sql": _query,
}


def _measured(found: Mapping[str, Any]) -> tuple[str, str]:
    """("the sum of ...", " over 5 minutes"): what is compared, and over which time."""
    aggregation = next(iter(blocks(found.get("aggregations"))), {})
    aligner = str(aggregation.get("per_series_aligner") or "")
    percentile = re.fullmatch(r"ALIGN_PERCENTILE_(\d+)", aligner)
    how = f"{percentile[1]}th percentile" if percentile else _ALIGNERS.get(aligner, "")
    reducer = _REDUCERS.get(str(aggregation.get("cross_series_reducer") or ""), "")
    grouped = [str(one).rpartition(".")[2] for one in aggregation.get("group_by_fields") or ()]
    by = f", {reducer}" if reducer else ""
    by += f" per {', '.join(grouped)}" if grouped else ""
    over = f" over {span(aggregation.get('alignment_period'))}" if span(aggregation.get("alignment_period")) else ""
    return f"the {how} of {_source(found.get('filter'))}" if how else _source(found.get("filter")), by + over


def _source(text: Any) -> str:
    """A metric's name and the terms that narrow it; the filter itself when it names no metric."""
    written = _one_line(text)
    metric = _METRIC.search(written)
    if metric is None:
        return written or "something unnamed"
    terms = [f"{name} {'is not' if sign == '!=' else 'is'} {value}" for name, sign, value in _TERM.findall(written)]
    return metric[1] + (f" where {' and '.join(terms)}" if terms else "")


def _others(old: Mapping[str, Any], new: Mapping[str, Any], *, is_new: bool) -> Iterator[str]:
    if is_new or old.get("severity") != new.get("severity"):
        yield f"severity {new.get('severity') or 'not set'}" + ("" if is_new else f" (was {old.get('severity')})")
    if (old.get("enabled") is False) != (new.get("enabled") is False):
        yield "switched off" if new.get("enabled") is False else "switched on"
    channels = [side.get("notification_channels") or () for side in (old, new)]
    if isinstance(channels[1], Mark):
        yield f"notification channels: {channels[1]}"
    elif is_new or channels[0] != channels[1]:
        number = len(channels[1])
        yield f"{number} notification channel{'' if number == 1 else 's'} hear{'s' if number == 1 else ''} of it"
    texts = [(block(side.get("documentation")) or {}).get("content") for side in (old, new)]
    if not is_new and texts[0] != texts[1]:
        yield "its instructions to whoever is woken are reworded"


def _one_line(text: Any) -> str:
    return " ".join(str(text or "").split())


def _number(value: Any, of: str) -> str:
    """Bytes billed are told in TiB and in what they cost."""
    if not isinstance(value, int | float):
        return str(value)
    if "bytes_billed" in of:
        return f"{value / 1024**4:,g} TiB (${dollars(value):,.2f})"
    return f"{value:,g}"
