"""The report of `analyze_creator_performance`, typed: the one definition of its shape, units and ranges.

docs/schemas/performance_report.schema.json is generated from here (scripts/write_schemas.py). Rates are shares in
[0, 1], money is dollars (refunds can make it negative), days and hours are Los Angeles wall clock, `_pct` is per cent.
Null means "not measured", never nought; a list is never null.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.domain.kinds import AccountSize, MessageType, PriceTier, Segment, Zone
from sql import constants

LONGEST_LOOKBACK_DAYS: int = constants()["report"]["longest_lookback_days"]
_RULES = constants()["report"]
_ZONES = constants()["saturation"]
_BEYOND_CHANCE = f"p < {constants()['significant_below']}, corrected for all that are compared"

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Dollars = float  # refunds can outweigh sales
Correlation = Annotated[float, Field(ge=-1, le=1)]


def _field(description: str, **limits: Any) -> Any:
    return Field(description=description, **limits)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataStatus(StrEnum):
    """How far figures can be trusted: ok; insufficient: too few messages; no_history: nothing was sent."""

    OK = "ok"
    INSUFFICIENT = "insufficient"
    NO_HISTORY = "no_history"


class Trend(StrEnum):
    """Where earnings per recipient go; UNKNOWN when either period holds too few messages."""

    RISING = "RISING"
    STABLE = "STABLE"
    DECLINING = "DECLINING"
    UNKNOWN = "UNKNOWN"


class DayType(StrEnum):
    """Weekend is Saturday and Sunday."""

    WEEKDAY = "Weekday"
    WEEKEND = "Weekend"


class Confidence(StrEnum):
    """By the number of messages."""

    HIGH = "HIGH_CONF"
    MEDIUM = "MED_CONF"
    LOW = "LOW_CONF"


class Severity(StrEnum):
    """How far out an anomaly is."""

    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Scope(StrEnum):
    """What an anomaly is about."""

    DAY = "day"
    MESSAGE = "message"


class DataFreshness(_Part):
    """How old the newest message is."""

    last_message_at: datetime | None = _field("Newest message of the look-back, with the Los Angeles offset")
    hours_since_last_message: Amount | None = _field("Hours from it to the analysis")
    messages: Count = _field("Messages of the look-back, PPV and bumps")


class RecommendedVolume(_Part):
    """Messages for the coming week: floor(base x zone multiplier x mean of the seven day factors)."""

    ppv: Count = _field("Paid messages per week")
    bump: Count = _field("Free messages per week")


class AccountClassification(_Part):
    """How big the page is, and what follows from that before saturation and holidays."""

    size_tier: AccountSize = _field("By revenue per 90 days; MICRO without history")
    avg_audience: Count | None = _field("Mean recipients of a message")
    total_revenue_period: Dollars | None = _field("Dollars earned in the look-back")
    daily_ppv_target_min: Amount = _field("Paid messages per day, lower end of the size's range")
    daily_ppv_target_max: Amount = _field("Paid messages per day, upper end of the size's range")
    daily_bump_target: Amount = _field("Free messages per day")
    weekly_ppv_target: Count = _field("Paid messages per week")
    weekly_bump_target: Count = _field("Free messages per week")
    min_ppv_gap_minutes: Count = _field("Smallest gap between any two messages of the page, in minutes, zone GREEN")
    saturation_tolerance: Share = _field("Saturation score from which the page is RED")
    data_status: DataStatus = _field("Of this section")


class SegmentAnalysis(_Part):
    """What the page's fans pay, over the PPV messages of the look-back's completed days.

    The figures of price need as many priced messages as a segment does, at more than one price.
    """

    segment_label: Segment = _field("By dollars per recipient; EXPLORATORY when messages are few")
    avg_rpr: Dollars | None = _field("Dollars per recipient")
    avg_conv: Share | None = _field("Purchases per view")
    rpr_price_slope: float | None = _field("Change of dollars per recipient per dollar of price (least squares)")
    rpr_price_corr: Correlation | None = _field("Correlation of price and dollars per recipient")
    conv_price_elasticity_proxy: float | None = _field(
        "Per cent change of purchases per view per per cent of price, at the means (least squares)"
    )
    category_entropy: Amount | None = _field("Shannon entropy of messages over content categories, in bits")
    sample_size: Count = _field("PPV messages")


class Saturation(_Part):
    """How far the last seven completed days fall short of what was to be expected."""

    saturation_score: Share | None = _field("0 is as usual, 1 is worn out")
    saturation_status: Zone = _field(
        f"GREEN below {_ZONES['yellow_from']}, YELLOW below {_ZONES['red_from']}, else RED"
    )
    unlock_rate_deviation: float | None = _field("Views per recipient against expectation: -0.2 is 20 % less")
    emv_deviation: float | None = _field("Dollars per recipient against expectation: -0.2 is 20 % less")
    consecutive_underperform_days: Count = _field("Sending days in a row, up to the last, that fell short")
    recommended_action: str = _field("What to do about it")
    volume_adjustment_factor: Amount = _field("The zone's multiplier of PPV, in recommended_volume already")
    confidence_score: Share | None = _field("How much the score can be trusted")
    exclusion_reason: str | None = _field("Why the score is halved: HOLIDAY, PLATFORM_HEADWIND or LOW_CONFIDENCE")
    data_status: DataStatus = _field("Of this section")


class MessageTypePerformance(_Part):
    """All messages of one type."""

    message_type: MessageType = _field("PPV or Bump")
    messages: Count = _field("Messages sent")
    sent: Count = _field("Recipients")
    viewed: Count | None = _field("Views")
    purchased: Count | None = _field("Purchases")
    earnings: Dollars | None = _field("Dollars earned")
    view_rate: Share | None = _field("Views per recipient")
    view_rate_lower: Share = _field("Wilson 95 % interval of view_rate, lower end")
    view_rate_upper: Share = _field("... upper end")
    purchase_rate: Share | None = _field("Purchases per view")
    purchase_rate_lower: Share = _field("Wilson 95 % interval of purchase_rate, lower end")
    purchase_rate_upper: Share = _field("... upper end")
    revenue_per_recipient: Dollars | None = _field("Dollars per recipient")
    average_price: Amount | None = _field("Mean price of the priced messages, in dollars")
    avg_emv: Dollars | None = _field("Dollars per message")


class TrendDay(_Part):
    """One completed local day, all messages; trailing figures cover the seven days that end with it."""

    day: date = _field("Los Angeles date")
    messages: Count = _field("Messages sent")
    earnings: Dollars | None = _field("Dollars earned")
    view_rate: Share | None = _field("Views per recipient")
    purchase_rate: Share | None = _field("Purchases per view")
    trailing_earnings: Dollars | None = _field("Dollars per day over seven days")
    trailing_view_rate: Share | None = _field("Views per recipient over seven days")


class RecentTrend(_Part):
    """The last completed days, as a whole against as many days before, and one by one."""

    window_days: Count = _field("Days in the window and in the one before")
    earnings_change_pct: float | None = _field("Change of dollars, in per cent")
    view_rate_change_pct: float | None = _field("Change of views per recipient, in per cent")
    purchase_rate_change_pct: float | None = _field("Change of purchases per view, in per cent")
    revenue_per_recipient_change_pct: float | None = _field("Change of dollars per recipient, in per cent")
    days: tuple[TrendDay, ...] = _field("Each day of the window, oldest first", max_length=_RULES["window_days"])


class Anomaly(_Part):
    """A day or a message far from what the page's days or messages of that type usually show."""

    scope: Scope = _field("Whether a day or a single message stands out")
    day: date = _field("Los Angeles date")
    message_id: str | None = _field("The message; null for a day")
    message_type: MessageType = _field("PPV or Bump")
    metric: str = _field("Which figure: messages, sent, view_rate, purchase_rate, revenue_per_recipient or earnings")
    value: float = _field("What it was, in the metric's unit")
    expected: float = _field("The median, in the metric's unit")
    robust_z: float = _field("Distance from the median in robust standard deviations")
    severity: Severity = _field(f"CRITICAL from {constants()['anomalies']['critical_from']} robust standard deviations")


class TriggerPerformance(_Part):
    """PPV messages whose text makes one appeal, against the page's other messages with a known appeal."""

    psychological_trigger: str = _field("The appeal the text makes")
    msg_count: Count = _field("PPV messages")
    avg_rpr: Dollars | None = _field("Dollars per recipient")
    avg_conv: Share | None = _field("Purchases per view")
    rpr_lift_pct: float | None = _field("Dollars per recipient above the rest's, in per cent")
    conv_lift_pct: float | None = _field("Purchases per view above the rest's, in per cent")
    conv_ci_lower: Share = _field("Wilson 95 % interval of avg_conv, lower end")
    conv_ci_upper: Share = _field("... upper end")
    conv_stat_sig: bool = _field(f"Whether conversion differs from the rest: {_BEYOND_CHANCE}")
    rpr_stat_sig: bool = _field(f"Whether dollars per recipient differ from the rest: {_BEYOND_CHANCE}")


class CategoryPerformance(_Part):
    """PPV messages of one content category at one price tier."""

    content_category: str = _field("What the content shows")
    price_tier: PriceTier = _field("Tier of the caption")
    msg_count: Count = _field("PPV messages")
    avg_rpr: Dollars | None = _field("Dollars per recipient")
    avg_conv: Share | None = _field("Purchases per view")
    trend_direction: Trend = _field(
        f"Dollars per recipient of the last {_RULES['trend_days']} days against as many before; "
        f"STABLE within {_RULES['trend_from']:.0%}"
    )
    trend_pct: float | None = _field(
        f"The same in per cent; null under {_RULES['compared_from']} messages in either period"
    )
    price_sensitivity_corr: Correlation | None = _field(
        "Correlation of price and purchases per view; null when messages are few or at one price"
    )
    best_price_tier: PriceTier | None = _field(
        f"The category's tier with the most dollars per recipient, of those with {_RULES['best_from']} messages; "
        "null unless two have them"
    )


class DayPattern(_Part):
    """PPV messages of one weekday, against the other days."""

    day_of_week_la: Annotated[int, Field(ge=1, le=7)] = _field("Los Angeles weekday, 1 is Sunday")
    msg_count: Count = _field("PPV messages")
    avg_rpr: Dollars | None = _field("Dollars per recipient")
    avg_conv: Share | None = _field("Purchases per view")
    t_statistic: float | None = _field(
        f"Welch's t of dollars per recipient; null under {_RULES['compared_from']} messages on either side"
    )
    rpr_stat_sig: bool = _field(f"Whether dollars per recipient differ from the other days: {_BEYOND_CHANCE}")


class TimeWindow(_Part):
    """PPV messages of one local hour, on weekdays or at weekends; the best hours come first."""

    day_type: DayType = _field("Weekday or Weekend")
    hour_24: Annotated[int, Field(ge=0, le=23)] = _field("Los Angeles hour")
    msg_count: Count = _field("PPV messages")
    avg_rpr: Dollars | None = _field("Dollars per recipient")
    avg_conv: Share | None = _field("Purchases per view")
    slot_multiplier: Dollars | None = _field("Dollars per message relative to the page's mean, shrunk towards 1")
    confidence: Confidence = _field("By the number of messages")


class PerformanceReport(_Part):
    """Everything known of one page at an instant."""

    page_name: str = _field("The page")
    creator_name: str = _field("Name shown to people; the page's without one")
    analysis_timestamp: datetime = _field(
        "The instant of the analysis, with the Los Angeles offset; nothing later is read"
    )
    lookback_days: Annotated[int, Field(ge=1, le=LONGEST_LOOKBACK_DAYS)] = _field("Days read")
    data_status: DataStatus = _field("How far the report can be trusted")
    account_size: AccountSize = _field("As in account_classification")
    saturation_status: Zone = _field("As in saturation")
    saturation_score: Share | None = _field("As in saturation")
    avg_emv: Dollars | None = _field("Dollars earned per PPV message")
    recommended_volume: RecommendedVolume = _field("Messages for the coming week")
    recommended_week: date = _field("Monday of that week, Los Angeles")
    behavioral_segment: Segment = _field("What the page's fans pay; decides the mix of price tiers")
    data_freshness: DataFreshness = _field("How old the newest message is")
    account_classification: AccountClassification = _field("How big the page is")
    behavioral_segment_analysis: SegmentAnalysis = _field("What the segment rests on")
    saturation: Saturation = _field("How worn out the audience is")
    message_type_performance: tuple[MessageTypePerformance, ...] = _field("PPV, then Bump", max_length=2)
    recent_trend: RecentTrend = _field("The last four weeks")
    anomalies: tuple[Anomaly, ...] = _field("What stood out, most severe and newest first", max_length=20)
    psychological_trigger_analysis: tuple[TriggerPerformance, ...] = _field("Most used first", max_length=10)
    content_category_performance: tuple[CategoryPerformance, ...] = _field("Most earned first", max_length=15)
    day_of_week_patterns: tuple[DayPattern, ...] = _field("Sunday first", max_length=7)
    time_window_optimization: tuple[TimeWindow, ...] = _field("Best first", max_length=20)
    available_categories: tuple[str, ...] = _field("Categories of the newest inventory, in order")


def report_schema() -> dict[str, Any]:
    """The report's JSON Schema (draft 2020-12), as published; `python scripts/write_schemas.py` writes it down."""
    schema = _plain(PerformanceReport.model_json_schema(mode="serialization"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Performance report", **schema}


def _plain(node: Any) -> Any:
    """Without the titles that pydantic makes of the names, and with "or null" as a list of two types."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _plain(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    match node.get("anyOf"):
        case [{"type": str(kind), **limits}, {"type": "null"}]:
            del node["anyOf"]
            node = {"type": [kind, "null"], **limits, **node}
    return node
