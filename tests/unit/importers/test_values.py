"""Every kind of field: what is understood, and the reason given for what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.importers import values
from orchestrator.importers.values import BadValue

UNDERSTOOD: list[tuple[Callable[[str], object], str, object]] = [
    (values.page_name, "maya_fit_paid", "maya_fit_paid"),
    (values.page_name, "7.up-free", "7.up-free"),
    (values.int64, "-9223372036854775808", "-9223372036854775808"),
    (values.int64, "9223372036854775807", "9223372036854775807"),
    (values.int64, "007", "7"),
    (values.optional_int64, "", None),
    (values.optional_int64, "NULL", None),
    (values.optional_int64, "-12.0", "-12"),
    (values.identifier, "8b1f-77", "8b1f-77"),
    (values.text, " Hello\n💕 ", " Hello\n💕 "),
    (values.optional_text, " ", None),
    (values.boolean, "TRUE", True),
    (values.boolean, "0", False),
    (values.count, "3", 3),
    (values.count, "3.0", 3),
    (values.optional_count, "NaN", None),
    (values.price, "$25", "25.00"),
    (values.price, "25.0", "25.00"),
    (values.price, "", "0.00"),
    (values.price, "NULL", "0.00"),
    (values.price, "0", "0.00"),
    (values.earnings, "$1,234.50", "1234.50"),
    (values.earnings, "37.980000000000004", "37.98"),
    (values.earnings, "", None),
    (values.price_tier, "low", "budget"),
    (values.price_tier, "standard", "mid"),
    (values.price_tier, "high", "premium"),
    (values.price_tier, "Luxury", "luxury"),
    (values.message_type, "Unlock", "PPV"),
    (values.message_type, "Photo bump", "Bump"),
    (values.message_type, "Free content", "Bump"),
    (values.message_type, "bump", "Bump"),
    (values.instant, "2025-12-20T18:00:00Z", "2025-12-20T18:00:00.000000Z"),
    (values.instant, "2025-12-20 18:00:00 UTC", "2025-12-20T18:00:00.000000Z"),
    (values.instant, "2025-12-20 18:00:00.25+00", "2025-12-20T18:00:00.250000Z"),
    (values.instant, "2025-12-20T18:00:00-08:00", "2025-12-21T02:00:00.000000Z"),
    (values.instant, "2025-12-20 18:00:00", "2025-12-20T18:00:00.000000Z"),
    (values.optional_instant, "", None),
    (values.optional_json, '{"b": 1, "a": "é"}', '{"a":"é","b":1}'),
    (
        values.optional_json,
        '{"a": [18446744073709551615, -9223372036854775808, 0.10, 1e3]}',
        '{"a":[18446744073709551615,-9223372036854775808,0.1,1000.0]}',
    ),
]

REFUSED: list[tuple[Callable[[str], object], str, str]] = [
    (values.page_name, "Maya", "is not a page name"),
    (values.page_name, "_maya", "is not a page name"),
    (values.page_name, "", "is not a page name"),
    (values.int64, "9223372036854775808", "does not fit 64 bits"),
    (values.int64, "-4.2e18", "a spreadsheet has rounded it"),
    (values.int64, "12a", "is not a whole number"),
    (values.optional_int64, "9007199254740993.0", "has lost digits"),
    (values.identifier, "", "is empty"),
    (values.text, " \n ", "is empty"),
    (values.text, "bell\x07", "control character"),
    (values.text, "x" * 10_001, "more than 10,000"),
    (values.boolean, "maybe", "neither TRUE nor FALSE"),
    (values.count, "-1", "at least 0"),
    (values.count, "2.5", "whole number"),
    (values.count, "", "whole number"),
    (values.count, "1000000001", "more than 1,000,000,000"),
    (values.price, "-5", "at least 0"),
    (values.price, "twenty", "amount of dollars"),
    (values.price, "9.999", "finer than a cent"),
    (values.price, "1001", "more than $1,000"),
    (values.price, "1,23", "amount of dollars"),
    (values.price_tier, "vip", "is not a price tier"),
    (values.message_type, "Follow up", "is not a message type"),
    (values.instant, "2025-12-20", "no time of day"),
    (values.instant, "last Tuesday", "not an ISO 8601"),
    (values.instant, "1999-12-31T23:59:59Z", "before the year 2000"),
    (values.optional_json, "{", "is not JSON"),
    (values.optional_json, "[1]", "not a JSON object"),
    (values.optional_json, '{"a": NaN}', "holds 'NaN', which is not a number of JSON"),
    (values.optional_json, '{"a": [-Infinity]}', "holds '-Infinity', which is not a number of JSON"),
    (values.optional_json, '{"a": 1e999}', "holds '1e999', which is not a number of JSON"),
    (values.optional_json, '{"a": 18446744073709551616}', "does not fit 64 bits"),
    (values.optional_json, '{"a": -9223372036854775809}', "does not fit 64 bits"),
    (values.optional_json, '{"a": ' + "9" * 5000 + "}", "does not fit 64 bits"),
    (values.optional_json, '{"a": 0.12345678901234567890}', "loses digits"),
    (values.optional_json, '{"a": 1e-999}', "loses digits"),
    (values.optional_json, '{"a": 1e-99999999999999999999}', "loses digits"),
]


@pytest.mark.parametrize(("parse", "given", "expected"), UNDERSTOOD)
def test_a_good_field_becomes_its_value(parse: Callable[[str], object], given: str, expected: object) -> None:
    assert parse(given) == expected


@pytest.mark.parametrize(("parse", "given", "reason"), REFUSED)
def test_a_bad_field_is_refused_with_its_reason(parse: Callable[[str], object], given: str, reason: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse(given)
    assert reason in str(refusal.value)


def test_a_long_bad_field_is_shown_short() -> None:
    with pytest.raises(BadValue) as refusal:
        values.boolean("y" * 500)
    assert len(str(refusal.value)) < 120
