"""Reports made by hand: of a page that has sold for months, and of one that has never sent."""

from __future__ import annotations

import copy
import json
from typing import Any

from orchestrator.domain.performance_report import PerformanceReport

NEW: dict[str, Any] = {
    "page_name": "amber_paid",
    "creator_name": "amber_paid",
    "analysis_timestamp": "2026-01-14T12:00:00-08:00",
    "lookback_days": 90,
    "data_status": "no_history",
    "account_size": "MICRO",
    "saturation_status": "GREEN",
    "saturation_score": None,
    "avg_emv": None,
    "recommended_volume": {"ppv": 6, "bump": 4},
    "recommended_week": "2026-01-19",
    "behavioral_segment": "EXPLORATORY",
    "data_freshness": {"last_message_at": None, "hours_since_last_message": None, "messages": 0},
    "account_classification": {
        "size_tier": "MICRO",
        "avg_audience": None,
        "total_revenue_period": None,
        "daily_ppv_target_min": 0.7143,
        "daily_ppv_target_max": 1,
        "daily_bump_target": 0.5714,
        "weekly_ppv_target": 6,
        "weekly_bump_target": 4,
        "min_ppv_gap_minutes": 180,
        "saturation_tolerance": 0.5,
        "data_status": "no_history",
    },
    "behavioral_segment_analysis": {
        "segment_label": "EXPLORATORY",
        "avg_rpr": None,
        "avg_conv": None,
        "rpr_price_slope": None,
        "rpr_price_corr": None,
        "conv_price_elasticity_proxy": None,
        "category_entropy": None,
        "sample_size": 0,
    },
    "saturation": {
        "saturation_score": None,
        "saturation_status": "GREEN",
        "unlock_rate_deviation": None,
        "emv_deviation": None,
        "consecutive_underperform_days": 0,
        "recommended_action": "Start small and learn",
        "volume_adjustment_factor": 1,
        "confidence_score": None,
        "exclusion_reason": None,
        "data_status": "no_history",
    },
    "message_type_performance": [],
    "recent_trend": {
        "window_days": 28,
        "earnings_change_pct": None,
        "view_rate_change_pct": None,
        "purchase_rate_change_pct": None,
        "revenue_per_recipient_change_pct": None,
        "days": [],
    },
    "anomalies": [],
    "psychological_trigger_analysis": [],
    "content_category_performance": [],
    "day_of_week_patterns": [],
    "time_window_optimization": [],
    "available_categories": [],
}


def new_page(**changes: Any) -> PerformanceReport:
    """A page without history."""
    return PerformanceReport.model_validate_json(json.dumps({**copy.deepcopy(NEW), **changes}))


def old_page(**changes: Any) -> PerformanceReport:
    """A page with something in every list."""
    freshness = {"last_message_at": "2026-01-14T09:00:00-08:00", "hours_since_last_message": 3, "messages": 300}
    trend = {
        **NEW["recent_trend"],
        "earnings_change_pct": -12.5,
        "view_rate_change_pct": 3,
        "days": [trend_day(1, 100), trend_day(2, 800), trend_day(3, None)],
    }
    known = {
        "creator_name": "Amber [red]",
        "data_status": "ok",
        "account_size": "LARGE",
        "saturation_status": "RED",
        "saturation_score": 0.85,
        "avg_emv": 1848.5,
        "behavioral_segment": "PREMIUM",
        "data_freshness": freshness,
        "recent_trend": trend,
        "saturation": {**NEW["saturation"], "recommended_action": "Send less", "exclusion_reason": "HOLIDAY"},
        "anomalies": [anomaly("message", str(n), -n) for n in range(3)] + [anomaly("day", None, 9)],
        "psychological_trigger_analysis": [trigger("Curiosity", True), trigger("General", False)],
        "content_category_performance": [category("pets [bold]", "mid", "RISING", 25), category("art", "budget")],
        "day_of_week_patterns": [weekday(1, True), weekday(7, False)],
        "time_window_optimization": [window(hour) for hour in range(8, 20)],
        "available_categories": ["art"],
    }
    return new_page(**{**known, **changes})


def trend_day(day: int, earnings: float | None) -> dict[str, Any]:
    return {
        "day": f"2026-01-{day:02d}",
        "messages": 2,
        "earnings": earnings,
        "view_rate": 0.25,
        "purchase_rate": 0.03,
        "trailing_earnings": 450,
        "trailing_view_rate": 0.255,
    }


def anomaly(scope: str, message_id: str | None, z: float) -> dict[str, Any]:
    return {
        "scope": scope,
        "day": "2026-01-03",
        "message_id": message_id,
        "message_type": "PPV",
        "metric": "view_rate",
        "value": 0.05,
        "expected": 0.25,
        "robust_z": z,
        "severity": "CRITICAL",
    }


def trigger(name: str, is_significant: bool) -> dict[str, Any]:
    return {
        "psychological_trigger": name,
        "msg_count": 40,
        "avg_rpr": 0.0123,
        "avg_conv": 0.031,
        "rpr_lift_pct": 10.25,
        "conv_lift_pct": None,
        "conv_ci_lower": 0.03,
        "conv_ci_upper": 0.032,
        "conv_stat_sig": False,
        "rpr_stat_sig": is_significant,
    }


def category(name: str, tier: str, direction: str = "UNKNOWN", change: float | None = None) -> dict[str, Any]:
    return {
        "content_category": name,
        "price_tier": tier,
        "msg_count": 12,
        "avg_rpr": 0.02,
        "avg_conv": 0.04,
        "trend_direction": direction,
        "trend_pct": change,
        "price_sensitivity_corr": None,
        "best_price_tier": None,
    }


def weekday(number: int, is_significant: bool) -> dict[str, Any]:
    return {
        "day_of_week_la": number,
        "msg_count": 30,
        "avg_rpr": 0.01,
        "avg_conv": None,
        "t_statistic": 2.5,
        "rpr_stat_sig": is_significant,
    }


def window(hour: int) -> dict[str, Any]:
    return {
        "day_type": "Weekend",
        "hour_24": hour,
        "msg_count": 11,
        "avg_rpr": 0.01,
        "avg_conv": 0.02,
        "slot_multiplier": 1.25,
        "confidence": "HIGH_CONF",
    }
