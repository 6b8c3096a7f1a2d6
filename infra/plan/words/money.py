"""Budgets and quotas in dollars, because nobody thinks in MiB of bytes billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.plan.values import Mark, block, blocks
from sql import constants

_MIB_PER_TIB = 1024**2
_PERIODS = {"MONTH": "month", "QUARTER": "quarter", "YEAR": "year"}
_QUOTAS = {
    "QueryUsagePerDay": "queries of the whole project",
    "QueryUsagePerUserPerDay": "queries of any one account",
}
"""Quotas of BigQuery that are counted in MiB of bytes billed a day."""


def quota_dollars(arguments: Mapping[str, Any] | None) -> float | None:
    """Dollars a day that a quota preference lets be spent; None for a quota of another unit, and for none at
    all, which is also what -1 means."""
    side = arguments or {}
    value = (block(side.get("quota_config")) or {}).get("preferred_value")
    if side.get("quota_id") not in _QUOTAS or isinstance(value, Mark) or value in (None, ""):
        return None
    mib = float(str(value))
    return None if mib < 0 else mib / _MIB_PER_TIB * float(constants()["cost"]["per_tib"])


def quota_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """The cap in dollars a day."""
    side = after or before or {}
    what = _QUOTAS.get(str(side.get("quota_id")), f"quota {side.get('quota_id')}")
    old, new = (_cap(one) for one in (before, after))
    if old != new:
        yield f"{what}: at most {new}" + (f" (was {old})" if before is not None else "")


def budget_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """The amount, its period and the shares at which notice is given."""
    old, new = (_amount(one) for one in (before, after))
    if old != new:
        yield new + (f" (was {old})" if before is not None else "")
    shares = [_shares(one) for one in (before, after)]
    if shares[0] != shares[1]:
        yield f"gives notice at {shares[1] or 'no share'}" + (f" (was at {shares[0]})" if before is not None else "")
    if before is None:
        yield "a budget only gives notice: it stops nothing"


def _cap(side: Mapping[str, Any] | None) -> str:
    dollars = quota_dollars(side)
    value = (block((side or {}).get("quota_config")) or {}).get("preferred_value")
    if dollars is not None:
        return f"${dollars:,.2f} a day ({int(str(value)):,} MiB)"
    return "whatever they like" if str(value) == "-1" else str(value)


def _amount(side: Mapping[str, Any] | None) -> str:
    if side is None:
        return ""
    filtered = block(side.get("budget_filter")) or {}
    period = _PERIODS.get(str(filtered.get("calendar_period") or "MONTH"), str(filtered.get("calendar_period")))
    given = block((block(side.get("amount")) or {}).get("specified_amount"))
    if given is None:
        return f"as much as the {period} before"
    dollars = float(str(given.get("units") or 0)) + float(given.get("nanos") or 0) / 1e9
    currency = str(given.get("currency_code") or "USD")
    return f"{'$' if currency == 'USD' else currency + ' '}{dollars:,.2f} a {period}"


def _shares(side: Mapping[str, Any] | None) -> str:
    return ", ".join(_share(one) for one in blocks((side or {}).get("threshold_rules")))


def _share(rule: Mapping[str, Any]) -> str:
    forecast = " forecast" if rule.get("spend_basis") == "FORECASTED_SPEND" else ""
    return f"{float(rule.get('threshold_percent') or 0):.0%}{forecast}"
