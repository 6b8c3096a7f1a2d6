"""docs/reliability.md, line by line: what comes in, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from tests.imported import Imported, read_captions, read_creators, read_messages

ROOT = Path(__file__).resolve().parents[3]
DOC = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
PAGES = frozenset({"ava"})

CAPTIONS = "caption_id,caption_text,content_category,price_tier,is_active\n"
CREATORS = "page_name,settings\n"
MESSAGES = (
    "message_id,page_name,message,caption_id,sending_time,price,sent_count,viewed_count,purchased_count,"
    "earnings,message_type\n"
)
Case = tuple[str, str | bytes]
"""The file and its content."""


def caption(text: str = "hello", *, number: str = "1", tier: str = "low", active: str = "TRUE") -> str:
    return f"{number},{text},art,{tier},{active}\n"


def captions(*rows: str) -> Case:
    """These rows and a good one with the id 99."""
    return "captions.csv", CAPTIONS + "".join(rows) + caption(number="99")


def message(**fields: str) -> Case:
    """One message, good but for these fields, and a good one."""
    good = {
        "message_id": "1", "page_name": "ava", "message": "hello", "caption_id": "",
        "sending_time": "2026-01-02T18:00:00Z", "price": "14", "sent_count": "100", "viewed_count": "40",
        "purchased_count": "2", "earnings": "28.00", "message_type": "PPV",
    }  # fmt: skip
    rows = ({**good, **fields}, {**good, "message_id": "99"})
    return "messages.csv", MESSAGES + "".join(",".join(f'"{text}"' for text in row.values()) + "\n" for row in rows)


def settings(document: str) -> Case:
    quoted = document.replace('"', '""')
    return "creators.csv", f'{CREATORS}bea,"{quoted}"\nava,\n'


def money(*texts: str) -> list[Case]:
    return [message(earnings=text) for text in texts]


def counts(*texts: str) -> list[Case]:
    return [message(sent_count=text, viewed_count="", purchased_count="") for text in texts]


def times(*texts: str) -> list[Case]:
    return [message(sending_time=text) for text in texts]


WHOLE = CAPTIONS + caption() + caption(number="99")
HUGE = "x" * 10_000_000

CASES: dict[str, list[Case]] = {
    "F1": [("captions.csv", ""), ("captions.csv", "\n\n")],
    "F2": [
        ("captions.csv", "caption_id,caption_text\n1,a\n"),
        ("captions.csv", WHOLE.replace("is_active", "is_activ")),
        ("captions.csv", WHOLE.replace("is_active", "caption_id")),
    ],
    "F3": [("captions.csv", WHOLE.replace("price_tier,", "price_tier;"))],
    "F4": [
        ("captions.csv", magic + b"\n1,2\n")
        for magic in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF-1.7", b"PAR1", b"SQLite format 3\0")
    ],
    "F5": [("captions.csv", WHOLE.encode(name)) for name in ("utf-16-le", "utf-16-be", "utf-32")],
    "F6": [("captions.csv", b"caf\xe9," + WHOLE.encode()), ("captions.csv", b"a\0b," + WHOLE.encode())],
    "F7": [("captions.csv", CAPTIONS), ("creators.csv", CREATORS)],
    "F8": [("captions.csv", CAPTIONS + caption(number="x"))],
    "F9": [("captions.csv", WHOLE)],
    "T1": [("captions.csv", WHOLE.encode(name)) for name in ("utf-8-sig", "utf-16")],
    "T2": [("captions.csv", WHOLE.replace("\n", end)) for end in ("\r\n", "\r")],
    "T3": [
        ("captions.csv", WHOLE.replace(",", ";")),
        ("captions.csv", WHOLE.replace(",", "\t")),
        ("captions.csv", "sep=;\n" + WHOLE.replace(",", ";")),
    ],
    "T4": [captions(caption('"one,\n\ntwo ""three"""'), "\n")],
    "T5": [captions(caption('say "hi" now'))],
    "R1": [("captions.csv", (CAPTIONS + caption("café") + caption(number="99")).encode("latin-1"))],
    "R2": [captions(caption("a\0b")), captions("\x01\x02\x03\n"), captions("\0" * 4096 + "\n")],
    "R3": [captions("1,a,art\n"), captions("1,a,art,low,TRUE,more\n")],
    "R4": [captions(caption('"never closed')), captions(caption('"say "hi" now"'))],
    "R5": [captions('1,"a,art,low,TRUE\n', caption("between", number="2"), '3,b",art,low,TRUE\n')],
    "R6": [captions(caption(HUGE)), captions(caption(f'"{HUGE}"'))],
    "R7": [("creators.csv", "page_name,display_name\nava,Ava\nbea,Be")],
    "R8": [captions(CAPTIONS)],
    "R9": [captions("1,a,art,low,TRUE\r2,b,art,low,TRUE\n")],
    "D1": [captions(caption(), caption())],
    "D2": [captions(caption("a"), caption("b"), caption("a"))],
    "N1": counts("1,234", "1'234", "1\u2019234", "1\u2009234", "1\u00a0234", "1\u202f234", "1.234.567"),
    "N2": money("$1,234.50", "12 USD", "1.234,56", "1\u202f234,56"),
    "N3": [
        *counts("１２", "\u00a012\u00a0", "12\u200b", "“12”"),
        captions(caption(number="'-5")),
    ],
    "N4": [*counts("3.0"), *money("37.980000000000004")],
    "N5": [*counts("1.234", "1,23", "1 234"), *money("1.234", "1,23", "1 234")],
    "N6": [captions(caption(number="-4.2e18")), captions(caption(number="9223372036854775808"))],
    "N7": [*counts("-3", "2.5"), *money("-5", "(5.00)", "€12", "9.9999")],
    "I1": times(
        "2026-01-05T15:04:05Z",
        "2026-01-05 15:04:05",
        "2026-01-05 15:04:05.25+00",
        "2026-01-05T15:04:05-08:00",
        "2026-01-05 15:04 UTC",
    ),
    "I2": times(
        "2026/01/05 15:04", "Jan 5, 2026 3:04 PM", "5 Jan 2026 15:04", "Mon, 05 Jan 2026 15:04:05 +0000"
    ),
    "I3": times("13/01/2026 15:04", "01/13/2026 3 PM"),
    "I4": times("2026-01-05 07:04 PST", "2026-01-05 07:04 America/Los_Angeles", "2026-01-05 16:04 Europe/Berlin"),
    "I5": times("03/04/2025 10:00", "13/01/26 10:00"),
    "I6": times("1767625440", "1767625440000", "46027.6278"),
    "I7": times("2025-03-09 02:30 PT", "2025-11-02 01:30 America/Los_Angeles", "2025-07-05 10:00 PST"),
    "I8": times(
        "2026-01-05", "2026-02-30 10:00", "2026-01-05 24:00", "Tue, 05 Jan 2026 15:04:05 +0000", "2031-01-01T18:00:00Z"
    ),
    "V1": [message(page_name="bea"), message(page_name="Ava")],
    "V2": [captions(caption(" ")), captions(caption("x" * 10_001)), captions(caption("bell\x07"))],
    "V3": [captions(caption(tier="vip")), captions(caption(active="maybe")), message(message_type="Follow up")],
    "V4": [settings("{"), settings("[" * 100_000), settings('{"a": 1, "a": 2}')],
    "V5": [message(viewed_count="101"), message(purchased_count="41")],
}  # fmt: skip

EXPECTED_REASONS = {
    "R1": "is not UTF-8",
    "R3": "fields, the header has 5",
    "R5": "run several rows together",
    "R6": "more than 1,048,576",
    "R7": "may be cut short",
    "R8": "repeats the header",
    "R9": "carriage return",
    "D2": "stands for different rows on lines 2, 3, 4",
    "N5": "has two readings",
    "I6": "bare number",
    "V1": "page",
}
"""Part of the reason of every rejected row of a case, where its kind alone does not say enough."""


def read(folder: Path, case: Case, **options: object) -> Imported:
    name, content = case
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if name == "messages.csv":
        return read_messages(path, now=NOW, pages=PAGES)
    return (read_captions if name == "captions.csv" else read_creators)(path, **options)


def refused(folder: Path, identity: str, case: Case) -> None:
    options: dict[str, object] = {}
    if identity == "F9":
        options["on_tick"] = lambda *counts: _grow(folder)
    with pytest.raises(UsageError) as error:
        read(folder, case, **options)
    assert error.value.exit_code == 2
    assert error.value.where and error.value.fix


def _grow(folder: Path) -> None:
    with (folder / "captions.csv").open("a") as file:
        file.write(caption(number="7"))


def good(folder: Path, identity: str, case: Case) -> None:
    content = read(folder, case)
    assert (len(content.rows), content.total, content.remarks) == (2, 2, [])


def rejected(folder: Path, identity: str, case: Case) -> None:
    content = read(folder, case)
    last = content.rows[-1]
    assert "99" in last.values() or "ava" in last.values(), "the row after it is there"
    assert content.accounted == content.total
    remarks = [one for one in content.remarks if one.outcome == "rejected"]
    assert len(remarks) == (3 if identity == "D2" else 1)
    assert all(EXPECTED_REASONS.get(identity, "") in one.reason for one in remarks)
    if identity == "R5":
        assert [row["caption_id"] for row in content.rows] == ["2", "3", "99"]


def counted_once(folder: Path, identity: str, case: Case) -> None:
    content = read(folder, case)
    assert (len(content.rows), content.duplicates, content.remarks) == (2, 1, [])


def repaired(folder: Path, identity: str, case: Case) -> None:
    content = read(folder, case)
    assert [one.outcome for one in content.remarks] == ["repaired"]
    assert [row["purchased_count"] for row in content.rows] == [None, 2]
    assert [row["earnings"] for row in content.rows] == ["28.00", "28.00"]


OUTCOMES: dict[str, Callable[[Path, str, Case], None]] = {
    "refused": refused,
    "read": good,
    "rejected": rejected,
    "counted once": counted_once,
    "repaired": repaired,
}
LINES = {found[1]: found[2] for found in re.finditer(r"^\| ([A-Z]\d+) \|.*\| ([a-z ]+) \|$", DOC, re.MULTILINE)}


def test_every_line_of_the_document_is_a_case_and_every_case_a_line() -> None:
    assert list(LINES) == list(CASES)


@pytest.mark.parametrize(("identity", "number"), [(one, number) for one in CASES for number in range(len(CASES[one]))])
def test_it_gives_what_the_document_says(tmp_path: Path, identity: str, number: int) -> None:
    OUTCOMES[LINES[identity]](tmp_path, identity, CASES[identity][number])


def test_what_stops_an_import_is_held_by_the_tests_that_are_named() -> None:
    names = re.findall(r"^\| S\d \|.*`(test_\w+)` \|$", DOC, re.MULTILINE)
    assert len(names) == 5
    tests = "".join((ROOT / "tests" / kind / "test_import.py").read_text() for kind in ("faults", "fuzz"))
    assert [name for name in names if f"def {name}(" not in tests] == []
