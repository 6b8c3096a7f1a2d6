"""Ids and keys: spelled as the contract says, and read back."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.domain import (
    ScheduleId,
    Week,
    assignment_key,
    caption_key,
    is_page_name,
    plan_seed,
    request_id,
    schedule_id,
)
from orchestrator.domain.labels import page_name
from orchestrator.errors import UsageError

WEEK = Week(date(2026, 3, 2))
page_names = st.from_regex(r"[a-z0-9][a-z0-9_.\-]{0,63}", fullmatch=True)
weeks = st.integers(0, 700).map(lambda n: Week(date(2020, 1, 6) + timedelta(weeks=n)))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", ["a", "0", "lily_rose", "a.b-c_d", "x" * 64])
def test_page_names(name: str) -> None:
    assert is_page_name(name)
    assert page_name(name) == name


@pytest.mark.parametrize("name", ["", "_a", ".a", "-a", "A", "a b", "x" * 65, "a\n", "ä", "a/b", "a;drop", "٣"])
def test_what_is_no_page_name_is_refused(name: str) -> None:
    assert not is_page_name(name)
    with pytest.raises(UsageError):
        page_name(name)
    with pytest.raises(UsageError):
        schedule_id(WEEK, name, 1)


def test_a_schedule_id_reads_as_the_contract_says() -> None:
    assert schedule_id(WEEK, "lily_rose", 3) == "sched_20260302_lily_rose_v3"


@given(weeks, page_names, st.integers(1, 10**9 - 1))
def test_a_schedule_id_reads_back(week: Week, page: str, version: int) -> None:
    assert ScheduleId.parse(schedule_id(week, page, version)) == ScheduleId(week, page, version)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sched_20260302_lily",
        "sched_20260302_lily_v0",
        "sched_20260302_lily_v01",
        "sched_20260303_lily_v1",
        "sched_20260230_lily_v1",
        "sched_20260302__v1",
        "sched_20260302_LILY_v1",
        "SCH_lily_20260302_abc",
        "sched_20260302_lily_v1\n",
        "sched_２０２６0302_lily_v1",
    ],
)
def test_what_is_no_schedule_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ScheduleId.parse(text)


@pytest.mark.parametrize("version", [0, -1, 10**9])
def test_an_impossible_version_is_refused(version: int) -> None:
    with pytest.raises(UsageError, match="version"):
        schedule_id(WEEK, "lily", version)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hey, YOU!!  there", "hey you there"),
        ("  hey\nyou — there 🔥", "hey you there"),
        ("ＨＥＹ you there", "hey you there"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("привет, МИР", "привет мир"),
        ("snake_case", "snake_case"),
        ("🔥🔥", "🔥🔥"),
        (" 💋 ", "💋"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_caption_keys(text: str, words: str) -> None:
    assert caption_key(text) == sha256(words)


def test_captions_of_emoji_only_stay_apart() -> None:
    assert caption_key("🔥") != caption_key("💋")


@given(st.text(max_size=60))
def test_a_caption_key_ignores_case_and_surrounding_marks(text: str) -> None:
    key = caption_key(text)
    assert len(key) == 64
    assert set(key) <= set("0123456789abcdef")
    if any(character.isalnum() for character in text):
        assert caption_key(f" !{text}?") == key


def test_keys_and_seeds_are_the_contracts() -> None:
    schedule = "sched_20260302_lily_v1"
    assert assignment_key(schedule, -7, date(2026, 3, 4), 9) == sha256(f"{schedule}|-7|2026-03-04|9")
    assert plan_seed("eros", WEEK, "lily", 2) == "eros|2026-03-02|lily|v2"


def test_a_request_id_ignores_order_and_nothing_else() -> None:
    one, other = (1, date(2026, 3, 2), 9), (-2, date(2026, 3, 3), 19)
    key = request_id("s1", [one, other])
    assert key == sha256("s1|2026-03-02|9|1|2026-03-03|19|-2")
    assert key == request_id("s1", [other, one])
    assert len({key, request_id("s2", [one, other]), request_id("s1", [one]), request_id("s1", [one, one])}) == 4
