"""Numbers as people and programs write them: read where one reading is left, refused with both where two are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.importers import values
from orchestrator.importers.values import BadValue

UNDERSTOOD: list[tuple[Callable[[str], object], str, object]] = [
    (values.int64, "-9223372036854775808", "-9223372036854775808"),
    (values.int64, "9223372036854775807", "9223372036854775807"),
    (values.int64, "007", "7"),
    (values.int64, "'-123", "-123"),  # as our own sheets write an id
    (values.int64, '"12"', "12"),
    (values.int64, "\u22125", "-5"),
    (values.int64, "1,234,567", "1234567"),
    (values.optional_int64, "", None),
    (values.optional_int64, "NULL", None),
    (values.optional_int64, "-12.0", "-12"),
    (values.count, "3", 3),
    (values.count, "3.0", 3),
    (values.count, "1,234", 1234),
    (values.count, "1,234,567.0", 1234567),
    (values.count, "1.234.567", 1234567),
    (values.count, "1\u202f234", 1234),
    (values.count, "1\u2009234\u2009567", 1234567),
    (values.count, "1\u00a0234", 1234),
    (values.count, "1'234", 1234),
    (values.count, "1\u2019234", 1234),
    (values.count, "１２", 12),
    (values.count, "\u00a012\u200b", 12),
    (values.count, "1234.000", 1234),
    (values.count, "0.000", 0),
    (values.optional_count, "NaN", None),
    (values.price, "$25", "25.00"),
    (values.price, "25.0", "25.00"),
    (values.price, "25 USD", "25.00"),
    (values.price, "US$ 25", "25.00"),
    (values.price, "＄２５", "25.00"),
    (values.price, "“25”", "25.00"),
    (values.price, "", "0.00"),
    (values.price, "NULL", "0.00"),
    (values.price, "0", "0.00"),
    (values.price, "0.500", "0.50"),  # no thousands begin with a zero
    (values.earnings, "$1,234.50", "1234.50"),
    (values.earnings, "1,234", "1234.00"),  # 1.234 would be finer than a cent
    (values.earnings, "1.234,56", "1234.56"),
    (values.earnings, "1.234.567,8", "1234567.80"),
    (values.earnings, "1\u202f234,56", "1234.56"),
    (values.earnings, "1'234.50", "1234.50"),
    (values.earnings, "1234.500", "1234.50"),
    (values.earnings, "37.980000000000004", "37.98"),
    (values.earnings, "", None),
]

REFUSED: list[tuple[Callable[[str], object], str, str]] = [
    (values.int64, "9223372036854775808", "does not fit 64 bits"),
    (values.int64, "9" * 5000, "does not fit 64 bits"),
    (values.int64, "-4.2e18", "a spreadsheet has rounded it"),
    (values.int64, "12a", "is not a whole number"),
    (values.int64, "12.0", "is not a whole number"),
    (values.int64, "1.234", "has two readings, 1.234 or 1234"),
    (values.optional_int64, "9007199254740993.0", "has lost digits"),
    (values.optional_int64, "123.000", "has two readings, 123.000 or 123000"),
    (values.count, "-1", "at least 0"),
    (values.count, "2.5", "whole number"),
    (values.count, "", "whole number"),
    (values.count, "1000000001", "more than 1,000,000,000"),
    (values.count, "1.000", "has two readings, 1.000 or 1000"),
    (values.count, "1,23", "has two readings, 1.23 with a decimal comma or 123"),
    (values.count, "1 234", "has two readings, 1234 or several numbers"),
    (values.count, "1_234", "whole number"),
    (values.count, "12,34,567", "whole number"),
    (values.count, "1,234 567", "whole number"),
    (values.count, "5²", "whole number"),
    (values.count, "½", "whole number"),
    (values.count, "٣", "whole number"),
    (values.count, "5%", "whole number"),
    (values.price, "-5", "at least 0"),
    (values.price, "(5.00)", "at least 0"),
    (values.price, "twenty", "amount of dollars"),
    (values.price, "$", "amount of dollars"),
    (values.price, "25k", "amount of dollars"),
    (values.price, "1e3", "amount of dollars"),
    (values.price, "9.9999", "finer than a cent"),
    (values.price, "9.999", "has two readings, 9.999 or 9999"),
    (values.price, "1001", "more than $1,000"),
    (values.price, "1,23", "has two readings, 1.23 with a decimal comma or 123"),
    (values.price, "€12", "is not in dollars"),
    (values.price, "12 EUR", "is not in dollars"),
    (values.earnings, "9" * 5000, "amount of dollars"),
]


@pytest.mark.parametrize(("parse", "given", "expected"), UNDERSTOOD)
def test_a_number_becomes_its_value(parse: Callable[[str], object], given: str, expected: object) -> None:
    assert parse(given) == expected


@pytest.mark.parametrize(("parse", "given", "reason"), REFUSED)
def test_what_is_no_number_or_could_be_two_is_refused(parse: Callable[[str], object], given: str, reason: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse(given)
    assert reason in str(refusal.value)


WRITINGS = st.sampled_from([",", "\u00a0", "\u2009", "\u202f", "'", "\u2019", ""])
MARKS = st.sampled_from(["{}", "${}", "{} USD", " {} ", '"{}"', "\u200b{}"])


@given(cents=st.integers(0, 999_999_999), group=WRITINGS, mark=MARKS)
def test_every_amount_of_two_decimals_reads_back(cents: int, group: str, mark: str) -> None:
    written = mark.format(f"{cents // 100:,}.{cents % 100:02}".replace(",", group))
    assert values.earnings(written.strip()) == str(Decimal(cents) / 100 + Decimal("0.00"))


@given(cents=st.integers(100_000, 999_999_999))
def test_european_amounts_read_back(cents: int) -> None:
    written = f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"
    assert values.earnings(written) == f"{cents // 100}.{cents % 100:02}"


@given(number=st.integers(0, 10**9), group=WRITINGS)
def test_every_count_reads_back(number: int, group: str) -> None:
    assert values.count(f"{number:,}".replace(",", group)) == number


@given(number=st.integers(-(2**63), 2**63 - 1))
def test_every_id_reads_back(number: int) -> None:
    assert values.int64(str(number)) == values.int64(f"'{number}") == values.optional_int64(str(number)) == str(number)


@given(first=st.integers(1, 999), rest=st.integers(0, 999))
def test_three_decimals_behind_a_point_are_never_guessed(first: int, rest: int) -> None:
    for parse in (values.count, values.int64, values.optional_int64, values.price, values.earnings):
        with pytest.raises(BadValue, match="has two readings"):
            parse(f"{first}.{rest:03}")


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    for parse in (values.count, values.int64, values.optional_int64, values.price, values.earnings):
        try:
            parse(text)
        except BadValue as refusal:
            assert str(refusal)
