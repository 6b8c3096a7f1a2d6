"""The sheet: byte format, formula safety, round trip."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.domain import MessageType, PriceTier
from orchestrator.errors import UsageError
from orchestrator.exporters.csv_format import HEADER, ScheduleRow, neutralise, parse_csv, render_csv, strip

ROW = ScheduleRow(
    schedule_id="sched_20260309_lily_rose_v1",
    page_name="lily_rose",
    scheduled_send_time=datetime(2026, 3, 10, 2, 7, tzinfo=UTC),
    message_type=MessageType.PPV,
    caption_id=-9007199254740993,
    caption_text="New set is here, say hi",
    price_tier=PriceTier.MID,
    price=Decimal("23"),
    content_category="solo",
    has_urgency=True,
    performance_score=0.1235,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
starts = st.sampled_from([*"=+-@\t\r\n\0'\"＝＋－＠,🔥", "''", "\r\n", "-1+1", ""])
hostile = st.builds(str.__add__, starts, texts)
rows = st.builds(
    ScheduleRow,
    schedule_id=st.just(ROW.schedule_id),
    page_name=st.just(ROW.page_name),
    scheduled_send_time=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    message_type=st.sampled_from(MessageType),
    caption_id=st.integers(-(2**63), 2**63 - 1),
    caption_text=hostile,
    price_tier=st.sampled_from(PriceTier),
    price=st.integers(0, 7000).map(lambda cents: Decimal(cents) / 100),
    content_category=hostile,
    has_urgency=st.booleans(),
    performance_score=st.floats(-1e6, 1e6).map(lambda score: float(f"{score:.4f}")),
)


def test_the_bytes_are_the_contracts() -> None:
    bump = replace(
        ROW,
        scheduled_send_time=ROW.scheduled_send_time - timedelta(hours=3),
        message_type=MessageType.BUMP,
        caption_id=7,
        caption_text='Say "hi"\nnow 🔥',
        price_tier=PriceTier.BUMP,
        price=Decimal(0),
        has_urgency=False,
        performance_score=1,
    )
    assert render_csv([ROW, bump]).decode() == (
        "schedule_id,page_name,day_of_week,scheduled_send_time,message_type,caption_id,caption_text,price_tier,price,"
        "content_category,has_urgency,performance_score\n"
        "sched_20260309_lily_rose_v1,lily_rose,Monday,2026-03-09T16:07:00-07:00,Bump,7,"
        '"Say ""hi""\nnow 🔥",bump,0.00,solo,FALSE,1.0000\n'
        "sched_20260309_lily_rose_v1,lily_rose,Monday,2026-03-09T19:07:00-07:00,PPV,'-9007199254740993,"
        '"New set is here, say hi",mid,23.00,solo,TRUE,0.1235\n'
    )


def test_the_score_keeps_four_decimals() -> None:
    assert parse_csv(render_csv([replace(ROW, performance_score=0.98765)]))[0].performance_score == 0.9877


@pytest.mark.parametrize(
    ("day", "offset"), [((2025, 11, 1), "-07:00"), ((2025, 11, 3), "-08:00"), ((2026, 3, 9), "-07:00")]
)
def test_times_carry_the_offset_of_their_day(day: tuple[int, int, int], offset: str) -> None:
    row = replace(ROW, scheduled_send_time=datetime(*day, 20, 0, tzinfo=UTC))
    assert render_csv([row]).decode().splitlines()[1].split(",")[3].endswith(offset)


@pytest.mark.parametrize("first", list("=+-@\t\r\n\0'＝＋－＠"))
def test_a_dangerous_field_gets_one_quote(first: str) -> None:
    assert neutralise(first + "x") == "'" + first + "x"
    assert neutralise(first) == "'" + first
    assert strip(neutralise(first + "x")) == first + "x"


@pytest.mark.parametrize("field", ["", "a=b", "x'", " ok", "1"])
def test_a_harmless_field_stays(field: str) -> None:
    assert neutralise(field) == field == strip(field)


@given(st.lists(rows, max_size=6))
@example([replace(ROW, caption_text="a\rb")])
@example([replace(ROW, caption_text="'-1"), replace(ROW, caption_text="\0=1", caption_id=1)])
def test_what_is_written_reads_back(sheet: list[ScheduleRow]) -> None:
    data = render_csv(sheet)
    again = parse_csv(data)
    assert Counter(again) == Counter(sheet)
    assert [row.scheduled_send_time for row in again] == sorted(row.scheduled_send_time for row in sheet)
    assert render_csv(reversed(again)) == data


@given(st.lists(rows, min_size=1, max_size=4))
def test_no_cell_can_run_as_a_formula(sheet: list[ScheduleRow]) -> None:
    text = render_csv(sheet).decode()
    cells = [cell for record in csv.reader(io.StringIO(text, newline="")) for cell in record]
    assert len(cells) == len(HEADER) * (1 + len(sheet))
    assert not [cell for cell in cells if cell[:1] and cell[0] in "=+-@\t\r\n\0＝＋－＠"]


def test_an_empty_sheet_is_a_header() -> None:
    assert render_csv([]) == (",".join(HEADER) + "\n").encode()
    assert parse_csv(render_csv([])) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: b"\xff" + data, "byte 0 is not UTF-8"),
        (lambda data: b"\xef\xbb\xbf" + data, "the header"),
        (lambda data: b"", "the header"),
        (lambda data: data.replace(b"price_tier", b"tier"), "the header"),
        (lambda data: data.replace(b",solo", b""), "line 2 has 11 fields, not 12"),
        (lambda data: data.replace(b"PPV", b"ppv"), "'ppv' is not a valid MessageType"),
        (lambda data: data.replace(b"23.00", b"23.0"), "line 2 is not as this program writes it"),
        (lambda data: data.replace(b"23.00", b"x"), "line 2"),
        (lambda data: data.replace(b"'-9007", b"-9007"), "line 2 is not as this program writes it"),
        (lambda data: data.replace(b"Monday", b"Tuesday"), "line 2 is not as this program writes it"),
        (lambda data: data.replace(b"TRUE", b"yes"), "line 2 is not as this program writes it"),
        (lambda data: data.replace(b"-07:00", b""), "has no UTC offset"),
        (lambda data: data.replace(b"-07:00", b"-08:00"), "line 2 is not as this program writes it"),
        (lambda data: data.replace(b",lily_rose", b",Lily"), "'Lily' is not a page name"),
        (lambda data: data.replace(b'say hi"', b'say "hi'), "line"),
    ],
)
def test_a_changed_sheet_is_refused(change: Callable[[bytes], bytes], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_csv(change(render_csv([ROW])))
    assert why in str(caught.value)
    assert "eros export" in caught.value.fix


@pytest.mark.parametrize(
    "row",
    [
        replace(ROW, performance_score=float("nan")),
        replace(ROW, performance_score=float("inf")),
        replace(ROW, price=Decimal("23.001")),
        replace(ROW, price=Decimal("-1")),
        replace(ROW, caption_text="\ud83d"),
    ],
)
def test_a_row_that_cannot_be_written_is_refused(row: ScheduleRow) -> None:
    with pytest.raises(UsageError):
        render_csv([row])
