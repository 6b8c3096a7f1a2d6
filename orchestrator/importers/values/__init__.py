"""One parser per kind of field: text of the file in, a value ready for a load job out.

A parser raises BadValue with the reason a person reads in the rejects file. What has one reading is read, whatever its
looks; what has two is refused, and the reason names both.
"""

from orchestrator.importers.values.documents import optional_json
from orchestrator.importers.values.numbers import count, earnings, int64, optional_count, optional_int64, price
from orchestrator.importers.values.plain import BadValue
from orchestrator.importers.values.times import instant, optional_instant, utc_text
from orchestrator.importers.values.words import (
    boolean,
    identifier,
    message_type,
    optional_text,
    page_name,
    price_tier,
    text,
)

__all__ = [
    "BadValue",
    "boolean",
    "count",
    "earnings",
    "identifier",
    "instant",
    "int64",
    "message_type",
    "optional_count",
    "optional_instant",
    "optional_int64",
    "optional_json",
    "optional_text",
    "page_name",
    "price",
    "price_tier",
    "text",
    "utc_text",
]
