"""Damaged exports: never a traceback, never a row that goes nowhere, never a good row lost to its neighbour."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors import UsageError
from orchestrator.importers import values
from tests.imported import Imported, read_captions, read_creators, read_messages

OLD_EXPORT = Path(__file__).resolve().parents[1] / "fixtures" / "old_export"
NOW = datetime(2026, 1, 14, 20, tzinfo=UTC)
JUNK = [
    b'"',
    b'""',
    b",",
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff",
    b"\xe2\x80",
    b";",
    b"\t",
    b"'",
    b"\xef\xbb\xbf",
    b"9" * 50,
]


def messages(path: Path) -> Imported:
    return read_messages(path, now=NOW)


READERS: dict[str, Callable[[Path], Imported]] = {
    "creators.csv": read_creators,
    "captions.csv": read_captions,
    "messages.csv": messages,
}

SMALL = {
    "creators.csv": (
        """page_name,display_name,audience,settings
ava,"Ava, the
first",1000,"{""a"":1}"
bea,Bea,20,
""",
        b'1}"\n',
    ),
    "captions.csv": (
        """caption_id,caption_text,content_category,price_tier
1,"a ""b""
c",art,low
22,dé💕,pets,mid
""",
        b"low\n",
    ),
    "messages.csv": (
        "message_id,page_name,message,caption_id,sending_time,price,sent_count,viewed_count,purchased_count,"
        """earnings,message_type
1,ava,"hi, you
there",,2026-01-02T18:00:00Z,14,100,40,2,28.00,PPV
22,ava,bye,,2026-01-02 19:00,0,100,40,,,Free content
""",
        b"PPV\n",
    ),
}
"""Two rows of each file, and how the first one ends."""


def mutated(raw: bytes, draw: random.Random) -> bytes:
    """The file after one to five accidents: bytes changed, put in, cut out, said twice, or its end missing."""
    for _ in range(draw.randint(1, 5)):
        at = draw.randrange(len(raw) + 1)
        to = min(len(raw), at + draw.choice([0, 1, 1, 2, 10, 200]))
        accident = draw.randrange(5)
        if accident == 0:
            raw = raw[:at] + draw.choice(JUNK) + raw[at:]
        elif accident == 1:
            raw = raw[:at] + bytes(draw.randrange(256) for _ in range(to - at)) + raw[to:]
        elif accident == 2:
            raw = raw[:at] + raw[to:]
        elif accident == 3:
            raw = raw[:to] + raw[at:]
        elif draw.random() < 0.2:
            raw = raw[:at]
    return raw


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("seed", range(8))
def test_any_damage_is_an_error_or_every_record_is_accounted_for(tmp_path: Path, name: str, seed: int) -> None:
    draw = random.Random(f"{name} {seed}")
    raw = (OLD_EXPORT / name).read_bytes()
    path = tmp_path / name
    for _ in range(60):
        path.write_bytes(mutated(raw, draw))
        try:
            content = READERS[name](path)
        except UsageError as error:
            assert error.where
            continue
        assert content.accounted == content.total
        assert all(remark.reason and remark.line > 0 for remark in content.remarks)


@pytest.mark.parametrize("seed", range(6))
def test_damage_to_one_line_costs_no_other_line(tmp_path: Path, seed: int) -> None:
    """Quotes, separators, line ends and junk put into a line: every other row arrives all the same."""
    draw = random.Random(seed)
    header = b"caption_id,caption_text,content_category,price_tier"
    texts = [
        b"plain",
        b'"with, comma"',
        b'"two\nlines"',
        b'"say ""hi"" now"',
        b'",starts oddly"',
        b'"ends oddly,"',
        b'""""',
        b'"\n"',
    ]
    path = tmp_path / "captions.csv"
    for _ in range(150):
        rows = [b"%d,%s,art,low" % (number, draw.choice(texts)) for number in range(1, 13)]
        hurt = draw.randrange(len(rows))
        at = draw.randrange(len(rows[hurt]) + 1)
        rows[hurt] = rows[hurt][:at] + draw.choice(JUNK) + rows[hurt][at:]
        path.write_bytes(b"\n".join([header, *rows, b""]))
        ids = {row["caption_id"] for row in read_captions(path).rows}
        others = {str(number) for number in range(1, 13)} - {str(hurt + 1)}
        empty = {str(number + 1) for number, row in enumerate(rows) if row.split(b",")[1:2] == [b'"\n"']}
        assert others - empty <= ids, path.read_bytes()


@pytest.mark.parametrize("name", READERS)
def test_a_file_cut_off_anywhere_gives_exactly_its_complete_rows(tmp_path: Path, name: str) -> None:
    """Every byte offset of a small file: a clear error, or the rows whose line end has arrived."""
    small, first_row_ends = SMALL[name]
    raw = small.encode()
    ends = [raw.index(first_row_ends) + len(first_row_ends), len(raw)]
    path = tmp_path / name
    path.write_bytes(raw)
    whole = READERS[name](path).rows
    assert len(whole) == 2
    for cut in range(len(raw) + 1):
        path.write_bytes(raw[:cut])
        complete = whole[: sum(end <= cut for end in ends)]
        try:
            found = READERS[name](path)
        except UsageError as error:
            assert error.what
            assert not complete
            continue
        if found.rows != complete:  # the last value is whole already, only its line end is missing
            assert found.rows == whole[: len(complete) + 1]
            assert cut + 1 in ends
            assert raw[:cut].endswith((b"low", b"mid", b"PPV", b"Free content"))


def test_values_survive_any_field() -> None:
    """No field, however odd, gets anything but a value or a reason out of a parser."""
    draw = random.Random("fields")
    odd = [
        "",
        "-",
        "'",
        '"',
        '""',
        "\0",
        "\ud800",
        "９",
        "²",
        "½",
        "٣",
        "e",
        ".",
        ",",
        "$",
        "€",
        "/",
        ":",
        "T",
        "Z",
        "+",
        "PST",
        " ",
        "\u00a0",
    ]
    parsers = [getattr(values, name) for name in values.__all__ if name not in ("BadValue", "utc_text")]
    for _ in range(20_000):
        field = "".join(draw.choice([*odd, *"0123456789"]) for _ in range(draw.randrange(12)))
        for parse in parsers:
            try:
                parse(field)
            except values.BadValue as refusal:
                assert str(refusal)
