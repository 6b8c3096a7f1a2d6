"""The report of a page for a terminal: a header, the last weeks, what stood out, and what sells when.

Colour only repeats what the words say, so that nothing is lost in a pipe. Text of the data is never read as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestrator.domain import Zone
from orchestrator.domain.performance_report import (
    Anomaly,
    DataStatus,
    PerformanceReport,
    RecentTrend,
    Scope,
    Severity,
    Trend,
)
from orchestrator.domain.week import DAY_NAMES
from orchestrator.report.sparkline import sparkline

SEVERITY_STYLES = {Severity.WARNING: "yellow", Severity.CRITICAL: "red"}
ZONE_STYLES = {Zone.GREEN: "bold green", Zone.YELLOW: "bold yellow", Zone.RED: "bold red"}
MOST_ANOMALIES = 5
MOST_HOURS = 8
UNKNOWN = "-"

Column = tuple[str, bool]  # heading, and whether its cells are numbers


def page_view(report: PerformanceReport) -> RenderableType:
    """Everything a person needs of a report; lists are cut to what fits a screen, and say so."""
    parts: list[RenderableType] = [_header(report)]
    if report.data_status is DataStatus.NO_HISTORY:
        parts.append(Text(f"\nNothing was sent in the last {report.lookback_days} days: the page starts small."))
        return Group(*parts)
    parts.append(_course(report.recent_trend))
    parts += _anomalies(report.anomalies)
    parts += [part for part in (_categories(report), _triggers(report), _days(report), _hours(report)) if part]
    if any(one.rpr_stat_sig or one.conv_stat_sig for one in report.psychological_trigger_analysis) or any(
        one.rpr_stat_sig for one in report.day_of_week_patterns
    ):
        parts.append(Text("\n* differs from the rest by more than chance", style="dim"))
    return Group(*parts)


def _header(report: PerformanceReport) -> Text:
    name = report.page_name if report.creator_name == report.page_name else f"{report.page_name}  {report.creator_name}"
    volume = report.recommended_volume
    emv = UNKNOWN if report.avg_emv is None else f"${report.avg_emv:,.2f}"
    age = report.data_freshness.hours_since_last_message
    newest = "" if age is None else f", newest message {_age(age)} old"
    return Text.assemble(
        (name, "bold"),
        (f"  {report.analysis_timestamp:%Y-%m-%d %H:%M %z}, {report.lookback_days} days{newest}\n", "dim"),
        report.account_size.value,
        "  ",
        (report.saturation_status.value, ZONE_STYLES[report.saturation_status]),
        "" if report.saturation_score is None else f" {report.saturation_score:.2f}",
        f"  {report.behavioral_segment.value}  {emv} a PPV  ",
        (f"week of {report.recommended_week}: {volume.ppv} PPV, {volume.bump} bumps\n", "bold"),
        report.saturation.recommended_action,
        "" if report.saturation.exclusion_reason is None else f" (score halved: {report.saturation.exclusion_reason})",
        "; too few messages to be sure" if report.data_status is DataStatus.INSUFFICIENT else "",
    )


def _course(trend: RecentTrend) -> Table:
    earned = [day.earnings for day in trend.days]
    rates = [day.view_rate for day in trend.days]
    newest = trend.days[-1].trailing_view_rate if trend.days else None
    rows = [
        ("earnings", sparkline(earned), f"${sum(one or 0 for one in earned):,.0f}", _change(trend.earnings_change_pct)),
        ("view rate", sparkline(rates), f"{_share(newest)} last week", _change(trend.view_rate_change_pct)),
    ]
    title = f"Last {trend.window_days} days, against the {trend.window_days} before"
    return _table(title, [("", False), ("by day", False), ("", True), ("change", True)], rows)


def _anomalies(anomalies: Sequence[Anomaly]) -> list[RenderableType]:
    """The worst of each day, type and figure; messages that share them are counted."""
    alike: dict[tuple[object, ...], list[Anomaly]] = {}
    for one in anomalies:
        alike.setdefault((one.severity, one.day, one.scope, one.message_type, one.metric), []).append(one)
    rows = [
        (
            str(worst.day),
            Text(worst.severity.value.lower(), style=SEVERITY_STYLES[worst.severity]),
            _subject(worst, len(others) + 1),
            worst.metric.replace("_", " "),
            _figure(worst.metric, worst.value),
            _figure(worst.metric, worst.expected),
        )
        for worst, *others in alike.values()
    ]
    if not rows:
        return []
    columns = [("day", False), ("", False), ("what", False), ("figure", False), ("was", True), ("usually", True)]
    return [_table("What stood out", columns, rows[:MOST_ANOMALIES]), *_rest(len(rows) - MOST_ANOMALIES)]


def _subject(anomaly: Anomaly, count: int) -> str:
    kind = anomaly.message_type.value
    if anomaly.scope is Scope.DAY:
        return f"all {kind} of the day"
    return f"one {kind}" if count == 1 else f"{count} {kind}, at worst"


def _categories(report: PerformanceReport) -> RenderableType | None:
    rows = [
        (
            one.content_category,
            one.price_tier.value,
            str(one.msg_count),
            _cents(one.avg_rpr),
            _share(one.avg_conv),
            _trend(one.trend_direction, one.trend_pct),
            UNKNOWN if one.best_price_tier is None else one.best_price_tier.value,
        )
        for one in report.content_category_performance
    ]
    columns = [("category", False), ("tier", False), *FIGURES, ("30-day trend", True), ("best tier", False)]
    return _table("What sells", columns, rows) if rows else None


def _triggers(report: PerformanceReport) -> RenderableType | None:
    rows = [
        (
            one.psychological_trigger,
            str(one.msg_count),
            _cents(one.avg_rpr),
            _share(one.avg_conv),
            _marked(_change(one.rpr_lift_pct), one.rpr_stat_sig),
            _marked(_change(one.conv_lift_pct), one.conv_stat_sig),
        )
        for one in report.psychological_trigger_analysis
    ]
    columns = [("appeal", False), *FIGURES, ("$ lift", True), ("conversion lift", True)]
    return _table("Which appeals work", columns, rows) if rows else None


def _days(report: PerformanceReport) -> RenderableType | None:
    rows = [
        (
            DAY_NAMES[(one.day_of_week_la - 2) % 7],
            str(one.msg_count),
            _marked(_cents(one.avg_rpr), one.rpr_stat_sig),
            _share(one.avg_conv),
        )
        for one in report.day_of_week_patterns
    ]
    return _table("Days (Los Angeles)", [("day", False), *FIGURES], rows) if rows else None


def _hours(report: PerformanceReport) -> RenderableType | None:
    windows = report.time_window_optimization
    rows = [
        (
            f"{one.hour_24:02d}:00",
            one.day_type.value,
            str(one.msg_count),
            _cents(one.avg_rpr),
            _share(one.avg_conv),
            UNKNOWN if one.slot_multiplier is None else f"{one.slot_multiplier:.2f}x",
            one.confidence.value.removesuffix("_CONF").lower(),
        )
        for one in windows[:MOST_HOURS]
    ]
    if not rows:
        return None
    columns = [("hour", False), ("", False), *FIGURES, ("$ a message", True), ("confidence", False)]
    return Group(_table("Best hours (Los Angeles)", columns, rows), *_rest(len(windows) - MOST_HOURS))


FIGURES: tuple[Column, ...] = (("PPV", True), ("$ per 100 fans", True), ("conversion", True))


def _table(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str | Text]]) -> Table:
    """A table of what is known: a column without a single figure is left out."""
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False
    )
    shown = [place for place in range(len(columns)) if any(row[place] != UNKNOWN for row in rows)]
    for heading, is_number in (columns[place] for place in shown):
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else Text(cell) for cell in (row[place] for place in shown)])
    return table


def _rest(count: int) -> list[RenderableType]:
    return [Text(f"... and {count} more: --json", style="dim")] if count > 0 else []


def _known(form: Callable[[float], str]) -> Callable[[float | None], str]:
    """`form`, with a dash for what was not measured."""
    return lambda value: UNKNOWN if value is None else form(value)


_share = _known(lambda value: f"{100 * value:.1f} %")
_change = _known(lambda value: f"{value:+.1f} %")
_cents = _known(lambda value: f"{100 * value:,.2f}")


def _trend(direction: Trend, change: float | None) -> str:
    return UNKNOWN if direction is Trend.UNKNOWN else f"{direction.value.lower()} {_change(change)}"


def _figure(metric: str, value: float) -> str:
    if metric.endswith("_rate"):
        return _share(value)
    return (
        f"${value:,.4f}"
        if metric == "revenue_per_recipient"
        else f"${value:,.2f}"
        if metric == "earnings"
        else f"{value:,.0f}"
    )


def _marked(text: str, is_significant: bool) -> str:
    return text if text == UNKNOWN else text + ("*" if is_significant else " ")


def _age(hours: float) -> str:
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
