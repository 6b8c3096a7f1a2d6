"""Names, texts, closed vocabularies and documents: what is understood, and the reason given for what is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.importers import values
from orchestrator.importers.values import BadValue

UNDERSTOOD: list[tuple[Callable[[str], object], str, object]] = [
    (values.page_name, "maya_fit_paid", "maya_fit_paid"),
    (values.page_name, "7.up-free", "7.up-free"),
    (values.identifier, "8b1f-77", "8b1f-77"),
    (values.text, " Hello\n💕 ", " Hello\n💕 "),
    (values.optional_text, " ", None),
    (values.boolean, "TRUE", True),
    (values.boolean, "0", False),
    (values.boolean, "ＴＲＵＥ", True),
    (values.boolean, "'yes'", True),
    (values.price_tier, "\u00a0low\u200b", "budget"),
    (values.text, "“Quoted”", "“Quoted”"),
    (values.text, "'tis", "'tis"),
    (values.price_tier, "low", "budget"),
    (values.price_tier, "standard", "mid"),
    (values.price_tier, "high", "premium"),
    (values.price_tier, "Luxury", "luxury"),
    (values.message_type, "Unlock", "PPV"),
    (values.message_type, "Photo bump", "Bump"),
    (values.message_type, "Free content", "Bump"),
    (values.message_type, "bump", "Bump"),
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
    (values.identifier, "", "is empty"),
    (values.identifier, "1\u200b1", "invisible character"),
    (values.identifier, "1" * 201, "is not an id"),
    (values.page_name, "ｍaya", "is not a page name"),
    (values.text, " \n ", "is empty"),
    (values.text, "bell\x07", "control character"),
    (values.text, "x" * 10_001, "more than 10,000"),
    (values.boolean, "maybe", "neither TRUE nor FALSE"),
    (values.price_tier, "vip", "is not a price tier"),
    (values.message_type, "Follow up", "is not a message type"),
    (values.optional_json, "{", "is not JSON"),
    (values.optional_json, "[" * 100_000, "nested too deeply"),
    (values.optional_json, '{"a": "\\ud800"}', "holds half of a character"),
    (values.optional_json, '{"a": {"b": 1, "b": 2}}', "names 'b' twice"),
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
