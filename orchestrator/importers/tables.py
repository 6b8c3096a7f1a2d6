"""The three files of an export: their columns, the old export's names for them, and the rules of a row.

| file         | key        | old export                                                                           |
|--------------|------------|--------------------------------------------------------------------------------------|
| creators.csv | page_name  | a single column                                                                      |
| captions.csv | caption_id | tiers low/standard/high; score columns that are not read: the warehouse makes its own |
| messages.csv | message_id | `row_id`, "$25" prices, counts such as "3.0", types Unlock, Photo bump, Free content |
"""

from datetime import UTC, datetime

from orchestrator.domain import caption_key
from orchestrator.importers import values
from orchestrator.importers.check import Rule
from orchestrator.importers.table_file import Column, Row, TableFile

OLD_CAPTION_COLUMNS = frozenset(
    (
        "conversion_score",
        "revenue_score",
        "efficiency_score",
        "overall_performance_score",
        "avg_revenue",
        "max_revenue",
        "min_revenue",
        "avg_conversion_rate",
        "best_conversion_rate",
        "avg_revenue_per_recipient",
        "avg_purchase_rate",
        "total_sends",
        "pages_used_count",
        "sample_pages_used",
        "total_reach",
        "total_conversions",
        "lifetime_revenue",
        "caption_length",
        "question_count",
        "exclamation_count",
        "emoji_count",
        "successful_days",
        "successful_hours",
        "min_price",
        "max_price",
        "avg_price",
        "first_used",
        "last_used",
        "days_since_last_use",
        "usage_status",
        "validation_level",
        "updated_at",
        "is_long_form",
        "caption_key",
    )
)
"""Columns of the old caption export that are accepted and not read: the warehouse makes its own scores and keys."""


def message_rule(now: datetime, pages: frozenset[str]) -> Rule:
    """Nothing was sent after `now`, and nothing by a page that is not among `pages`."""
    latest = values.utc_text(now.astimezone(UTC))

    def reason(row: Row) -> str | None:
        if row["sending_time"] > latest:
            return f"sending_time {row['sending_time']} is in the future: it is {latest} now"
        if row["page_name"] not in pages:
            return f"page_name {row['page_name']!r} is not in creators.csv (add it, inactive if it is closed)"
        return None

    return reason


def _finish_creator(row: Row) -> str | None:
    row["display_name"] = row["display_name"] or row["page_name"]
    return None


def _finish_caption(row: Row) -> str | None:
    row["caption_key"] = caption_key(row["caption_text"])
    return None


def _finish_message(row: Row) -> str | None:
    """Add the key, and take impossible counts for unknown.

    Such a row is kept, because cool-down must know that the text was sent; but a rate above 100 % would poison what is
    learnt from it. Earnings stay: money that arrived is not in doubt.
    """
    row["caption_key"] = caption_key(row["message"])
    sent, viewed, purchased = row["sent_count"], row["viewed_count"], row["purchased_count"]
    if viewed is not None and viewed > sent:
        row["viewed_count"] = row["purchased_count"] = None
        return f"viewed_count {viewed} is more than sent_count {sent}: views and purchases are taken for unknown"
    if viewed is not None and purchased is not None and purchased > viewed:
        row["viewed_count"] = row["purchased_count"] = None
        return f"purchased_count {purchased} is more than viewed_count {viewed}: both are taken for unknown"
    return None


CREATORS = TableFile(
    name="creators.csv",
    key="page_name",
    columns=(
        Column("page_name", values.page_name, "STRING"),
        Column("display_name", values.optional_text, "STRING", required=False),
        Column("is_active", values.boolean, "BOOL", required=False, default=True, is_closed=True),
        Column("audience", values.optional_count, "INT64", required=False),
        Column("settings", values.optional_json, "STRING", required=False),
    ),
    finish=_finish_creator,
)

CAPTIONS = TableFile(
    name="captions.csv",
    key="caption_id",
    columns=(
        Column("caption_id", values.int64, "INT64"),
        Column("caption_text", values.text, "STRING", keeps_blanks=True),
        Column("content_category", values.optional_text, "STRING"),
        Column("price_tier", values.price_tier, "STRING", is_closed=True),
        Column("has_urgency", values.boolean, "BOOL", required=False, default=False, is_closed=True),
        Column("psychological_trigger", values.optional_text, "STRING", required=False),
        Column("is_active", values.boolean, "BOOL", required=False, default=True, is_closed=True),
        Column("created_at", values.optional_instant, "TIMESTAMP", required=False),
    ),
    finish=_finish_caption,
    derived=(("caption_key", "STRING"),),
    ignored=OLD_CAPTION_COLUMNS,
)

MESSAGES = TableFile(
    name="messages.csv",
    key="message_id",
    columns=(
        Column("message_id", values.identifier, "STRING", aliases=("row_id",)),
        Column("page_name", values.page_name, "STRING"),
        Column("message", values.text, "STRING", keeps_blanks=True),
        Column("caption_id", values.optional_int64, "INT64", required=False),
        Column("sending_time", values.instant, "TIMESTAMP"),
        Column("price", values.price, "NUMERIC"),
        Column("sent_count", values.count, "INT64"),
        Column("viewed_count", values.optional_count, "INT64"),
        Column("purchased_count", values.optional_count, "INT64"),
        Column("earnings", values.earnings, "NUMERIC"),
        Column("message_type", values.message_type, "STRING", is_closed=True),
    ),
    finish=_finish_message,
    derived=(("caption_key", "STRING"),),
    may_be_empty=True,
)
