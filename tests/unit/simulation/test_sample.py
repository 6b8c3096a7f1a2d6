"""The shape of a sample world: what other parts of the project rely on it to hold."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.domain import AccountSize, caption_key, constants, is_page_name, to_local
from orchestrator.domain.holidays import holidays
from orchestrator.errors import UsageError
from orchestrator.simulation import SampleReport, write_sample
from tests.imported import read_captions, read_creators, read_messages

UNTIL = date(2026, 1, 14)
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
PAGES, CAPTIONS, MESSAGES = 12, 2_000, 6_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    folder = tmp_path_factory.mktemp("sample")
    return write_sample(folder, pages=PAGES, captions=CAPTIONS, messages=MESSAGES, until=UNTIL, seed="shape")


@pytest.fixture(scope="module")
def captions(world: SampleReport) -> list[dict[str, str]]:
    return rows_of(world.directory / "captions.csv")


@pytest.fixture(scope="module")
def messages(world: SampleReport) -> list[dict[str, Any]]:
    """The messages with their numbers read and their local time added."""
    rows: list[dict[str, Any]] = list(rows_of(world.directory / "messages.csv"))
    for row in rows:
        row["local"] = to_local(datetime.fromisoformat(row["sending_time"]))
        row |= {name: int(row[name]) for name in ("sent_count", "viewed_count")}
        row |= {name: float(row[name]) for name in ("price", "earnings")}
    return rows


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_exactly_as_many_as_asked_for(
    world: SampleReport, captions: list[dict[str, str]], messages: list[dict[str, Any]]
) -> None:
    creators = rows_of(world.directory / "creators.csv")
    assert (len(creators), len(captions), len(messages)) == (PAGES, CAPTIONS, MESSAGES)
    assert (world.pages, world.captions, world.messages) == (PAGES, CAPTIONS, MESSAGES)
    assert world.distinct_texts == len({row["caption_text"] for row in captions})


def test_everything_passes_the_strict_import_without_a_remark(world: SampleReport) -> None:
    creators = read_creators(world.directory / "creators.csv")
    pages = frozenset(row["page_name"] for row in creators.rows)
    contents = [
        creators,
        read_captions(world.directory / "captions.csv"),
        read_messages(world.directory / "messages.csv", now=NOW, pages=pages),
    ]
    assert [content.remarks for content in contents] == [[], [], []]
    assert [content.duplicates for content in contents] == [0, 0, 0]


def test_the_default_world_has_the_size_that_was_reported(tmp_path: Path) -> None:
    report = write_sample(tmp_path, until=UNTIL, seed="eros")
    assert (report.pages, report.captions, report.distinct_texts, report.messages) == (39, 44_651, 37_271, 63_411)
    assert report.pages_by_size == {"MICRO": 8, "SMALL": 11, "MEDIUM": 10, "LARGE": 6, "MEGA": 3}
    assert report.last_day == UNTIL - timedelta(days=1)
    assert len(rows_of(tmp_path / "messages.csv")) == 63_411
    assert report.as_dict()["saturated_page"] in report.line()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_world(tmp_path: Path) -> None:
    small = {"pages": 4, "captions": 100, "messages": 300, "until": UNTIL}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_sample(tmp_path / name, seed=seed, **small)  # type: ignore[arg-type]
    for file in ("creators.csv", "captions.csv", "messages.csv"):
        first = (tmp_path / "one" / file).read_bytes()
        assert (tmp_path / "again" / file).read_bytes() == first
        assert (tmp_path / "other" / file).read_bytes() != first


def test_every_account_size_earns_what_its_name_says(world: SampleReport, messages: list[dict[str, Any]]) -> None:
    assert set(world.pages_by_size) == set(AccountSize)
    assert all(world.pages_by_size.values())
    revenue: Counter[str] = Counter()
    for row in messages:
        if row["local"].date() >= UNTIL - timedelta(days=constants().revenue_period_days):
            revenue[row["page_name"]] += row["earnings"]
    limits = [(size, rule.revenue_below) for size, rule in constants().account_sizes.items()]
    sizes = Counter(
        next(size for size, below in limits if below is None or earned < below) for earned in revenue.values()
    )
    assert sizes == Counter(world.pages_by_size)


def test_exactly_one_page_is_new(world: SampleReport, messages: list[dict[str, Any]]) -> None:
    names = {row["page_name"] for row in rows_of(world.directory / "creators.csv")}
    assert all(is_page_name(name) for name in names)
    assert names - {row["page_name"] for row in messages} == {world.new_page}


def test_one_page_collapses_in_the_last_week_and_no_other(world: SampleReport, messages: list[dict[str, Any]]) -> None:
    off = {one.holiday_date for one in holidays(2025, 2026) if one.saturation_impact_factor < 1}
    figures: dict[str, list[list[float]]] = defaultdict(lambda: [[0, 0, 0], [0, 0, 0]])
    for row in messages:
        age = (UNTIL - row["local"].date()).days
        if row["message_type"] == "PPV" and age <= 90 and row["local"].date() not in off:
            sums = figures[row["page_name"]][age <= 7]
            for place, name in enumerate(("sent_count", "viewed_count", "earnings")):
                sums[place] += row[name]
    changes = {
        page: (recent[1] / recent[0] / (before[1] / before[0]), recent[2] / recent[0] / (before[2] / before[0]))
        for page, (before, recent) in figures.items()
    }
    assert {page for page, (views, earnings) in changes.items() if views < 0.85 and earnings < 0.8} == {
        world.saturated_page
    }


def test_texts_and_ids_have_the_reported_oddities(captions: list[dict[str, str]]) -> None:
    texts = Counter(row["caption_text"] for row in captions)
    assert len(captions) - len(texts) == round(CAPTIONS * 7_380 / 44_651)
    assert len({caption_key(text) for text in texts}) == len(texts)
    ids = [int(row["caption_id"]) for row in captions]
    assert len(set(ids)) == len(ids)
    assert 0.45 < sum(number < 0 for number in ids) / len(ids) < 0.55
    assert max(map(abs, ids)) > 2**60
    for wanted in ("\n", ",", "✨", "💬"):
        assert any(wanted in text for text in texts)
    assert any(text.startswith(("=", "@")) for text in texts)


def test_captions_use_the_vocabulary_of_the_contract(captions: list[dict[str, str]]) -> None:
    assert {row["price_tier"] for row in captions} == set(constants().price_bands)
    assert 8 <= len({row["content_category"] for row in captions}) <= 15
    assert 0.12 < sum(row["has_urgency"] == "TRUE" for row in captions) / CAPTIONS < 0.18
    assert {"General", "Curiosity", "Urgency", "Exclusivity"} <= {row["psychological_trigger"] for row in captions}


def test_messages_keep_to_the_hours_and_end_the_day_before(messages: list[dict[str, Any]]) -> None:
    assert {row["local"].hour for row in messages} <= set(range(8, 24))
    assert max(row["local"].date() for row in messages) == UNTIL - timedelta(days=1)
    assert min(row["local"].date() for row in messages) >= UNTIL - timedelta(days=555)


def test_prices_stay_in_the_bands_and_bumps_are_free(messages: list[dict[str, Any]]) -> None:
    bands = [band for tier, band in constants().price_bands.items() if tier != "bump"]
    for row in messages:
        if row["message_type"] == "Bump":
            assert (row["price"], row["earnings"]) == (0, 0)
        else:
            assert min(band.low for band in bands) <= row["price"] <= max(band.high for band in bands)
    counts = Counter(row["message_type"] for row in messages)
    assert counts["Bump"] / counts["PPV"] == pytest.approx(0.72, abs=0.1)


def test_few_messages_carry_an_id_and_most_others_match_by_text(
    captions: list[dict[str, str]], messages: list[dict[str, Any]]
) -> None:
    keys = {caption_key(row["caption_text"]) for row in captions}
    key_of_id = {row["caption_id"]: caption_key(row["caption_text"]) for row in captions}
    with_id = [row for row in messages if row["caption_id"]]
    assert 0.07 < len(with_id) / MESSAGES < 0.11
    assert all(key_of_id[row["caption_id"]] == caption_key(row["message"]) for row in with_id)
    without = [caption_key(row["message"]) in keys for row in messages if not row["caption_id"]]
    assert 0.75 < sum(without) / len(without) < 0.95


def test_some_purchase_counts_are_missing_and_the_others_add_up(messages: list[dict[str, Any]]) -> None:
    missing = [row for row in messages if not row["purchased_count"]]
    assert 0.05 < len(missing) / MESSAGES < 0.25
    for row in messages:
        assert 0 < row["viewed_count"] <= row["sent_count"]
        if row["purchased_count"]:
            assert int(row["purchased_count"]) <= row["viewed_count"]
            assert row["earnings"] == int(row["purchased_count"]) * row["price"]


def test_major_holidays_dip(messages: list[dict[str, Any]]) -> None:
    christmas = date(2025, 12, 25)
    rates = {
        day: sum(row["viewed_count"] for row in messages if row["local"].date() == day)
        / sum(row["sent_count"] for row in messages if row["local"].date() == day)
        for day in (christmas - timedelta(days=7), christmas)
    }
    assert rates[christmas] < 0.9 * rates[christmas - timedelta(days=7)]


@pytest.mark.parametrize(
    ("pages", "captions", "messages"), [(1, 1_000, 1_000), (3, 10, 1_000), (9, 1_000, 5), (9_999, 1_000, 99_999)]
)
def test_an_impossible_world_is_refused_and_nothing_written(
    tmp_path: Path, pages: int, captions: int, messages: int
) -> None:
    out = tmp_path / "none"
    with pytest.raises(UsageError):
        write_sample(out, pages=pages, captions=captions, messages=messages, until=UNTIL, seed=1)
    assert not out.exists()
