"""The merges of an import on a deployed warehouse, through the real client."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.domain import caption_key
from orchestrator.errors import ErosError
from orchestrator.importers import ImportReport, import_directory
from orchestrator.importers.report import UnknownCaptions

OLD_EXPORT = Path(__file__).parents[2] / "fixtures" / "old_export"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)

CREATORS = "page_name,display_name,is_active,audience,settings"
CAPTIONS = "caption_id,caption_text,content_category,price_tier,is_active"
MESSAGES = ",".join(
    (
        "message_id,page_name,message,caption_id,sending_time,price",
        "sent_count,viewed_count,purchased_count,earnings,message_type",
    )
)


class Export:
    """A folder of three files that a test changes between imports."""

    def __init__(self, folder: Path, warehouse: Any) -> None:
        self.folder = folder
        self.warehouse = warehouse
        self.creators = ["ava,Ava,TRUE,100,"]
        self.captions = ["-5,Hello there,art,low,TRUE"]
        self.messages = [_message("1", "Hello there")]

    def load(self, now: datetime = NOW, **options: Any) -> ImportReport:
        for name, header, rows in (
            ("creators", CREATORS, self.creators),
            ("captions", CAPTIONS, self.captions),
            ("messages", MESSAGES, self.messages),
        ):
            (self.folder / f"{name}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return import_directory(self.folder, self.warehouse.warehouse, now=now, **options)

    def caption_of(self, message_id: str) -> int | None:
        table = self.warehouse.table("mass_messages")
        (row,) = self.warehouse.rows(f"SELECT caption_id FROM {table} WHERE message_id = @id", id=message_id)
        return row["caption_id"]


def _message(message_id: str, text: str, caption_id: str = "", price: str = "14") -> str:
    return f'{message_id},ava,"{text}",{caption_id},2026-01-02T18:00:00Z,{price},100,40,2,28.00,PPV'


def _counts(report: ImportReport) -> dict[str, tuple[int, int, int]]:
    return {name: (one.inserted, one.updated, one.unchanged) for name, one in report.tables.items()}


@pytest.fixture(scope="module")
def deployed_once(make_warehouse: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    with make_warehouse() as ready:
        yield ready


@pytest.fixture
def export(deployed_once: Any, tmp_path: Path) -> Export:
    """An export of a warehouse without rows: deploying once and emptying is quicker than deploying for every test."""
    for table in ("creators", "caption_bank", "mass_messages", "holiday_calendar", "creator_lock"):
        deployed_once.rows(f"DELETE FROM {deployed_once.table(table)} WHERE TRUE")
    deployed_once.warehouse.query("ensure_guard_rows", {"page_names": []})
    return Export(tmp_path, deployed_once)


def test_what_was_loaded_reads_back(export: Export) -> None:
    export.creators = ['ava,"Ava, the first",FALSE,100,"{""tone"": ""dry""}"']
    export.captions = ['-9223372036854775808,"Say ""hi"" 💕', 'twice",art,high,TRUE']
    assert _counts(export.load())["captions"] == (1, 0, 0)
    warehouse = export.warehouse
    (creator,) = warehouse.rows(
        f"SELECT * EXCEPT (settings), TO_JSON_STRING(settings) AS settings FROM {warehouse.table('creators')}"
    )
    assert creator == {
        "page_name": "ava",
        "display_name": "Ava, the first",
        "is_active": False,
        "audience": 100,
        "settings": '{"tone":"dry"}',
        "updated_at": NOW,
    }
    (caption,) = warehouse.rows(f"SELECT caption_id, caption_text, price_tier FROM {warehouse.table('caption_bank')}")
    assert caption == {"caption_id": -(2**63), "caption_text": 'Say "hi" 💕\ntwice', "price_tier": "premium"}
    (message,) = warehouse.rows(f"SELECT * FROM {warehouse.table('mass_messages')}")
    assert message["sending_time"] == datetime(2026, 1, 2, 18, tzinfo=UTC)
    assert (str(message["price"]), str(message["earnings"])) == ("14", "28")
    assert message["caption_key"] == caption_key("hello there")
    (calendar,) = warehouse.rows(f"SELECT COUNT(*) AS days FROM {warehouse.table('holiday_calendar')}")
    assert calendar["days"] == 140


def test_a_second_import_changes_nothing(export: Export) -> None:
    first = export.load()
    assert _counts(first) == {
        "creators": (1, 0, 0),
        "captions": (1, 0, 0),
        "messages": (1, 0, 0),
        "holidays": (140, 0, 0),
    }
    assert (first.matched, first.without_caption) == (1, 0)
    again = export.load(now=datetime(2026, 1, 20, tzinfo=UTC))
    assert _counts(again) == {
        "creators": (0, 0, 1),
        "captions": (0, 0, 1),
        "messages": (0, 0, 1),
        "holidays": (0, 0, 140),
    }
    assert (again.matched, again.without_caption) == (0, 0)
    (creator,) = export.warehouse.rows(f"SELECT updated_at FROM {export.warehouse.table('creators')}")
    assert creator["updated_at"] == NOW


def test_only_rows_that_differ_are_updated(export: Export) -> None:
    export.captions.append("7,Bye,art,mid,TRUE")
    export.messages.append(_message("2", "Bye"))
    export.load()
    export.captions[1] = "7,Bye,art,luxury,TRUE"
    export.messages[0] = _message("1", "Hello there", price="15")
    export.creators.append("bea,Bea,TRUE,,")
    counts = _counts(export.load())
    assert counts["creators"] == (1, 0, 1)
    assert counts["captions"] == (0, 1, 1)
    assert counts["messages"] == (0, 1, 1)
    assert export.caption_of("1") == -5


def test_a_message_finds_the_lowest_active_caption_of_its_text(export: Export) -> None:
    export.captions = [
        "9,hello THERE!,art,low,TRUE",
        "-5,Hello there,art,low,TRUE",
        "-8,Hello  there 💕,art,low,FALSE",
        "3,Something else,art,low,TRUE",
    ]
    export.messages = [_message("1", "HELLO there..."), _message("2", "In no library")]
    report = export.load()
    assert (report.matched, report.without_caption) == (1, 1)
    assert export.caption_of("1") == -5
    assert export.caption_of("2") is None


def test_a_given_caption_id_counts_when_the_library_knows_it(export: Export) -> None:
    export.captions.append("9,Another text,art,low,TRUE")
    export.messages = [_message("1", "Hello there", caption_id="9"), _message("2", "Hello there", caption_id="404")]
    report = export.load()
    assert export.caption_of("1") == 9
    assert export.caption_of("2") == -5
    assert report.matched == 1
    assert report.unknown == UnknownCaptions(1, (("2", 404),))
    assert report.text().splitlines()[-1] == "1 messages name a caption that the library does not know: 2 (404)"
    assert _counts(export.load())["messages"] == (0, 0, 2)


def test_of_many_unknown_captions_a_few_are_named(export: Export) -> None:
    unknown = [_message(f"m{n}", "In no library", caption_id=str(2**53 + n)) for n in range(7)]
    export.messages = [*unknown, _message("fine", "Hello there", caption_id="-5"), _message("none", "Hello there")]
    report = export.load()
    assert report.unknown.as_dict() == {
        "messages": 7,
        # 2**53 = 9,007,199,254,740,992
        "first": [{"message_id": f"m{n}", "caption_id": f"900719925474099{2 + n}"} for n in range(5)],
    }
    assert report.as_dict()["messages_with_unknown_caption"]["messages"] == 7
    assert "7 messages name a caption that the library does not know: m0 (" in report.text()
    assert report.text().splitlines()[-1].endswith("m4 (9007199254740996), ...")


def test_a_caption_that_arrives_later_finds_its_older_messages(export: Export) -> None:
    export.messages = [_message("1", "Too early")]
    assert export.load().without_caption == 1
    export.captions.append("11,too early,art,low,TRUE")
    export.messages = [_message("2", "Hello there")]
    report = export.load()
    assert (report.matched, report.without_caption) == (2, 0)
    assert export.caption_of("1") == 11


def test_a_message_whose_text_changes_is_matched_anew(export: Export) -> None:
    export.load()
    export.messages = [_message("1", "In no library")]
    assert _counts(export.load())["messages"] == (0, 1, 0)
    assert export.caption_of("1") is None


def test_texts_that_differ_only_in_typing_are_matched_on_request(export: Export, tmp_path: Path) -> None:
    """The lowest active id of the text meant is written; a second time changes nothing; a real match stays."""
    meant = "a quiet morning in the kitchen with coffee"
    export.captions = [
        f"9,{meant},art,low,TRUE",
        "-7,A quiet morning in the kitchen with coffee!,art,low,TRUE",
        f"-8,{meant},art,low,FALSE",
        "3,breakfast in the kitchen,art,low,TRUE",
    ]
    export.messages = [
        _message("1", meant),
        _message("2", "a quiet mornign in the kitchen with coffee"),
        _message("3", "A quiet mornign in the kitchen with COFFEE :)"),
        _message("4", "a quiet mornign in the kitchen with 2 coffee"),
        _message("5", "a quiet mornign in the kitchen with Ava"),
        _message("6", "a quiet mornign in the kitchen with coffee", caption_id="3"),
    ]
    path = tmp_path / "similar.csv"
    assert export.load().without_caption == 4
    assert not path.exists(), "only on request"
    report = export.load(similar_path=path)
    assert report.similar is not None
    assert (report.similar.texts, report.similar.messages, report.without_caption) == (1, 2, 2)
    assert [export.caption_of(message) for message in "123456"] == [-7, -7, -7, None, None, 3]
    with path.open(encoding="utf-8", newline="") as file:
        (listed,) = csv.DictReader(file)
    assert listed == {
        "messages": "2",
        "caption_id": "'-7",
        "message": '"A quiet mornign in the kitchen with COFFEE :)"',
        "caption": '"A quiet morning in the kitchen with coffee!"',
        "typed": "mornign",
        "meant": "morning",
    }
    again = export.load(similar_path=path)
    assert again.similar is not None
    assert (again.similar.messages, again.without_caption) == (0, 2)
    assert not path.exists(), "an old list would mislead"
    assert _counts(again)["messages"] == (0, 0, 6)


def test_new_pages_get_their_guard_row_once(export: Export) -> None:
    export.load()
    export.creators.append("bea,Bea,TRUE,,")
    export.load()
    rows = export.warehouse.rows(f"SELECT page_name FROM {export.warehouse.table('creator_lock')} ORDER BY page_name")
    assert [row["page_name"] for row in rows if row["page_name"] != "*"] == ["ava", "bea"]


def test_without_the_sentinel_nothing_is_merged(export: Export) -> None:
    export.warehouse.rows(f"DELETE FROM {export.warehouse.table('creator_lock')} WHERE TRUE")
    with pytest.raises(ErosError, match="import: the sentinel guard row is missing"):
        export.load()
    assert export.warehouse.rows(f"SELECT page_name FROM {export.warehouse.table('creators')}") == []


def test_no_stage_table_is_left(export: Export) -> None:
    export.load()
    client, dataset = export.warehouse.client, export.warehouse.settings.dataset
    assert not [table.table_id for table in client.list_tables(dataset) if table.table_id.startswith("stage_")]


def test_the_old_export_comes_in_whole(export: Export, tmp_path: Path) -> None:
    report = import_directory(OLD_EXPORT, export.warehouse.warehouse, now=NOW, rejects_path=tmp_path / "rejected.csv")
    assert _counts(report) == {
        "creators": (3, 0, 0),
        "captions": (43, 0, 0),
        "messages": (68, 0, 0),
        "holidays": (140, 0, 0),
    }
    assert report.matched + report.without_caption < 68
    assert report.without_caption == 2
